"""The effort to compress a string by substituting pairs of symbols."""

import numpy as np

from seqmem.generators.complexity.words import dense

# The time grows with the square of the length. Longer strings take minutes.
LONGEST = 2**15


def effort_to_compress(symbols: np.ndarray) -> float | None:
    """Return the effort to compress a string (Nagaraj, Balasubramanian and Dey 2013).

    Every occurrence of the most frequent pair of symbols is replaced by a new symbol, from left to
    right and without overlaps. This is repeated until the string is constant. The effort is the
    number of repetitions, divided by the largest possible number n - 1. Of equally frequent pairs,
    the one that occurs first is replaced.

    Parameters
    ----------
    symbols : integer array, shape (n,)

    Returns
    -------
    float or None
        Effort from 0 (constant) to 1; None for more than 32,768 symbols.

    Examples
    --------
    The substitutions of 11010010 are 12202, 3202, 402, 52 and 6:

    >>> effort_to_compress(np.array([1, 1, 0, 1, 0, 0, 1, 0])) * 7
    5.0
    """
    n = len(symbols)
    if n > LONGEST:
        return None
    return _substitutions(dense(symbols).astype(np.int64)) / max(n - 1, 1)


def _substitutions(letters: np.ndarray) -> int:
    """Return the number of substitutions until the string is constant."""
    steps = 0
    fresh = int(letters.max()) + 1
    while (letters != letters[0]).any():
        places, count = _most_frequent_pair(letters, fresh)
        if count == 1:
            # All pairs differ, and will after each substitution, which removes one symbol.
            return steps + len(letters) - 1
        letters[places] = fresh
        letters = np.delete(letters, places + 1)
        fresh += 1
        steps += 1
    return steps


def _most_frequent_pair(letters: np.ndarray, size: int) -> tuple[np.ndarray, int]:
    """Return where the most frequent pair occurs without overlaps, and how often."""
    pairs = letters[:-1] * size + letters[1:]
    place = np.arange(len(pairs))
    # Only pairs of two equal symbols overlap themselves: every other one in a run of them counts.
    starts = np.r_[True, pairs[1:] != pairs[:-1]]
    run_start = np.maximum.accumulate(np.where(starts, place, 0))
    place = place[(place - run_start) % 2 == 0]
    codes, first, counts = np.unique(pairs[place], return_index=True, return_counts=True)
    most = int(counts.max())
    chosen = codes[first == first[counts == most].min()]
    return place[pairs[place] == chosen[0]], most
