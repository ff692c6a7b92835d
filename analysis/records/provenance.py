"""Where the records come from: the parts of manifest and study file that may be printed in a report."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

# A report must be the same wherever and whenever it is built, and must not give away whose machine it was.
_PRIVATE_NAME = re.compile(r"(^|[._-])(host\w*|node|user\w*|login|path|dir|directory|folder|cwd|home|out|argv|command|"
                           r"storage|url|scheduler|time|times|timestamp|date|datetime|created|started|finished|ended|"
                           r"updated|pid|ip|address|executable|prefix)([._-]|$)", re.IGNORECASE)  # fmt: skip
_PRIVATE_VALUE = re.compile(r"(^|[\s='\"(])(~|\.{0,2})/|^[A-Za-z]:\\|://|^\d{4}-\d\d-\d\d[T ]\d\d:")
_LONGEST = 200


def settings(tree: dict[str, Any]) -> list[tuple[str, str]]:
    """Dotted names and printable values of a nested dict, sorted, without hosts, paths, users and times.

    Examples
    --------
    >>> settings({"versions": {"numpy": "2.4"}, "host": "a", "log": "/tmp/x", "levels": [16, 32]})
    [('levels', '16, 32'), ('versions.numpy', '2.4')]
    """
    return sorted(
        (name, _shorten(value))
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


def _shorten(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
