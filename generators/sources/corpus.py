"""Strings from the user's own data: texts, FASTA or FASTQ, and tables."""

import copy
import hashlib
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Any, ClassVar, NamedTuple, Self

import numpy as np

from seqmem.core.errors import InputError
from seqmem.core.number_formats import counted, number_range
from seqmem.generators.data.columns import Content
from seqmem.generators.data.decoding import file_state, shown_path
from seqmem.generators.data.discretization import discretize, piecewise_averages, standardize
from seqmem.generators.data.read_options import SPELLINGS, ReadOptions, check_read_options
from seqmem.generators.data.reading import FORMAT_NAMES, read_content
from seqmem.generators.sources.source import Source, whole
from seqmem.generators.symbols import LARGEST_ALPHABET, symbol_dtype

DEFAULT_BINS = 4
# More letters are counted, but not listed.
LETTERS_LISTED = 12


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
    reading : str
        What was read, in a line without the name of the file.
    column : str or None
        Name of the column that was read from a table.
    names : tuple of str
        Name of each record; empty if the format names none.
    """

    records: list[np.ndarray]
    alphabet_size: int
    letters: str
    mapping: dict[str, Any]
    reading: str = ""
    column: str | None = None
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class CorpusSource(ReadOptions, Source):
    """Parts of the user's own data: a record, from a drawn position to its end.

    Parameters
    ----------
    alphabet_size : int
        Number of distinct symbols in the data, or the number of bins for numbers.
    path : str
        The file, or a pipe; ``-`` is the standard input.
    record : int, optional
        Number of the record, from 1. If not given, the seed draws it with a probability in
        proportion to its length.
    start : int, optional
        Position in the record at which the stream starts. If not given, the seed draws it.
    **options
        How the file is read, see `ReadOptions`. ``values`` is stored as ``cells``.

    Examples
    --------
    >>> from pathlib import Path
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
    record: int | None = None
    start: int | None = None

    help = "your own data: text, FASTA, FASTQ or a table"
    is_endless: ClassVar[bool] = False
    spellings: ClassVar[Mapping[str, str]] = SPELLINGS
    # Number of attempts before this one.
    _attempt: ClassVar[int] = 0

    def __post_init__(self) -> None:
        if not isinstance(self.path, str) or not self.path:
            raise InputError("source 'corpus' needs a file: path=FILE, with --param")
        check_read_options(self)
        whole("segment", self.segment, 1, 2**20)
        size = self.corpus.alphabet_size
        if self.alphabet_size == 0:
            object.__setattr__(self, "alphabet_size", size)
        if size != self.alphabet_size:
            raise InputError(
                f"{self.alphabet_size} symbols are asked for, but {self.path} has {size} distinct "
                "ones; a number of bins is for numbers only"
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
        yield record[start:].astype(np.int64)

    @property
    def corpus(self) -> Corpus:
        """The content of the file. It is read again only if the file has changed."""
        names = [item.name for item in fields(ReadOptions)]
        options = ReadOptions(**{name: getattr(self, name) for name in names})
        state = file_state(self.path)
        # Only numbers depend on bins, so that another file is read and numbered once.
        has_bins = _content(self.path, options, state)[1].kind == "numbers"
        return _read(self.path, options, (self.alphabet_size or DEFAULT_BINS) * has_bins, state)

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

    @property
    def readings(self) -> list[str]:
        """What was read, in a line."""
        return [f"{shown_path(self.path)}: {self.corpus.reading}"]


@lru_cache(maxsize=4)
def _content(path: str, options: ReadOptions, _state: tuple[int, int]) -> tuple[str, Content]:
    """Read a file. The time of its last change and its size belong to the key of the cache."""
    return read_content(path, options)


@lru_cache(maxsize=4)
def _read(path: str, options: ReadOptions, bins: int, state: tuple[int, int]) -> Corpus:
    """Return the symbols of a file. Only numbers have bins; they are 0 otherwise."""
    kind, content = _content(path, options, state)
    try:
        records, mapping = _MAKERS[content.kind](content.records, bins, options)
    except InputError as error:
        raise InputError(f"{path}: {error}") from None
    size = bins if content.kind == "numbers" else len(mapping["symbols"])
    letters = "".join(mapping["symbols"]) if content.kind == "strings" else ""
    for record in records:
        record.flags.writeable = False
    mapping["data"] = _digest(records)
    read = Corpus(records, size, letters, mapping, column=content.column, names=content.names)
    return read._replace(reading=_reading(kind, content, read))


def _characters(
    texts: Sequence[str], _bins: int, _options: ReadOptions
) -> tuple[list[np.ndarray], dict[str, Any]]:
    """Return records whose symbols are the distinct characters of texts, in sorted order."""
    points = np.frombuffer("".join(texts).encode("utf-32-le"), dtype="<u4")
    present = np.zeros(sys.maxunicode + 1, dtype=bool)
    present[points] = True
    used = np.flatnonzero(present)
    _check_alphabet(len(used))
    index = np.zeros(len(present), dtype=symbol_dtype(len(used)))
    index[used] = np.arange(len(used))
    symbols = index[points]
    ends = np.cumsum([len(text) for text in texts])
    starts = [0, *ends[:-1]]
    records = [symbols[start:end] for start, end in zip(starts, ends, strict=True)]
    return records, {"symbols": [chr(point) for point in used]}


def _items(
    sequences: Sequence[Sequence[Any]], _bins: int, _options: ReadOptions
) -> tuple[list[np.ndarray], dict[str, Any]]:
    """Return records whose symbols are the distinct items of sequences, in sorted order."""
    names = sorted(set().union(*sequences))
    _check_alphabet(len(names))
    index = {name: symbol for symbol, name in enumerate(names)}
    records = [np.array([index[name] for name in items]) for items in sequences]
    return records, {"symbols": names}


def _check_alphabet(size: int) -> None:
    if not 2 <= size <= LARGEST_ALPHABET:
        raise InputError(f"{counted(size, 'distinct symbol')}; valid: 2 to {LARGEST_ALPHABET:,}")


def _numbers(
    series: Sequence[np.ndarray], bins: int, options: ReadOptions
) -> tuple[list[np.ndarray], dict[str, Any]]:
    """Return records whose symbols are the bins of numbers, with the same bins in all series."""
    segment = options.segment
    longest = max(map(len, series), default=0)
    if longest < 2 * segment:
        raise InputError(
            f"{counted(longest, 'number')}; segment {segment} needs at least {2 * segment}"
        )
    usable = [values for values in series if len(values) >= segment]
    if options.bins_by == "sax":
        # A series of equal numbers has no standard form. It is skipped, unless all are such.
        varying = [values for values in usable if values.min() < values.max()]
        usable = [standardize(values) for values in varying or usable]
    averages = [piecewise_averages(values, segment) for values in usable]
    symbols, breakpoints = discretize(np.concatenate(averages), bins, options.bins_by)
    mapping = {
        "breakpoints": breakpoints.tolist(),
        "bins_by": options.bins_by,
        "segment": segment,
    }
    return np.split(symbols, np.cumsum([len(values) for values in averages])[:-1]), mapping


_MAKERS: dict[str, Callable[..., tuple[list[np.ndarray], dict[str, Any]]]] = {
    "strings": _characters,
    "symbols": _items,
    "codes": _items,
    "numbers": _numbers,
}


def _digest(records: list[np.ndarray]) -> str:
    """Return a digest of all symbols."""
    data = hashlib.sha256()
    for record in records:
        data.update(len(record).to_bytes(8, "little") + record.astype("<u4").tobytes())
    return data.hexdigest()[:16]


def _reading(kind: str, content: Content, corpus: Corpus) -> str:
    """Return what was read, in a line."""
    lengths = [len(record) for record in corpus.records]
    origin = FORMAT_NAMES[kind] + (f", {content.column}" if content.column else "")
    span = number_range(min(lengths), max(lengths), ",")
    each = " each" if len(lengths) > 1 and min(lengths) == max(lengths) else ""
    lines = [f"{counted(len(lengths), 'record')} ({origin}), {span} symbols{each}"]
    if content.kind == "numbers":
        by = "SAX" if corpus.mapping["bins_by"] == "sax" else corpus.mapping["bins_by"]
        numbers = sum(map(len, content.records))
        averaged = corpus.mapping["segment"]
        per = f", averages of {averaged}" if averaged > 1 else ""
        lines[0] += f", {counted(numbers, 'number')} in {corpus.alphabet_size} bins by {by}{per}"
    elif corpus.letters:
        lines[0] += f", {counted(corpus.alphabet_size, 'letter')}"
        if corpus.alphabet_size <= LETTERS_LISTED and corpus.letters.isprintable():
            lines[0] += f" ({corpus.letters})"
    else:
        lines[0] += f", {counted(corpus.alphabet_size, 'distinct symbol')}"
    constant = sum(int(record.min() == record.max()) for record in corpus.records if len(record))
    if content.kind == "numbers" and len(content.records) > len(lengths):
        skipped = len(content.records) - len(lengths)
        lines.append(f"{skipped:,} series of equal numbers, or too short, skipped")
    if constant and constant < len(lengths):
        lines.append(f"{counted(constant, 'constant record')} skipped")
    return "; ".join([*lines, *content.notes])
