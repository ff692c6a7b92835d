"""Forecasts of the time that missing runs will take, from the times of similar runs."""

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil

from seqmem.study.duration import expected_evaluation_seconds, expected_seconds
from seqmem.sweeps.config.conditions import Condition, SearchKey
from seqmem.sweeps.config.sweep_config import SweepConfig
from seqmem.sweeps.execution.plan import run_config
from seqmem.sweeps.search.space import decode
from seqmem.sweeps.search.strings import strings_of
from seqmem.sweeps.search.suggestions import suggest

# (score, seconds) of a run; the seconds are None if they are unknown.
Observation = tuple[float, float | None]

# The expectation has the weight of this many observed runs.
PRIOR_RUNS = 2.0
PRIOR_LATER_RUNS = 0.25
# The model's later suggestions resemble the better half of the trials; winners are among the best.
BETTER_SHARE = 0.5
BEST_SHARE = 0.25
# An expected duration is the mean over this many startup points at most.
SAMPLED_POINTS = 64


@dataclass
class ConditionWork:
    """The runs of one condition: those in all, and the observed times.

    Parameters
    ----------
    totals : mapping of {str : float}
        Runs in all, by role.
    expected : float
        Expected seconds of one run. Once runs are stored, only its ratio to the expectations of
        other conditions matters.
    improves : bool
        Whether tuning learns from its results, so that later runs resemble the better ones.
    observed : dict of {str : list of Observation}
        Score, and wall seconds with evaluation, of every stored run, by role.
    fractions : mapping of {str : float}
        The part of the budget of each role whose runs are cut. Such roles are stages of tuning.
    taken_over : dict of {str : list of Observation}
        The same as `observed` for runs of other sweeps. Another machine may have made them.
    speed : float
        Ratio of the seconds of a run here to those of an equal run that was taken over.
    """

    totals: Mapping[str, float]
    expected: float
    improves: bool = True
    observed: dict[str, list[Observation]] = field(default_factory=dict)
    fractions: Mapping[str, float] = field(default_factory=dict)
    taken_over: dict[str, list[Observation]] = field(default_factory=dict)
    speed: float = 1.0

    @property
    def seconds(self) -> list[float]:
        """Known seconds of all stored runs, each scaled to a whole budget."""
        return [
            seconds / self.fractions.get(role, 1.0)
            for role in self.observed.keys() | self.taken_over.keys()
            for seconds in self._seconds(role)
        ]

    def count(self, role: str) -> int:
        """Return the number of stored runs of a role."""
        return len(self.observed.get(role, ())) + len(self.taken_over.get(role, ()))

    def pairs_with_others(self) -> Iterator[tuple[float, float]]:
        """Yield the seconds of each role here, and those that the runs taken over predict."""
        for role in self.observed.keys() & self.taken_over.keys():
            here, there = (_known(runs[role]) for runs in (self.observed, self.taken_over))
            if here and there:
                yield sum(here), len(here) * sum(there) / len(there)

    def seconds_left(self, pace: float) -> float:
        """Return the seconds that the missing runs will take.

        Parameters
        ----------
        pace : float
            Ratio of observed to expected seconds over all conditions.
        """
        prior = _mean(self.seconds, pace * self.expected, PRIOR_RUNS)
        left = 0.0
        for role, total in self.totals.items():
            missing = total - self.count(role)
            left += max(missing, 0) * self._mean_seconds(role, prior)
        return left

    def _mean_seconds(self, role: str, prior: float) -> float:
        if role in self.fractions:
            return _mean(self._seconds(role), self.fractions[role] * prior, 1.0)
        return self._tune_seconds(prior) if role == "tune" else self._later_seconds(role, prior)

    def _tune_seconds(self, prior: float) -> float:
        """Return the mean seconds of a further tuning run.

        It lies between the mean of all tuning runs and the mean of the better ones.
        """
        better = self._best_tuned(BETTER_SHARE) if self.improves else []
        return _mean(self._seconds("tune") + better, prior, 1.0)

    def _later_seconds(self, role: str, prior: float) -> float:
        """Return the mean seconds of a further run of a finalist or winner."""
        expected = _mean(self._best_tuned(BEST_SHARE), prior, PRIOR_LATER_RUNS)
        return _mean(self._seconds(role), expected, 1.0)

    def _best_tuned(self, share: float) -> list[float]:
        known = [(score, seconds) for score, seconds in self._runs("tune") if seconds is not None]
        return [seconds for _, seconds in sorted(known, reverse=True)[: ceil(share * len(known))]]

    def _seconds(self, role: str) -> list[float]:
        return _known(self._runs(role))

    def _runs(self, role: str) -> list[Observation]:
        """Return all stored runs of a role, with their seconds as they would be here."""
        return self.observed.get(role, []) + [
            (score, None if seconds is None else self.speed * seconds)
            for score, seconds in self.taken_over.get(role, [])
        ]


class Forecast:
    """Forecast of the seconds of work that are left.

    Conditions differ: some runs stop early because they memorize, others use up their budget. So
    a condition is judged by its own runs. If it has few, their mean is combined with the
    expectation, corrected by the ratio of observed to expected seconds of all conditions. Later
    runs of a condition resemble the better ones of its earlier runs. Runs of other sweeps tell how
    conditions compare; how fast they were made, on whatever machine, does not matter once runs of
    the same kind were executed here.

    Parameters
    ----------
    parts : mapping of {object : ConditionWork}
        The runs of every condition.

    Examples
    --------
    >>> parts = {"easy": ConditionWork({"tune": 10}, 4.0), "hard": ConditionWork({"tune": 10}, 8.0)}
    >>> forecast = Forecast(parts)
    >>> for _ in range(5):
    ...     forecast.add("easy", "tune", 1.0, 1.0)
    >>> round(forecast.work_seconds_left, 3)  # 5 runs of 1 s, 10 runs of 8 / 4 of that
    25.0
    """

    def __init__(self, parts: Mapping[object, ConditionWork]) -> None:
        self._parts = parts

    def add(self, name: object, role: str, score: float, seconds: float | None) -> None:
        """Add a run that was stored.

        Parameters
        ----------
        name : object
            Its condition, a key of ``parts``.
        role : {"tune", "select", "confirm"}
            Its role.
        score : float
            Its score.
        seconds : float or None
            Its wall time; None if it is unknown.
        """
        self._parts[name].observed.setdefault(role, []).append((score, seconds))

    def take_over(self, name: object, role: str, score: float, seconds: float | None) -> None:
        """Add a run of another sweep, like `add`."""
        self._parts[name].taken_over.setdefault(role, []).append((score, seconds))

    def replan(self, name: object, left: Mapping[str, float]) -> None:
        """Change how many runs of a condition are missing.

        Parameters
        ----------
        name : object
            The condition, a key of ``parts``.
        left : mapping of {str : float}
            Missing runs, by role.
        """
        part = self._parts[name]
        part.totals = {role: part.count(role) + missing for role, missing in left.items()}

    @property
    def work_seconds_left(self) -> float:
        """Sum of the seconds of the missing runs, each on one processor."""
        speed = self._speed
        for part in self._parts.values():
            part.speed = speed
        pace = self._pace
        return sum(part.seconds_left(pace) for part in self._parts.values())

    @property
    def _pace(self) -> float:
        expected = sum(len(part.seconds) * part.expected for part in self._parts.values())
        observed = sum(sum(part.seconds) for part in self._parts.values())
        return observed / expected if expected else 1.0

    @property
    def _speed(self) -> float:
        """Ratio of the seconds of runs here to those of runs of the same kind taken over."""
        pairs = [pair for part in self._parts.values() for pair in part.pairs_with_others()]
        predicted = sum(there for _, there in pairs)
        return sum(here for here, _ in pairs) / predicted if predicted else 1.0


def _known(runs: Sequence[Observation]) -> list[float]:
    return [seconds for _, seconds in runs if seconds is not None]


def _mean(values: Sequence[float], prior: float, weight: float) -> float:
    """Return the mean of values and of a prior value that counts ``weight`` times."""
    return (sum(values) + weight * prior) / (len(values) + weight)


class TimeLeft:
    """Wall time that is left: the work that is left divided by the rate of work so far.

    The rate includes everything, also waiting and storing. It is measured after as many outcomes
    as there are workers, so the start of the workers does not count. Before enough outcomes are
    there, the rate is assumed to be ``capacity``.

    Parameters
    ----------
    forecast : Forecast
        The work that is left.
    capacity : int
        Runs at a time.
    clock : callable
        Returns the time in seconds.
    refresh_seconds : float
        How long an answer is reused. A new answer reads all runs, and many may arrive per second.
    """

    def __init__(
        self,
        forecast: Forecast,
        capacity: int,
        clock: Callable[[], float] = time.monotonic,
        refresh_seconds: float = 1.0,
    ) -> None:
        self._forecast = forecast
        self._capacity = capacity
        self._clock = clock
        self._refresh_seconds = refresh_seconds
        self._outcomes = 0
        self._work = 0.0
        self._started = 0.0
        self._left = 0.0
        self._answered = -math.inf

    def skip(self, name: object, role: str, score: float, seconds: float | None) -> None:
        """Add a run that was taken over, like `Forecast.take_over`."""
        self._forecast.take_over(name, role, score, seconds)

    def add(self, name: object, role: str, score: float, seconds: float | None) -> float:
        """Add a run like `Forecast.add`, and return the wall seconds that are left."""
        self._forecast.add(name, role, score, seconds)
        self._outcomes += 1
        if self._outcomes == self._capacity:
            self._started = self._clock()
        elif self._outcomes > self._capacity:
            self._work += seconds or 0.0
        if self._clock() - self._answered >= self._refresh_seconds:
            self._left = self._seconds_left()
            self._answered = self._clock()
        return self._left

    def _seconds_left(self) -> float:
        left = self._forecast.work_seconds_left
        elapsed = self._clock() - self._started
        is_measured = self._outcomes >= 2 * self._capacity and self._work > 0
        return left * elapsed / self._work if is_measured else left / self._capacity


def expected_run_seconds(config: SweepConfig, condition: Condition) -> float:
    """Return the expected seconds of a run that uses its whole budget, with its evaluation.

    It is the mean over the startup points of a search.

    Parameters
    ----------
    config : SweepConfig
        The resolved configuration.
    condition : Condition
        One of its conditions.
    """
    string = strings_of(config, condition.level, 0)["tune"][0]
    points = suggest(config, SearchKey(condition, 0), 0, [])
    points = points[:: ceil(len(points) / SAMPLED_POINTS)]
    config = config.at_level(condition.level)
    search = config.search_of(condition.cell)
    runs = [run_config(config, condition.cell, string, decode(search, point)) for point in points]
    return sum(expected_seconds(run) + expected_evaluation_seconds(run) for run in runs) / len(runs)
