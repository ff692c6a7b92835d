"""Expected courses of the runs of a sweep with a pruner, for counts and forecasts.

Tuning runs are counted by stage: the rung to which a course goes, or the whole budget. Which trials
go on is known only afterwards, so the courses that are missing are an expectation.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from optuna.trial import TrialState

from seqmem.study.options import WHOLE_BUDGET
from seqmem.sweeps.config.sweep_config import SweepConfig
from seqmem.sweeps.search.score import WORST
from seqmem.sweeps.search.suggestions import generation_sizes
from seqmem.sweeps.storage.trial_summaries import RunSummary, TrialSummary

# Expected share of the trials at a rung that go on. One cell keeps half. The halves of two cells
# differ: with scores that correlate by .8 between cells, as in study 1, they cover 60 % together.
KEPT_BY_ONE_CELL = 0.5
DROPPED_BY_ANOTHER_TOO = 0.8


def stage_of(role: str, until: float) -> str:
    """Return the name of a stage: a role and the fraction of the budget at which runs are cut.

    Examples
    --------
    >>> stage_of("tune", 0.25), stage_of("tune", 1.0)
    ('tune to 0.25', 'tune')
    """
    return role if until == WHOLE_BUDGET else f"{role} to {until:g}"


def stage_fractions(config: SweepConfig) -> dict[str, float]:
    """Return the fraction of the budget of every stage that is cut, by its name."""
    return {stage_of("tune", rung): rung for rung in config.search.rungs}


def kept_share(config: SweepConfig) -> float:
    """Return the expected share of the trials at a rung that go on."""
    others = len(config.memorizer.cells) - 1 if config.search.pruner == "halving" else 0
    return 1 - (1 - KEPT_BY_ONE_CELL) * DROPPED_BY_ANOTHER_TOO**others


def expected_courses(config: SweepConfig, generation: int = 0, passed: int = 0) -> dict[str, float]:
    """Return the expected number of further courses of a tuning run, by stage.

    Parameters
    ----------
    config : SweepConfig
        The sweep.
    generation : int
        Generation of its trial. The pruner ``median`` does not cut the first one.
    passed : int
        Number of rungs that it has passed. After the last of them it is not decided whether it
        goes on.

    Examples
    --------
    >>> from seqmem import load_config
    >>> settings = ("search.sampler=sobol", "search.pruner=halving", "memorizer.cells=['gru']")
    >>> expected_courses(load_config("smoke", settings))
    {'tune to 0.125': 1.0, 'tune to 0.5': 0.5, 'tune': 0.25}
    """
    rungs = config.search.rungs
    if config.search.pruner == "median" and generation == 0:
        rungs = ()
    share = kept_share(config)
    first = share if passed else 1.0
    fractions = (*rungs[passed:], WHOLE_BUDGET)
    return {stage_of("tune", part): first * share**k for k, part in enumerate(fractions)}


def tuning_courses(config: SweepConfig) -> dict[str, float]:
    """Return the expected number of courses of the tuning runs of one search, by stage."""
    runs = config.strings.tune * config.training.repeats
    courses: Counter[str] = Counter()
    for generation, size in enumerate(generation_sizes(config.search)):
        for stage, share in expected_courses(config, generation).items():
            courses[stage] += size * runs * share  # type: ignore[assignment]
    return dict(courses)


def courses_left(config: SweepConfig, trials: Sequence[TrialSummary]) -> dict[str, float]:
    """Return the expected number of courses by stage that a search still needs for tuning.

    Parameters
    ----------
    config : SweepConfig
        The sweep.
    trials : sequence of TrialSummary
        The stored tuning trials of one search.
    """
    runs = config.strings.tune * config.training.repeats
    by_slot = {trial.slot: trial for trial in trials}
    left: Counter[str] = Counter()
    for generation, size in enumerate(generation_sizes(config.search)):
        for index in range(size):
            trial = by_slot.get((generation, index), TrialSummary(TrialState.WAITING, None))
            if trial.state.is_finished():
                continue
            missing = [0] * (runs - len(trial.runs))
            cut = [config.search.rungs.index(run.until) + 1 for run in trial.runs if run.is_cut]
            for passed in (*missing, *cut):
                left.update(expected_courses(config, generation, passed))
    return dict(left)


def observed_courses(
    config: SweepConfig, trials: Iterable[TrialSummary]
) -> dict[str, list[tuple[float, float | None]]]:
    """Return (score of the trial, wall seconds with evaluation) of every course, by stage.

    A trial without a value has the worst score. The seconds of a failed run are unknown. Those of
    earlier courses are stored as a sum, which is divided by the fractions of their rungs. A run
    that ended before its rung is in the last stage, because it is complete.
    """
    observed: dict[str, list[tuple[float, float | None]]] = {}
    for trial in trials:
        score = WORST if trial.value is None else trial.value
        for run in trial.runs:
            for stage, seconds in _courses(config, run).items():
                observed.setdefault(stage, []).append((score, seconds))
    return observed


def _courses(config: SweepConfig, run: RunSummary) -> Mapping[str, float | None]:
    before = config.search.rungs[: run.courses - 1]
    spent = run.earlier_seconds("train_wall_seconds", "evaluation_seconds")
    courses: dict[str, float | None] = {
        stage_of("tune", rung): spent * rung / sum(before) for rung in before
    }
    return courses | {stage_of("tune", run.until): None if run.failed else run.wall_seconds}
