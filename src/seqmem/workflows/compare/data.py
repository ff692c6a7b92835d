"""Read the user's file as strings, and measure the complexity of the strings cut from it."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import asdict, dataclass
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
MEASURE_TITLES = {
    "lzw": "LZW codes",
    "lz76": "LZ76 phrases",
    "entropy_rate_lz76": "bits per symbol by LZ76 (entropy rate)",
    "min_context": "symbols of context that determine the next one",
}
CHANCE_STRINGS = 5


@dataclass(frozen=True)
class DataOptions:
    """Options that say how a file is read; None and False leave the default.

    Attributes
    ----------
    format : {"text", "fasta", "csv"}, optional
        Format of the file; by its content and suffix if absent.
    column : str, optional
        Column of a CSV file.
    delimiter : str, optional
        Character between the cells of a CSV file; a comma if absent.
    values : {"strings", "symbols", "numbers"}, optional
        Meaning of the cells of the column; numbers if all are numbers, else strings.
    by_line : bool
        Whether every line of a plain text is a string; otherwise the whole file is one.
    upper : bool
        Whether letters are read as capitals.
    bins : int, optional
        Number of symbols that numbers become; 4 if absent.
    bins_by : {"quantiles", "gaussian"}, optional
        Kind of the bins; quantiles if absent.
    segment : int, optional
        Numbers that are averaged into one before binning; 1 if absent.
    """

    format: str | None = None
    column: str | None = None
    delimiter: str | None = None
    values: str | None = None
    by_line: bool = False
    upper: bool = False
    bins: int | None = None
    bins_by: str | None = None
    segment: int | None = None

    def parameters(self) -> dict[str, Any]:
        """Return the parameters of source ``corpus`` that are given, without the path and the bins.

        Returns
        -------
        dict
            Value of each parameter; `values` is called ``cells`` there.

        Examples
        --------
        >>> DataOptions(values="symbols", bins=3).parameters()
        {'cells': 'symbols'}
        """
        options = asdict(self)
        del options["bins"]
        options["cells"] = options.pop("values")
        return {name: value for name, value in options.items() if value not in (None, False)}


DEFAULT_OPTIONS = DataOptions()


@dataclass(frozen=True)
class UserData:
    """A file as it was read.

    Attributes
    ----------
    parameters : dict
        Parameters of source ``corpus``.
    corpus : Corpus
        Symbols of every record.
    """

    parameters: dict[str, Any]
    corpus: Corpus

    @property
    def path(self) -> str:
        """Path of the file."""
        return str(self.parameters["path"])

    @property
    def lengths(self) -> list[int]:
        """Number of symbols of each record."""
        return [len(record) for record in self.corpus.records]

    @property
    def summary(self) -> str:
        """The data in a line, without the folder, since reports show the line."""
        count = len(self.lengths)
        size = self.corpus.alphabet_size
        noun = "record" if count == 1 else "records"
        content = f"{count:,} {noun} of {span(self.lengths)} symbols, {size} different ones"
        if "breakpoints" in self.corpus.mapping:
            kind = self.corpus.mapping["bins_by"]
            content += f" (numbers in {size} bins, by {'SAX' if kind == 'gaussian' else kind})"
        return f"{Path(self.path).name}: {content}"


def read_data(path: Path, options: DataOptions = DEFAULT_OPTIONS) -> UserData:
    """Read a file as strings.

    Parameters
    ----------
    path : Path
        Plain text, FASTA or CSV.
    options : DataOptions
        How to read it.

    Returns
    -------
    UserData
        Its records as symbols.

    Raises
    ------
    InputError
        If the file cannot be read with these options.
    """
    given = options.parameters()
    kind = format_of(str(path), given.get("format"))
    if kind == "csv" and "column" not in given:
        if STRINGS in _columns(path, given.get("delimiter", ",")):
            given = {"column": STRINGS, "cells": "strings"} | given
    if kind != "csv":
        for name, option in (("column", "column"), ("cells", "values"), ("delimiter", "delimiter")):
            if name in given:
                raise InputError(
                    f"--{option} {given[name]} is for CSV files; {path} is read as {kind}"
                )
    parameters = {"path": str(path)} | given
    source = CorpusSource(choose_alphabet("corpus", options.bins, parameters), **parameters)
    if given.get("cells") == "strings":
        letters = set(source.letters)
        if " " in letters and letters <= set(" 0123456789"):
            raise InputError(
                f"{path}: strings of numbers between blanks cannot be read; "
                "write one character per symbol"
            )
    return UserData(parameters, source.corpus)


@dataclass(frozen=True)
class Complexity:
    """One measure over strings.

    Attributes
    ----------
    measure : str
        Name of the measure.
    middle : float
        Median over the strings.
    low : float
        Smallest value.
    high : float
        Largest value.
    chance : float or None
        Median over i.i.d. strings of the same length and alphabet; None if they are too short.
    """

    measure: str
    middle: float
    low: float
    high: float
    chance: float | None

    @property
    def summary(self) -> str:
        """The measure in a line.

        Examples
        --------
        >>> Complexity("lzw", 81.0, 60.0, 101.0, 88.0).summary
        '81 LZW codes (60 to 101; 88 for chance)'
        """
        limits = number_range(self.low, self.high, ".3g")
        beside = "" if self.chance is None else f"; {self.chance:.3g} for chance"
        return f"{self.middle:.3g} {MEASURE_TITLES[self.measure]} ({limits}{beside})"


def measure_strings(strings: Sequence[SymbolString], seed: int) -> list[Complexity]:
    """Return each measure of the strings: median, smallest and largest value, and that of chance.

    Parameters
    ----------
    strings : sequence of SymbolString
        Strings over one alphabet.
    seed : int
        Seed of the i.i.d. strings beside them.

    Returns
    -------
    list of Complexity
        One for each measure that has a value for some string.
    """
    chance = _chance_strings(strings, seed)
    measures = []
    for name in MEASURE_TITLES:
        values = _values(strings, name)
        chance_values = _values(chance, name)
        if values:
            by_chance = median(chance_values) if chance_values else None
            measures.append(Complexity(name, median(values), min(values), max(values), by_chance))
    return measures


def span(lengths: Sequence[int]) -> str:
    """Return the smallest and the largest of whole numbers.

    Parameters
    ----------
    lengths : sequence of int
        At least one number.

    Returns
    -------
    str
        One number if all are equal.

    Examples
    --------
    >>> span([5, 5]), span([5, 1200])
    ('5', '5 to 1,200')
    """
    return number_range(min(lengths), max(lengths), ",")


def _values(strings: Sequence[SymbolString], measure: str) -> list[float]:
    values = [string.complexity(measure) for string in strings]
    return [float(value) for value in values if value is not None]


def _chance_strings(strings: Sequence[SymbolString], seed: int) -> list[SymbolString]:
    size = strings[0].alphabet_size
    length = int(np.median([len(string) for string in strings]))
    if length < 4 * size:
        # Too short to hold every symbol by chance.
        return []
    seeds = [derive_seed(seed, "chance", index) for index in range(CHANCE_STRINGS)]
    return [
        generate("iid", alphabet_size=size, measure="period", target=length, seed=one)
        for one in seeds
    ]


def _columns(path: Path, delimiter: str) -> list[str]:
    if len(delimiter) != 1 or delimiter in '\r\n"':
        # The reader of the file refuses it later.
        return []
    with path.open(encoding="utf-8-sig", newline="", errors="replace") as file:
        return next(csv.reader(file, delimiter=delimiter), [])
