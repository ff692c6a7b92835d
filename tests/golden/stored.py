"""The golden values: a JSON file for each topic, beside the tests that compare with it."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

VALUES = Path(__file__).with_name("values")
# Numbers are kept to so many digits: the last bits of a logarithm differ between processors.
DIGITS = 12
WIDTH = 240


def golden(topic: str) -> Any:
    """Return the values of a topic as the code before the move gave them."""
    return json.loads((VALUES / f"{topic}.json").read_text(encoding="utf-8"))


def keep(topic: str, values: Any) -> None:
    """Make the values of a topic the golden ones."""
    (VALUES / f"{topic}.json").write_text(_text(plain(values)) + "\n", encoding="utf-8")


def plain(value: Any) -> Any:
    """Return a value as it comes back from its file.

    >>> plain({"a": (1, 2 / 3)})
    {'a': [1, 0.666666666667]}
    """
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return float(f"{value:.{DIGITS}g}") if isinstance(value, float) else value


def _text(value: Any, indent: str = "") -> str:
    """Return JSON with a line for each item of what is too long for one line."""
    line = json.dumps(value, ensure_ascii=False)
    if len(indent) + len(line) <= WIDTH or not isinstance(value, dict | list) or not value:
        return line
    deeper = indent + " "
    if isinstance(value, dict):
        items = [
            f"{json.dumps(key, ensure_ascii=False)}: {_text(item, deeper)}"
            for key, item in value.items()
        ]
        return "{\n" + ",\n".join(deeper + item for item in items) + f"\n{indent}}}"
    return "[\n" + ",\n".join(deeper + _text(item, deeper) for item in value) + f"\n{indent}]"
