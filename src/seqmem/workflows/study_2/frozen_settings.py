"""Whether a sweep of study 2 is the frozen one, apart from its number of searches."""

from __future__ import annotations

from typing import Any

from seqmem.core.errors import InputError, shorten
from seqmem.sweeps.config.differences import differences
from seqmem.sweeps.config.sweep_config import SweepConfig
from seqmem.sweeps.config.sweep_file import load_configs
from seqmem.workflows.study_2.presets import preset_of

MOST_ADDED_CORE_HOURS = 3.0
_LONGEST_CHANGE = 120


def frozen_config(sweep: str) -> SweepConfig | None:
    """Return the sweep of this name in the presets of study 2; None if there is none.

    Parameters
    ----------
    sweep : str
        Name of the sweep, such as ``study2-scaling-k4``.
    """
    preset = preset_of(sweep)
    try:
        configs = load_configs(preset) if preset else []
    except InputError:
        return None
    return next((config for config in configs if config.name == sweep), None)


def settings_problem(config: SweepConfig) -> str:
    """Return why a sweep is not the frozen one of its name; empty if it is.

    The numbers of searches may differ: a sweep is run in steps, and grows by the blinded
    re-estimation of the sample size. All added searches of a sweep may take three core-hours.

    Parameters
    ----------
    config : SweepConfig
        A sweep of study 2, resolved or not.

    Examples
    --------
    >>> settings_problem(frozen_config("study2-aa-a"))
    ''
    """
    frozen = frozen_config(config.name)
    if frozen is None:
        return "no preset of study 2 has a sweep of this name; give your own sweep another name"
    frozen, config = frozen.resolved(), config.resolved()
    changes = differences(_without_searches(frozen), _without_searches(config))
    if changes:
        change = shorten(str(changes[0]), _LONGEST_CHANGE)
        return (
            f"study 2 is frozen, and this differs from its preset in {change}; leave the setting "
            "out, or give your own sweep another name"
        )
    added = added_core_hours(config, frozen)
    if added > MOST_ADDED_CORE_HOURS:
        return (
            f"the added searches would take {added:.1f} core-hours; at most "
            f"{MOST_ADDED_CORE_HOURS:g} may be added in all of study 2; add fewer"
        )
    return ""


def added_core_hours(config: SweepConfig, frozen: SweepConfig) -> float:
    """Return the core-hours of the searches that a sweep has beyond the frozen ones.

    Every run counts with its whole budget in calibrated seconds.

    Parameters
    ----------
    config, frozen : SweepConfig
        The sweep, and the frozen one of its name.
    """
    seconds = 0.0
    for level in frozen.strings.levels:
        own, planned = config.at_level(level), frozen.at_level(level)
        added = max(own.search.searches - planned.search.searches, 0)
        seconds += added * seconds_of_search(planned)
    return seconds / 3600


def seconds_of_search(config: SweepConfig) -> float:
    """Return the budgets of all runs of one search of every cell, in calibrated seconds.

    Parameters
    ----------
    config : SweepConfig
        A sweep at one of its levels.

    Examples
    --------
    >>> seconds_of_search(frozen_config("study2-aa-a").at_level(512))  # 32 + 6 x 2 + 6 runs
    50.0
    """
    runs = (
        config.search.trials * config.strings.tune
        + config.search.finalists * config.strings.select
        + config.strings.confirm
    )
    cells = len(config.memorizer.cells)
    return runs * cells * config.training.repeats * config.training.budget.amount


def _without_searches(config: SweepConfig) -> dict[str, Any]:
    content = config.to_dict()
    search = {name: value for name, value in content["search"].items() if name != "searches"}
    if "levels" in search:
        search["levels"] = [
            {name: value for name, value in box.items() if name != "searches"}
            for box in search["levels"]
        ]
    return content | {"search": search}
