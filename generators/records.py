"""The records of a file as strings: those that seqmem wrote without loss, and the user's own."""

from collections.abc import Mapping
from math import log2
from pathlib import Path
from typing import Any, NamedTuple

from seqmem.core.argument_kinds import ANYTHING
from seqmem.core.errors import InputError, unknown
from seqmem.core.number_formats import counted, number_range
from seqmem.core.python_arguments import argument_kinds
from seqmem.generators.data.decoding import read_document, shown_path
from seqmem.generators.data.parameter_hints import naming_parameters
from seqmem.generators.data.read_options import READ_OPTIONS, take_read_options
from seqmem.generators.data.string_files import is_strings_file, restore_strings
from seqmem.generators.sources.corpus import CorpusSource
from seqmem.generators.sources.source import whole
from seqmem.generators.symbols import LARGEST_ALPHABET, SymbolString


class ReadStrings(NamedTuple):
    """The strings of a file, and what was read.

    Attributes
    ----------
    strings : list of SymbolString
    note : str
        What was read, in a line.
    records : list of int
        Number of the record of each string in the file, from 1. Some records are left out.
    names : list of str
        Name of the record of each string; empty if the format names none.
    """

    strings: list[SymbolString]
    note: str
    records: list[int]
    names: list[str]


@argument_kinds(bins=ANYTHING)
def read_strings(
    path: Path | str, *, bins: int | None = None, **options: Any
) -> list[SymbolString]:
    r"""Read the strings of a file: a table, FASTA, FASTQ or plain text.

    Strings that `write_strings` wrote come back with their origin. All records of another file are
    strings over one alphabet, that of the whole file. Empty and constant records are left out.

    Parameters
    ----------
    path : path or str
        A file or a pipe; ``-`` is the standard input.
    bins : int, optional
        Number of symbols that numbers become; 4 if not given.
    **options
        How the file is read: the fields of `seqmem.generators.data.read_options.ReadOptions`, with
        ``values`` for the meaning of cells.

    Returns
    -------
    list of SymbolString

    Raises
    ------
    InputError
        If the file cannot be read, an option is not valid, or no record is a string.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     file = Path(folder, "genes.fa")
    ...     _ = file.write_text(">one\nACGT\n>two\nGGCA\n")
    ...     [string.text for string in read_strings(file)]
    ['ACGT', 'GGCA']
    """
    with naming_parameters():
        return read_strings_with_note(path, bins=bins, **options).strings


def read_strings_with_note(
    path: Path | str, *, bins: int | None = None, **options: Any
) -> ReadStrings:
    """Return the strings of a file as `read_strings` does, and what was read.

    Parameters
    ----------
    path : path or str
        A file or a pipe.
    bins : int, optional
        Number of symbols that numbers become.
    **options
        How the file is read.
    """
    others = dict(options)
    given = take_read_options(others).given()
    for name in others:
        raise unknown("option", name, [*READ_OPTIONS, "bins"])
    if not given and bins is None and is_strings_file(path):
        restored = restore_strings(str(path), read_document(str(path)))
        if restored:
            lengths = [len(string) for string in restored]
            content = f"{counted(len(restored), 'string')} that seqmem wrote"
            span = number_range(min(lengths), max(lengths), ",")
            note = f"{shown_path(str(path))}: {content}, {span} symbols"
            return ReadStrings(restored, note, list(range(1, len(restored) + 1)), [])
    parameters = {"path": str(path)} | given
    strings = whole_records(parameters, bins)
    source = CorpusSource(bins or 0, **parameters)
    (note,) = source.readings
    records = [int(string.parameters["record"]) for string in strings]
    names = source.corpus.names
    return ReadStrings(strings, note, records, [names[record - 1] for record in records if names])


def whole_records(
    parameters: Mapping[str, Any], alphabet_size: int | None = None
) -> list[SymbolString]:
    """Return every record of a file as a string over the alphabet of the whole file.

    Constant records are left out, unless all are constant.

    Parameters
    ----------
    parameters : mapping
        Parameters of `CorpusSource`.
    alphabet_size : int, optional
        Number of bins for numbers. For other data it must be the number of distinct symbols.

    Raises
    ------
    InputError
        If the file cannot be read, or all records, or the one that is asked for, have fewer than
        two distinct symbols.
    """
    if alphabet_size is not None:
        whole("bins", alphabet_size, 2, LARGEST_ALPHABET)
    source = CorpusSource(alphabet_size or 0, **CorpusSource.stored_parameters(parameters))
    bits_each = log2(source.alphabet_size)
    strings = []
    refusal = None
    if max(map(len, source.corpus.records)) == 1:
        raise InputError(
            f"{source.path}: every record is one symbol; --values symbols reads the column as one "
            "string"
        )
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
                    parameters={**CorpusSource.stored_parameters(parameters), "record": number},
                    letters=source.letters,
                    mapping=source.mapping,
                )
            )
        except InputError as error:
            refusal = refusal or InputError(f"{source.path}, record {number}: {error}")
    if not strings:
        raise refusal or InputError(f"{source.path}: holds no strings")
    return strings
