"""How many strings of which length each search gets, from what the data can give."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from math import ceil

from seqmem.core.errors import InputError
from seqmem.generators.data.record_pieces import SHORTEST, count_places, longest_for
from seqmem.generators.symbols import SymbolString
from seqmem.sweeps.config.record_strings import draw_record_strings
from seqmem.workflows.compare.data import UserData, span

# Of more symbols than this a piece is cut further, unless --length says otherwise.
LONGEST = 1000
# Shorter stretches are only cut where the data give no others.
COMFORTABLE = 50
SEARCHES, FEWEST_SEARCHES = 4, 2
# Pieces cut for each that is wanted: some may be constant or equal, as in a series that stands still for a while.
SPARE = (1.0, 1.5, 2.0, 3.0)


@dataclass(frozen=True)
class Design:
    """Independent searches, and the strings of each by role.

    Parameters
    ----------
    longest : int
        Symbols of the longest piece.
    """

    searches: int
    tune: int
    select: int
    confirm: int
    longest: int = LONGEST

    @property
    def strings(self) -> int:
        """Number of strings of all searches."""
        return self.searches * (self.tune + self.select + self.confirm)

    @property
    def words(self) -> str:
        """The roles, in a line.

        >>> Design(4, 1, 1, 4).words
        '4 searches, each with strings of its own: 1 to tune on, 1 to select on, 4 for the verdict'
        """
        roles = (
            f"{self.tune} to tune on, {self.select} to select on, {self.confirm} for the verdict"
        )
        return f"{self.searches} searches, each with strings of its own: {roles}"


def choose_design(
    data: UserData, seed: int, searches: int | None = None, length: int | None = None
) -> tuple[Design, list[SymbolString]]:
    """Return the best design for the data, and its strings in the order in which they are dealt.

    Records stay whole where there are enough of them, apart from very long ones; otherwise they are cut into disjoint
    stretches as long as possible.

    Raises
    ------
    InputError
        If there are too few, or too short, strings; says what is needed.
    """
    if searches is not None and searches < FEWEST_SEARCHES:
        raise InputError(
            f"--searches {searches}: at least {FEWEST_SEARCHES} are needed for an interval"
        )
    if length is not None and length < SHORTEST:
        raise InputError(f"--length {length}: at least {SHORTEST} symbols are needed")
    for design in _candidates(data.lengths, searches, length):
        strings = draw_record_strings(
            data.parameters, data.corpus.alphabet_size, design.longest, design.strings, seed
        )
        if len(strings) == design.strings:
            return design, strings
    raise _too_few(data, searches, length)


def cut_words(data: UserData, design: Design, strings: list[SymbolString]) -> str:
    """Return how many strings of which length were taken, in a line."""
    lengths = [len(string) for string in strings]
    available = count_places(data.lengths, design.longest)
    kind = "whole records" if max(data.lengths) <= design.longest else "disjoint stretches"
    if kind != "whole records" and any(SHORTEST <= size <= design.longest for size in data.lengths):
        kind = "whole records and disjoint stretches"
    of = f" of {available:,}" if available > len(strings) else ""
    left = sum(data.lengths) - sum(lengths)
    unused = f"; {left:,} of {sum(data.lengths):,} symbols are not used" if left else ""
    return f"strings: {len(strings)}{of} {kind} of {span(lengths)} symbols{unused}"


def _designs(searches: int | None) -> list[Design]:
    if searches is not None:
        return [Design(searches, 1, 1, confirm) for confirm in (4, 2, 1)]
    wide = [Design(SEARCHES, 1, 1, confirm) for confirm in (4, 2, 1)]
    return [
        *wide,
        *(Design(count, 1, 1, 1) for count in range(SEARCHES - 1, FEWEST_SEARCHES - 1, -1)),
    ]


def _candidates(lengths: list[int], searches: int | None, length: int | None) -> Iterator[Design]:
    designs = _designs(searches)
    if length is not None:
        yield from (_of_length(design, length) for design in designs)
        return
    whole = min(LONGEST, max(lengths))
    full = [design for design in designs if design.searches == designs[0].searches]
    yield from (
        _of_length(design, whole)
        for design in full
        if count_places(lengths, whole) >= design.strings
    )
    for least, design, spare in product((COMFORTABLE, SHORTEST), designs, SPARE):
        found = longest_for(lengths, ceil(spare * design.strings), LONGEST)
        if found is not None and found >= least:
            yield _of_length(design, found)


def _of_length(design: Design, longest: int) -> Design:
    return Design(
        design.searches, design.tune, design.select, design.confirm, max(longest, SHORTEST)
    )


def _too_few(data: UserData, searches: int | None, length: int | None) -> InputError:
    least, best = _designs(searches)[-1], _designs(searches)[0]
    symbols = SHORTEST if length is None else length
    count = len(data.lengths)
    held = f"{data.path} holds {count} string{'' if count == 1 else 's'} of {span(data.lengths)} symbols"
    return InputError(
        f"{held}; a comparison needs at least {least.strings} different strings, or one to cut into as many, of "
        f"{symbols} symbols or more that are no repetition of a shorter one, and {best.strings} for a good interval"
    )
