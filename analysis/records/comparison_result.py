"""The result of `seqmem compare`, stored as `comparison.json` in the folder of its records."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from seqmem.analysis.records.result_files import write_bytes
from seqmem.core.errors import InputError
from seqmem.core.number_formats import json_value
from seqmem.core.structured_text import parse_json, read_utf8

RESULT = "comparison.json"


def write_result(folder: Path, content: Mapping[str, Any]) -> Path:
    """Write the result of a comparison into a sweep's folder.

    Equal results give equal bytes, because numbers are rounded to 9 significant digits.

    Parameters
    ----------
    folder : Path
        Folder of the sweep.
    content : mapping
        The result: texts, numbers, and nested mappings or lists of them.

    Returns
    -------
    Path
        The written file.
    """
    text = json.dumps(json_value(content), indent=2, ensure_ascii=False, allow_nan=False)
    return write_bytes(folder / RESULT, f"{text}\n".encode())


def comparison_lines(folders: Sequence[Path]) -> list[str]:
    """Return the sentences of the comparisons stored in folders.

    Parameters
    ----------
    folders : sequence of Path
        Folders of sweeps. Folders without a comparison add nothing.

    Returns
    -------
    list of str
        One sentence per entry.

    Raises
    ------
    InputError
        If a file is not one that `write_result` wrote.
    """
    lines: list[str] = []
    for folder in folders:
        file = folder / RESULT
        if not file.is_file():
            continue
        content = parse_json(read_utf8(file), str(file))
        stored = content.get("lines") if isinstance(content, dict) else None
        if not isinstance(stored, list):
            raise InputError(
                f"'{file}' does not hold a comparison; run 'seqmem compare' again to write it"
            )
        lines += [str(line) for line in stored]
    return lines
