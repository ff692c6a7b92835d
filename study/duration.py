"""Expected duration of a run, for the order of execution, time-outs and forecasts."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

from seqmem.core.errors import InputError
from seqmem.study.blocks import Blocks
from seqmem.study.budget import CALIBRATED_UNIT, FLOP_UNITS, WORK_UNITS, checkpoint_fractions
from seqmem.study.memorizers.contract import PASSES

if TYPE_CHECKING:
    from seqmem.study.config import RunConfig

# For shapes outside the cost table, roughly as measured on one core: FLOPs per second, and seconds
# per time step and layer that do not depend on the size of the network.
_SECONDS_PER_LAYER_STEP = 5e-5
_FLOPS_PER_SECOND = 2e10
_SECONDS_PER_EVALUATION = 0.01
_SECONDS_PER_TAUGHT_SYMBOL = 4e-7
# The shortest prompt of a recall. Strings that need a longer one are rare.
_PROMPT = 256
# A closed loop reads all weights from memory for each symbol.
_SECONDS_PER_LOOPED_SYMBOL = 3e-5
_LOOPED_FLOPS_PER_SECOND = 1.2e9


def expected_seconds(config: RunConfig) -> float:
    """Return about how many seconds a run trains if it uses its whole budget, or up to its cut.

    The estimate is for the fused kernels. The engine torch takes longer.
    """
    return config.until * _whole_seconds(config)


def _whole_seconds(config: RunConfig) -> float:
    budget = config.budget
    if not budget.is_reproducible or budget.unit == CALIBRATED_UNIT:
        return budget.amount
    per_step = _step_seconds(config)
    if budget.unit == "steps":
        return budget.amount * per_step
    if budget.unit == "epochs":
        return budget.amount * config.symbols_per_epoch / config.nominal_symbols_per_step * per_step
    if budget.unit in WORK_UNITS:
        per_symbol = config.family.training_work(config.network_shape)
        amount = budget.amount * WORK_UNITS[budget.unit]
    else:
        per_symbol = _flops_per_symbol(config)
        amount = budget.amount * FLOP_UNITS[budget.unit]
    return amount / (_symbols_per_step(config) * per_symbol) * per_step


def expected_evaluation_seconds(config: RunConfig, checkpoints: int | None = None) -> float:
    """Return about how many seconds the evaluation of a run takes.

    It consists of teacher-forced passes at the checkpoints and of one closed loop.

    Parameters
    ----------
    config : RunConfig
        The run.
    checkpoints : int, optional
        Number of checkpoints, if some of them fall on one step.
    """
    if checkpoints is None:
        checkpoints = len(checkpoint_fractions(config.checkpoints_per_octave))
    forward = _flops_per_symbol(config) / PASSES
    taught = config.depth * _SECONDS_PER_TAUGHT_SYMBOL + forward / _FLOPS_PER_SECOND
    again = config.blocks.row if config.blocks else 1
    looped = config.depth * _SECONDS_PER_LOOPED_SYMBOL + forward / _LOOPED_FLOPS_PER_SECOND
    period = config.string.period
    blocks = config.blocks
    per_pass = _symbols_in_blocks(blocks, period) if blocks else _PROMPT + period
    symbols = checkpoints * per_pass
    return _SECONDS_PER_EVALUATION + symbols * taught + config.horizon * again * looped


def _step_seconds(config: RunConfig) -> float:
    """Return the seconds of a step, from the reference cost table where it holds the shape."""
    if config.protocol == "stream" and not config.block:
        # Imported here, because a report counts parameters and needs neither table nor pydantic.
        from seqmem.study.calibration.table import reference_table

        try:
            return reference_table().seconds_per_step(config.step_shape)
        except InputError:
            pass  # The shape was not calibrated.
    overhead = config.row * config.depth * _SECONDS_PER_LAYER_STEP
    return overhead + _symbols_per_step(config) * _flops_per_symbol(config) / _FLOPS_PER_SECOND


def _flops_per_symbol(config: RunConfig) -> int:
    return config.family.training_flops(config.network_shape)


def _symbols_per_step(config: RunConfig) -> int:
    rows = config.batch
    if config.protocol == "window":
        # Expected number of distinct windows among so many random ones.
        period = config.string.period
        rows = round(period * (1 - (1 - 1 / period) ** config.batch))
    return rows * config.row


def _symbols_in_blocks(blocks: Blocks, period: int) -> int:
    """Return the symbols that a reading of one period in blocks passes over."""
    return ceil(period / blocks.targets) * blocks.row
