"""Pieces of the user's data are disjoint, different, and as long as possible."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqmem.generators.data.record_pieces import (
    SHORTEST,
    count_pieces,
    draw_pieces,
    longest_for,
    piece_positions,
)

LENGTHS = st.lists(st.integers(1, 400), min_size=1, max_size=12)


@given(LENGTHS, st.integers(SHORTEST, 300))
def test_pieces_are_disjoint_inside_their_records_and_counted(
    lengths: list[int], longest: int
) -> None:
    pieces = list(piece_positions(lengths, longest))
    assert count_pieces(lengths, longest) == len(pieces)
    for before, after in pairwise(pieces):
        assert (before.record, before.stop) <= (after.record, after.start)
    assert all(SHORTEST <= piece.stop - piece.start <= longest for piece in pieces)
    assert all(0 <= piece.start < piece.stop <= lengths[piece.record] for piece in pieces)


@given(LENGTHS, st.integers(1, 40), st.integers(SHORTEST, 300))
def test_the_longest_length_is_the_longest(lengths: list[int], wanted: int, most: int) -> None:
    top = min(most, max(lengths))
    enough = [
        length for length in range(SHORTEST, top + 1) if count_pieces(lengths, length) >= wanted
    ]
    assert longest_for(lengths, wanted, most) == (enough[-1] if enough else None)


def test_pieces_are_different_and_trainable() -> None:
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 3, 200)
    records = [np.zeros(64, int), np.tile([0, 1], 40), noise, noise.copy()]
    pieces = draw_pieces(records, 50, 100, np.random.default_rng(1))
    assert len(pieces) == 4
    assert {piece.record for piece, _ in pieces} <= {2, 3}
    assert {symbols.tobytes() for _, symbols in pieces} == {
        noise[at : at + 50].tobytes() for at in (0, 50, 100, 150)
    }


@pytest.mark.parametrize("wanted", [1, 3])
def test_fewer_pieces_are_the_first_ones(wanted: int) -> None:
    records = [np.random.default_rng(2).integers(0, 4, 300)]
    many, few = (draw_pieces(records, 30, count, np.random.default_rng(5)) for count in (8, wanted))
    assert [piece for piece, _ in few] == [piece for piece, _ in many][:wanted]
