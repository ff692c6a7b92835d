"""The sweeps of the paper: their names, and whether one of them is done."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from seqmem.sweeps.config.sweep_file import PART_OF, load_configs
from seqmem.sweeps.execution.status import read_status
from seqmem.sweeps.storage.file_names import DATABASE_FILE
from seqmem.sweeps.storage.opening import open_sweep
from seqmem.workflows.paper.contents import PRESETS


def sweeps_of_the_study() -> Iterator[tuple[str, str]]:
    """What to give `seqmem sweep` for every sweep of the study, and the sweep's name.

    Examples
    --------
    >>> list(sweeps_of_the_study())[2]
    ('paper-complexity:k4-low', 'paper-complexity-k4-low')
    """
    for preset in PRESETS:
        for config in load_configs(preset):
            part = config.name.removeprefix(preset).removeprefix("-")
            yield f"{preset}{PART_OF}{part}" if part else preset, config.name


def is_done(folder: Path) -> bool:
    """Whether no run of the sweep in a folder is missing; not if there is none."""
    if not (folder / DATABASE_FILE).exists():
        return False
    config, storage = open_sweep(str(folder))
    with closing(storage):
        return read_status(config, storage).is_done
