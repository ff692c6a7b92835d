"""Complexity measures: numbers computed from a string of symbols. One file and one line each."""

from collections.abc import Callable

import numpy as np

from generators.complexity.lempel_ziv import LzwCounter, lzw_code_count
from generators.complexity.repeats import min_context

MEASURES: dict[str, Callable[[np.ndarray], int]] = {
    "lzw": lzw_code_count,
    "min_context": min_context,
}

# Measures that can be grown to a target: value(prefix) never falls and rises by at most one.
COUNTERS: dict[str, Callable[[], LzwCounter]] = {
    "lzw": LzwCounter,
}
