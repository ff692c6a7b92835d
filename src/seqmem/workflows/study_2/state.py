"""How far study 2 is: what ships, what it took, and whether its verdicts may be computed.

Nothing here reads a result: only places of runs, and the seconds of training.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import nan
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from seqmem.sweeps.config.sweep_config import SweepConfig
from seqmem.sweeps.config.sweep_file import load_config, load_configs
from seqmem.sweeps.execution.status import runs_per_search
from seqmem.sweeps.storage.file_names import CONFIG_FILE, RECORDS_FILE
from seqmem.workflows.study_2.frozen_settings import (
    added_core_hours,
    frozen_config,
    settings_problem,
)
from seqmem.workflows.study_2.presets import PILOT, SCALING

# Presets in the order of running, with the core-hours that section 2 of the pre-registration
# expects. The sweep that chose the learning rates of `study2-capacity` is not in its table.
EXPECTED_CORE_HOURS = {
    PILOT: 0.6,
    f"{PILOT}-capacity": nan,
    SCALING: 4.7,
    "study2-aa": 0.5,
    "study2-sources": 0.6,
    "study2-depth": 1.2,
    "study2-curves": 0.4,
    "study2-gradients": 0.15,
    "study2-importance": 0.4,
    "study2-capacity": 1.2,
    "study2-controls": 0.6,
}
_SEARCH = ["level", "cell", "search"]


class PresetState(NamedTuple):
    """What ships of one preset.

    Attributes
    ----------
    preset : str
        Its name.
    planned, shipped : int
        Runs that it plans, with added searches, and runs that ship.
    expected_hours, hours : float
        Core-hours of training: those of the plan, NaN if it names none, and those of the records.
    parts : int
        Number of its sweeps.
    missing : tuple of str
        Sweeps that do not ship, or not as a whole.
    """

    preset: str
    planned: int
    shipped: int
    expected_hours: float
    hours: float
    parts: int
    missing: tuple[str, ...]


class StudyState(NamedTuple):
    """What ships of study 2.

    Attributes
    ----------
    presets : tuple of PresetState
        In the order of running.
    added : tuple of str
        For each level with more searches than planned: sweep, level, searches and those planned.
    added_hours : float
        Core-hours of these searches, by their budgets.
    """

    presets: tuple[PresetState, ...]
    added: tuple[str, ...]
    added_hours: float

    @property
    def is_open(self) -> bool:
        """Whether both parts of `study2-scaling` ship as a whole.

        No verdict or contrast of study 2 is computed before.
        """
        return not any(one.missing for one in self.presets if one.preset == SCALING)


class _Part(NamedTuple):
    """What ships of one sweep."""

    planned: int
    shipped: int
    seconds: float
    is_whole: bool
    added: tuple[str, ...] = ()
    added_hours: float = 0.0


def study_state(records: Path) -> StudyState:
    """Return how far study 2 is.

    Parameters
    ----------
    records : Path
        Folder that holds a folder of shipped records for each sweep.
    """
    states = []
    added: list[str] = []
    hours = 0.0
    for preset, expected in EXPECTED_CORE_HOURS.items():
        parts = {config.name: _part(config, records) for config in load_configs(preset)}
        missing = tuple(name for name, part in parts.items() if not part.is_whole)
        planned, shipped = (
            sum(getattr(part, name) for part in parts.values()) for name in ("planned", "shipped")
        )
        spent = sum(part.seconds for part in parts.values()) / 3600
        states.append(PresetState(preset, planned, shipped, expected, spent, len(parts), missing))
        added += [text for part in parts.values() for text in part.added]
        hours += sum(part.added_hours for part in parts.values())
    return StudyState(tuple(states), tuple(added), hours)


def is_whole(config: SweepConfig, runs: pd.DataFrame) -> bool:
    """Return whether records hold every confirmation run that a sweep plans.

    Parameters
    ----------
    config : SweepConfig
        The sweep. Records of a sweep that was run with fewer searches are not whole.
    runs : DataFrame
        Records with the columns `level`, `cell`, `search` and `role`.
    """
    counts = runs[runs["role"] == "confirm"].groupby(_SEARCH).size()
    planned = [
        (level, cell, search)
        for level in config.strings.levels
        for cell in config.memorizer.cells
        for search in range(config.at_level(level).search.searches)
    ]
    each = config.strings.confirm * config.training.repeats
    return bool((counts.reindex(pd.MultiIndex.from_tuples(planned)) >= each).all())


def _part(frozen: SweepConfig, records: Path) -> _Part:
    folder = records / frozen.name
    if not (folder / RECORDS_FILE).exists():
        return _Part(_planned_runs(frozen), 0, 0.0, False)
    columns = [*_SEARCH, "role", "train_cpu_seconds"]
    runs = pd.read_parquet(folder / RECORDS_FILE, columns=columns)
    own = load_config(folder / CONFIG_FILE)
    return _Part(
        max(_planned_runs(frozen), _planned_runs(own)),
        len(runs),
        float(runs["train_cpu_seconds"].sum()),
        is_whole(frozen, runs) and is_whole(own, runs) and _has_frozen_settings(own),
        tuple(_added(own, frozen)),
        added_core_hours(own, frozen),
    )


def _has_frozen_settings(config: SweepConfig) -> bool:
    """Return whether a sweep has the settings of its frozen preset; pilots have none."""
    return frozen_config(config.name) is None or not settings_problem(config)


def _planned_runs(config: SweepConfig) -> int:
    at_levels = [config.at_level(level) for level in config.strings.levels]
    runs = sum(one.search.searches * runs_per_search(one) for one in at_levels)
    return runs * len(config.memorizer.cells)


def _added(own: SweepConfig, frozen: SweepConfig) -> list[str]:
    """Return a text for each level of a sweep that has more searches than the frozen one."""
    counts = {
        level: (frozen.at_level(level).search.searches, own.at_level(level).search.searches)
        for level in frozen.strings.levels
    }
    return [
        f"{own.name}, level {level}: {now} ({planned})"
        for level, (planned, now) in counts.items()
        if now > planned
    ]


def missing_words(presets: Sequence[PresetState]) -> list[str]:
    """Return what is not shipped: a preset by its name, or the missing sweeps of a part of it.

    Parameters
    ----------
    presets : sequence of PresetState
        States.

    Examples
    --------
    >>> state = PresetState("study2-aa", 20, 0, 0.5, 0.0, 2, ("study2-aa-a", "study2-aa-b"))
    >>> missing_words([state, state._replace(missing=("study2-aa-b",))])
    ['study2-aa', 'study2-aa-b']
    """
    return [
        name
        for one in presets
        for name in ((one.preset,) if len(one.missing) == one.parts else one.missing)
    ]
