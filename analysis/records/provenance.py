"""Origin of the records: the settings of manifest and sweep file that a report may show."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from seqmem.core.errors import shorten

# A report is the same wherever and whenever it is built, and names no machine and no user.
_PRIVATE_NAME = re.compile(
    r"(^|[._-])"
    r"(host\w*|node|user\w*|login|path|dir|directory|folder|cwd|home|out|argv|command|storage|url|"
    r"scheduler|time|times|timestamp|date|datetime|created|started|finished|ended|updated|pid|ip|"
    r"address|executable|prefix)"
    r"([._-]|$)",
    re.IGNORECASE,
)
_PRIVATE_VALUE = re.compile(r"(^|[\s='\"(])(~|\.{0,2})/|^[A-Za-z]:\\|://|^\d{4}-\d\d-\d\d[T ]\d\d:")
_LONGEST = 200


def settings(tree: dict[str, Any]) -> list[tuple[str, str]]:
    """Return dotted names and printable values of nested settings, sorted by name.

    Hosts, paths, users and times are left out.

    Parameters
    ----------
    tree : dict
        A manifest or sweep file.

    Returns
    -------
    list of tuple of str and str
        Name and value of each setting. Long values are cut.

    Examples
    --------
    >>> settings({"versions": {"numpy": "2.4"}, "host": "a", "log": "/tmp/x", "levels": [16, 32]})
    [('levels', '16, 32'), ('versions.numpy', '2.4')]
    """
    return sorted(
        (name, shorten(value, _LONGEST))
        for name, value in _flatten(tree, "")
        if not _PRIVATE_NAME.search(name) and not _PRIVATE_VALUE.search(value)
    )


def _flatten(value: Any, name: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _flatten(item, f"{name}.{key}" if name else str(key))
    elif isinstance(value, list) and any(isinstance(item, (dict, list)) for item in value):
        for position, item in enumerate(value):
            yield from _flatten(item, f"{name}.{position}")
    elif isinstance(value, list):
        yield name, ", ".join(map(str, value))
    else:
        yield name, str(value)
