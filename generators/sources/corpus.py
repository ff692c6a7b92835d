"""The user's own strings, from plain text, FASTA or a column of a CSV file."""

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

CELLS = ("strings", "symbols", "numbers")
DEFAULT_BINS = 4


class Corpus(NamedTuple):
    """What was read: symbols of every record, and how they came from the data."""

    records: list[np.ndarray]
    alphabet_size: int
    letters: str
    mapping: dict[str, Any]


@dataclass(frozen=True)
class CorpusSource(Source):
    """Parts of the user's own data: a record, from a place that the seed draws to its end.

    Parameters
    ----------
    alphabet_size : int
        The number of distinct symbols of the data; for numbers, of bins.
    path : str
        File in UTF-8.
    format : {"text", "fasta", "csv"}, optional
        Told by the file's suffix if not given.
    column : str, optional
        Column of a CSV file.
    cells : {"strings", "symbols", "numbers"}, optional
        Whether a cell of the column is a string of its own, one symbol, or a number; numbers if all are, else strings.
    delimiter : str
        Between the cells of a CSV file.
    by_line : bool
        Whether every line of a plain text is a record; else the whole file is one.
    upper : bool
        Whether letters are taken as capitals, as for soft-masked FASTA.
    bins_by : {"quantiles", "gaussian"}
        How numbers become symbols: bins of equally many values, or of equal probability under a normal
        distribution (SAX, Lin, Keogh, Lonardi and Chiu 2003).
    segment : int
        Numbers that are averaged before (piecewise aggregate approximation).
    record : int, optional
        Record that is read, from 1; drawn from the seed if not given, long ones more often.
    start : int, optional
        Place in the record at which the stream starts; drawn from the seed if not given.
    """

    help = "your own data: text, FASTA or a column of a CSV file"

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

    is_endless: ClassVar[bool] = False
    # Attempts made before this one.
    _attempt: ClassVar[int] = 0

    def __post_init__(self) -> None:
        _check(self)
        found = self.corpus.alphabet_size
        if self.alphabet_size == 0:
            object.__setattr__(self, "alphabet_size", found)
        if found != self.alphabet_size:
            raise InputError(
                f"alphabet_size {self.alphabet_size}: {self.path} has {found} distinct symbols"
            )
        if self.record is not None:
            whole("record", self.record, 1, len(self.corpus.records))

    @classmethod
    def default_alphabet(cls, parameters: Mapping[str, Any]) -> int:
        """Return the number of distinct symbols of the data; 4 for numbers."""
        return cls(0, **parameters).alphabet_size

    def stream(self, rng: np.random.Generator) -> Iterator[np.ndarray]:
        """Yield the rest of a record; it begins in a part of the record that every attempt halves."""
        sizes = np.array([len(record) for record in self.corpus.records])
        drawn, share = int(rng.choice(len(sizes), p=sizes / sizes.sum())), rng.random()
        record = self.corpus.records[drawn if self.record is None else self.record - 1]
        start = int(share * (len(record) >> self._attempt))
        if self.start is not None:
            start = whole("start", self.start, 0, len(record) - 1)
        yield record[start:]

    @property
    def corpus(self) -> Corpus:
        """What the file holds, read once while it does not change."""
        try:
            state = Path(self.path).stat()
        except OSError as error:
            raise InputError(
                f"{self.path or 'path'}: {error.strerror}; give --param path=FILE"
            ) from None
        return _read(
            self.path, self.format, self.column, self.cells, self.delimiter, self.by_line, self.upper, self.bins_by,
            self.segment, self.alphabet_size or DEFAULT_BINS, state.st_mtime_ns, state.st_size,
        )  # fmt: skip

    def again(self, attempt: int) -> Self:
        """Return the source with the starts of a further attempt."""
        again = copy.copy(self)
        object.__setattr__(again, "_attempt", attempt)
        return again

    def seed_parameters(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Return the parameters with the data in place of the file's name, so that a moved file gives the same."""
        return {**parameters, "path": self.corpus.mapping["data"]}

    @property
    def letters(self) -> str:
        """The characters themselves."""
        return self.corpus.letters

    @property
    def mapping(self) -> Mapping[str, Any]:
        """Symbols or breakpoints, and a digest of the data."""
        return self.corpus.mapping


def whole_records(
    parameters: Mapping[str, Any], alphabet_size: int | None = None
) -> list[SymbolString]:
    """Return every record of a corpus as a string, all over the alphabet of the corpus.

    Parameters
    ----------
    parameters : mapping
        Those of `CorpusSource`.
    alphabet_size : int, optional
        Number of bins of numbers; of anything else it must be the number of distinct symbols.

    Raises
    ------
    InputError
        If the file cannot be read as such, or a record has fewer than two distinct symbols.
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
    if not isinstance(source.path, str) or not source.path:
        raise InputError("source 'corpus' needs a file: --param path=FILE")
    for name in ("by_line", "upper"):
        if not isinstance(getattr(source, name), bool):
            raise InputError(f"{name} {getattr(source, name)!r}; valid: true, false")
    if source.cells is not None and source.cells not in CELLS:
        raise unknown("cells", source.cells, CELLS)
    if source.bins_by not in BREAKPOINTS:
        raise unknown("bins_by", source.bins_by, BREAKPOINTS)
    whole("segment", source.segment, 1, 2**20)


@lru_cache(maxsize=4)
def _read(
    path: str, format: str | None, column: str | None, cells: str | None, delimiter: str, by_line: bool, upper: bool,
    bins_by: str, segment: int, bins: int, _changed: int, _size: int,
) -> Corpus:  # fmt: skip
    """Read a file; the last two say which state of it."""
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
    """Raise `InputError` for a column that seems meant as numbers: most cells are, or would be with decimal points."""
    wrong = [cell for cell in content if is_no_number(cell)]
    if 2 * len(wrong) >= len(content):
        if any(is_no_number(cell.replace(",", ".")) for cell in content):
            return
        wrong = [cell for cell in content if "," in cell]
    raise InputError(
        f"{path}: column {column!r} has {len(wrong)} of {len(content)} cells that are not finite numbers, the first "
        f"{wrong[0]!r}; mend or remove them, or say what cells are: --param cells=symbols or cells=strings"
    )


def _characters(path: str, texts: list[str]) -> Corpus:
    letters = "".join(sorted(set().union(*texts)))
    return _symbols(path, texts, letters)


def _symbols(path: str, texts: list[Any], letters: str) -> Corpus:
    names = sorted(set().union(*texts))
    if not 2 <= len(names) <= LARGEST_ALPHABET:
        raise InputError(
            f"{path}: {len(names):,} distinct symbols; valid: 2 to {LARGEST_ALPHABET:,}"
        )
    index = {name: symbol for symbol, name in enumerate(names)}
    records = [np.array([index[name] for name in text]) for text in texts]
    return _finished(records, len(names), letters, {"symbols": names})


def _numbers(path: str, values: np.ndarray, segment: int, bins: int, bins_by: str) -> Corpus:
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
    data = hashlib.sha256()
    for record in records:
        record.flags.writeable = False
        data.update(len(record).to_bytes(8, "little") + record.astype("<u4").tobytes())
    return Corpus(records, alphabet_size, letters, mapping | {"data": data.hexdigest()[:16]})
