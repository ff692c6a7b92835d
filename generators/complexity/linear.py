"""Linear complexity, the length of the shortest linear register that makes a string."""

import numpy as np

from seqmem.generators.complexity.counter import Counter
from seqmem.generators.complexity.repeats import prime_factors

# Work grows with the square of the length.
LONGEST = 2**16


def linear_complexity(symbols: np.ndarray, alphabet_size: int) -> int | None:
    """Return the linear complexity over GF(k) (Massey 1969).

    Parameters
    ----------
    symbols : integer array, shape (n,)
        Elements of the field of k elements.
    alphabet_size : int
        k.

    Returns
    -------
    int or None
        None if k is not a prime, or if the string has more than 65,536 symbols.

    Examples
    --------
    An m-sequence of order 3, and the Fibonacci numbers modulo 5:

    >>> linear_complexity(np.array([0, 0, 1, 0, 1, 1, 1] * 2), 2)
    3
    >>> linear_complexity(np.array([1, 1, 2, 3, 0, 3, 3, 1]), 5)
    2
    """
    if not is_prime(alphabet_size) or len(symbols) > LONGEST:
        return None
    return int(LinearComplexityCounter(alphabet_size).extend(symbols)[-1])


def is_prime(number: int) -> bool:
    """Return whether a number >= 2 is prime.

    Examples
    --------
    >>> is_prime(7), is_prime(9)
    (True, False)
    """
    return prime_factors(number) == [number]


class LinearComplexityCounter(Counter):
    """The Berlekamp–Massey algorithm on a growing string.

    It keeps the connection polynomial of the shortest register so far. It also keeps the polynomial
    before the last change of length, and the discrepancy at that change. Over GF(2), polynomials
    are integers with one bit per coefficient.

    Examples
    --------
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
    """Berlekamp–Massey over GF(2). Bit i of ``_past`` is the symbol i steps back."""

    def __init__(self) -> None:
        self._connection = 1
        self._before = 1
        self._gap = 1
        self._past = 0
        self._length = 0
        self._count = 0

    def push(self, symbol: int) -> int:
        self._past = self._past << 1 | symbol
        window = self._past & ((1 << (self._length + 1)) - 1)
        discrepancy = (self._connection & window).bit_count() & 1
        if discrepancy:
            correction = self._before << self._gap
            if 2 * self._length <= self._count:
                self._before = self._connection
                self._length = self._count + 1 - self._length
                self._gap = 0
            self._connection ^= correction
        self._gap += 1
        self._count += 1
        return self._length


class _Register:
    """Berlekamp–Massey over GF(p). Index i of an array holds the coefficient of lag i."""

    def __init__(self, prime: int) -> None:
        self._prime = prime
        self._connection = self._before = np.ones(1, dtype=np.int64)
        self._before_discrepancy = 1
        self._gap = 1
        self._past = np.zeros(LONGEST + 1, dtype=np.int64)
        self._length = 0
        self._count = 0

    def push(self, symbol: int) -> int:
        self._past[self._count] = symbol
        discrepancy = self._discrepancy()
        if discrepancy:
            factor = discrepancy * pow(self._before_discrepancy, -1, self._prime) % self._prime
            corrected = self._corrected(factor)
            if 2 * self._length <= self._count:
                self._before = self._connection
                self._before_discrepancy = discrepancy
                self._length = self._count + 1 - self._length
                self._gap = 0
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
        """Subtract a multiple of the polynomial before, shifted by the gap, from the connection."""
        size = max(len(self._connection), len(self._before) + self._gap)
        corrected = np.zeros(size, dtype=np.int64)
        corrected[: len(self._connection)] = self._connection
        corrected[self._gap : self._gap + len(self._before)] -= factor * self._before
        return corrected % self._prime
