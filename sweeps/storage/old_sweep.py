"""A sweep whose runs a larger one may take over, and what a message says if it cannot be read."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from seqmem.core.damage import DamagedError
from seqmem.core.errors import InputError, one_line, shorten
from seqmem.sweeps.config.sweep_config import SweepConfig
from seqmem.sweeps.storage.backend import StorageError
from seqmem.sweeps.storage.database import safe_url
from seqmem.sweeps.storage.folder import SweepFolder
from seqmem.sweeps.storage.larger import is_earlier_version
from seqmem.sweeps.storage.storage import SweepStorage

_LONGEST_NAME = 60
_LONGEST_REASON = 110


class OldSweep(NamedTuple):
    """A sweep whose runs a larger one may take over.

    Attributes
    ----------
    target : str
        Its folder, or the URL of its storage.
    config : SweepConfig
        Its resolved configuration.
    storage : SweepStorage
        Its storage, read only.
    """

    target: str
    config: SweepConfig
    storage: SweepStorage

    @property
    def where(self) -> str:
        """Its folder, or the URL of its storage without a password."""
        return safe_url(self.target) if "://" in self.target else self.target


@contextmanager
def reading_old(target: str) -> Iterator[None]:
    """Say what to do if an old sweep cannot be read, at whatever moment.

    Parameters
    ----------
    target : str
        Its folder, or the URL of its storage.

    Raises
    ------
    DamagedError
        In place of a `DamagedError` or a `StorageError`, on one line that names the sweep.
    """
    try:
        yield
    except (DamagedError, StorageError) as error:
        url = target if "://" in target else SweepFolder(Path(target)).storage_url
        reason = one_line(error).removeprefix(f"storage {safe_url(url)}: ")
        raise DamagedError(_advice(target, reason)) from None


def without_old(target: str, error: InputError) -> InputError:
    """Return what to say if no sweep is where an old one should be.

    Parameters
    ----------
    target : str
        Its folder, or the URL of its storage.
    error : InputError
        What was found there.
    """
    if not is_earlier_version(target):
        return InputError(f"--extend {error}")
    # The user did not name it, and has no other storage of it.
    reason, _, _ = one_line(error).removeprefix(f"{target}: ").partition(";")
    return InputError(_advice(target, reason))


def _advice(target: str, reason: str) -> str:
    """Return a line that says why an old sweep cannot be read, and what to do."""
    reason = shorten(reason, _LONGEST_REASON, keep_end=True)
    name = shorten(safe_url(target) if "://" in target else target, _LONGEST_NAME)
    if is_earlier_version(target):
        return f"{name}: {reason}; restore a copy of it, or move it away to execute its runs"
    return (
        f"--extend {name}: {reason}; restore a copy of it, "
        "or leave --extend out to execute all runs"
    )
