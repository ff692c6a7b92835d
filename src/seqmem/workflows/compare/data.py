"""Read the user's file as strings, and measure the complexity of the strings cut from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from seqmem.core.number_formats import number_range
from seqmem.core.seeding import derive_seed
from seqmem.generators.data.decoding import shown_path
from seqmem.generators.data.read_options import ReadOptions
from seqmem.generators.sources import choose_alphabet
from seqmem.generators.sources.corpus import Corpus, CorpusSource
from seqmem.generators.symbols import SymbolString
from seqmem.generators.targeting import generate

DEFAULT_OPTIONS = ReadOptions()
MEASURE_TITLES = {
    "lzw": "LZW codes",
    "lz76": "LZ76 phrases",
    "entropy_rate_lz76": "bits per symbol by LZ76 (entropy rate)",
    "min_context": "symbols of context that determine the next one",
}
CHANCE_STRINGS = 5


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
        """What was read, in a line, without the folder, since reports show the line."""
        return f"{shown_path(self.path)}: {self.corpus.reading}"


def read_data(
    path: Path, options: ReadOptions = DEFAULT_OPTIONS, bins: int | None = None
) -> UserData:
    """Read a file as strings.

    Parameters
    ----------
    path : Path
        A table, FASTA, FASTQ or plain text; ``-`` is the standard input.
    options : ReadOptions
        How to read it.
    bins : int, optional
        Number of symbols that numbers become; 4 if absent.

    Returns
    -------
    UserData
        Its records as symbols.

    Raises
    ------
    InputError
        If the file cannot be read with these options.
    """
    parameters = {"path": str(path)} | options.given()
    source = CorpusSource(choose_alphabet("corpus", bins, parameters), **parameters)
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
