"""Strings of a sweep that are not grown but cut: records or disjoint stretches of the user's own data."""

from collections.abc import Mapping
from math import log2
from typing import Any

from pydantic import Field

from seqmem.core.errors import InputError
from seqmem.core.seeding import generator
from seqmem.generators.data.record_pieces import SHORTEST, Place, draw_pieces
from seqmem.generators.sources.corpus import CorpusSource
from seqmem.generators.symbols import SymbolString
from seqmem.sweeps.config.section import ConfigSection


class RecordPieces(ConfigSection):
    """Every search gets records, or disjoint stretches, that no other search gets; the level only describes them.

    Parameters
    ----------
    longest : int
        Records of more symbols are cut into as many stretches of so many as fit.
    data : str
        Digest of the data (``mapping["data"]`` of its strings), so that a sweep is not resumed on others.
    """

    longest: int = Field(ge=SHORTEST)
    data: str


def draw_record_strings(
    parameters: Mapping[str, Any], alphabet_size: int, longest: int, wanted: int, seed: int
) -> list[SymbolString]:
    """Return up to so many different pieces of a corpus as strings, in an order that the seed decides.

    Fewer pieces of the same data and length are the first ones.

    Parameters
    ----------
    parameters : mapping
        Those of source ``corpus``.
    """
    source = CorpusSource(alphabet_size, **parameters)
    records, data = source.corpus.records, source.mapping["data"]
    chosen = draw_pieces(records, longest, wanted, generator(seed, "pieces", data, longest))
    bits = log2(source.alphabet_size)
    return [
        SymbolString(
            symbols,
            source.alphabet_size,
            len(symbols) * bits,
            source="corpus",
            parameters=dict(parameters) | _where(place),
            letters=source.letters,
            mapping=source.mapping,
        )
        for place, symbols in chosen
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

    Raises
    ------
    InputError
        If the data are not those that the sweep was made for, or have too few pieces.
    """
    found = CorpusSource(alphabet_size, **parameters).mapping["data"]
    if found != pieces.data:
        raise InputError(
            f"{parameters['path']} has changed (digest {found}, not {pieces.data}); choose another --out"
        )
    wanted = (search + 1) * per_search
    strings = draw_record_strings(parameters, alphabet_size, pieces.longest, wanted, seed)
    if len(strings) < wanted:
        raise InputError(
            f"{parameters['path']} has {len(strings)} different pieces of {SHORTEST} to {pieces.longest} symbols, "
            f"search {search + 1} needs {wanted}; lower the searches, the strings of each, or strings.pieces.longest"
        )
    return strings[-per_search:]


def _where(place: Place) -> dict[str, int]:
    return {"record": place.record + 1, "start": place.start}
