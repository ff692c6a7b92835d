"""Elementary functions whose last bits do not depend on the processor's instruction set.

NumPy chooses other implementations of these functions for AVX-512 than for AVX2, and the last bits
of their results differ. Values that enter a run's id are computed by the C library instead.
"""

import math

import numpy as np

from seqmem.core.arrays import Array


def log2(values: Array) -> Array:
    """Return the binary logarithms of an array, in its shape; that of 0 is minus infinity.

    Each distinct value is computed once, so a long array of few values costs little.

    Examples
    --------
    >>> log2(np.array([[1.0, 8.0], [0.5, 1.0]])).tolist()
    [[0.0, 3.0], [-1.0, 0.0]]
    """
    distinct, places = np.unique(values, return_inverse=True)
    logarithms = [math.log2(value) if value else -math.inf for value in distinct.tolist()]
    return np.array(logarithms)[places].reshape(values.shape)


def exp(values: Array) -> Array:
    """Return the exponentials of numbers, in an array of the same shape.

    Examples
    --------
    >>> exp(np.array([0.0, 1.0])).round(6).tolist()
    [1.0, 2.718282]
    """
    return np.array([math.exp(value) for value in values.ravel().tolist()]).reshape(values.shape)
