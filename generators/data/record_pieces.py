"""The user's own data in pieces that never overlap: whole records, or stretches of those that are too long."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from seqmem.generators.complexity.repeats import is_primitive

# Shorter ones are not worth training on.
SHORTEST = 16


class Place(NamedTuple):
    """Where a piece lies: the number of its record, from 0, and symbols ``start`` to ``stop`` of it."""

    record: int
    start: int
    stop: int


def places(lengths: Sequence[int], longest: int) -> Iterator[Place]:
    """Yield the places of all pieces of records of these lengths.

    A record of `SHORTEST` to ``longest`` symbols is a piece; a longer one gives as many stretches of ``longest``
    symbols as fit, and its rest is left over.

    >>> [tuple(place) for place in places([10, 20, 50], longest=24)]
    [(1, 0, 20), (2, 0, 24), (2, 24, 48)]
    """
    for record, size in enumerate(lengths):
        if size <= longest:
            if size >= SHORTEST:
                yield Place(record, 0, size)
            continue
        yield from (
            Place(record, stop - longest, stop) for stop in range(longest, size + 1, longest)
        )


def count_places(lengths: Sequence[int], longest: int) -> int:
    """Return how many pieces there are; never more for a greater length.

    >>> count_places([10, 20, 50], longest=24)
    3
    """
    sizes = np.asarray(lengths, dtype=np.int64)
    whole = (sizes >= SHORTEST) & (sizes <= longest)
    return int(whole.sum() + (sizes[sizes > longest] // longest).sum())


def longest_for(lengths: Sequence[int], wanted: int, most: int) -> int | None:
    """Return the greatest length up to ``most`` that gives as many pieces as wanted; None if none does.

    >>> longest_for([10, 20, 50], wanted=4, most=1000), longest_for([10, 20, 50], wanted=9, most=1000)
    (16, None)
    """
    low, high = SHORTEST, min(most, max(lengths, default=0))
    if high < low or count_places(lengths, low) < wanted:
        return None
    while low < high:
        middle = (low + high + 1) // 2
        if count_places(lengths, middle) >= wanted:
            low = middle
        else:
            high = middle - 1
    return low


def draw_pieces(
    records: Sequence[np.ndarray], longest: int, wanted: int, rng: np.random.Generator
) -> list[tuple[Place, np.ndarray]]:
    """Return up to so many different pieces in random order, each trainable: two symbols, no repetition of a shorter.

    Parameters
    ----------
    records : sequence of arrays
        Symbols of each record.
    longest : int
        See `places`.
    """
    everything = list(places([len(record) for record in records], longest))
    found: dict[bytes, tuple[Place, np.ndarray]] = {}
    for index in rng.permutation(len(everything)):
        place = everything[index]
        symbols = records[place.record][place.start : place.stop]
        if symbols.min() < symbols.max() and is_primitive(symbols):
            found.setdefault(symbols.tobytes(), (place, symbols))
        if len(found) == wanted:
            break
    return list(found.values())
