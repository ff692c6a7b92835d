"""The plug-ins of installed distributions: their entry points, and warnings about broken ones."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seqmem.core.errors import InputError, one_line, shorten
from seqmem.core.messages import print_message
from seqmem.core.plugin_origins import PluginOrigin

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

# With the value "off", installed plug-ins are not looked for.
SWITCH = "SEQMEM_PLUGINS"
_HEADING = b"[seqmem."
LONGEST_REASON = 200


def entry_points_of(group: str) -> list[EntryPoint]:
    """Return the entry points of a group in the installed distributions, by name.

    Parameters
    ----------
    group : str

    Examples
    --------
    >>> entry_points_of("no_such_group")
    []
    """
    if os.environ.get(SWITCH) == "off" or not _has_plugins():
        return []
    found = _all_entry_points().select(group=group)
    return sorted(found, key=lambda item: (item.name, origin_of(item).distribution))


@cache
def _has_plugins() -> bool:
    """Whether the entry points of some distribution name a group of this package.

    This looks into the files alone: an installation without plug-ins pays two milliseconds, where
    the import of `importlib.metadata` alone takes twenty.
    """
    return any(_HEADING in text for folder in sys.path for text in _entry_point_files(folder))


def _entry_point_files(folder: str) -> Iterator[bytes]:
    """Yield the contents of all ``entry_points.txt`` of the distributions in a folder."""
    with suppress(OSError):
        for path in Path(folder).iterdir():
            if path.suffix in (".dist-info", ".egg-info"):
                with suppress(OSError):
                    yield (path / "entry_points.txt").read_bytes()


@cache
def _all_entry_points() -> Any:
    from importlib.metadata import entry_points

    return entry_points()


def origin_of(entry_point: EntryPoint) -> PluginOrigin:
    """Return the distribution of an entry point, and its version."""
    distribution = entry_point.dist
    assert distribution is not None, "entry points of distributions name them"
    return PluginOrigin(distribution.name, distribution.version)


@cache
def warn_once(group: str, name: str, origin: PluginOrigin, reason: str) -> None:
    """Print one line about a plug-in that is left out; the same line only once in a process.

    Parameters
    ----------
    group, name : str
        Group and name of its entry point.
    origin : PluginOrigin
        Its distribution.
    reason : str
        Why it is left out.
    """
    print_message(f"seqmem: warning: {group}: {name!r} of {origin} is left out: {reason}")


def reason_of(error: BaseException) -> str:
    """Return one short line about an error that the code of a plug-in raised.

    Examples
    --------
    >>> reason_of(KeyError("units")), reason_of(InputError("cell 'gru' exists already"))
    ("KeyError: 'units'", "cell 'gru' exists already")
    """
    text = one_line(error)
    if not isinstance(error, InputError):
        text = f"{type(error).__name__}: {text}"
    return shorten(text, LONGEST_REASON)
