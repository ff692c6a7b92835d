"""Strings from the user's own data: plain text, FASTA or a column of a CSV file."""

import copy
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from math import log2
from pathlib import Path
from typing import Any, ClassVar, NamedTuple, Self

import numpy as np

from seqmem.core.errors import InputError, unknown
from seqmem.generators.data.discretization import BREAKPOINTS, discretize, piecewise_averages
from seqmem.generators.data.documents import (
    as_numbers,
    format_of,
    is_no_number,
    read_column,
    read_fasta,
    read_text,
)
from seqmem.generators.sources.source import Source, whole
from seqmem.generators.symbols import LARGEST_ALPHABET, SymbolString

CELL_KINDS = ("strings", "symbols", "numbers")
DEFAULT_BINS = 4


class Corpus(NamedTuple):
    """The content of a file.

    Attributes
    ----------
    records : list of integer array
        Symbols of every record.
    alphabet_size : int
        Number of distinct symbols.
    letters : str
        Display letter of each symbol, or an empty string.
    mapping : dict
        How the symbols were made from the data, and a digest of the data.
    """

    records: list[np.ndarray]
    alphabet_size: int
    letters: str
    mapping: dict[str, Any]


@dataclass(frozen=True)
class CorpusSource(Source):
    """Parts of the user's own data: a record, from a drawn position to its end.

    Parameters
    ----------
    alphabet_size : int
        Number of distinct symbols in the data, or the number of bins for numbers.
    path : str
        File in UTF-8.
    format : {"text", "fasta", "csv"}, optional
        Format of the file. If not given, the suffix of the file decides.
    column : str, optional
        Column of a CSV file.
    cells : {"strings", "symbols", "numbers"}, optional
        What a cell of the column is: a string, one symbol, or a number. If not given, cells are
        numbers if all of them can be read as numbers, and strings otherwise.
    delimiter : str
        Character between the cells of a CSV file.
    by_line : bool
        Whether every line of a plain text is a record. Otherwise the whole file is one record.
    upper : bool
        Whether letters are read as capitals, for example in soft-masked FASTA.
    bins_by : {"quantiles", "gaussian"}
        How numbers become symbols. ``quantiles`` makes bins of equally many values. ``gaussian``
        makes bins of equal probability under a normal distribution (SAX, Lin, Keogh, Lonardi and
        Chiu 2003).
    segment : int
        How many numbers are averaged before binning (piecewise aggregate approximation).
    record : int, optional
        Number of the record, from 1. If not given, the seed draws it with a probability in
        proportion to its length.
    start : int, optional
        Position in the record at which the stream starts. If not given, the seed draws it.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "text.txt")
    ...     _ = path.write_text("ABRACADABRA")
    ...     source = CorpusSource(5, str(path), start=7)
    ...     block = next(source.stream(np.random.default_rng(0)))
    ...     print(source.letters, block.tolist())
    ABCDR [0, 1, 4, 0]
    """

    path: str = ""
    format: str | None = None
    column: str | None = None
    cells: str | None = None
    delimiter: str = ","
    by_line: bool = False
    upper: bool = False
    bins_by: str = "quantiles"
    segment: int = 1
    record: int | None = None
    start: int | None = None

    help = "your own data: text, FASTA or a column of a CSV file"
    is_endless: ClassVar[bool] = False
    # Number of attempts before this one.
    _attempt: ClassVar[int] = 0

    def __post_init__(self) -> None:
        _check(self)
        size = self.corpus.alphabet_size
        if self.alphabet_size == 0:
            object.__setattr__(self, "alphabet_size", size)
        if size != self.alphabet_size:
            raise InputError(
                f"alphabet_size {self.alphabet_size}: {self.path} has {size} distinct symbols"
            )
        if self.record is not None:
            whole("record", self.record, 1, len(self.corpus.records))

    @classmethod
    def default_alphabet(cls, parameters: Mapping[str, Any]) -> int:
        """Return the number of distinct symbols in the data, or 4 for numbers."""
        return cls(0, **parameters).alphabet_size

    def stream(self, rng: np.random.Generator) -> Iterator[np.ndarray]:
        """Yield the rest of a record, from a drawn position on.

        The position lies in the first part of the record. Every further attempt halves that part.
        """
        sizes = np.array([len(record) for record in self.corpus.records])
        drawn = int(rng.choice(len(sizes), p=sizes / sizes.sum()))
        share = rng.random()
        record = self.corpus.records[drawn if self.record is None else self.record - 1]
        start = int(share * (len(record) >> self._attempt))
        if self.start is not None:
            start = whole("start", self.start, 0, len(record) - 1)
        yield record[start:]

    @property
    def corpus(self) -> Corpus:
        """The content of the file. It is read again only if the file has changed."""
        try:
            state = Path(self.path).stat()
        except OSError as error:
            raise InputError(
                f"{self.path or 'path'}: {error.strerror}; give --param path=FILE"
            ) from None
        return _read(
            self.path, self.format, self.column, self.cells, self.delimiter, self.by_line,
            self.upper, self.bins_by, self.segment, self.alphabet_size or DEFAULT_BINS,
            state.st_mtime_ns, state.st_size,
        )  # fmt: skip

    def again(self, attempt: int) -> Self:
        """Return the source for a further attempt, which starts earlier."""
        again = copy.copy(self)
        object.__setattr__(again, "_attempt", attempt)
        return again

    def seed_parameters(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Return the parameters with a digest of the data in place of the file's name.

        So a moved file gives the same strings.
        """
        return {**parameters, "path": self.corpus.mapping["data"]}

    @property
    def letters(self) -> str:
        """The characters of the data."""
        return self.corpus.letters

    @property
    def mapping(self) -> Mapping[str, Any]:
        """The names of the symbols or the breakpoints of the numbers, and a digest of the data."""
        return self.corpus.mapping


def whole_records(
    parameters: Mapping[str, Any], alphabet_size: int | None = None
) -> list[SymbolString]:
    """Return every record of a file as a string over the alphabet of the whole file.

    Parameters
    ----------
    parameters : mapping
        Parameters of `CorpusSource`.
    alphabet_size : int, optional
        Number of bins for numbers. For other data it must be the number of distinct symbols.

    Raises
    ------
    InputError
        If the file cannot be read, or a record has fewer than two distinct symbols.
    """
    source = CorpusSource(alphabet_size or 0, **parameters)
    bits_each = log2(source.alphabet_size)
    strings = []
    for number, record in enumerate(source.corpus.records, start=1):
        if source.record not in (None, number):
            continue
        try:
            strings.append(
                SymbolString(
                    record,
                    source.alphabet_size,
                    len(record) * bits_each,
                    source="corpus",
                    parameters={**parameters, "record": number},
                    letters=source.letters,
                    mapping=source.mapping,
                )
            )
        except InputError as error:
            raise InputError(f"{source.path}, record {number}: {error}") from None
    return strings


def _check(source: CorpusSource) -> None:
    """Raise `InputError` if a parameter is not valid."""
    if not isinstance(source.path, str) or not source.path:
        raise InputError("source 'corpus' needs a file: --param path=FILE")
    for name in ("by_line", "upper"):
        if not isinstance(getattr(source, name), bool):
            raise InputError(f"{name} {getattr(source, name)!r}; valid: true, false")
    if source.cells is not None and source.cells not in CELL_KINDS:
        raise unknown("cells", source.cells, CELL_KINDS)
    if source.bins_by not in BREAKPOINTS:
        raise unknown("bins_by", source.bins_by, BREAKPOINTS)
    whole("segment", source.segment, 1, 2**20)


@lru_cache(maxsize=4)
def _read(
    path: str, format: str | None, column: str | None, cells: str | None, delimiter: str,
    by_line: bool, upper: bool, bins_by: str, segment: int, bins: int, _changed: int, _size: int,
) -> Corpus:  # fmt: skip
    """Read a file. The time of the last change and the size belong to the key of the cache."""
    kind = format_of(path, format)
    if kind == "csv":
        content = read_column(path, column, delimiter)
        values = as_numbers(content) if cells in (None, "numbers") else None
        if values is not None:
            return _numbers(path, values, segment, bins, bins_by)
        if cells == "numbers":
            raise InputError(f"{path}: column {column!r} has cells that are not finite numbers")
        if cells == "symbols":
            return _symbols(path, [content], "")
        if cells is None:
            _refuse_broken_numbers(path, column, content)
    else:
        content = read_fasta(path) if kind == "fasta" else read_text(path, by_line=by_line)
    return _characters(path, [text.upper() if upper else text for text in content])


def _refuse_broken_numbers(path: str, column: str | None, content: list[str]) -> None:
    """Raise `InputError` for a column that was probably meant as numbers.

    Most of its cells are numbers, or would be with decimal points instead of commas.
    """
    wrong = [cell for cell in content if is_no_number(cell)]
    if 2 * len(wrong) >= len(content):
        if any(is_no_number(cell.replace(",", ".")) for cell in content):
            return
        wrong = [cell for cell in content if "," in cell]
    raise InputError(
        f"{path}: column {column!r} has {len(wrong)} of {len(content)} cells that are not finite "
        f"numbers, the first {wrong[0]!r}; correct or remove them, or declare the cells: "
        "--param cells=symbols or --param cells=strings"
    )


def _characters(path: str, texts: list[str]) -> Corpus:
    """Return a corpus whose symbols are the characters of texts."""
    letters = "".join(sorted(set().union(*texts)))
    return _symbols(path, texts, letters)


def _symbols(path: str, texts: list[Any], letters: str) -> Corpus:
    """Return a corpus whose symbols are the distinct items of sequences, in sorted order."""
    names = sorted(set().union(*texts))
    if not 2 <= len(names) <= LARGEST_ALPHABET:
        raise InputError(
            f"{path}: {len(names):,} distinct symbols; valid: 2 to {LARGEST_ALPHABET:,}"
        )
    index = {name: symbol for symbol, name in enumerate(names)}
    records = [np.array([index[name] for name in text]) for text in texts]
    return _finished(records, len(names), letters, {"symbols": names})


def _numbers(path: str, values: np.ndarray, segment: int, bins: int, bins_by: str) -> Corpus:
    """Return a corpus whose symbols are the bins of numbers."""
    if len(values) < 2 * segment:
        raise InputError(
            f"{path}: {len(values)} numbers; segment {segment} needs at least {2 * segment}"
        )
    try:
        symbols, breakpoints = discretize(piecewise_averages(values, segment), bins, bins_by)
    except InputError as error:
        raise InputError(f"{path}: {error}") from None
    return _finished(
        [symbols],
        bins,
        "",
        {"breakpoints": breakpoints.tolist(), "bins_by": bins_by, "segment": segment},
    )


def _finished(
    records: list[np.ndarray], alphabet_size: int, letters: str, mapping: dict[str, Any]
) -> Corpus:
    """Return a corpus of read-only records, with a digest of all symbols."""
    data = hashlib.sha256()
    for record in records:
        record.flags.writeable = False
        data.update(len(record).to_bytes(8, "little") + record.astype("<u4").tobytes())
    return Corpus(records, alphabet_size, letters, mapping | {"data": data.hexdigest()[:16]})
