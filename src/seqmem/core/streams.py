"""Standard output and error that no character, lost terminal or full disk can break."""

import errno
import io
import os
import sys
from typing import Any, TextIO

NAMES = {1: "standard output", 2: "standard error"}


def secure_streams() -> None:
    """Make both standard streams of this process safe to print to, whatever they lead to.

    - A character that the encoding of a stream lacks is replaced.
    - What a lost terminal cannot show is dropped, and the process goes on.
    - What standard error cannot take is dropped, because only messages go there.
    - If standard output cannot take something, for example on a full disk, the first attempt
      raises an `OSError` that names the stream. What follows is dropped.
    - A stream that was closed by the caller takes everything and shows nothing.

    Streams that someone put in the place of the standard ones only get the first property.
    """
    sys.stdout = _secured(sys.stdout, sys.__stdout__)
    sys.stderr = _secured(sys.stderr, sys.__stderr__)


def flush_output() -> None:
    """Write what is still in the buffer of standard output.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    sys.stdout.flush()


class LastingFile(io.FileIO):
    """A standard stream that fails at most once.

    Parameters
    ----------
    descriptor : int
        1 or 2, the descriptor of the stream.
    """

    def __init__(self, descriptor: int) -> None:
        super().__init__(descriptor, "wb", closefd=False)
        self._descriptor = descriptor
        self._is_lost = False

    def write(self, content: Any) -> int:
        """Write bytes, or drop them if the stream is lost.

        Raises
        ------
        OSError
            At the first failure of standard output, unless its terminal is gone.
        """
        if not self._is_lost:
            try:
                return super().write(content)
            except OSError as error:
                self._is_lost = error.errno != errno.EIO
                if self._descriptor == 1 and self._is_lost:
                    raise OSError(error.errno, error.strerror, NAMES[1]) from None
        return memoryview(content).nbytes


def _secured(stream: TextIO | None, original: TextIO | None) -> TextIO:
    """Return a stream to use in place of one."""
    if stream is None:
        return open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123
    if not isinstance(stream, io.TextIOWrapper):
        return stream
    # Without PYTHONUNBUFFERED, a buffer lies between the stream and its file.
    raw = getattr(stream.buffer, "raw", stream.buffer)
    if stream is not original or type(raw) is not io.FileIO or raw.fileno() not in NAMES:
        stream.reconfigure(errors="replace")
        return stream
    stream.flush()
    return io.TextIOWrapper(
        io.BufferedWriter(LastingFile(raw.fileno())),
        encoding=stream.encoding,
        errors="replace",
        line_buffering=stream.line_buffering or stream.write_through or raw.fileno() == 2,
    )
