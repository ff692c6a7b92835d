"""From timed steps to coefficients: non-negative least squares of the relative error, robust to outliers."""

from collections.abc import Sequence

import numpy as np
from scipy.optimize import nnls

from seqmem.core.number_formats import round_digits
from seqmem.study.calibration.model import TERMS, StepShape, predict, terms

ROUNDS = 10
# Relative errors beyond this, or beyond what is usual in the data, count less.
LEAST_SCALE = 0.03
USUAL = 1.5


def fit(shapes: Sequence[StepShape], seconds: Sequence[float], lanes: int) -> dict[str, float]:
    """Return the coefficient of each term, in seconds, for shapes of one cell.

    Iteratively reweighted: a shape whose relative error r is beyond the scale s weighs s/|r| (Huber 1964).

    Parameters
    ----------
    shapes : sequence of n StepShape
    seconds : sequence of n floats
        Measured seconds of one step.
    """
    measured = np.asarray(seconds, dtype=float)
    counts = np.array(
        [[terms(shape, lanes)[name] for name in TERMS] for shape in shapes], dtype=float
    )
    relative = counts / measured[:, None]
    scale = np.linalg.norm(relative, axis=0)
    scale[scale == 0] = 1.0  # a term that no shape has
    importance = np.ones(len(measured))
    for _ in range(ROUNDS):
        root = np.sqrt(importance)
        solution, _ = nnls(relative / scale * root[:, None], root)
        error = np.abs(relative @ (solution / scale) - 1)
        limit = max(LEAST_SCALE, USUAL * float(np.median(error)))
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
    """Return ``|predicted / measured - 1|`` of every shape, with the coefficients of its cell."""
    predicted = [predict(coefficients[shape.cell], shape, lanes) for shape in shapes]
    return [abs(guess / truth - 1) for guess, truth in zip(predicted, seconds, strict=True)]
