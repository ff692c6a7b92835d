"""Pieces of the user's own records, which never overlap.

A piece is a whole record, or a part of a record that is too long.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from seqmem.generators.complexity.repeats import is_primitive

# Shorter pieces, in symbols, are not worth training on.
SHORTEST = 16


class Piece(NamedTuple):
    """The position of a piece in the records.

    Attributes
    ----------
    record : int
        Number of the record, from 0.
    start, stop : int
        The piece has the symbols from ``start`` to ``stop - 1`` of the record.
    """

    record: int
    start: int
    stop: int


def piece_positions(lengths: Sequence[int], longest: int) -> Iterator[Piece]:
    """Yield the positions of all pieces of records.

    A record of `SHORTEST` to ``longest`` symbols is one piece. A longer record gives as many pieces
    of ``longest`` symbols as fit. The rest of it is not used.

    Parameters
    ----------
    lengths : sequence of int
        Length of each record in symbols.
    longest : int
        Largest length of a piece in symbols.

    Examples
    --------
    >>> [tuple(piece) for piece in piece_positions([10, 20, 50], longest=24)]
    [(1, 0, 20), (2, 0, 24), (2, 24, 48)]
    """
    for record, size in enumerate(lengths):
        if size <= longest:
            if size >= SHORTEST:
                yield Piece(record, 0, size)
            continue
        yield from (
            Piece(record, stop - longest, stop) for stop in range(longest, size + 1, longest)
        )


def count_pieces(lengths: Sequence[int], longest: int) -> int:
    """Return the number of pieces. It never rises with the largest length of a piece.

    Parameters
    ----------
    lengths : sequence of int
        Length of each record in symbols.
    longest : int
        Largest length of a piece in symbols.

    Examples
    --------
    >>> count_pieces([10, 20, 50], longest=24)
    3
    """
    sizes = np.asarray(lengths, dtype=np.int64)
    whole = (sizes >= SHORTEST) & (sizes <= longest)
    return int(whole.sum() + (sizes[sizes > longest] // longest).sum())


def longest_for(lengths: Sequence[int], wanted: int, most: int) -> int | None:
    """Return the largest length that gives enough pieces.

    Parameters
    ----------
    lengths : sequence of int
        Length of each record in symbols.
    wanted : int
        Number of pieces that are needed.
    most : int
        Upper bound of the length in symbols.

    Returns
    -------
    int or None
        None if no length gives so many pieces.

    Examples
    --------
    >>> longest_for([10, 20, 50], wanted=4, most=1000)
    16
    >>> longest_for([10, 20, 50], wanted=9, most=1000) is None
    True
    """
    low = SHORTEST
    high = min(most, max(lengths, default=0))
    if high < low or count_pieces(lengths, low) < wanted:
        return None
    while low < high:
        middle = (low + high + 1) // 2
        if count_pieces(lengths, middle) >= wanted:
            low = middle
        else:
            high = middle - 1
    return low


def draw_pieces(
    records: Sequence[np.ndarray], longest: int, wanted: int, rng: np.random.Generator
) -> list[tuple[Piece, np.ndarray]]:
    """Return different pieces in random order, all of which can be trained on.

    A piece can be trained on if it has two distinct symbols and is not a repetition of a shorter
    string.

    Parameters
    ----------
    records : sequence of integer array
        Symbols of each record.
    longest : int
        Largest length of a piece in symbols.
    wanted : int
        Number of pieces. Fewer are returned if the records have fewer.
    rng : numpy.random.Generator

    Returns
    -------
    list of (Piece, integer array)
        Position and symbols of each piece.
    """
    positions = list(piece_positions([len(record) for record in records], longest))
    different: dict[bytes, tuple[Piece, np.ndarray]] = {}
    for index in rng.permutation(len(positions)):
        piece = positions[index]
        symbols = records[piece.record][piece.start : piece.stop]
        if symbols.min() < symbols.max() and is_primitive(symbols):
            different.setdefault(symbols.tobytes(), (piece, symbols))
        if len(different) == wanted:
            break
    return list(different.values())
