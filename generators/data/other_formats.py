"""Files of kinds that are not read: each is refused by its name, with what to do instead."""

import json
import re

from seqmem.core.errors import InputError

_BINARY = {
    b"PK\x03\x04": "a zip archive (such as .xlsx, .docx or .npz)",
    b"\xd0\xcf\x11\xe0": "an old Office document (such as .xls)",
    b"%PDF": "a PDF document",
    b"\x93NUMPY": "a NumPy array",
    b"\x89HDF": "an HDF5 file",
    b"PAR1": "a Parquet file",
    b"ARROW1": "an Arrow file",
    b"SQLite format 3\0": "a SQLite database",
    b"MATLAB 5.0": "a binary MATLAB file",
    b"BZh": "a file compressed by bzip2",
    b"\xfd7zXZ\0": "a file compressed by xz",
    b"\x28\xb5\x2f\xfd": "a file compressed by zstd",
    b"MThd": "a MIDI file",
    b"RIFF": "a RIFF file (such as .wav)",
    b"\x89PNG": "an image",
    b"\xff\xd8\xff": "an image",
    b"GIF8": "an image",
    b"\x7fELF": "a program",
}
# Kinds of text by a pattern at the beginning of the file.
_TEXT = {
    r"<stata_dta>": "Stata",
    r"<(\?xml|!doctype|!--|[a-z][\w-]*[ >/])": "XML or HTML",
    r"\$FL2": "SPSS",
    r"\[Script Info\]": "SubStation subtitles",
    r">[A-Z][A-Z0-9];": "PIR (NBRF)",
    r"@relation\s": "ARFF (Weka)",
    r"@(HD|SQ|RG|PG|CO)\t": "SAM",
    r"##fileformat=VCF": "VCF",
    r"##gff-version": "GFF",
    r"LOCUS {2,}\S+ +\d+ (bp|aa)\b": "GenBank",
    r"ID {3}\S+;? .*\nAC {3}": "EMBL or Swiss-Prot",
    r"(HEADER {4}|ATOM {2,}\d+ )": "PDB",
    r"# STOCKHOLM": "Stockholm",
    r"#NEXUS": "Nexus",
    r"CLUSTAL\b": "Clustal",
    r"\d+ +\d+ *\n\S+ +[A-Z*?-]+ *\n": "PHYLIP",
    r"(\[\w+ \"[^\n]*\"\]\n){2}": "PGN (chess)",
    r"\d+\n\d\d:\d\d:\d\d[,.]\d{3} --> ": "SubRip subtitles",
    r"WEBVTT\b": "WebVTT subtitles",
    r"0, 0, Header, \d": "MIDI as CSV",
    r"X: *\d+\n[A-Z]:": "ABC notation",
    r"# Created by Octave": "Octave text data",
    r"\{\\rtf": "rich text",
    r"%!PS": "PostScript",
}
_ANY_CASE = ("XML or HTML", "ARFF (Weka)")
_BEGINNING = 4096


def refuse_other_bytes(path: str, content: bytes) -> None:
    """Raise `InputError` if the content of a file is of a known binary kind."""
    for mark, kind in _BINARY.items():
        if content.startswith(mark):
            raise InputError(
                f"{path}: is {kind}, not a text; export the data as CSV, FASTA or plain text"
            )


def refuse_other_texts(path: str, text: str) -> None:
    """Raise `InputError` if a text is of a known kind that is neither prose nor a table.

    Examples
    --------
    >>> refuse_other_texts("x.json", '{"word": "ABBA"}')  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    seqmem.core.errors.InputError: x.json: looks like JSON; export the sequences as ...
    """
    kind = text_kind(text)
    if kind:
        raise InputError(
            f"{path}: looks like {kind}; export the sequences as FASTA or CSV; "
            "if it is a table, --format csv; --format text reads every character as a symbol"
        )


def text_kind(text: str) -> str | None:
    """Return the kind of a text that is not read as it stands, or None.

    Examples
    --------
    >>> text_kind("##fileformat=VCFv4.2"), text_kind("Once upon a time")
    ('VCF', None)
    """
    # Blank lines and comments may come first.
    beginning = re.sub(r"\A(?:\s|%(?!!PS)[^\n]*\n)+", "", text[:_BEGINNING])
    for pattern, kind in _TEXT.items():
        if re.match(pattern, beginning, re.IGNORECASE if kind in _ANY_CASE else 0):
            return kind
    return "JSON" if _is_json(text) else None


def _is_json(text: str) -> bool:
    """Return whether the first line of a text, or all of it, is a JSON object or list."""
    if text.lstrip()[:1] not in ("{", "["):
        return False
    for part in (text.lstrip().partition("\n")[0], text):
        try:
            return isinstance(json.loads(part), dict | list)
        except json.JSONDecodeError:
            continue
        except (ValueError, RecursionError):
            # Only Python's limits were reached.
            return True
    return False
