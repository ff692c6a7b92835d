"""The one reader of the user's data, for every command: a file becomes records."""

from collections.abc import Sequence
from itertools import compress

from seqmem.core.errors import InputError
from seqmem.core.number_formats import counted
from seqmem.generators.data.columns import Content, table_content
from seqmem.generators.data.decoding import Document, read_document
from seqmem.generators.data.fasta import Sequences, parse_fasta, parse_fastq
from seqmem.generators.data.file_formats import find_format
from seqmem.generators.data.gaps import without_gaps
from seqmem.generators.data.number_grammar import is_missing
from seqmem.generators.data.read_options import (
    TABLE_OPTIONS,
    ReadOptions,
    check_read_options,
    option_flag,
)

FORMAT_NAMES = {"csv": "table", "fasta": "FASTA", "fastq": "FASTQ", "text": "text"}
_FOR_STRINGS = ("upper", "drop_symbols")
# Options of a table that do not fit what its cells are.
_NOT_FOR = {
    "strings": ("missing", "decimal", "bins_by", "segment"),
    "codes": ("missing", "decimal", "bins_by", "segment", *_FOR_STRINGS),
    "symbols": ("decimal", "bins_by", "segment", *_FOR_STRINGS),
    "numbers": _FOR_STRINGS,
}
_NUCLEOTIDES = frozenset("ACGTUacgtu")
_MARKS = {"-": "gap", ".": "gap", "~": "gap", "*": "stop", "?": "unknown"}


def read_content(path: str, options: ReadOptions) -> tuple[str, Content]:
    r"""Return the format and the records of a file.

    Parameters
    ----------
    path : str
        A file or a pipe; ``-`` is the standard input.
    options : ReadOptions
        How to read it.

    Returns
    -------
    format : {"csv", "fasta", "fastq", "text"}
    content : Content
        Its records. Empty strings are left out. Series have no missing values.

    Raises
    ------
    InputError
        If the file cannot be read, or not without a decision that its user has to make.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "x.fas")
    ...     _ = path.write_text(">one\nACG\nT\n>two\nGG-A\n")
    ...     format, content = read_content(str(path), ReadOptions(drop_symbols="-"))
    >>> format, content.records, content.notes
    ('fasta', ['ACGT', 'GGA'], ("1 symbol of '-' left out",))
    """
    check_read_options(options)
    document = read_document(path, options.encoding)
    kind = find_format(path, document.text, options)
    _refuse_options_of_tables(path, kind, options)
    if kind == "csv":
        content = table_content(path, document.text, options)
    elif kind == "text":
        content = _text_content(document, options)
    else:
        content = _sequence_content(path, document.text, kind)
    content = content._replace(notes=(*document.notes, *content.notes))
    for name in _NOT_FOR[content.kind]:
        if name in options.given():
            raise InputError(f"{_option(options, name)} does not fit: {path} has {content.kind}")
    if content.kind == "codes":
        return kind, content
    if content.kind != "strings":
        return kind, without_gaps(path, content, options.missing)
    return kind, _finished_strings(path, kind, content, options)


def _refuse_options_of_tables(path: str, kind: str, options: ReadOptions) -> None:
    for name in TABLE_OPTIONS:
        if kind != "csv" and name in options.given():
            raise InputError(
                f"{_option(options, name)} is for tables; {path} is read as {FORMAT_NAMES[kind]}; "
                "--format csv reads it as a table"
            )


def _option(options: ReadOptions, name: str) -> str:
    """Return an option with its value, as users write it."""
    value = getattr(options, name)
    return option_flag(name) if isinstance(value, bool) else f"{option_flag(name)} {value}"


def _text_content(document: Document, options: ReadOptions) -> Content:
    text = document.text.removesuffix("\n")
    if options.by_line:
        return Content("strings", text.split("\n"))
    return Content("strings", [text], document.line_end_notes)


def _sequence_content(path: str, text: str, kind: str) -> Content:
    sequences: Sequences = (parse_fasta if kind == "fasta" else parse_fastq)(path, text)
    notes = []
    if sequences.comments:
        notes.append(f"{counted(sequences.comments, 'comment line')} left out")
    return Content("strings", sequences.texts, tuple(notes), names=tuple(sequences.names))


def _finished_strings(path: str, kind: str, content: Content, options: ReadOptions) -> Content:
    """Return strings without dropped symbols and without empty ones, in capitals if wanted."""
    texts = [str(text) for text in content.records]
    notes = list(content.notes)
    if options.upper:
        texts = [text.upper() for text in texts]
    if options.drop_symbols:
        before = sum(map(len, texts))
        table = str.maketrans("", "", options.drop_symbols)
        texts = [text.translate(table) for text in texts]
        dropped = before - sum(map(len, texts))
        notes.append(f"{counted(dropped, 'symbol')} of {options.drop_symbols!r} left out")
    kept = [text for text in texts if text.strip()]
    if not kept:
        raise InputError(f"{path}: holds no strings: {counted(len(texts), 'record')}, all empty")
    if len(kept) < len(texts):
        notes.append(f"{counted(len(texts) - len(kept), 'empty record')} skipped")
    if kind in ("fasta", "fastq"):
        notes += _unusual_symbols(kept)
    elif kind == "csv":
        notes += _missing_words(kept)
    names = tuple(compress(content.names, (text.strip() for text in texts)))
    return content._replace(records=kept, notes=tuple(notes), names=names)


def _unusual_symbols(texts: Sequence[str]) -> list[str]:
    """Return notes about gaps, stops, digits, unknowns and cases in sequences."""
    letters = set().union(*map(set, texts))
    counts: dict[str, int] = {}
    for mark, name in _MARKS.items():
        counts[name] = counts.get(name, 0) + _count(texts, mark)
    counts["digit"] = sum(_count(texts, digit) for digit in "0123456789")
    if letters - {"N", "n"} - set(_MARKS) <= _NUCLEOTIDES:
        counts["unknown"] += _count(texts, "N") + _count(texts, "n")
    present = ", ".join(counted(count, name) for name, count in counts.items() if count)
    notes = [f"{present} read as symbols (--drop-symbols leaves them out)"] if present else []
    mixed = sum(text.upper() != text and text.lower() != text for text in texts)
    if mixed:
        notes.append(
            f"upper and lower case are different symbols in {counted(mixed, 'record')} "
            "(--upper joins them)"
        )
    return notes


def _count(texts: Sequence[str], sign: str) -> int:
    return sum(text.count(sign) for text in texts)


def _missing_words(texts: Sequence[str]) -> list[str]:
    """Return a note about cells that mean a missing value elsewhere."""
    words = sum(map(is_missing, texts))
    return [f"{counted(words, 'cell')} such as NA read as strings"] if words else []
