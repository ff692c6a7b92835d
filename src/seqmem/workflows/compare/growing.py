"""A comparison that grows: it takes over the runs of an earlier, smaller comparison."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from seqmem.sweeps.config.sweep_config import SweepConfig
from seqmem.sweeps.execution.extending import Extend, Extension
from seqmem.sweeps.search.lengths import with_lengths
from seqmem.sweeps.storage.folder import SweepFolder
from seqmem.sweeps.storage.opening import open_sweep

if TYPE_CHECKING:
    from seqmem.workflows.compare.run import Prepared


def as_grown(prepared: Prepared, extend: Extend, folder: Path) -> Prepared:
    """Return a comparison at the level, and with the range of length, of an earlier one.

    Strings of the user's data have a level that only describes them, the median complexity of all.
    A larger comparison has more strings, and so perhaps another median. The points of its searches
    depend on the level, so it keeps that of the earlier comparison. They depend on the range of
    length too, which follows from the shortest string; see
    `seqmem.sweeps.search.lengths.with_earlier_lengths`.

    Parameters
    ----------
    prepared : Prepared
        The larger comparison.
    extend : bool, str, Path or sequence of them
        The earlier comparisons, as for `seqmem.sweeps.run_sweep`.
    folder : Path
        Folder of the larger comparison.
    """
    extension = Extension(extend, SweepFolder(folder))
    for target in extension.targets:
        earlier = _config(target)
        if earlier.strings.pieces == prepared.config.strings.pieces:
            levels = earlier.strings.levels
            strings = prepared.config.strings.model_copy(update={"levels": levels})
            config = prepared.config.model_copy(update={"strings": strings})
            return replace(prepared, config=extension.keep_lengths(config))
    return prepared


def _config(target: str) -> SweepConfig:
    config, storage = open_sweep(target)
    storage.close()
    return config


def held_lines(
    prepared: Prepared, folder: Path, extend: Extend, any_environment: bool
) -> Sequence[str]:
    """Check that a comparison can start in its folder; return a line for each earlier comparison.

    Parameters
    ----------
    prepared : Prepared
        The comparison.
    folder : Path
        Its folder, which need not exist.
    extend : bool, str, Path or sequence of them
        The earlier comparisons.
    any_environment : bool
        Take over runs that were made in another environment.

    Raises
    ------
    InputError
        If the folder holds another comparison, or the runs of an earlier one cannot be taken over.
    """
    config = with_lengths(prepared.config.resolved())
    return Extension(extend, SweepFolder(folder)).check(config, any_environment)
