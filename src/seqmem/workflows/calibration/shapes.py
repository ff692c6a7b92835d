"""The shapes of training steps that a calibration times."""

from collections.abc import Iterable, Sequence

import numpy as np

from seqmem.core.seeding import generator
from seqmem.study.calibration.extension import EXTENSION_GATES
from seqmem.study.calibration.model import CALIBRATED_GATES, StepShape
from seqmem.study.memorizers.cost import flops_per_symbol

RANGES = {"depth": (1, 4), "batch": (1, 128), "length": (8, 256), "alphabet_size": (2, 64)}
# Longer steps are multiples of shorter ones, so timing them gives nothing new.
LARGEST_FLOPS = 1.2e10
# Shapes per cell and unit count.
FIT_SHAPES = 8
HELD_OUT_SHAPES = 3
# Each shape is visited several times in turn, so a disturbance does not hit one shape alone.
VISITS = 3


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
    cells = len(CALIBRATED_GATES) + len(EXTENSION_GATES)
    return VISITS * cells * len(units_grid) * (FIT_SHAPES + HELD_OUT_SHAPES)


def extension_visit_count(units_grid: Sequence[int]) -> int:
    """Return the number of timings that `measure_extension` takes.

    Parameters
    ----------
    units_grid : sequence of int
        Unit counts to time.
    """
    beside = len(CALIBRATED_GATES) * HELD_OUT_SHAPES
    return (
        VISITS * len(units_grid) * (beside + len(EXTENSION_GATES) * (FIT_SHAPES + HELD_OUT_SHAPES))
    )


def extension_shapes(units_grid: Sequence[int]) -> list[StepShape]:
    """Return the shapes of the extension's cells to time, those held out last."""
    purposes = ("fit", "held-out")
    return [shape for each in purposes for shape in draw_shapes(each, units_grid, EXTENSION_GATES)]


def draw_shapes(
    purpose: str, units_grid: Sequence[int], cells: Iterable[str] = CALIBRATED_GATES
) -> list[StepShape]:
    """Return shapes to time, equally many for every cell and unit count.

    Depth, batch, length and alphabet size are random, uniform on logarithmic scales.

    Parameters
    ----------
    purpose : {"fit", "held-out"}
        The same purpose gives the same shapes.
    units_grid : sequence of int
        Unit counts to time.
    cells : iterable of str
        The cells of the table, or those of its extension.

    Returns
    -------
    list of StepShape
        The shapes.

    Examples
    --------
    >>> len(draw_shapes("fit", (8, 16))) == 2 * FIT_SHAPES * len(CALIBRATED_GATES)
    True
    """
    # The shapes of the table stay those of the reference measurement.
    names = () if cells is CALIBRATED_GATES else ("extension",)
    rng = generator("calibration", *names, purpose)
    count = FIT_SHAPES if purpose == "fit" else HELD_OUT_SHAPES
    return [_draw(cell, units, rng) for _ in range(count) for units in units_grid for cell in cells]


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
