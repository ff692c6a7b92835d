"""Words of many symbols as single numbers: they are compared, sorted and named at once.

All work on whole strings goes block by block: what is in between stays in the processor's cache.
"""

from collections.abc import Iterator

import numpy as np

PACKED_BITS = 62
BLOCK = 2**14


class Words:
    """The words of a certain length at every place of a string, each packed into one number.

    Parameters
    ----------
    letters : integer array of shape (n,)
        Symbols below ``size``.
    size : int
    cyclic : bool
        Whether words go on at the beginning; otherwise symbols beyond the end are 0.

    Attributes
    ----------
    span : int
        Symbols of a word, as many as fit.
    values : int64 array of shape (n,)
        In the same order as the words.

    >>> words = Words(np.array([1, 0, 1]), 2, cyclic=True)
    >>> words.span, f"{words.values[0]:b}"[:6]
    (62, '101101')
    """

    def __init__(self, letters: np.ndarray, size: int, *, cyclic: bool) -> None:
        self._bits, self._cyclic = max(1, (size - 1).bit_length()), cyclic
        self.span = PACKED_BITS // self._bits
        self.values = np.empty(len(letters), dtype=np.int64)
        further = extended(letters, self.span, cyclic=cyclic)
        for block in blocks(len(letters)):
            self.values[block] = self._packed(
                further[block.start : block.stop + self.span - 1].astype(np.int64)
            )

    def _packed(self, letters: np.ndarray) -> np.ndarray:
        """Pack every ``span`` symbols, by doubling: words of 2 w symbols are two of w side by side."""
        words, width = letters, 1
        for digit in f"{self.span:b}"[1:]:
            words, width = words[:-width] << width * self._bits | words[width:], 2 * width
            if digit == "1":
                words, width = words[:-1] << self._bits | letters[width:], width + 1
        return words

    def stretch(self, start: int, stop: int) -> np.ndarray:
        """Return the numbers from one place to another, which may lie beyond the end."""
        within = self.values[start:stop]
        more = stop - start - len(within)
        return (
            np.concatenate((within, beyond(self.values, more, cyclic=self._cyclic)))
            if more
            else within
        )

    def prefixes(self, length: int, start: int, stop: int) -> np.ndarray:
        """Return the first ``length`` symbols of the words from one place to another, as numbers."""
        prefixes: np.ndarray = self.stretch(start, stop) >> (self.span - length) * self._bits
        return prefixes

    def shared(self, first: np.ndarray, second: np.ndarray) -> np.ndarray:
        """Return how many symbols words have in common at their beginning, pair by pair.

        >>> words = Words(np.array([0, 1, 1, 0]), 2, cyclic=False)
        >>> words.shared(words.values[[0, 1]], words.values[[3, 2]]).tolist()
        [1, 1]
        """
        common = np.empty(len(first), dtype=np.uint8)
        for block in blocks(len(first)):
            different = first[block] ^ second[block]
            # With a 0 after its leading 1 no number is rounded up to the next power of two as a float.
            different &= ~(different >> 1)
            used_bits = (different.astype(np.float64).view(np.int64) >> 52) - 1022
            common[block] = np.minimum(
                (self.span * self._bits - used_bits) // self._bits, self.span
            )
        return common


def blocks(length: int) -> Iterator[slice]:
    """Yield the blocks that so many places fall into."""
    return (slice(start, min(start + BLOCK, length)) for start in range(0, length, BLOCK))


def extended(values: np.ndarray, more: int, *, cyclic: bool) -> np.ndarray:
    """Return the values and so many after them: of the cycle, or zeros.

    >>> extended(np.array([1, 2]), 3, cyclic=True).tolist(), extended(np.array([1, 2]), 1, cyclic=False).tolist()
    ([1, 2, 1, 2, 1], [1, 2, 0])
    """
    return np.concatenate((values, beyond(values, more, cyclic=cyclic)))


def beyond(values: np.ndarray, more: int, *, cyclic: bool) -> np.ndarray:
    """Return so many values after the last: of the cycle, or zeros."""
    return np.resize(values[:more], more) if cyclic else np.zeros(more, dtype=values.dtype)


def dense(symbols: np.ndarray, *, last: int | None = None) -> np.ndarray:
    """Return the symbols renumbered without gaps, in order: 0, 1, …

    Parameters
    ----------
    symbols : array of shape (n,)
        Integers from 0 on.
    last : int, optional
        Symbol that gets the highest number, those above it then the lowest ones.

    >>> dense(np.array([7, 3, 7, 9])).tolist(), dense(np.array([7, 3, 7, 9]), last=3).tolist()
    ([1, 0, 1, 2], [0, 2, 0, 1])
    """
    found = np.zeros(int(symbols.max()) + 1, dtype=bool)
    for block in blocks(len(symbols)):
        found[symbols[block]] = True
    numbers, size = np.cumsum(found) - 1, int(found.sum())
    if last is not None:
        numbers = (numbers - numbers[last] - 1) % size
    numbers = numbers.astype(np.min_scalar_type(size - 1))
    renumbered = np.empty(len(symbols), dtype=numbers.dtype)
    for block in blocks(len(symbols)):
        renumbered[block] = numbers[symbols[block]]
    return renumbered


def places_in_order(keys: np.ndarray, bound: int) -> np.ndarray:
    """Return the places of different keys, 0 to ``bound`` - 1, in the order of the keys.

    A key and its place are sorted as one number where there is room: that reads and writes in sequence.

    >>> places_in_order(np.array([30, 10, 20]), 31).tolist()
    [1, 2, 0]
    """
    place_bits = len(keys).bit_length()
    if bound.bit_length() + place_bits > PACKED_BITS:
        return np.argsort(keys)
    both = np.empty(len(keys), dtype=np.int64)
    for block in blocks(len(keys)):
        both[block] = keys[block] << place_bits | np.arange(block.start, block.stop)
    both.sort()
    both &= (1 << place_bits) - 1
    return both
