"""FASTA and FASTQ: sequences under the lines that name them."""

import re
from typing import NamedTuple

from seqmem.core.errors import InputError

_COMMENTS = (";", "#", "!")
# A line of residues: letters, gaps, stops, unknowns and digits.
_RESIDUES = re.compile(r"[A-Za-z*.\-?~0-9]+[ \t]*")
# Lines that are looked at to find the format of a file.
_LINES_SHOWN = 50


class Sequences(NamedTuple):
    """The sequences of a file.

    Attributes
    ----------
    texts : list of str
        One text for each record, without blanks and line ends. It may be empty.
    names : list of str
        The first word of each line that names a record.
    comments : int
        Number of lines that were comments.
    """

    texts: list[str]
    names: list[str]
    comments: int


def first_sign(text: str) -> str:
    r"""Return the first character of the first line that is neither blank nor a comment.

    Examples
    --------
    >>> first_sign("\n; from a database\n>a\nACGT"), first_sign("")
    ('>', '')
    """
    for line in text.split("\n", _LINES_SHOWN)[:_LINES_SHOWN]:
        if line.strip() and not line.startswith(_COMMENTS):
            return line[0]
    return ""


def looks_like_fasta(text: str) -> bool:
    r"""Return whether the first line that is no comment is a name and a later one a sequence.

    Examples
    --------
    >>> looks_like_fasta(">seq1\nACGT\n"), looks_like_fasta("> He wrote:\n> Hello!\n")
    (True, False)
    """
    lines = [line for line in text.split("\n", _LINES_SHOWN)[:_LINES_SHOWN] if line.strip()]
    lines = [line for line in lines if not line.startswith(_COMMENTS)]
    if not lines or not lines[0].startswith(">"):
        return False
    sequences = [line for line in lines if not line.startswith(">")]
    return bool(sequences) and all(_RESIDUES.fullmatch(line) for line in sequences)


def looks_like_fastq(text: str) -> bool:
    r"""Return whether the first four lines are a record of FASTQ.

    Examples
    --------
    >>> looks_like_fastq("@read1\nACGT\n+\nIIII\n"), looks_like_fastq("@you: hello")
    (True, False)
    """
    lines = text.split("\n", 4)[:4]
    return (
        len(lines) == 4
        and lines[0].startswith("@")
        and lines[2].startswith("+")
        and 0 < len(lines[1]) == len(lines[3].rstrip(" \t"))
    )


def parse_fasta(path: str, text: str) -> Sequences:
    r"""Return the sequences of a FASTA text, in order.

    A record is a line that starts with ``>`` and the lines of a sequence. Lines that start with
    ``;``, ``#`` or ``!`` are comments.

    Parameters
    ----------
    path : str
        Name of the file, for messages.
    text : str
        Its content.

    Raises
    ------
    InputError
        If there is text before the first record, or no record.

    Examples
    --------
    >>> parse_fasta("x.fa", ">a\nACG\n#remark\nTT A\n>b\nCC\n")
    Sequences(texts=['ACGTTA', 'CC'], names=['a', 'b'], comments=1)
    """
    sequences: list[list[str]] = []
    names: list[str] = []
    comments = 0
    for number, line in enumerate(text.split("\n"), start=1):
        if line.startswith(">"):
            sequences.append([])
            names.append(_name(line))
        elif line.startswith(_COMMENTS):
            comments += 1
        elif line.strip():
            if not sequences:
                raise InputError(
                    f"{path}: holds no FASTA records: line {number} comes before the first line "
                    "that starts with '>'; --format text reads plain text"
                )
            sequences[-1].append("".join(line.split()))
    if not sequences:
        raise InputError(f"{path}: holds no FASTA records; --format text reads plain text")
    return Sequences(["".join(lines) for lines in sequences], names, comments)


def parse_fastq(path: str, text: str) -> Sequences:
    r"""Return the sequences of a FASTQ text, in order. Their qualities are checked and left out.

    Parameters
    ----------
    path : str
        Name of the file, for messages.
    text : str
        Its content.

    Raises
    ------
    InputError
        If a record is not complete.

    Examples
    --------
    >>> parse_fastq("x.fastq", "@a\nACGT\n+\nIIII\n").texts
    ['ACGT']
    """
    lines = text.rstrip("\n").split("\n")
    texts = []
    names = []
    at = 0
    while at < len(lines):
        if not lines[at].startswith("@"):
            raise InputError(f"{path}: line {at + 1} should begin a FASTQ record with '@'")
        names.append(_name(lines[at]))
        sequence, at = _sequence_lines(path, lines, at + 1)
        texts.append(sequence)
    return Sequences(texts, names, 0)


def _name(line: str) -> str:
    """Return the first word after the sign of a line that names a record."""
    return "".join(line[1:].split(maxsplit=1)[:1])


def _sequence_lines(path: str, lines: list[str], first: int) -> tuple[str, int]:
    """Return the sequence that begins at a line, and the line after its qualities."""
    plus = first
    while plus < len(lines) and not lines[plus].startswith("+"):
        plus += 1
    sequence = "".join("".join(lines[first:plus]).split())
    end = plus + 1
    qualities = 0
    while end < len(lines) and qualities < len(sequence):
        qualities += len(lines[end].strip(" \t"))
        end += 1
    if not sequence and end < len(lines) and not lines[end]:
        # An empty sequence has an empty line of qualities.
        end += 1
    if plus == len(lines) or qualities != len(sequence):
        raise InputError(
            f"{path}: the FASTQ record in line {first} has {len(sequence):,} symbols and "
            f"{qualities:,} qualities"
        )
    return sequence, end
