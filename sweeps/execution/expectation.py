"""The expected duration of a sweep before it is started, in parts."""

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil

from seqmem.study.duration import expected_evaluation_seconds, expected_seconds
from seqmem.sweeps.config.conditions import Condition, SearchKey
from seqmem.sweeps.config.sweep_config import SweepConfig
from seqmem.sweeps.execution.courses_left import stage_fractions, tuning_courses
from seqmem.sweeps.execution.machine_speed import Speed, measure_speed
from seqmem.sweeps.execution.plan import run_config
from seqmem.sweeps.search.space import decode
from seqmem.sweeps.search.strings import StringSets
from seqmem.sweeps.search.suggestions import suggest

# Seconds until the first run starts in a worker process: both load PyTorch.
START_SECONDS = 5.0
# Seconds for each run in which the launcher suggests and stores, one run after another.
SECONDS_PER_STORED_RUN = 0.008
# An expected duration is the mean over this many startup points at most.
SAMPLED_POINTS = 64
# In study 1, tuning runs used the part p / (p + 160) of their budget, for p symbols of a string per
# calibrated second. The rest was saved by runs that memorized.
HALF_USED_TUNING = 160.0
# Finalists and winners memorize sooner.
HALF_USED_LATER = 1250.0
STEEPNESS_LATER = 2.4


@dataclass(frozen=True)
class Expectation:
    """Seconds that a sweep, or a part of it, will take.

    Parameters
    ----------
    training, evaluation : float
        Sums over all runs, on one processor.
    start, search : float
        Seconds until the first run starts, and seconds in which the launcher suggests and stores.
    run_seconds : dict of {Condition : float}
        Mean seconds of a run of each condition, with its evaluation.
    """

    training: float
    evaluation: float
    start: float
    search: float
    run_seconds: dict[Condition, float]

    def wall_seconds(self, jobs: int) -> float:
        """Return the seconds from start to end with so many runs at a time."""
        return self.start + self.search + (self.training + self.evaluation) / jobs


def expect(
    config: SweepConfig,
    keys: Sequence[SearchKey],
    strings: dict[tuple[int, int], StringSets],
    preparation_seconds: float = 0.0,
    measure: Callable[[SweepConfig, str], Speed] = measure_speed,
) -> Expectation:
    """Return the expected seconds of some searches of a sweep.

    Parameters
    ----------
    config : SweepConfig
        The resolved configuration.
    keys : sequence of SearchKey
        The searches.
    strings : dict of {tuple of (int, int) : StringSets}
        Their strings by (level, search).
    preparation_seconds : float
        Seconds that the strings took. The sweep will make them again.
    measure : callable
        Returns the speed of this machine for a cell of the sweep.
    """
    speeds = {cell: measure(config, cell) for cell in dict.fromkeys(k.condition.cell for k in keys)}
    searches = Counter(key.condition for key in keys)
    training = evaluation = stored = 0.0
    run_seconds = {}
    for condition, count in searches.items():
        first = next(key for key in keys if key.condition == condition)
        string_sets = strings[condition.level, first.search]
        own = config.at_level(condition.level)
        courses = tuning_courses(own)
        tuning = sum(courses.values())
        later = _later_runs(own)
        speed = speeds[condition.cell]
        expected, tested = _means(own, condition, string_sets)
        whole = speed.training * expected
        tested *= speed.evaluation
        # The model of a step under the protocol window is too rough for a calibrated second.
        calibrated = expected if own.training.protocol == "stream" else whole
        period = string_sets["tune"][0].period
        _, share_later = _used(own, calibrated, period)
        trained = whole * (_tuned_budgets(own, courses, calibrated, period) + later * share_later)
        training += count * trained
        evaluation += count * (tuning + later) * tested
        stored += count * (tuning + later)
        run_seconds[condition] = trained / (tuning + later) + tested
    return Expectation(
        training,
        evaluation,
        START_SECONDS + preparation_seconds,
        SECONDS_PER_STORED_RUN * stored,
        run_seconds,
    )


def timed_strings(
    make: Callable[[], dict[tuple[int, int], StringSets]],
) -> tuple[dict[tuple[int, int], StringSets], float]:
    """Return strings and the seconds that making them took."""
    started = time.perf_counter()
    strings = make()
    return strings, time.perf_counter() - started


def _later_runs(config: SweepConfig) -> int:
    """Return how many runs a search has after tuning."""
    later = config.search.finalists * config.strings.select + config.strings.confirm
    return later * config.training.repeats


def _tuned_budgets(
    config: SweepConfig, courses: Mapping[str, float], seconds: float, period: int
) -> float:
    """Return how many whole budgets the tuning runs of a search will use.

    A course that is cut uses as much as a run with that smaller budget.
    """
    fractions = stage_fractions(config)
    return sum(
        count
        * fractions.get(stage, 1.0)
        * _used(config, seconds * fractions.get(stage, 1.0), period)[0]
        for stage, count in courses.items()
    )


def _means(config: SweepConfig, condition: Condition, strings: StringSets) -> tuple[float, float]:
    """Return mean seconds of training for a whole budget and of evaluation, by the cost model."""
    string = strings["tune"][0]
    points = suggest(config, SearchKey(condition, 0), 0, [])
    points = points[:: ceil(len(points) / SAMPLED_POINTS)]
    search = config.search_of(condition.cell)
    runs = [run_config(config, condition.cell, string, decode(search, point)) for point in points]
    training = sum(map(expected_seconds, runs)) / len(runs)
    return training, sum(map(expected_evaluation_seconds, runs)) / len(runs)


def _used(config: SweepConfig, seconds: float, period: int) -> tuple[float, float]:
    """Return the parts of their budgets that tuning runs and later runs will use.

    Parameters
    ----------
    config : SweepConfig
        The configuration.
    seconds : float
        Calibrated seconds of a whole budget.
    period : int
        Symbols of a string.
    """
    if not config.training.stop_on_memorized:
        return 1.0, 1.0
    load = period / seconds
    tuning = load / (load + HALF_USED_TUNING)
    return tuning, 1 / (1 + (HALF_USED_LATER / load) ** STEEPNESS_LATER)
