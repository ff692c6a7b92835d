"""Strings of a sweep that are cut from the user's data: records, or disjoint pieces of them."""

from collections.abc import Mapping
from math import log2
from typing import Any

from pydantic import Field

from seqmem.core.errors import InputError
from seqmem.core.seeding import generator
from seqmem.generators.data.record_pieces import SHORTEST, Piece, draw_pieces
from seqmem.generators.sources.corpus import CorpusSource
from seqmem.generators.symbols import SymbolString
from seqmem.sweeps.config.section import ConfigSection


class RecordPieces(ConfigSection):
    """How strings are cut from the user's data.

    Every search gets its own records, or disjoint pieces of them. The level of such a sweep only
    describes the strings.

    Parameters
    ----------
    longest : int
        Longest piece, in symbols. A longer record is cut into as many pieces of this length as
        fit.
    data : str
        Digest of the data (``mapping["data"]`` of its strings). A sweep is not resumed on other
        data.
    """

    longest: int = Field(ge=SHORTEST)
    data: str


def draw_record_strings(
    parameters: Mapping[str, Any], alphabet_size: int, longest: int, count: int, seed: int
) -> list[SymbolString]:
    """Return different pieces of a corpus as strings, in an order that the seed decides.

    With the same data, length and seed, a smaller count returns the first of these pieces.

    Parameters
    ----------
    parameters : mapping
        Parameters of the source ``corpus``.
    alphabet_size : int
        Number of symbols.
    longest : int
        Longest piece, in symbols.
    count : int
        Number of pieces to return; the data may have fewer.
    seed : int
        Seed of the order.
    """
    source = CorpusSource(alphabet_size, **parameters)
    data = source.mapping["data"]
    rng = generator(seed, "pieces", data, longest)
    pieces = draw_pieces(source.corpus.records, longest, count, rng)
    bits = log2(source.alphabet_size)
    return [
        SymbolString(
            symbols,
            source.alphabet_size,
            len(symbols) * bits,
            source="corpus",
            parameters=dict(parameters) | _origin(piece),
            letters=source.letters,
            mapping=source.mapping,
        )
        for piece, symbols in pieces
    ]


def deal_strings(
    pieces: RecordPieces,
    parameters: Mapping[str, Any],
    alphabet_size: int,
    search: int,
    per_search: int,
    seed: int,
) -> list[SymbolString]:
    """Return the strings of one search.

    Parameters
    ----------
    pieces : RecordPieces
        The section ``[strings.pieces]`` of the sweep.
    parameters : mapping
        Parameters of the source ``corpus``.
    alphabet_size : int
        Number of symbols.
    search : int
        Number of the search, from 0.
    per_search : int
        Number of strings that one search needs.
    seed : int
        Seed of the sweep.

    Raises
    ------
    InputError
        If the data have changed since the sweep was started, or have too few pieces.
    """
    digest = CorpusSource(alphabet_size, **parameters).mapping["data"]
    if digest != pieces.data:
        raise InputError(
            f"{parameters['path']} has changed (digest {digest}, not {pieces.data}); "
            "choose another --out"
        )
    count = (search + 1) * per_search
    strings = draw_record_strings(parameters, alphabet_size, pieces.longest, count, seed)
    if len(strings) < count:
        raise InputError(
            f"{parameters['path']} has {len(strings)} different pieces of {SHORTEST} to "
            f"{pieces.longest} symbols, search {search + 1} needs {count}; lower the number of "
            "searches, the strings of each, or strings.pieces.longest"
        )
    return strings[-per_search:]


def _origin(piece: Piece) -> dict[str, int]:
    """Return the number of a piece's record, from 1, and the piece's first symbol."""
    return {"record": piece.record + 1, "start": piece.start}
