"""What a memorizer costs: parameters and analytic training FLOPs, by arithmetic alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from study.budget import CALIBRATED_UNIT, FLOP_UNITS
from study.cells import CELLS

if TYPE_CHECKING:
    from study.config import RunConfig


def parameter_count(cell: str, alphabet_size: int, depth: int, units: int) -> int:
    """Return the number of trained parameters, readout included.

    >>> parameter_count("lstm", alphabet_size=2, depth=1, units=128)  # published: 67,842
    67842
    """
    inputs = [alphabet_size] + [units] * (depth - 1)
    recurrent = sum(CELLS[cell].gates * units * (size + units + 2) for size in inputs)
    return recurrent + (units + 1) * alphabet_size


def flops_per_symbol(cell: str, alphabet_size: int, depth: int, units: int) -> int:
    """Return training FLOPs for one symbol: forward, backward and weight gradients.

    ``6 * (sum over layers of gates * units * (inputs + units) + units * k)`` with inputs = 0 at
    layer 0, where the input product is a look-up. The optimizer is excluded.

    >>> flops_per_symbol("gru", alphabet_size=4, depth=1, units=32)
    19200
    """
    inputs = [0] + [units] * (depth - 1)
    recurrent = sum(CELLS[cell].gates * units * (size + units) for size in inputs)
    return 6 * (recurrent + units * alphabet_size)


# Seconds per time step and layer that do not depend on the size of the network, and FLOPs per
# second, roughly as measured on one core: good enough to start the longest runs first.
_SECONDS_PER_LAYER_STEP = 5e-5
_FLOPS_PER_SECOND = 2e10


def expected_seconds(config: RunConfig) -> float:
    """Return a rough training time of a run that uses its whole budget, for ordering runs."""
    budget = config.budget
    if not budget.is_reproducible or budget.unit == CALIBRATED_UNIT:
        return budget.amount
    flops = flops_per_symbol(config.cell, config.string.alphabet_size, config.depth, config.units)
    period = config.string.period
    rows = config.batch
    if config.protocol == "window":
        # Distinct ones of so many windows at random.
        rows = round(period * (1 - (1 - 1 / period) ** config.batch))
    symbols = rows * config.length
    per_step = config.length * config.depth * _SECONDS_PER_LAYER_STEP + symbols * flops / _FLOPS_PER_SECOND
    if budget.unit == "steps":
        return budget.amount * per_step
    if budget.unit == "epochs":
        return budget.amount * config.symbols_per_epoch / config.nominal_symbols_per_step * per_step
    return budget.amount * FLOP_UNITS[budget.unit] / (symbols * flops) * per_step
