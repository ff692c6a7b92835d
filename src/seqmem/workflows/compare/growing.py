"""A comparison that grows: it takes over the runs of an earlier, smaller comparison."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from seqmem.core.errors import InputError, shorten
from seqmem.sweeps.config.conditions import WHOLE_SWEEP
from seqmem.sweeps.config.sweep_config import SweepConfig
from seqmem.sweeps.execution.extending import Extend, Extension
from seqmem.sweeps.execution.takeover import takeover_line
from seqmem.sweeps.search.lengths import with_lengths
from seqmem.sweeps.storage.folder import SweepFolder
from seqmem.workflows.compare.config import at_level_of
from seqmem.workflows.compare.plans import plan_of_stored

if TYPE_CHECKING:
    from seqmem.workflows.compare.prepared import Prepared

_LONGEST_NAME = 60


def as_grown(prepared: Prepared, extend: Extend, folder: Path) -> Prepared:
    """Return a comparison at the level, and with the ranges, of an earlier one.

    Strings of the user's data have a level that only describes them, the median complexity of all.
    A larger comparison has more strings, and so perhaps another median and a shorter shortest
    string. The points of its searches depend on the level, and on the ranges that follow from both.
    So it keeps those of the earlier comparison.

    Parameters
    ----------
    prepared : Prepared
        The larger comparison.
    extend : bool, str, Path or sequence of them
        The earlier comparisons, as for `seqmem.sweeps.run_sweep`.
    folder : Path
        Folder of the larger comparison.

    Raises
    ------
    InputError
        If an earlier comparison was begun by older rules.
    """
    extension = Extension(extend, SweepFolder(folder))
    for target in extension.targets:
        earlier = extension.old_config(target, prepared.config.name)
        _refuse_older_rules(target, earlier, prepared.config)
        if earlier.strings.pieces == prepared.config.strings.pieces:
            config = at_level_of(prepared.config, earlier)
            return replace(prepared, config=extension.keep_lengths(config))
    return prepared


def _refuse_older_rules(target: str, earlier: SweepConfig, config: SweepConfig) -> None:
    """Raise `InputError` if two comparisons have different rules."""
    before, now = map(plan_of_stored, (earlier, config))
    if before is not now:
        raise InputError(
            f"--extend {shorten(target, _LONGEST_NAME)}: this comparison has other rules "
            f"({before.rules}) than a new one ({now.rules}), so none of its runs would be taken "
            f"over; grow it in its own folder: --out {shorten(target, _LONGEST_NAME)} --extend"
        )


def held_lines(
    prepared: Prepared, folder: Path, extend: Extend, any_environment: bool
) -> Sequence[str]:
    """Check that a comparison can start in its folder; return lines about earlier comparisons.

    There is a line for each of them, and one for the runs that would be taken over from all.

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
    extension = Extension(extend, SweepFolder(folder))
    lines = extension.check(config, any_environment)
    if extension.targets:
        lines.append(takeover_line(extension, config, WHOLE_SWEEP, any_environment))
    return lines
