"""Files that are written and then renamed.

A reader sees the old file or the new file, never a part of one.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from seqmem.core.errors import InputError

# The names of folders begin with this if they hold a note of every run in progress.
RUNNING = ".running-"


@contextmanager
def replace_file(path: Path | str, mode: str = "w") -> Iterator[IO[Any]]:
    """Open a temporary file next to a file, and replace the file at the end.

    If an exception is raised inside, the temporary file is removed and the file stays as it was.

    Parameters
    ----------
    path : path or str
        The file. Its folder is made if it does not exist. A device or a pipe is written to, not
        replaced.
    mode : {"w", "wb"}
        Text is UTF-8, and its line ends are not translated.

    Raises
    ------
    InputError
        If the file cannot be written there.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     with replace_file(f"{folder}/note.txt") as file:
    ...         _ = file.write("done")
    ...     [path.name for path in Path(folder).iterdir()]
    ['note.txt']
    """
    target = Path(path)
    text: dict[str, Any] = {} if "b" in mode else {"encoding": "utf-8", "newline": ""}
    if _is_device(target):
        with _naming(target), target.open(mode, **text) as file:
            yield file
        return
    temporary = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with _naming(target), _opened(target, temporary, mode, text) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        with _naming(target):
            temporary.replace(target)
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def _is_device(target: Path) -> bool:
    """Return whether a path is a device or a pipe, such as /dev/stdout, which is not replaced."""
    try:
        if target.is_dir():
            raise InputError(f"{target} is a folder; name a file")
        return target.exists() and not target.is_file()
    except OSError as error:
        raise InputError(f"{target}: {error.strerror}") from None


def _opened(target: Path, temporary: Path, mode: str, text: dict[str, Any]) -> IO[Any]:
    """Open the temporary file. An error names the file that was asked for."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        return temporary.open(mode, **text)
    except OSError as error:
        raise InputError(f"{target}: {error.strerror}") from None


@contextmanager
def _naming(target: Path) -> Iterator[None]:
    """Name the file in errors of writing, such as that of a full disk."""
    try:
        yield
    except OSError as error:
        names = (error.filename, error.filename2)
        if error.errno and (names == (None, None) or any(".part" in str(name) for name in names)):
            raise OSError(error.errno, error.strerror, str(target)) from None
        raise


def remove_leftovers(folder: Path) -> None:
    """Remove temporary files and folders that killed processes have left.

    Parameters
    ----------
    folder : path
        No other process may be writing to this folder.
    """
    for path in folder.glob(".*.part"):
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    for path in folder.glob(f"{RUNNING}*"):
        shutil.rmtree(path, ignore_errors=True)
