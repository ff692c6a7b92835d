"""Fit the cost model to timed steps: non-negative least squares of relative errors."""

from collections.abc import Sequence

import numpy as np
from scipy.optimize import nnls

from seqmem.core.number_formats import round_digits
from seqmem.study.calibration.model import TERMS, StepShape, predict, terms

FIT_ROUNDS = 10
# Larger relative errors count less: beyond this, and beyond a multiple of the median error.
LEAST_SCALE = 0.03
MEDIANS = 1.5


def fit(shapes: Sequence[StepShape], seconds: Sequence[float], lanes: int) -> dict[str, float]:
    """Return the coefficient of each term for shapes of one cell.

    The fit is reweighted iteratively, so that it is robust to outliers. A shape with a relative
    error r beyond the scale s has the weight s/|r| (Huber 1964).

    Parameters
    ----------
    shapes : sequence of StepShape, length n
        Shapes of steps.
    seconds : sequence of float, length n
        Measured seconds of one step.
    lanes : int
        Floats in a vector of the instruction set.

    Returns
    -------
    dict of str to float
        Seconds per unit of each term, six significant digits.
    """
    measured = np.asarray(seconds, dtype=float)
    counts = np.array(
        [[terms(shape, lanes)[name] for name in TERMS] for shape in shapes], dtype=float
    )
    relative = counts / measured[:, None]
    scale = np.linalg.norm(relative, axis=0)
    scale[scale == 0] = 1.0  # a term that no shape has
    importance = np.ones(len(measured))
    for _ in range(FIT_ROUNDS):
        root = np.sqrt(importance)
        solution, _ = nnls(relative / scale * root[:, None], root)
        error = np.abs(relative @ (solution / scale) - 1)
        limit = max(LEAST_SCALE, MEDIANS * float(np.median(error)))
        importance = np.minimum(1.0, limit / np.maximum(error, limit))
    return {
        name: round_digits(value, 6) for name, value in zip(TERMS, solution / scale, strict=True)
    }


def relative_errors(
    coefficients: dict[str, dict[str, float]],
    shapes: Sequence[StepShape],
    seconds: Sequence[float],
    lanes: int,
) -> list[float]:
    """Return ``|predicted / measured - 1|`` of every shape.

    Parameters
    ----------
    coefficients : dict
        Coefficients of each cell, as `seqmem.workflows.calibration.fit.fit` returns them.
    shapes : sequence of StepShape, length n
        Shapes of steps.
    seconds : sequence of float, length n
        Measured seconds of one step.
    lanes : int
        Floats in a vector of the instruction set.

    Returns
    -------
    list of float, length n
        Relative errors.
    """
    predicted = [predict(coefficients[shape.cell], shape, lanes) for shape in shapes]
    return [abs(guess / truth - 1) for guess, truth in zip(predicted, seconds, strict=True)]
