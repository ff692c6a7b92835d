"""Timing of real training steps over a grid of shapes, and the cost table fitted to them."""

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
from seqmem.study.calibration.model import StepShape
from seqmem.study.calibration.table import CostTable, make_table
from seqmem.study.config import RunConfig
from seqmem.study.memorizers.cells import CELLS
from seqmem.study.memorizers.cost import flops_per_symbol
from seqmem.study.runner import one_thread, warm_up
from seqmem.study.stopwatch import block_seconds, calls_per_block, training_step, warm_seconds
from seqmem.workflows.calibration.fit import fit, relative_errors

ENGINE = "fused"
RANGES = {"depth": (1, 4), "batch": (1, 128), "length": (8, 256), "alphabet_size": (2, 64)}
# Longer steps are multiples of shorter ones: timing them would only take long.
LARGEST_FLOPS = 1.2e10
# Shapes per cell and unit count. All are visited in turn several times, so that a disturbance meets none alone.
FIT_SHAPES, HELD_OUT_SHAPES = 8, 3
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
        The unit counts to time.
    cpu : str
        The processor's name, for the table.
    advance : callable
        Called after each of the `visit_count` timings.
    timer : callable, optional
        Seconds of one step of a shape; `step_seconds` if absent.
    """
    fitted, held_out = (draw_shapes(purpose, units_grid) for purpose in ("fit", "held-out"))
    seconds = _time_in_turn(fitted + held_out, timer or step_seconds, advance)
    lanes = LANES.get(kernels.isa(), OTHER_LANES)
    cells = {}
    for cell in CELLS:
        places = [place for place, shape in enumerate(fitted) if shape.cell == cell]
        cells[cell] = fit(
            [fitted[place] for place in places], [seconds[place] for place in places], lanes
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
    """Return the number of timings that `measure_table` takes."""
    return VISITS * len(CELLS) * len(units_grid) * (FIT_SHAPES + HELD_OUT_SHAPES)


def draw_shapes(purpose: str, units_grid: Sequence[int]) -> list[StepShape]:
    """Return shapes to time: equally many for every cell and unit count, the rest at random on log scales.

    Parameters
    ----------
    purpose : {"fit", "held-out"}
        The same purpose gives the same shapes.

    >>> len(draw_shapes("fit", (8, 16))) == 2 * FIT_SHAPES * len(CELLS)
    True
    """
    rng = generator("calibration", purpose)
    count = FIT_SHAPES if purpose == "fit" else HELD_OUT_SHAPES
    return [_draw(cell, units, rng) for _ in range(count) for units in units_grid for cell in CELLS]


def step_seconds(
    shape: StepShape,
    seconds: float = VISIT_SECONDS,
    thread_seconds: Callable[[], float] = time.thread_time,
) -> float:
    """Return the median CPU seconds of one training step, as a run on one thread takes it.

    Parameters
    ----------
    shape : StepShape
    seconds : float
        About how long to measure, warm-up not counted.
    thread_seconds : callable
        The clock; a test passes its own.
    """
    warm_up(shape.cell, ENGINE, "cpu")
    with one_thread():
        step = training_step(config_of(shape, ENGINE))
        first = warm_seconds(step, thread_seconds)
        steps = calls_per_block(first)
        blocks = max(LEAST_BLOCKS, int(seconds / (first * steps)))
        return median(block_seconds(step, steps, thread_seconds) for _ in range(blocks)) / steps


def config_of(shape: StepShape, engine: str) -> RunConfig:
    """Return a run of a shape on a string that is as good as any other for its timing."""
    return RunConfig(**run_fields(shape), engine=engine)


def run_fields(shape: StepShape) -> dict[str, Any]:
    """Return the fields of such a run."""
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
    return [median(found) for found in zip(*visits, strict=True)]


def _draw(cell: str, units: int, rng: np.random.Generator) -> StepShape:
    """Draw until the step is not too long."""
    while True:
        shape = StepShape(
            cell=cell, units=units, **{name: _log_uniform(rng, *RANGES[name]) for name in RANGES}
        )
        flops = flops_per_symbol(cell, shape.alphabet_size, shape.depth, units)
        if shape.batch * shape.length * flops <= LARGEST_FLOPS:
            return shape


def _log_uniform(rng: np.random.Generator, low: int, high: int) -> int:
    """Draw a whole number, uniform on a logarithmic scale, both ends included."""
    return int(np.exp(rng.uniform(np.log(low), np.log(high + 1))))


def _string(alphabet_size: int) -> SymbolString:
    return generate(
        source="iid",
        alphabet_size=alphabet_size,
        measure="lzw",
        target=max(128, alphabet_size),
        seed=0,
    )
