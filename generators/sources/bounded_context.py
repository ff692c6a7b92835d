"""Markov chains in which no word of a given length recurs, with words copied from the past."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, islice
from math import inf, log2

import numpy as np

from seqmem.generators.sources.markov import MarkovSource
from seqmem.generators.sources.source import Source, number, whole

LONGEST_CONTEXT = 4096
BLOCK = 256


@dataclass(frozen=True)
class BoundedContextSource(Source):
    """A Markov chain in which no word of ``context`` symbols recurs.

    A symbol that would complete a word of ``context`` symbols a second time is not drawn, and the
    other probabilities are divided by their sum. So ``context`` symbols determine the next one, and
    the entropy rate of the chain can be chosen apart from it. Words whose repeat crosses the end of
    the string are not excluded. If every symbol would repeat a word, all words may recur once more.

    Between symbols of the chain, words of ``context - 1`` symbols are copied from random earlier
    places. They need a context that the chain alone would not reach.

    Parameters
    ----------
    alphabet_size : int
        k.
    context : int
        Length of the words that do not recur, at least 2 symbols.
    copied : float
        Share of symbols that are copied, from 0 to .9.
    order : int
        Symbols of context of the chain.
    entropy_rate : float, optional
        Bits per symbol of the chain, from 0.001 to log2 k. If not given, log2 k.
    model : int
        Number of the random matrix of the chain.

    Examples
    --------
    >>> source = BoundedContextSource(2, context=5)
    >>> symbols = next(source.stream(np.random.default_rng(0)))[:24].tolist()
    >>> words = [tuple(symbols[i : i + 5]) for i in range(20)]
    >>> len(set(words))
    20
    """

    context: int = 16
    copied: float = 0.0
    order: int = 1
    entropy_rate: float | None = None
    model: int = 0

    help = "a Markov chain in which no word of a given length recurs"
    reference_kind = "bounded_context"

    def __post_init__(self) -> None:
        whole("context", self.context, 2, LONGEST_CONTEXT)
        number("copied", self.copied, 0, 0.9)
        _ = self.chain

    @cached_property
    def chain(self) -> MarkovSource:
        """The chain without the restriction."""
        highest = log2(self.alphabet_size)
        rate = highest if self.entropy_rate is None else self.entropy_rate
        return MarkovSource(
            self.alphabet_size, order=self.order, entropy_rate=rate, model=self.model
        )

    def stream(self, rng: np.random.Generator) -> Iterator[np.ndarray]:
        """Yield blocks of symbols without end."""
        walk = self._walk(rng)
        while True:
            yield np.array([symbol for symbol, _ in islice(walk, BLOCK)])

    def reference_bits(self, symbols: np.ndarray, rng: np.random.Generator) -> float:
        """Return the code length of the draws, in bits.

        A symbol of the chain costs ``-log2`` of its probability after the restriction. A copied
        word costs ``log2`` of the number of places that it could have come from. The matrix of the
        chain costs nothing.
        """
        return sum(bits for _, bits in self._walk(rng, symbols.tolist()))

    def _walk(
        self, rng: np.random.Generator, given: Sequence[int] | None = None
    ) -> Iterator[tuple[int, float]]:
        """Yield each symbol with the bits of its draw; given symbols take the place of drawn ones.

        The walk ends with the given symbols, and is endless without them.
        """
        machine = self.chain.machine
        rows = machine.probabilities.tolist()
        successors = machine.successors.tolist()
        past = _Past(self.alphabet_size, self.context)
        state = 0
        due = self._between
        copying: Iterator[int] = iter(())
        while given is None or len(past.symbols) < len(given):
            bits = 0.0
            if due <= 0 and (places := past.places()):
                place = places[int(rng.integers(len(places)))]
                copying = iter(past.symbols[place : place + self.context - 1])
                bits = log2(len(places))
                due += self._between
            symbol = next(copying, None)
            if symbol is None or past.recurs(symbol):
                copying = iter(())
                shares = past.allowed(rows[state])
                symbol = _draw(shares, rng)
                if given is not None:
                    symbol = given[len(past.symbols)]
                bits += -log2(shares[symbol]) if shares[symbol] else inf
                due -= 1
            past.add(symbol)
            state = successors[state][symbol]
            yield symbol, bits

    @property
    def _between(self) -> float:
        """Symbols of the chain for each copied word."""
        if not self.copied:
            return float("inf")
        return (self.context - 1) * (1 - self.copied) / self.copied


class _Past:
    """The symbols so far, and the words of a given length in them."""

    def __init__(self, alphabet_size: int, length: int) -> None:
        self.symbols: list[int] = []
        self._size = alphabet_size
        self._length = length
        self._words = alphabet_size**length
        # The last word, read as a number of base k.
        self._word = 0
        self._seen: set[int] = set()

    def recurs(self, symbol: int) -> bool:
        """Return whether the symbol completes a word that occurred before."""
        return self._with(symbol) in self._seen

    def add(self, symbol: int) -> None:
        """Append a symbol."""
        self._word = self._with(symbol)
        self.symbols.append(symbol)
        if len(self.symbols) >= self._length:
            self._seen.add(self._word)

    def allowed(self, row: list[float]) -> list[float]:
        """Return the probabilities of the symbols that repeat no word, divided by their sum.

        If there are none, all words may recur.
        """
        shares = [0.0 if self.recurs(symbol) else share for symbol, share in enumerate(row)]
        if not any(shares):
            self._seen.clear()
            shares = row
        total = sum(shares)
        return [share / total for share in shares]

    def places(self) -> list[int]:
        """Return where a copy can start whose first symbols do not extend an earlier repeat."""
        last = len(self.symbols) - self._length + 1
        return [place for place in range(1, last) if self.symbols[place - 1] != self.symbols[-1]]

    def _with(self, symbol: int) -> int:
        extended: int = (self._word * self._size + symbol) % self._words
        return extended


def _draw(shares: list[float], rng: np.random.Generator) -> int:
    """Return a symbol; rounding of the last sum never leads to one without a share."""
    last = max(symbol for symbol, share in enumerate(shares) if share)
    return min(bisect_right(list(accumulate(shares)), rng.random()), last)
