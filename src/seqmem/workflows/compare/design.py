"""How many strings of which length each search gets from the user's data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product
from math import ceil

from seqmem.core.errors import InputError
from seqmem.core.number_formats import counted
from seqmem.generators.data.record_pieces import SHORTEST, count_pieces, longest_for
from seqmem.generators.symbols import SymbolString
from seqmem.sweeps.config.record_strings import draw_record_strings
from seqmem.workflows.compare.data import UserData, span
from seqmem.workflows.compare.plans import DEFAULT, Plan

COMPARED_CELLS = ("lstm", "gru")
# Longer strings are cut, unless --length says otherwise.
LONGEST_STRING = 1000
# Shorter stretches are cut only if the data give no longer ones.
COMFORTABLE = 50
FEWEST_SEARCHES = 2
# Records are cut only if they are too few for as many searches.
FEWEST_OF_WHOLE_RECORDS = 6
# Pieces that are cut for each wanted one. Some may be constant or equal to others, as in a series
# that does not change for a while.
SPARE = (1.0, 1.5, 2.0, 3.0)


@dataclass(frozen=True)
class ComparisonDesign:
    """Independent searches, and the strings of each by role.

    Attributes
    ----------
    searches : int
        Searches of each cell.
    tune : int
        Strings of a search for every trial.
    select : int
        Strings of a search for its finalists.
    confirm : int
        Strings of a search for the verdict.
    longest : int
        Symbols of the longest string.
    """

    searches: int
    tune: int
    select: int
    confirm: int
    longest: int = LONGEST_STRING

    @property
    def strings(self) -> int:
        """Number of strings of all searches."""
        return self.searches * (self.tune + self.select + self.confirm)

    @property
    def summary(self) -> str:
        """The searches and the strings of each in a line.

        Examples
        --------
        >>> ComparisonDesign(4, 1, 1, 4).summary
        '4 searches with 6 different strings each: 1 to tune, 1 to select, 4 for the verdict'
        """
        each = self.strings // self.searches
        roles = f"{self.tune} to tune, {self.select} to select, {self.confirm} for the verdict"
        return f"{self.searches} searches with {each} different strings each: {roles}"


def choose_design(
    data: UserData,
    seed: int,
    searches: int | None = None,
    length: int | None = None,
    plan: Plan = DEFAULT,
) -> tuple[ComparisonDesign, list[SymbolString]]:
    """Return the best design for the data, and its strings in the order in which they are dealt.

    Records stay whole if there are enough of them, except very long ones. Otherwise they are cut
    into disjoint stretches that are as long as possible.

    Parameters
    ----------
    data : UserData
        The file as it was read.
    seed : int
        Seed of the choice of strings.
    searches : int, optional
        Searches of each cell; as many as the data allow, up to those of the plan, if absent.
    length : int, optional
        Symbols of a string; as many as the data allow, up to 1,000, if absent.
    plan : Plan
        Numbers of searches and of verdict strings.

    Returns
    -------
    design : ComparisonDesign
        Searches and strings by role.
    strings : list of SymbolString
        Different strings, ``design.strings`` of them.

    Raises
    ------
    InputError
        If there are too few strings or they are too short; the message says what is needed.
    """
    if searches is not None and searches < FEWEST_SEARCHES:
        raise InputError(
            f"--searches {searches}: at least {FEWEST_SEARCHES} are needed for an interval"
        )
    if length is not None and length < SHORTEST:
        raise InputError(f"--length {length}: at least {SHORTEST} symbols are needed")
    designs = _designs(plan, searches)
    for design in _candidates(designs, data.lengths, length):
        strings = draw_record_strings(
            data.parameters, data.corpus.alphabet_size, design.longest, design.strings, seed
        )
        if len(strings) == design.strings:
            return design, strings
    raise _too_few(data, designs, length)


def cut_summary(data: UserData, design: ComparisonDesign, strings: list[SymbolString]) -> str:
    """Return how many strings of which length were taken, in a line.

    Parameters
    ----------
    data : UserData
        The file as it was read.
    design : ComparisonDesign
        The chosen design.
    strings : list of SymbolString
        The strings of the design.

    Returns
    -------
    str
        A line that also counts the symbols that are not used.
    """
    lengths = [len(string) for string in strings]
    available = count_pieces(data.lengths, design.longest)
    kind = "whole records" if max(data.lengths) <= design.longest else "disjoint stretches"
    if kind != "whole records" and any(SHORTEST <= size <= design.longest for size in data.lengths):
        kind = "whole records and disjoint stretches"
    of = f" of {available:,}" if available > len(strings) else ""
    total = sum(data.lengths)
    left = total - sum(lengths)
    unused = f"; {left:,} of {total:,} symbols are not used" if left else ""
    return f"strings: {len(strings)}{of} {kind} of {span(lengths)} symbols{unused}"


def _designs(plan: Plan, searches: int | None) -> list[ComparisonDesign]:
    count = plan.searches if searches is None else searches
    wide = [ComparisonDesign(count, 1, 1, confirm) for confirm in plan.confirm]
    if searches is not None:
        return wide
    fewer = range(plan.searches - 1, FEWEST_SEARCHES - 1, -1)
    return [*wide, *(ComparisonDesign(count, 1, 1, 1) for count in fewer)]


def _candidates(
    designs: list[ComparisonDesign], lengths: list[int], length: int | None
) -> Iterator[ComparisonDesign]:
    if length is not None:
        yield from (_of_length(design, length) for design in designs)
        return
    whole = min(LONGEST_STRING, max(lengths))
    fewest = min(designs[0].searches, FEWEST_OF_WHOLE_RECORDS)
    yield from (
        _of_length(design, whole)
        for design in designs
        if design.searches >= fewest and count_pieces(lengths, whole) >= design.strings
    )
    for least, design, spare in product((COMFORTABLE, SHORTEST), designs, SPARE):
        longest = longest_for(lengths, ceil(spare * design.strings), LONGEST_STRING)
        if longest is not None and longest >= least:
            yield _of_length(design, longest)


def _of_length(design: ComparisonDesign, longest: int) -> ComparisonDesign:
    return replace(design, longest=max(longest, SHORTEST))


def _too_few(data: UserData, designs: list[ComparisonDesign], length: int | None) -> InputError:
    symbols = SHORTEST if length is None else length
    count = len(data.lengths)
    if max(data.lengths) < SHORTEST:
        return InputError(
            f"{data.path} holds {counted(count, 'string')} of {span(data.lengths)} symbols, and "
            f"{SHORTEST} are needed. If each row is one symbol, such as a column of words, give "
            "--values symbols"
        )
    return InputError(
        f"{data.path} holds {counted(count, 'string')} of {span(data.lengths)} symbols. "
        f"A comparison needs at least {designs[-1].strings} different strings of {symbols} symbols "
        f"or more ({designs[0].strings} for a good interval), or one text that is long enough to "
        "be cut into them. A string must not repeat a shorter one."
    )
