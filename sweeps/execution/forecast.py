"""How long the missing runs will take, from what others like them took."""

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil

from seqmem.study.duration import expected_evaluation_seconds, expected_seconds
from seqmem.sweeps.config.conditions import Condition, SearchKey
from seqmem.sweeps.config.sweep_config import SweepConfig
from seqmem.sweeps.execution.plan import run_config
from seqmem.sweeps.search.space import decode
from seqmem.sweeps.search.strings import strings_of
from seqmem.sweeps.search.suggestions import suggest

# (score, seconds) of a run; no seconds if they are not known.
Observation = tuple[float, float | None]

# How many runs' worth the expectation counts beside what was observed.
PRIOR_RUNS, PRIOR_LATER_RUNS = 2.0, 0.25
# A model of the results keeps to what was good; winners come from the best.
SAMPLED_POINTS = 64
BETTER_SHARE, BEST_SHARE = 0.5, 0.25


@dataclass
class ConditionWork:
    """The runs of one condition.

    Parameters
    ----------
    totals : mapping
        Runs in all, by role.
    expected : float
        Seconds that one is expected to take; only the ratios between conditions matter once some are stored.
    improves : bool
        Whether tuning learns from its results, so that later runs resemble the better ones.
    observed : mapping
        By role, (score, wall seconds with evaluation) of every stored run; no seconds of one that failed.
    """

    totals: Mapping[str, int]
    expected: float
    improves: bool = True
    observed: dict[str, list[Observation]] = field(default_factory=dict)

    @property
    def seconds(self) -> list[float]:
        """Seconds of all stored runs, as far as they are known."""
        return [seconds for role in self.observed for seconds in self._seconds(role)]

    def seconds_left(self, pace: float) -> float:
        """Return what the missing runs will take, with the given ratio of observed to expected seconds elsewhere."""
        prior = _mean(self.seconds, pace * self.expected, PRIOR_RUNS)
        left = 0.0
        for role, total in self.totals.items():
            missing = total - len(self.observed.get(role, []))
            left += max(missing, 0) * (
                self._tune_seconds(prior) if role == "tune" else self._later_seconds(role, prior)
            )
        return left

    def _tune_seconds(self, prior: float) -> float:
        """Return the mean of a further tuning run: between that of all and that of the better ones."""
        better = self._best_tuned(BETTER_SHARE) if self.improves else []
        return _mean(self._seconds("tune") + better, prior, 1.0)

    def _later_seconds(self, role: str, prior: float) -> float:
        """Return the mean of a further run of a winner, or of a candidate for it."""
        expected = _mean(self._best_tuned(BEST_SHARE), prior, PRIOR_LATER_RUNS)
        return _mean(self._seconds(role), expected, 1.0)

    def _best_tuned(self, share: float) -> list[float]:
        known = [
            (score, seconds)
            for score, seconds in self.observed.get("tune", [])
            if seconds is not None
        ]
        return [seconds for _, seconds in sorted(known, reverse=True)[: ceil(share * len(known))]]

    def _seconds(self, role: str) -> list[float]:
        return [seconds for _, seconds in self.observed.get(role, []) if seconds is not None]


class Forecast:
    """Seconds of work that are left.

    Conditions differ: some stop early because they memorize, some use up their budget. So each is judged by its own
    runs; where there are few, by the expectation, corrected by how well it did elsewhere. Within a condition the runs
    that are still to come resemble the better ones of those before.

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
        """Take into account that another run was stored."""
        self._parts[name].observed.setdefault(role, []).append((score, seconds))

    @property
    def work_seconds_left(self) -> float:
        """Sum over the missing runs, each on one processor."""
        pace = self._pace
        return sum(part.seconds_left(pace) for part in self._parts.values())

    @property
    def _pace(self) -> float:
        expected = sum(len(part.seconds) * part.expected for part in self._parts.values())
        return (
            sum(sum(part.seconds) for part in self._parts.values()) / expected if expected else 1.0
        )


def _mean(values: Sequence[float], prior: float, weight: float) -> float:
    return (sum(values) + weight * prior) / (len(values) + weight)


class TimeLeft:
    """Wall time that is left, from the work that is left and the rate at which it has been done.

    The rate takes everything in: waiting for one another, storing. It counts from when every worker has had its first
    outcome, which pays for its start; before that, as many runs as there are workers are thought to go on at a time.

    Parameters
    ----------
    forecast : Forecast
    capacity : int
        Runs at a time.
    refresh_seconds : float
        How old an answer may be: each looks at all runs, of which there may be many in a second.
    """

    def __init__(
        self,
        forecast: Forecast,
        capacity: int,
        clock: Callable[[], float] = time.monotonic,
        refresh_seconds: float = 1.0,
    ) -> None:
        self._forecast, self._capacity, self._clock, self._refresh_seconds = (
            forecast,
            capacity,
            clock,
            refresh_seconds,
        )
        self._outcomes, self._work, self._started = 0, 0.0, 0.0
        self._left, self._answered = 0.0, -math.inf

    def add(self, name: object, role: str, score: float, seconds: float | None) -> float:
        """Take another run into account; return the seconds left."""
        self._forecast.add(name, role, score, seconds)
        self._outcomes += 1
        if self._outcomes == self._capacity:
            self._started = self._clock()
        elif self._outcomes > self._capacity:
            self._work += seconds or 0.0
        if self._clock() - self._answered >= self._refresh_seconds:
            self._left, self._answered = self._seconds_left(), self._clock()
        return self._left

    def _seconds_left(self) -> float:
        left = self._forecast.work_seconds_left
        elapsed = self._clock() - self._started
        is_measured = self._outcomes >= 2 * self._capacity and self._work > 0
        return left * elapsed / self._work if is_measured else left / self._capacity


def expected_run_seconds(config: SweepConfig, condition: Condition) -> float:
    """Return about how long a run of a condition takes that uses its whole budget: the mean over the startup points."""
    string = strings_of(config, condition.level, 0)["tune"][0]
    points = suggest(config, SearchKey(condition, 0), 0, [])
    points = points[:: ceil(len(points) / SAMPLED_POINTS)]
    runs = [
        run_config(config, condition.cell, string, decode(config.search, point)) for point in points
    ]
    return sum(expected_seconds(run) + expected_evaluation_seconds(run) for run in runs) / len(runs)
