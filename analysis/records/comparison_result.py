"""What a comparison found, in the folder of its records: `comparison.json`."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from seqmem.analysis.records.result_files import write_bytes
from seqmem.core.errors import InputError

RESULT = "comparison.json"
_DIGITS = 9


def write_result(folder: Path, content: Mapping[str, Any]) -> Path:
    """Write what was found, numbers to 9 significant digits; the same findings give the same bytes."""
    text = json.dumps(_plain(content), indent=2, ensure_ascii=False, allow_nan=False)
    return write_bytes(folder / RESULT, f"{text}\n".encode())


def comparison_lines(folders: Sequence[Path]) -> list[str]:
    """Return the sentences of the comparisons in these folders; none where there is no comparison.

    Raises
    ------
    InputError
        If a file does not hold what `write_result` wrote.
    """
    lines: list[str] = []
    for folder in folders:
        file = folder / RESULT
        if not file.is_file():
            continue
        try:
            lines += [str(line) for line in json.loads(file.read_text(encoding="utf-8"))["lines"]]
        except (ValueError, KeyError, TypeError):
            raise InputError(
                f"'{file}' is no comparison; 'seqmem compare' writes it again"
            ) from None
    return lines


def _plain(value: Any) -> Any:
    """JSON values: numbers to 9 significant digits, those that are not finite as None."""
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float):
        return float(f"{value:.{_DIGITS}g}") if math.isfinite(value) else None
    return value
