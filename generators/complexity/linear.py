"""Linear complexity: the length of the shortest linear feedback shift register that makes a string."""

import numpy as np

from seqmem.generators.complexity.counter import Counter
from seqmem.generators.complexity.repeats import prime_factors

# Work grows with the square of the length.
LONGEST = 2**16


def linear_complexity(symbols: np.ndarray, alphabet_size: int) -> int | None:
    """Return the linear complexity over GF(k) for prime k (Massey 1969); None otherwise and beyond 65,536 symbols.

    Parameters
    ----------
    symbols : array of shape (n,)
        Read as elements of the field of ``alphabet_size`` elements.

    >>> linear_complexity(np.array([0, 0, 1, 0, 1, 1, 1] * 2), 2)  # an m-sequence of order 3
    3
    >>> linear_complexity(np.array([1, 1, 2, 3, 0, 3, 3, 1]), 5)  # Fibonacci numbers modulo 5
    2
    """
    if not is_prime(alphabet_size) or len(symbols) > LONGEST:
        return None
    return int(LinearComplexityCounter(alphabet_size).extend(symbols)[-1])


def is_prime(number: int) -> bool:
    """Return whether a number >= 2 is prime."""
    return prime_factors(number) == [number]


class LinearComplexityCounter(Counter):
    """Berlekamp–Massey on a growing string.

    Keeps the connection polynomial of the shortest register so far, that of the one before its last
    change of length, and their last discrepancies. Over GF(2) polynomials are integers, a bit per
    coefficient.

    >>> LinearComplexityCounter(2).extend(np.array([0, 0, 1, 0, 1, 1, 1])).tolist()
    [0, 0, 3, 3, 3, 3, 3]
    """

    unit_growth = False
    counts_symbols = False
    longest = LONGEST

    def __init__(self, alphabet_size: int) -> None:
        super().__init__(alphabet_size)
        self._register = _BinaryRegister() if alphabet_size == 2 else _Register(alphabet_size)

    def extend(self, symbols: np.ndarray) -> np.ndarray:
        """Append symbols and return the linear complexity of each new prefix."""
        return np.array(
            [self._register.push(symbol) for symbol in symbols.tolist()], dtype=np.int64
        )


class _BinaryRegister:
    """Berlekamp–Massey over GF(2); bit i of ``_past`` is the symbol i places back."""

    def __init__(self) -> None:
        self._connection, self._before, self._gap = 1, 1, 1
        self._past, self._length, self._count = 0, 0, 0

    def push(self, symbol: int) -> int:
        self._past = self._past << 1 | symbol
        window = self._past & ((1 << (self._length + 1)) - 1)
        discrepancy = (self._connection & window).bit_count() & 1
        if discrepancy:
            correction = self._before << self._gap
            if 2 * self._length <= self._count:
                self._before, self._length = self._connection, self._count + 1 - self._length
                self._gap = 0
            self._connection ^= correction
        self._gap += 1
        self._count += 1
        return self._length


class _Register:
    """Berlekamp–Massey over GF(p), on arrays with the coefficient of lag i at i."""

    def __init__(self, prime: int) -> None:
        self._prime = prime
        self._connection = self._before = np.ones(1, dtype=np.int64)
        self._before_discrepancy, self._gap = 1, 1
        self._past, self._length, self._count = np.zeros(LONGEST + 1, dtype=np.int64), 0, 0

    def push(self, symbol: int) -> int:
        self._past[self._count] = symbol
        discrepancy = self._discrepancy()
        if discrepancy:
            factor = discrepancy * pow(self._before_discrepancy, -1, self._prime) % self._prime
            corrected = self._corrected(factor)
            if 2 * self._length <= self._count:
                self._before, self._before_discrepancy = self._connection, discrepancy
                self._length, self._gap = self._count + 1 - self._length, 0
            self._connection = corrected
        self._gap += 1
        self._count += 1
        return self._length

    def _discrepancy(self) -> int:
        lags = min(len(self._connection), self._count + 1)
        window = self._past[self._count - lags + 1 : self._count + 1][::-1]
        # Products are below p**2 <= 2**32, so 2**16 of them do not overflow.
        return int(self._connection[:lags] @ window) % self._prime

    def _corrected(self, factor: int) -> np.ndarray:
        """Subtract ``factor`` times the connection polynomial from before, ``gap`` lags later."""
        size = max(len(self._connection), len(self._before) + self._gap)
        corrected = np.zeros(size, dtype=np.int64)
        corrected[: len(self._connection)] = self._connection
        corrected[self._gap : self._gap + len(self._before)] -= factor * self._before
        return corrected % self._prime
