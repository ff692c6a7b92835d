"""What a comparison found, in the folder of its records: `comparison.json`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from seqmem.analysis.records.result_files import write_bytes
from seqmem.core.errors import InputError
from seqmem.core.number_formats import json_value

RESULT = "comparison.json"


def write_result(folder: Path, content: Mapping[str, Any]) -> Path:
    """Write what was found, numbers to 9 significant digits; the same findings give the same bytes."""
    text = json.dumps(json_value(content), indent=2, ensure_ascii=False, allow_nan=False)
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
