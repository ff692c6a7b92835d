"""The options that say how a file of the user is read, declared once for every command."""

from dataclasses import dataclass, field, fields
from typing import Any

from seqmem.core.errors import InputError, unknown

FORMATS = ("csv", "fasta", "fastq", "text")
CELL_KINDS = ("strings", "symbols", "numbers")
MISSING_RULES = ("drop", "interpolate", "split")
SERIES_KINDS = ("columns", "rows")
BIN_KINDS = ("quantiles", "gaussian", "sax")
# The column that `seqmem generate` writes strings to.
STRINGS_COLUMN = "string"
# All columns that `seqmem generate` writes.
OWN_COLUMNS = (
    STRINGS_COLUMN, "alphabet_size", "length", "lzw", "min_context", "reference_bits",
    "reference_kind", "source", "parameters", "seed", "measure", "target", "mapping",
)  # fmt: skip
# Options that only a table has, or what is read from one.
TABLE_OPTIONS = (
    "column", "delimiter", "decimal", "header", "cells", "missing", "series", "label", "bins_by",
    "segment",
)  # fmt: skip
# An option that users spell otherwise than stored parameters do.
SPELLINGS = {"values": "cells"}


def _option(help_text: str, default: Any = None) -> Any:
    """Return a field with a line of help."""
    return field(default=default, metadata={"help": help_text})


@dataclass(frozen=True, kw_only=True)
class ReadOptions:
    """How a file is read. Every option has a default, which lets the content of the file decide.

    The help of each option is in the metadata of its field.

    Examples
    --------
    >>> ReadOptions(column="load", decimal=",").given()
    {'column': 'load', 'decimal': ','}
    """

    format: str | None = _option(
        "Format of the file: csv, fasta, fastq or text. Default: found by the content, then by "
        "the suffix."
    )
    encoding: str | None = _option(
        "Encoding of the characters, such as latin-1. Default: UTF-8, or UTF-16 if the file "
        "begins with its byte order mark."
    )
    by_line: bool = _option(
        "Take every line of a plain text as a string. Without it, the whole file is one string.",
        False,
    )
    upper: bool = _option("Read letters as capitals, as for soft-masked FASTA.", False)
    drop_symbols: str = _option('Characters to leave out of every string, such as "-*".', "")
    column: str | None = _option(
        'Column of a table: its name, or its number from 1. Default: "string", or the only column.'
    )
    delimiter: str | None = _option(
        "Character between the cells of a table. A blank stands for any run of blanks. Default: "
        "found among , ; | and tab."
    )
    decimal: str | None = _option(
        "Decimal sign of the numbers: a point or a comma. Default: a point; a comma if the "
        "delimiter is another character and all cells show it."
    )
    header: bool | None = _option(
        "Whether the first row of a table holds the names of the columns. Default: found."
    )
    cells: str | None = _option(
        "Meaning of the cells: strings, symbols or numbers. Default: numbers if all cells are "
        "numbers, otherwise strings."
    )
    missing: str | None = _option(
        "What to do with missing numbers or symbols: drop closes the gaps, interpolate fills them "
        "from both sides, split cuts the series there. Default: such data are refused."
    )
    series: str = _option(
        "Direction of a series of numbers: columns (one column is one series) or rows (each row "
        "is one).",
        "columns",
    )
    label: str | None = _option(
        "With series in rows: a column that is not part of the series, by name or number."
    )
    bins_by: str = _option(
        "How numbers become symbols. quantiles: bins of equally many values. gaussian: equally "
        "probable bins of a normal distribution with the mean and the standard deviation of the "
        "averages. sax: as gaussian, but each series is standardized before it is averaged "
        "(Lin et al. 2003).",
        "quantiles",
    )
    segment: int = _option("How many numbers are averaged into one before binning.", 1)

    def given(self) -> dict[str, Any]:
        """Return the options that differ from their defaults, under their stored names."""
        return {
            item.name: getattr(self, item.name)
            for item in fields(ReadOptions)
            if getattr(self, item.name) != item.default
        }


SHOWN_NAMES = {stored: spelling for spelling, stored in SPELLINGS.items()}
# The options by the names that users write.
READ_OPTIONS = {SHOWN_NAMES.get(item.name, item.name): item for item in fields(ReadOptions)}


def option_flag(name: str) -> str:
    """Return how users of commands write an option.

    Examples
    --------
    >>> option_flag("cells"), option_flag("bins_by")
    ('--values', '--bins-by')
    """
    return f"--{SHOWN_NAMES.get(name, name).replace('_', '-')}"


def take_read_options(options: dict[str, Any]) -> ReadOptions:
    """Remove the options of reading from others, and return them.

    Parameters
    ----------
    options : dict
        Options by the names that users write; changed in place.

    Examples
    --------
    >>> options = {"values": "symbols", "trials": 12}
    >>> take_read_options(options).given(), options
    ({'cells': 'symbols'}, {'trials': 12})
    """
    return ReadOptions(
        **{item.name: options.pop(name) for name, item in READ_OPTIONS.items() if name in options}
    )


def check_read_options(options: ReadOptions) -> None:
    """Check options without a file.

    Raises
    ------
    InputError
        If a value is not valid, or two options exclude each other.
    """
    _check_choices(options)
    for name in ("by_line", "upper"):
        if not isinstance(getattr(options, name), bool):
            raise InputError(f"{name} {getattr(options, name)!r}; valid: true, false")
    if options.header not in (None, True, False):
        raise InputError(f"header {options.header!r}; valid: true, false")
    for name in ("encoding", "drop_symbols", "column", "label"):
        value = getattr(options, name)
        if value is not None and not isinstance(value, str):
            raise InputError(f"{name} {value!r}: must be a text")
    _check_delimiter(options)
    if options.label is not None and options.series != "rows":
        raise InputError(f"label {options.label!r} is for series in rows; add --series rows")
    if options.series == "rows" and options.column is not None:
        raise InputError(
            f"column {options.column!r} is for series in columns; leave out --series rows"
        )
    if options.by_line:
        _refuse_by_line(options)


def _refuse_by_line(options: ReadOptions) -> None:
    """Raise `InputError` if an option of tables stands beside ``by_line``."""
    if options.format not in (None, "text"):
        raise InputError(f"--by-line is for plain text, not for --format {options.format}")
    for name in TABLE_OPTIONS:
        if name in options.given():
            raise InputError(f"--by-line and {option_flag(name)} exclude each other")


def _check_choices(options: ReadOptions) -> None:
    for name, shown, valid in (
        ("format", "format", FORMATS),
        ("cells", "values", CELL_KINDS),
        ("missing", "missing", MISSING_RULES),
        ("decimal", "decimal", (".", ",")),
    ):
        value = getattr(options, name)
        if value is not None and value not in valid:
            raise unknown(shown, value, valid)
    if options.series not in SERIES_KINDS:
        raise unknown("series", options.series, SERIES_KINDS)
    if options.bins_by not in BIN_KINDS:
        raise unknown("bins_by", options.bins_by, BIN_KINDS)


def _check_delimiter(options: ReadOptions) -> None:
    delimiter = options.delimiter
    if delimiter is None:
        return
    if not isinstance(delimiter, str) or len(delimiter) != 1 or delimiter in '\r\n"':
        raise InputError(
            f"delimiter {delimiter!r}; valid: one character, for example ',' or ';', "
            "or a blank for any run of blanks"
        )
    if delimiter == options.decimal:
        raise InputError(f"decimal {delimiter!r} is also the delimiter; give another delimiter")
