"""Time real training steps over a grid of shapes, and fit a cost table to them."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from statistics import median
from typing import Any

from seqmem.core.number_formats import round_digits
from seqmem.generators.symbols import SymbolString
from seqmem.generators.targeting import generate
from seqmem.study import kernels
from seqmem.study.calibration.extension import (
    EXTENSION_GATES,
    extension_terms,
    predict_extension,
)
from seqmem.study.calibration.model import CALIBRATED_GATES, StepShape, predict, terms
from seqmem.study.calibration.table import CostTable, make_extension, make_table
from seqmem.study.config import RunConfig
from seqmem.study.runner import one_thread, warm_up
from seqmem.study.stopwatch import block_seconds, calls_per_block, training_step, warm_seconds
from seqmem.workflows.calibration.fit import Terms, fit, relative_errors
from seqmem.workflows.calibration.shapes import RANGES, VISITS, draw_shapes, extension_shapes

ENGINE = "fused"
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
        Coefficients of every cell, ranges and held-out errors, and those of the extension.
    """
    fitted, held_out = (draw_shapes(purpose, units_grid) for purpose in ("fit", "held-out"))
    shapes = [*fitted, *held_out]
    seconds = _time_in_turn([shapes, extension_shapes(units_grid)], timer or step_seconds, advance)
    lanes = _lanes()
    cells = _fitted_cells(fitted, seconds, lanes, CALIBRATED_GATES, terms)
    predicted = [predict(cells[shape.cell], shape, lanes) for shape in held_out]
    table = make_table(_content(cells, held_out, predicted, seconds, units_grid, cpu))
    return _with_extension(table, shapes, seconds, units_grid, cpu)


def measure_extension(
    table: CostTable,
    units_grid: Sequence[int],
    cpu: str,
    *,
    advance: Callable[[], None] = lambda: None,
    timer: Timer | None = None,
) -> CostTable:
    """Time the cells of the extension beside those of a table, and return the extended table.

    Parameters
    ----------
    table : CostTable
        The table, perhaps of another machine. Its own content does not change.
    units_grid, cpu, advance, timer
        As for `measure_table`. There are `extension_visit_count` timings.

    Returns
    -------
    CostTable
        The table with the extension, scaled to the seconds of the table.
    """
    beside = draw_shapes("held-out", units_grid)
    seconds = _time_in_turn([beside, extension_shapes(units_grid)], timer or step_seconds, advance)
    return _with_extension(table, beside, seconds, units_grid, cpu)


def _with_extension(
    table: CostTable,
    beside: Sequence[StepShape],
    measured: Mapping[StepShape, float],
    units_grid: Sequence[int],
    cpu: str,
) -> CostTable:
    """Return a table with its extension, from timings of the cells of both."""
    scale = round_digits(
        median(table.seconds_per_step(shape) / measured[shape] for shape in beside), 6
    )
    seconds = {shape: scale * value for shape, value in measured.items()}
    lanes = _lanes()
    fitted, held_out = (
        draw_shapes(purpose, units_grid, EXTENSION_GATES) for purpose in ("fit", "held-out")
    )
    cells = _fitted_cells(fitted, seconds, lanes, EXTENSION_GATES, extension_terms)
    predicted = [predict_extension(cells[shape.cell], shape, lanes) for shape in held_out]
    content = _content(cells, held_out, predicted, seconds, units_grid, cpu)
    extension = make_extension(content | {"extends": table.hash, "scale": scale})
    return CostTable.model_validate(table.model_dump() | {"extension": extension})


def _lanes() -> int:
    return LANES.get(kernels.isa(), OTHER_LANES)


def _fitted_cells(
    shapes: Sequence[StepShape],
    seconds: Mapping[StepShape, float],
    lanes: int,
    cells: Iterable[str],
    terms_of: Terms,
) -> dict[str, dict[str, float]]:
    """Return the coefficients of every cell."""
    fitted = {}
    for cell in cells:
        own = [shape for shape in shapes if shape.cell == cell]
        fitted[cell] = fit(own, [seconds[shape] for shape in own], lanes, terms_of)
    return fitted


def _content(
    cells: dict[str, dict[str, float]],
    held_out: Sequence[StepShape],
    predicted: Sequence[float],
    seconds: Mapping[StepShape, float],
    units_grid: Sequence[int],
    cpu: str,
) -> dict[str, Any]:
    """Return what a table and an extension have in common."""
    errors = relative_errors(predicted, [seconds[shape] for shape in held_out])
    return {
        "measured_on": {
            "cpu": cpu,
            "instruction_set": kernels.isa(),
            "kernels": kernels.version(),
        },
        "lanes": _lanes(),
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
    groups: Sequence[Sequence[StepShape]], timer: Timer, advance: Callable[[], None]
) -> dict[StepShape, float]:
    """Return the median over visits of the seconds of each shape.

    The groups are spread over each other, so that a slower minute of the machine hits all of them.
    """
    spread = sorted(
        ((index + 0.5) / len(group), number, shape)
        for number, group in enumerate(groups)
        for index, shape in enumerate(group)
    )
    shapes = [shape for _, _, shape in spread]

    def visit() -> Iterator[float]:
        for shape in shapes:
            yield timer(shape)
            advance()

    visits = [list(visit()) for _ in range(VISITS)]
    medians = (median(values) for values in zip(*visits, strict=True))
    return dict(zip(shapes, medians, strict=True))


def _string(alphabet_size: int) -> SymbolString:
    return generate(
        source="iid",
        alphabet_size=alphabet_size,
        measure="lzw",
        target=max(128, alphabet_size),
        seed=0,
    )
