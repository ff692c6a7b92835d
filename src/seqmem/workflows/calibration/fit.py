"""Fit the cost model to timed steps: non-negative least squares of relative errors."""

from collections.abc import Callable, Sequence

import numpy as np
from scipy.optimize import nnls

from seqmem.core.number_formats import round_digits
from seqmem.study.calibration.model import StepShape, terms

Terms = Callable[[StepShape, int], dict[str, float]]

FIT_ROUNDS = 10
# Larger relative errors count less: beyond this, and beyond a multiple of the median error.
LEAST_SCALE = 0.03
MEDIANS = 1.5


def fit(
    shapes: Sequence[StepShape],
    seconds: Sequence[float],
    lanes: int,
    terms_of: Terms = terms,
) -> dict[str, float]:
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
    terms_of : callable
        Counts the terms of a shape: `terms`, or those of an extension.

    Returns
    -------
    dict of str to float
        Seconds per unit of each term, six significant digits.
    """
    measured = np.asarray(seconds, dtype=float)
    counted = [terms_of(shape, lanes) for shape in shapes]
    counts = np.array([list(count.values()) for count in counted], dtype=float)
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
        name: round_digits(value, 6)
        for name, value in zip(counted[0], solution / scale, strict=True)
    }


def relative_errors(predicted: Sequence[float], seconds: Sequence[float]) -> list[float]:
    """Return ``|predicted / measured - 1|`` of every shape.

    Parameters
    ----------
    predicted, seconds : sequence of float, length n
        Predicted and measured seconds of one step.

    Returns
    -------
    list of float, length n
        Relative errors.

    Examples
    --------
    >>> relative_errors([1.5, 1.0], [1.0, 2.0])
    [0.5, 0.5]
    """
    return [abs(guess / truth - 1) for guess, truth in zip(predicted, seconds, strict=True)]
