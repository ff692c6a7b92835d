"""Time real training steps over a grid of shapes, and fit a cost table to them."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from statistics import median
from typing import Any

import numpy as np

from seqmem.core.number_formats import round_digits
from seqmem.core.seeding import generator
from seqmem.generators.symbols import SymbolString
from seqmem.generators.targeting import generate
from seqmem.study import kernels
from seqmem.study.calibration.model import CALIBRATED_GATES, StepShape
from seqmem.study.calibration.table import CostTable, make_table
from seqmem.study.config import RunConfig
from seqmem.study.memorizers.cost import flops_per_symbol
from seqmem.study.runner import one_thread, warm_up
from seqmem.study.stopwatch import block_seconds, calls_per_block, training_step, warm_seconds
from seqmem.workflows.calibration.fit import fit, relative_errors

ENGINE = "fused"
RANGES = {"depth": (1, 4), "batch": (1, 128), "length": (8, 256), "alphabet_size": (2, 64)}
# Longer steps are multiples of shorter ones, so timing them gives nothing new.
LARGEST_FLOPS = 1.2e10
# Shapes per cell and unit count.
FIT_SHAPES = 8
HELD_OUT_SHAPES = 3
# Each shape is visited several times in turn, so a disturbance does not hit one shape alone.
VISITS = 3
VISIT_SECONDS = 0.05
LEAST_BLOCKS = 3
# Floats in a vector by instruction set.
LANES = {"avx512": 16, "avx2": 8}
OTHER_LANES = 4

Timer = Callable[[StepShape], float]


def measure_table(
    units_grid: Sequence[int],
    cpu: str,
    *,
    advance: Callable[[], None] = lambda: None,
    timer: Timer | None = None,
) -> CostTable:
    """Time training steps on this machine and return the cost table fitted to them.

    Parameters
    ----------
    units_grid : sequence of int
        Unit counts to time.
    cpu : str
        Name of the processor, for the table.
    advance : callable
        Called after each of the `visit_count` timings.
    timer : callable, optional
        Returns the seconds of one step of a shape; `step_seconds` if absent.

    Returns
    -------
    CostTable
        Coefficients of every cell, ranges and held-out errors.
    """
    fitted, held_out = (draw_shapes(purpose, units_grid) for purpose in ("fit", "held-out"))
    seconds = _time_in_turn(fitted + held_out, timer or step_seconds, advance)
    lanes = LANES.get(kernels.isa(), OTHER_LANES)
    cells = {}
    for cell in CALIBRATED_GATES:
        own = [index for index, shape in enumerate(fitted) if shape.cell == cell]
        cells[cell] = fit(
            [fitted[index] for index in own], [seconds[index] for index in own], lanes
        )
    errors = relative_errors(cells, held_out, seconds[len(fitted) :], lanes)
    return make_table(
        {
            "measured_on": {
                "cpu": cpu,
                "instruction_set": kernels.isa(),
                "kernels": kernels.version(),
            },
            "lanes": lanes,
            "ranges": {
                "units": [min(units_grid), max(units_grid)],
                **{k: list(v) for k, v in RANGES.items()},
            },
            "cells": cells,
            "held_out_error": {
                "shapes": len(held_out),
                "median": round_digits(median(errors), 3),
                "worst": round_digits(max(errors), 3),
            },
        }
    )


def visit_count(units_grid: Sequence[int]) -> int:
    """Return the number of timings that `measure_table` takes.

    Parameters
    ----------
    units_grid : sequence of int
        Unit counts to time.

    Returns
    -------
    int
        Timings of all visits.
    """
    return VISITS * len(CALIBRATED_GATES) * len(units_grid) * (FIT_SHAPES + HELD_OUT_SHAPES)


def draw_shapes(purpose: str, units_grid: Sequence[int]) -> list[StepShape]:
    """Return shapes to time, equally many for every cell and unit count.

    Depth, batch, length and alphabet size are random, uniform on logarithmic scales.

    Parameters
    ----------
    purpose : {"fit", "held-out"}
        The same purpose gives the same shapes.
    units_grid : sequence of int
        Unit counts to time.

    Returns
    -------
    list of StepShape
        The shapes.

    Examples
    --------
    >>> len(draw_shapes("fit", (8, 16))) == 2 * FIT_SHAPES * len(CALIBRATED_GATES)
    True
    """
    rng = generator("calibration", purpose)
    count = FIT_SHAPES if purpose == "fit" else HELD_OUT_SHAPES
    return [
        _draw(cell, units, rng)
        for _ in range(count)
        for units in units_grid
        for cell in CALIBRATED_GATES
    ]


def step_seconds(
    shape: StepShape,
    seconds: float = VISIT_SECONDS,
    thread_seconds: Callable[[], float] = time.thread_time,
) -> float:
    """Return the median CPU seconds of one training step on one thread.

    Parameters
    ----------
    shape : StepShape
        Shape of the step.
    seconds : float
        About how long to measure, without the warm-up.
    thread_seconds : callable
        The clock; a test passes its own.

    Returns
    -------
    float
        Seconds of one step.
    """
    warm_up(shape.cell, ENGINE, "cpu")
    with one_thread():
        step = training_step(config_of(shape, ENGINE))
        first = warm_seconds(step, thread_seconds)
        steps = calls_per_block(first)
        blocks = max(LEAST_BLOCKS, int(seconds / (first * steps)))
        return median(block_seconds(step, steps, thread_seconds) for _ in range(blocks)) / steps


def config_of(shape: StepShape, engine: str) -> RunConfig:
    """Return a run of a shape, on an arbitrary string.

    Parameters
    ----------
    shape : StepShape
        Shape of its steps.
    engine : str
        Name of the engine.

    Returns
    -------
    RunConfig
        The run.
    """
    return RunConfig(**run_fields(shape), engine=engine)


def run_fields(shape: StepShape) -> dict[str, Any]:
    """Return the fields of a run of a shape, without the engine.

    Parameters
    ----------
    shape : StepShape
        Shape of its steps.

    Returns
    -------
    dict
        Fields of `RunConfig`.
    """
    fields = asdict(shape)
    string = _string(fields.pop("alphabet_size"))
    return fields | {"string": string, "budget": "1 steps"}


def _time_in_turn(
    shapes: Sequence[StepShape], timer: Timer, advance: Callable[[], None]
) -> list[float]:
    """Return the median over visits of the seconds of each shape."""

    def visit() -> Iterator[float]:
        for shape in shapes:
            yield timer(shape)
            advance()

    visits = [list(visit()) for _ in range(VISITS)]
    return [median(values) for values in zip(*visits, strict=True)]


def _draw(cell: str, units: int, rng: np.random.Generator) -> StepShape:
    """Draw shapes until the step is not too long."""
    while True:
        shape = StepShape(
            cell=cell, units=units, **{name: _log_uniform(rng, *RANGES[name]) for name in RANGES}
        )
        flops = flops_per_symbol(cell, shape.alphabet_size, shape.depth, units)
        if shape.batch * shape.length * flops <= LARGEST_FLOPS:
            return shape


def _log_uniform(rng: np.random.Generator, low: int, high: int) -> int:
    """Draw a whole number, uniform on a logarithmic scale, with both ends included."""
    return int(np.exp(rng.uniform(np.log(low), np.log(high + 1))))


def _string(alphabet_size: int) -> SymbolString:
    return generate(
        source="iid",
        alphabet_size=alphabet_size,
        measure="lzw",
        target=max(128, alphabet_size),
        seed=0,
    )
