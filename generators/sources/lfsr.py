"""Linear feedback shift registers of maximal length."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import count
from math import log2

import numpy as np

from seqmem.core.errors import InputError
from seqmem.generators.complexity.linear import is_prime
from seqmem.generators.complexity.repeats import prime_factors
from seqmem.generators.sources.machine import BLOCK
from seqmem.generators.sources.source import Source, whole

LARGEST_CYCLE_BITS = 40
Polynomial = tuple[int, ...]


@dataclass(frozen=True)
class LfsrSource(Source):
    """The output of a linear feedback shift register of maximal length, an m-sequence.

    The register works over GF(k) and runs through all ``k ** order - 1`` nonzero states. The linear
    complexity of its output is the order, and its words are distributed nearly uniformly (Golomb
    1967). The feedback is the first primitive polynomial in lexicographic order.

    Parameters
    ----------
    alphabet_size : int
        k, a prime.
    order : int, optional
        Cells of the register, at least 2. If not given, it is the largest order with a cycle of at
        most 65,536 symbols.

    Examples
    --------
    A register of 3 binary cells has period 7, and each period has 4 ones.

    >>> stream = LfsrSource(2, order=3).stream(np.random.default_rng(0))
    >>> np.concatenate([next(stream) for _ in range(8)])[:14].tolist()
    [1, 1, 1, 0, 0, 1, 0, 1, 1, 1, 0, 0, 1, 0]
    """

    order: int | None = None

    help = "a linear feedback shift register of maximal length (prime alphabets)"

    def __post_init__(self) -> None:
        if not is_prime(self.alphabet_size):
            raise InputError(
                f"alphabet_size {self.alphabet_size}: source 'lfsr' needs a prime number of symbols"
            )
        bits = log2(self.alphabet_size)
        fits = max(2, int(16 / bits))
        order = whole(
            "order",
            fits if self.order is None else self.order,
            2,
            max(2, int(LARGEST_CYCLE_BITS / bits)),
        )
        object.__setattr__(self, "order", order)

    @classmethod
    def default_alphabet(cls, parameters: object) -> int:
        """Return the smallest prime."""
        return 2

    def stream(self, rng: np.random.Generator) -> Iterator[np.ndarray]:
        """Yield blocks of symbols without end, from a random nonzero state."""
        size = self.alphabet_size
        order = int(self.order or 2)
        state = np.zeros(order, dtype=np.int64)
        while not state.any():
            state = rng.integers(size, size=order)
        taps = [
            (lag, -value)
            for lag, value in enumerate(primitive_polynomial(size, order)[1:], start=1)
            if value
        ]
        past = self._plain(state.tolist(), taps)
        yield past
        power = size
        while True:
            # A polynomial over GF(p) with argument x**(p**j) is its own p**j-th power. So the
            # recurrence also holds if every lag is p**j times as long. Then p**j symbols follow
            # at once.
            while power < BLOCK and power * size * order <= len(past):
                power *= size
            terms = [value * past[len(past) - lag * power :][:power] for lag, value in taps]
            block: np.ndarray = np.sum(terms, axis=0) % size
            yield block
            past = np.concatenate((past, block))[-order * power * size :]

    def _plain(self, symbols: list[int], taps: list[tuple[int, int]]) -> np.ndarray:
        """Continue a state symbol by symbol, as far as the first long lags need."""
        for position in range(len(symbols), len(symbols) * self.alphabet_size):
            symbols.append(
                sum(value * symbols[position - lag] for lag, value in taps) % self.alphabet_size
            )
        return np.array(symbols)


@lru_cache(maxsize=64)
def primitive_polynomial(prime: int, degree: int) -> Polynomial:
    """Return the first monic primitive polynomial over GF(p), in lexicographic order.

    A polynomial is primitive if x has order ``p ** degree - 1`` modulo it (Lidl and Niederreiter
    1997, theorem 3.16).

    Parameters
    ----------
    prime : int
        p.
    degree : int
        Degree of the polynomial.

    Returns
    -------
    tuple of int, length degree + 1
        Coefficients, from that of ``x ** degree`` down to the constant.

    Examples
    --------
    >>> primitive_polynomial(2, 4), primitive_polynomial(3, 2)
    ((1, 0, 0, 1, 1), (1, 1, 2))
    """
    for code in count(1):
        digits = tuple(code // prime**power % prime for power in range(degree - 1, -1, -1))
        if digits[-1] and _is_primitive((1, *digits), prime):
            return (1, *digits)
    raise AssertionError


def _is_primitive(polynomial: Polynomial, prime: int) -> bool:
    cycle = prime ** (len(polynomial) - 1) - 1
    one = (1,)
    return _power_of_x(cycle, polynomial, prime) == one and all(
        _power_of_x(cycle // factor, polynomial, prime) != one for factor in prime_factors(cycle)
    )


def _power_of_x(exponent: int, modulus: Polynomial, prime: int) -> Polynomial:
    """Return ``x ** exponent`` modulo a polynomial, by repeated squaring."""
    result: Polynomial = (1,)
    for bit in bin(exponent)[2:]:
        result = _reduced(np.convolve(result, result), modulus, prime)
        if bit == "1":
            result = _reduced(np.array((*result, 0)), modulus, prime)
    return result


def _reduced(dividend: np.ndarray, modulus: Polynomial, prime: int) -> Polynomial:
    """Return the remainder of a polynomial division, without leading zeros."""
    rest = dividend % prime
    divisor = np.array(modulus)
    for first in range(len(rest) - len(divisor) + 1):
        part = slice(first, first + len(divisor))
        rest[part] = (rest[part] - rest[first] * divisor) % prime
    digits = rest.tolist()
    leading = next((index for index, digit in enumerate(digits) if digit), len(digits) - 1)
    return tuple(digits[max(leading, 0) :])
