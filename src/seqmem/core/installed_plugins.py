"""The plug-ins of installed distributions: their entry points, and warnings about broken ones."""

from __future__ import annotations

import os
import sys
from functools import cache
from typing import TYPE_CHECKING, Any

from seqmem.core.errors import InputError, one_line
from seqmem.core.plugin_origins import PluginOrigin

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

# With the value "off", installed plug-ins are not looked for.
SWITCH = "SEQMEM_PLUGINS"
LONGEST_REASON = 200


def entry_points_of(group: str) -> list[EntryPoint]:
    """Return the entry points of a group in the installed distributions, by name.

    Parameters
    ----------
    group : str

    Examples
    --------
    >>> [found.value for found in entry_points_of("console_scripts") if found.name == "seqmem"]
    ['seqmem.cli.app:main']
    """
    if os.environ.get(SWITCH) == "off":
        return []
    found = _all_entry_points().select(group=group)
    return sorted(found, key=lambda item: (item.name, origin_of(item).distribution))


@cache
def _all_entry_points() -> Any:
    # Imported late: this reads a file of every distribution, and is needed only for names that are
    # not built in.
    from importlib.metadata import entry_points

    return entry_points()


def origin_of(entry_point: EntryPoint) -> PluginOrigin:
    """Return the distribution of an entry point, and its version."""
    distribution = entry_point.dist
    assert distribution is not None, "entry points of distributions name them"
    return PluginOrigin(distribution.name, distribution.version)


@cache
def warn_once(origin: PluginOrigin, reason: str) -> None:
    """Print one line about a plug-in that is left out; the same line only once in a process.

    Parameters
    ----------
    origin : PluginOrigin
    reason : str
    """
    print(f"seqmem: warning: a plug-in of {origin} is left out: {reason}", file=sys.stderr)


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
    return text if len(text) <= LONGEST_REASON else f"{text[:LONGEST_REASON]}…"
