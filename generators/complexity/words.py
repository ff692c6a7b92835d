"""Words of many symbols as single numbers, which are compared, sorted and named at once.

All work on whole strings goes block by block, so intermediate results stay in the processor's
cache.
"""

from collections.abc import Iterator

import numpy as np

PACKED_BITS = 62
BLOCK_LENGTH = 2**14


class Words:
    """The words of one length at every position of a string, each packed into one number.

    Parameters
    ----------
    letters : integer array, shape (n,)
        Symbols below ``size``.
    size : int
        Number of symbols.
    cyclic : bool
        Whether words continue at the beginning. Otherwise symbols beyond the end are 0.

    Attributes
    ----------
    span : int
        Symbols of a word, as many as fit into a number.
    values : int64 array, shape (n,)
        The numbers, in the same order as the words.

    Examples
    --------
    >>> packed = Words(np.array([1, 0, 1]), 2, cyclic=True)
    >>> packed.span, f"{packed.values[0]:b}"[:6]
    (62, '101101')
    """

    def __init__(self, letters: np.ndarray, size: int, *, cyclic: bool) -> None:
        self._bits = max(1, (size - 1).bit_length())
        self._cyclic = cyclic
        self.span = PACKED_BITS // self._bits
        self.values = np.empty(len(letters), dtype=np.int64)
        further = extended(letters, self.span, cyclic=cyclic)
        for block in blocks(len(letters)):
            self.values[block] = self._packed(
                further[block.start : block.stop + self.span - 1].astype(np.int64)
            )

    def _packed(self, letters: np.ndarray) -> np.ndarray:
        """Pack every ``span`` symbols. A word of 2 w symbols is made of two words of w symbols."""
        packed = letters
        width = 1
        for digit in f"{self.span:b}"[1:]:
            packed = packed[:-width] << width * self._bits | packed[width:]
            width *= 2
            if digit == "1":
                packed = packed[:-1] << self._bits | letters[width:]
                width += 1
        return packed

    def stretch(self, start: int, stop: int) -> np.ndarray:
        """Return the numbers from one position to another, which may lie beyond the end."""
        within = self.values[start:stop]
        more = stop - start - len(within)
        if not more:
            return within
        return np.concatenate((within, beyond(self.values, more, cyclic=self._cyclic)))

    def prefixes(self, length: int, start: int, stop: int) -> np.ndarray:
        """Return the first ``length`` symbols of words as numbers, from one position to another."""
        prefixes: np.ndarray = self.stretch(start, stop) >> (self.span - length) * self._bits
        return prefixes

    def shared(self, first: np.ndarray, second: np.ndarray) -> np.ndarray:
        """Return how many symbols words have in common at their beginning, pair by pair.

        Parameters
        ----------
        first, second : int64 array, shape (pairs,)
            Numbers of words.

        Returns
        -------
        uint8 array, shape (pairs,)

        Examples
        --------
        >>> packed = Words(np.array([0, 1, 1, 0]), 2, cyclic=False)
        >>> packed.shared(packed.values[[0, 1]], packed.values[[3, 2]]).tolist()
        [1, 1]
        """
        common = np.empty(len(first), dtype=np.uint8)
        for block in blocks(len(first)):
            different = first[block] ^ second[block]
            # With a 0 after its leading 1, a number is never rounded up to the next power of two.
            different &= ~(different >> 1)
            used_bits = (different.astype(np.float64).view(np.int64) >> 52) - 1022
            common[block] = np.minimum(
                (self.span * self._bits - used_bits) // self._bits, self.span
            )
        return common


def blocks(length: int) -> Iterator[slice]:
    """Return the blocks of an array of a given length, as slices."""
    return (
        slice(start, min(start + BLOCK_LENGTH, length)) for start in range(0, length, BLOCK_LENGTH)
    )


def extended(values: np.ndarray, more: int, *, cyclic: bool) -> np.ndarray:
    """Return the values and ``more`` values after them, from the cycle or zeros.

    Examples
    --------
    >>> extended(np.array([1, 2]), 3, cyclic=True).tolist()
    [1, 2, 1, 2, 1]
    >>> extended(np.array([1, 2]), 1, cyclic=False).tolist()
    [1, 2, 0]
    """
    return np.concatenate((values, beyond(values, more, cyclic=cyclic)))


def beyond(values: np.ndarray, more: int, *, cyclic: bool) -> np.ndarray:
    """Return ``more`` values after the last one, from the cycle or zeros."""
    return np.resize(values[:more], more) if cyclic else np.zeros(more, dtype=values.dtype)


def dense(symbols: np.ndarray, *, last: int | None = None) -> np.ndarray:
    """Return the symbols, renumbered from 0 without gaps, in order.

    Parameters
    ----------
    symbols : integer array, shape (n,)
        Symbols from 0 on.
    last : int, optional
        Symbol that gets the highest number. Symbols above it then get the lowest numbers.

    Returns
    -------
    unsigned integer array, shape (n,)

    Examples
    --------
    >>> dense(np.array([7, 3, 7, 9])).tolist(), dense(np.array([7, 3, 7, 9]), last=3).tolist()
    ([1, 0, 1, 2], [0, 2, 0, 1])
    """
    occurs = np.zeros(int(symbols.max()) + 1, dtype=bool)
    for block in blocks(len(symbols)):
        occurs[symbols[block]] = True
    numbers = np.cumsum(occurs) - 1
    size = int(occurs.sum())
    if last is not None:
        numbers = (numbers - numbers[last] - 1) % size
    numbers = numbers.astype(np.min_scalar_type(size - 1))
    renumbered = np.empty(len(symbols), dtype=numbers.dtype)
    for block in blocks(len(symbols)):
        renumbered[block] = numbers[symbols[block]]
    return renumbered


def places_in_order(keys: np.ndarray, bound: int) -> np.ndarray:
    """Return the positions of different keys in the order of the keys.

    If a key and its position fit into one number, they are sorted as one number. This reads and
    writes in sequence.

    Parameters
    ----------
    keys : integer array, shape (n,)
        Different keys from 0 to ``bound - 1``.
    bound : int

    Returns
    -------
    integer array, shape (n,)

    Examples
    --------
    >>> places_in_order(np.array([30, 10, 20]), 31).tolist()
    [1, 2, 0]
    """
    position_bits = len(keys).bit_length()
    if bound.bit_length() + position_bits > PACKED_BITS:
        return np.argsort(keys)
    both = np.empty(len(keys), dtype=np.int64)
    for block in blocks(len(keys)):
        both[block] = keys[block] << position_bits | np.arange(block.start, block.stop)
    both.sort()
    both &= (1 << position_bits) - 1
    return both
