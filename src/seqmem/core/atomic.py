"""Write-then-rename: a reader sees the old file or the new one, never half of one."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from seqmem.core.errors import InputError

# Begins the names of folders with a note of every run that is going on.
RUNNING = ".running-"


@contextmanager
def replace_file(path: Path | str, mode: str = "w") -> Iterator[IO[Any]]:
    """Open a temporary neighbour of a file; on success it replaces the file, else it is removed.

    Parameters
    ----------
    mode : {"w", "wb"}
        Text is UTF-8 with line ends as written.

    Raises
    ------
    InputError
        If the file cannot be written there.
    """
    target = Path(path)
    if target.is_dir():
        raise InputError(f"{target} is a folder; name a file")
    temporary = target.with_name(f".{target.name}.{os.getpid()}.part")
    text: dict[str, Any] = {} if "b" in mode else {"encoding": "utf-8", "newline": ""}
    try:
        with _opened(target, temporary, mode, text) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def _opened(target: Path, temporary: Path, mode: str, text: dict[str, Any]) -> IO[Any]:
    """Open the temporary file; a failure names the file that was asked for."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        return temporary.open(mode, **text)
    except OSError as error:
        raise InputError(f"{target}: {error.strerror}") from None


def remove_leftovers(folder: Path) -> None:
    """Remove temporary files that killed processes left in a folder nobody else is writing to."""
    for path in folder.glob(".*.part"):
        path.unlink(missing_ok=True)
    for path in folder.glob(f"{RUNNING}*"):
        shutil.rmtree(path, ignore_errors=True)
