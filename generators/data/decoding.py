"""From a file to its text: compression, encodings, byte order marks and line ends."""

import codecs
import gzip
import re
import stat
import sys
import zlib
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO, NamedTuple

from seqmem.core.errors import InputError
from seqmem.core.number_formats import counted
from seqmem.generators.data.other_formats import refuse_other_bytes

STANDARD_INPUT = "-"
# Pipes whose content is remembered. A command reads one, or a few.
PIPES_KEPT = 4
_GZIP = b"\x1f\x8b"
# How zlib is told that its input has the header of gzip.
_GZIP_BITS = 16 + zlib.MAX_WBITS
# The marks of UTF-32 come first, because one of them begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_MARK = "\ufeff"
_SURROGATE = re.compile("[\ud800-\udfff]")
# Bytes that a text in some encoding of one byte for each character may have.
_TEXT_BYTES = bytes([9, 10, 11, 12, 13, *range(32, 127), *range(128, 256)])
_BEGINNING = 4096
_OTHER_LINE_END = re.compile("\r\n?")


class Document(NamedTuple):
    """The text of a file.

    Attributes
    ----------
    text : str
        The text. Its lines end with a line feed.
    notes : tuple of str
        What was undone to get it, for people.
    line_end_notes : tuple of str
        The same about line ends, which matters only if line ends are symbols.
    exact : str
        The text with its own line ends and marks.
    """

    text: str
    notes: tuple[str, ...] = ()
    line_end_notes: tuple[str, ...] = ()
    exact: str = ""


def read_document(path: str, encoding: str | None = None) -> Document:
    r"""Return the text of a file.

    Parameters
    ----------
    path : str
        A file, plain or compressed by gzip, or a pipe. ``-`` is the standard input. A pipe is read
        once, and remembered as long as the same pipe has the path.
    encoding : str, optional
        Encoding of the characters. If not given, a byte order mark decides, and UTF-8 is the
        default.

    Raises
    ------
    InputError
        If the file cannot be read, is empty, or is not a text in that encoding.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "text.txt")
    ...     _ = path.write_bytes(b"one\r\ntwo\r\n")
    ...     read_document(str(path)).text
    'one\ntwo\n'
    """
    content = _bytes(path)
    notes = []
    if content.startswith(_GZIP):
        content = _unpacked(path, content)
        notes.append("unpacked from gzip")
    refuse_other_bytes(path, content)
    text, decoded = _decoded(path, content, encoding)
    notes += decoded
    exact = text
    marks = text.count(_MARK)
    if marks:
        text = text.replace(_MARK, "")
        notes.append(f"{counted(marks, 'byte order mark')} inside the file left out")
    line_ends = text.count("\r")
    if line_ends:
        text = _OTHER_LINE_END.sub("\n", text)
    if not text.strip():
        raise InputError(f"{path}: is empty")
    line_end_notes = (f"{counted(line_ends, 'line end')} read as LF",) if line_ends else ()
    return Document(text, tuple(notes), line_end_notes, exact)


def file_state(path: str) -> tuple[int, int]:
    """Return the time of a file's last change and its size, or the device and inode of a pipe.

    So another content under the same path is another state. The standard input has one.

    Raises
    ------
    InputError
        If there is no such file.
    """
    if path == STANDARD_INPUT:
        return (0, 0)
    try:
        state = Path(path).stat()
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from None
    if stat.S_ISREG(state.st_mode) or stat.S_ISDIR(state.st_mode):
        return (state.st_mtime_ns, state.st_size)
    return (state.st_dev, state.st_ino)


def is_pipe(path: str) -> bool:
    """Return whether a path is the standard input or a pipe, whose content is there only once.

    Examples
    --------
    >>> is_pipe("-"), is_pipe(".")
    (True, False)
    """
    try:
        return path == STANDARD_INPUT or stat.S_ISFIFO(Path(path).stat().st_mode)
    except (OSError, ValueError):
        return False


def shown_path(path: str) -> str:
    """Return how messages call a file: its name without its folder.

    Examples
    --------
    >>> shown_path("data/genome.fa"), shown_path("-")
    ('genome.fa', 'standard input')
    """
    if path == STANDARD_INPUT:
        return "standard input"
    return "pipe" if is_pipe(path) else Path(path).name


def beginning(path: str) -> str:
    r"""Return the first characters of a file, without reading all of it.

    What cannot be decoded is replaced. Lines end with a line feed.

    Parameters
    ----------
    path : str
        As for `read_document`.

    Raises
    ------
    InputError
        If the file cannot be read.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "text.txt")
    ...     _ = path.write_bytes(b"one\r\ntwo\r\n")
    ...     beginning(str(path))
    'one\ntwo\n'
    """
    content = _bytes(path)[:_BEGINNING] if is_pipe(path) else _file_bytes(path, _BEGINNING)
    if content.startswith(_GZIP):
        try:
            content = zlib.decompressobj(_GZIP_BITS).decompress(content, _BEGINNING)
        except zlib.error:
            return ""
    name = next((name for mark, name in _MARKS if content.startswith(mark)), "utf-8")
    text = content.decode(name, errors="replace")
    return _OTHER_LINE_END.sub("\n", text.replace(_MARK, ""))


def _bytes(path: str) -> bytes:
    if path == STANDARD_INPUT:
        return _standard_input(sys.stdin.buffer)
    return _pipe_bytes(path, file_state(path)) if is_pipe(path) else _file_bytes(path)


@lru_cache(maxsize=1)
def _standard_input(stream: BinaryIO) -> bytes:
    return stream.read()


@lru_cache(maxsize=PIPES_KEPT)
def _pipe_bytes(path: str, _state: tuple[int, int]) -> bytes:
    return _file_bytes(path)


def _file_bytes(path: str, longest: int = -1) -> bytes:
    try:
        with Path(path).open("rb") as file:
            return file.read(longest)
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from None


def _unreadable(path: str, error: OSError | ValueError) -> InputError:
    reason = error.strerror if isinstance(error, OSError) else str(error)
    return InputError(f"{path or 'path'}: {reason}")


def _unpacked(path: str, content: bytes) -> bytes:
    try:
        return gzip.decompress(content)
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"{path}: damaged gzip file ({error})") from None


def _decoded(path: str, content: bytes, encoding: str | None) -> tuple[str, list[str]]:
    """Return the text of bytes, and a note if the encoding was not UTF-8."""
    mark, marked = next(
        ((mark, name) for mark, name in _MARKS if content.startswith(mark)), (b"", None)
    )
    name = _codec(encoding) if encoding else marked or "utf-8"
    if marked == "utf-8" and name in ("utf-8", "utf-8-sig"):
        content = content.removeprefix(mark)
        name = "utf-8"
    try:
        text = content.decode(name)
    except UnicodeDecodeError as error:
        raise _undecodable(path, content, name, error) from None
    except UnicodeError as error:
        raise InputError(f"{path}: not a text file in {name.upper()} ({error})") from None
    if "\0" in text:
        raise _zero_byte(path, content)
    if not text.isascii() and _SURROGATE.search(text):
        raise InputError(f"{path}: in {name.upper()}, it holds half characters; give --encoding")
    return text, [] if name == "utf-8" else [f"encoding {name}"]


def _zero_byte(path: str, content: bytes) -> InputError:
    """Return the error for a zero byte: UTF-16 without a mark, or no text at all."""
    at = content.index(0)
    beginning = content[:_BEGINNING]
    zeros = [beginning[parity::2].count(0) for parity in (0, 1)]
    if max(zeros) > len(beginning) / 4 and min(zeros) < max(zeros) / 4:
        order = "be" if zeros[0] > zeros[1] else "le"
        remedy = f"if the file is in UTF-16, give --encoding utf-16-{order}"
    else:
        remedy = "the file is no text; export the data as CSV, FASTA or plain text"
    return InputError(f"{path}: byte 0x00 at offset {at:,} is no text; {remedy}")


def _codec(encoding: str) -> str:
    """Return the standard name of an encoding, or raise `InputError`."""
    try:
        codec = codecs.lookup(encoding)
        "".encode(encoding)
    except (LookupError, ValueError):
        raise InputError(
            f"unknown encoding {encoding!r}; valid, for example: utf-8, utf-16, latin-1, cp1252"
        ) from None
    return codec.name


def _undecodable(path: str, content: bytes, name: str, error: UnicodeDecodeError) -> InputError:
    line = content.count(b"\n", 0, error.start) + 1
    byte = f"byte 0x{content[error.start]:02x} at offset {error.start:,} (line {line:,})"
    remedy = "give the encoding of the file, for example --encoding latin-1"
    controls = content[:_BEGINNING].translate(None, _TEXT_BYTES)
    if controls:
        remedy = "it is probably no text; export the data as CSV, FASTA or plain text"
    return InputError(f"{path}: not a text file in {name.upper()}: {byte}; {remedy}")
