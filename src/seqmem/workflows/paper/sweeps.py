"""The sweeps of study 1: their names, and whether a sweep is finished."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from seqmem.sweeps.config.sweep_file import PART_SEPARATOR, load_configs
from seqmem.sweeps.execution.stored_status import stored_status
from seqmem.workflows.paper.contents import PRESETS


def study_1_sweeps() -> Iterator[tuple[str, str]]:
    """Yield every sweep of study 1, in the order of running.

    Yields
    ------
    tuple of (str, str)
        The argument of `seqmem sweep`, and the name of the sweep.

    Examples
    --------
    >>> list(study_1_sweeps())[2]
    ('paper-complexity:k4-low', 'paper-complexity-k4-low')
    """
    for preset in PRESETS:
        for config in load_configs(preset):
            part = config.name.removeprefix(preset).removeprefix("-")
            yield f"{preset}{PART_SEPARATOR}{part}" if part else preset, config.name


def is_done(folder: Path) -> bool:
    """Return whether no run of a sweep is missing.

    Parameters
    ----------
    folder : Path
        The folder of the sweep.

    Returns
    -------
    bool
        False if the folder holds no sweep.
    """
    status = stored_status(folder)
    return status is not None and status.is_done
