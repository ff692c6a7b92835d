"""How fast this machine executes the runs of a sweep: a few short runs are timed."""

from collections.abc import Callable
from typing import NamedTuple

from seqmem.study.budget import CALIBRATED_UNIT, FLOP_UNITS, WORK_UNITS, Budget
from seqmem.study.config import RunConfig
from seqmem.study.duration import expected_evaluation_seconds, expected_seconds
from seqmem.sweeps.config.conditions import SearchKey, conditions
from seqmem.sweeps.config.sweep_config import SweepConfig
from seqmem.sweeps.config.training_section import COST_KEYS
from seqmem.sweeps.execution.plan import run_config
from seqmem.sweeps.search.space import decode
from seqmem.sweeps.search.strings import strings_of
from seqmem.sweeps.search.suggestions import suggest

TIMED_SECONDS = 0.05
TIMED_POINTS = 3


class Speed(NamedTuple):
    """Ratios of measured to expected seconds of runs.

    Parameters
    ----------
    training, evaluation : float
        Ratio for the training and for the evaluation of a run.
    """

    training: float = 1.0
    evaluation: float = 1.0


class TimedRun(NamedTuple):
    """Seconds of one run.

    Parameters
    ----------
    training, evaluation : float
        Seconds for the whole budget, and of the evaluation, as measured.
    expected_training, expected_evaluation : float
        The same as `seqmem.study.duration` expects them.
    """

    training: float
    evaluation: float
    expected_training: float
    expected_evaluation: float


def measure_speed(
    config: SweepConfig,
    cell: str,
    time_run: Callable[[RunConfig, RunConfig], TimedRun] | None = None,
) -> Speed:
    """Return how fast this machine executes runs of one cell.

    Three configurations of the first generation are trained for 0.05 seconds each, on a string of
    the middle level. A first run that loads libraries is not counted. If a run fails, the speed is
    taken as expected.

    Parameters
    ----------
    config : SweepConfig
        The resolved configuration.
    cell : str
        One of its cells.
    time_run : callable, optional
        Returns the seconds of a run, from its configuration and from that of the timed run. If
        absent, `time_briefly`.
    """
    time_run = time_run or time_briefly
    of_cell = [condition for condition in conditions(config) if condition.cell == cell]
    condition = of_cell[len(of_cell) // 2]
    string = strings_of(config, condition.level, 0)["tune"][0]
    points = suggest(config, SearchKey(condition, 0), 0, [])
    config = config.at_level(condition.level)
    chosen = dict.fromkeys((0, len(points) // 2, len(points) - 1))
    brief = _with_brief_budget(config)
    timed = []
    try:
        for index in (0, *chosen):
            fields = decode(config.search_of(cell), points[index])
            runs = (run_config(each, cell, string, fields) for each in (config, brief))
            timed.append(time_run(*runs))
    except Exception:
        # Runs that fail are reported by the sweep itself.
        return Speed()
    counted = timed[1:]
    return Speed(
        sum(run.training for run in counted) / sum(run.expected_training for run in counted),
        sum(run.evaluation for run in counted) / sum(run.expected_evaluation for run in counted),
    )


def time_briefly(config: RunConfig, brief: RunConfig) -> TimedRun:
    """Execute a brief run and return the seconds that the whole one would take.

    Parameters
    ----------
    config : RunConfig
        The whole run.
    brief : RunConfig
        The same run with a budget in seconds.
    """
    from seqmem.study.runner import run

    record = run(brief)
    expected = expected_seconds(config)
    seconds_per_step = record.train_wall_seconds / max(record.steps, 1)
    steps = steps_of(config, record.flops / max(record.steps, 1))
    return TimedRun(
        expected if steps is None else steps * seconds_per_step,
        record.evaluation_seconds,
        expected,
        expected_evaluation_seconds(config, len(record.checkpoint_fractions)),
    )


def steps_of(config: RunConfig, flops_per_step: float) -> float | None:
    """Return the steps of a run that spends its whole budget; None for budgets in seconds.

    Parameters
    ----------
    config : RunConfig
        The run.
    flops_per_step : float
        FLOPs of one step, as charged.
    """
    budget = config.budget
    if budget.unit == "steps":
        return budget.amount
    if budget.unit == CALIBRATED_UNIT:
        return budget.amount / config.seconds_per_step
    if budget.unit == "epochs":
        return budget.amount * config.symbols_per_epoch / config.nominal_symbols_per_step
    if budget.unit in FLOP_UNITS:
        return budget.amount * FLOP_UNITS[budget.unit] / flops_per_step
    if budget.unit in WORK_UNITS:
        shape = config.network_shape
        per_flop = config.family.training_work(shape) / config.family.training_flops(shape)
        return budget.amount * WORK_UNITS[budget.unit] / (flops_per_step * per_flop)
    return None


def _with_brief_budget(config: SweepConfig) -> SweepConfig:
    unit = "s" if config.training.device == "cpu" else "wall-s"
    update = {
        "budget": Budget(TIMED_SECONDS, unit),
        "stop_on_memorized": False,
        **dict.fromkeys(COST_KEYS),
    }
    return config.model_copy(update={"training": config.training.model_copy(update=update)})
