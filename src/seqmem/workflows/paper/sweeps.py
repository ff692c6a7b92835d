"""The names of the sweeps of study 1."""

from __future__ import annotations

from collections.abc import Iterator

from seqmem.sweeps.config.sweep_file import PART_SEPARATOR, load_configs
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
