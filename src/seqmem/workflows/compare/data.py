"""The user's file as a corpus, and how complex the strings cut from it are."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from seqmem.core.errors import InputError
from seqmem.core.number_formats import number_range
from seqmem.core.seeding import derive_seed
from seqmem.generators.data.documents import format_of
from seqmem.generators.sources import choose_alphabet
from seqmem.generators.sources.corpus import Corpus, CorpusSource
from seqmem.generators.symbols import SymbolString
from seqmem.generators.targeting import generate

# The column that `seqmem generate` writes strings to.
STRINGS = "string"
MEASURES = {
    "lzw": "LZW codes",
    "lz76": "LZ76 phrases",
    "entropy_rate_lz76": "bits per symbol by LZ76 (entropy rate)",
    "min_context": "symbols of context that determine the next one",
}
CHANCE_STRINGS = 5


@dataclass(frozen=True)
class UserData:
    """A file as it is read.

    Attributes
    ----------
    parameters : those of source ``corpus``.
    corpus : symbols of every record.
    """

    parameters: dict[str, Any]
    corpus: Corpus

    @property
    def path(self) -> str:
        """The file."""
        return str(self.parameters["path"])

    @property
    def lengths(self) -> list[int]:
        """Symbols of each record."""
        return [len(record) for record in self.corpus.records]

    @property
    def words(self) -> str:
        """What was read, in a line; without the folder, since reports show it."""
        count, size = len(self.lengths), self.corpus.alphabet_size
        read = f"{_count(count, 'record')} of {span(self.lengths)} symbols, {size} different ones"
        if "breakpoints" in self.corpus.mapping:
            bins = self.corpus.mapping["bins_by"]
            read += f" (numbers in {size} bins, by {'SAX' if bins == 'gaussian' else bins})"
        return f"{Path(self.path).name}: {read}"


def read_data(
    path: Path, bins: int | None = None, values: str | None = None, **options: Any
) -> UserData:
    """Read a file as strings.

    Parameters
    ----------
    bins : int, optional
        Number of bins of numbers; 4 if not given.
    values : {"strings", "symbols", "numbers"}, optional
        What the column of a CSV file holds.
    options : parameters of source ``corpus`` other than the path; None and the defaults mean nothing.

    Raises
    ------
    InputError
        If the file cannot be read as such.
    """
    options["cells"] = values
    given = {name: value for name, value in options.items() if value not in (None, False)}
    kind = format_of(str(path), given.get("format"))
    if (
        kind == "csv"
        and "column" not in given
        and STRINGS in _columns(path, given.get("delimiter", ","))
    ):
        given = {"column": STRINGS, "cells": "strings"} | given
    if kind != "csv":
        for name in ("column", "cells", "delimiter"):
            if name in given:
                raise InputError(
                    f"--{_option(name)} {given[name]} is for CSV files; {path} is read as {kind}"
                )
    parameters = {"path": str(path)} | given
    source = CorpusSource(choose_alphabet("corpus", bins, parameters), **parameters)
    if (
        given.get("cells") == "strings"
        and set(source.letters) <= set(" 0123456789")
        and " " in source.letters
    ):
        raise InputError(
            f"{path}: strings of numbers between blanks are not read; give them as one symbol a character"
        )
    return UserData(parameters, source.corpus)


@dataclass(frozen=True)
class Complexity:
    """One measure over strings, and its median over strings of chance (i.i.d., same length and alphabet)."""

    measure: str
    middle: float
    low: float
    high: float
    chance: float | None

    @property
    def words(self) -> str:
        """The measure in a line.

        >>> Complexity("lzw", 81.0, 60.0, 101.0, 88.0).words
        '81 LZW codes (60 to 101; 88 for chance)'
        """
        values = number_range(self.low, self.high, ".3g")
        beside = "" if self.chance is None else f"; {self.chance:.3g} for chance"
        return f"{self.middle:.3g} {MEASURES[self.measure]} ({values}{beside})"


def measure_strings(strings: Sequence[SymbolString], seed: int) -> list[Complexity]:
    """Return each measure of the strings: median, smallest, largest, and what chance would give."""
    chance = _chance(strings, seed)
    found = []
    for name in MEASURES:
        values = [
            float(value) for string in strings if (value := string.complexity(name)) is not None
        ]
        random = [
            float(value) for string in chance if (value := string.complexity(name)) is not None
        ]
        if values:
            among = median(random) if random else None
            found.append(Complexity(name, median(values), min(values), max(values), among))
    return found


def span(lengths: Sequence[int]) -> str:
    """Return the smallest and the largest of whole numbers.

    >>> span([5, 5]), span([5, 1200])
    ('5', '5 to 1,200')
    """
    low, high = min(lengths), max(lengths)
    return number_range(low, high, ",")


def _chance(strings: Sequence[SymbolString], seed: int) -> list[SymbolString]:
    size, length = strings[0].alphabet_size, int(np.median([len(string) for string in strings]))
    if length < 4 * size:
        # Too short to hold every symbol by chance.
        return []
    seeds = [derive_seed(seed, "chance", place) for place in range(CHANCE_STRINGS)]
    return [
        generate("iid", alphabet_size=size, measure="period", target=length, seed=one)
        for one in seeds
    ]


def _columns(path: Path, delimiter: str) -> list[str]:
    if len(delimiter) != 1 or delimiter in '\r\n"':
        # Refused where the file is read.
        return []
    with path.open(encoding="utf-8-sig", newline="", errors="replace") as file:
        return next(csv.reader(file, delimiter=delimiter), [])


def _option(name: str) -> str:
    return {"cells": "values"}.get(name, name)


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
