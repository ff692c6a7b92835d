"""A description of a sweep before it is started: its runs and their expected duration."""

import os
from collections import Counter
from collections.abc import Callable

from joblib import cpu_count

from seqmem.core.number_formats import counted
from seqmem.core.progress import duration
from seqmem.sweeps.config.conditions import Shard
from seqmem.sweeps.config.sweep_config import SweepConfig
from seqmem.sweeps.execution.courses_left import stage_fractions, tuning_courses
from seqmem.sweeps.execution.expectation import Expectation, expect, timed_strings
from seqmem.sweeps.execution.machine_speed import Speed, measure_speed
from seqmem.sweeps.execution.preparation import check_runs, searches_of
from seqmem.sweeps.execution.status import runs_per_search
from seqmem.sweeps.search.lengths import with_lengths


def describe_sweep(
    config: SweepConfig,
    jobs: int,
    shard: Shard,
    measure: Callable[[SweepConfig, str], Speed] = measure_speed,
    report_seconds: float = 0.0,
) -> str:
    """Return conditions, searches, trials, runs and expected time as lines of text.

    The time is for this machine: a few short runs of every cell are timed.

    Parameters
    ----------
    config : SweepConfig
        The sweep.
    jobs : int
        Runs at a time.
    shard : Shard
        Part of the sweep to describe.
    measure : callable
        Returns the speed of this machine for a cell of the sweep.
    report_seconds : float
        Seconds of a report that the command makes after the sweep.

    Raises
    ------
    InputError
        If the sweep could not be started.
    """
    config = with_lengths(config.resolved())
    keys = searches_of(config, shard)
    strings, seconds = timed_strings(lambda: check_runs(config, keys))
    expectation = expect(config, keys, strings, seconds, measure)
    searches = Counter(key.condition for key in keys)
    runs = {condition: runs_per_search(config.at_level(condition.level)) for condition in searches}
    lines = [
        f"{condition.title}: {counted(count, 'search', 'searches')} x "
        f"{counted(runs[condition], 'run')}, "
        f"{expectation.run_seconds[condition]:.2g} s each"
        for condition, count in searches.items()
    ]
    part = "" if shard.is_whole else f" in shard {shard}"
    total = sum(searches.values())
    total_runs = sum(count * runs[condition] for condition, count in searches.items())
    counts = (
        counted(len(searches), "condition"),
        counted(total, "search", "searches"),
        counted(total * config.search.trials, "trial"),
        f"{counted(total_runs, 'run')} including selection and confirmation",
    )
    lines.append(f"{config.name}{part}: {', '.join(counts)}")
    if config.search.pruner is not None:
        lines.append(_pruner_line(config))
    lines.append(_time_line(expectation, jobs, report_seconds))
    return "\n".join(lines)


def _pruner_line(config: SweepConfig) -> str:
    """Return what the pruner does and what its courses are expected to cost."""
    search = config.search
    rungs = ", ".join(f"{rung:g}" for rung in search.rungs)
    fractions = stage_fractions(config)
    courses = tuning_courses(config)
    budgets = sum(count * fractions.get(stage, 1.0) for stage, count in courses.items())
    runs = search.trials * config.strings.tune * config.training.repeats
    return (
        f"pruner {search.pruner} at {rungs} of the budget: about {courses['tune'] / runs:.0%} of "
        f"the tuning runs go to the end; all courses of tuning use up to {budgets / runs:.0%} of "
        "the budgets without a pruner"
    )


def _time_line(expectation: Expectation, jobs: int, report_seconds: float) -> str:
    parts = {
        "training": expectation.training / jobs,
        "evaluation": expectation.evaluation / jobs,
        "start-up": expectation.start,
        "search": expectation.search,
    } | ({"report": report_seconds} if report_seconds else {})
    shown = ", ".join(f"{name} {duration(seconds)}" for name, seconds in parts.items())
    wall_time = duration(expectation.wall_seconds(jobs) + report_seconds)
    return f"about {wall_time} on this machine with {jobs} at a time: {shown}{_busy_note()}"


def _busy_note() -> str:
    """Return a clause about other work on this machine, if it would slow down the sweep."""
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    processors = cpu_count()
    if load < processors / 2:
        return ""
    return (
        f"; longer while other work goes on (load {load:.1f} on {counted(processors, 'processor')})"
    )
