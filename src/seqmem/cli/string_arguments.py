"""What the commands about strings share: parameters of a source, and where strings are written."""

import json
import sys
from pathlib import Path
from typing import Any

from seqmem.core.errors import InputError
from seqmem.generators.data.string_files import write_rows, write_strings
from seqmem.generators.symbols import SymbolString


def write_or_print(strings: list[SymbolString], what: str, out: Path | None) -> None:
    if out is None:
        write_rows(sys.stdout, strings)
        return
    write_strings(out, strings)
    lengths = sorted(len(string) for string in strings)
    print(f"{len(strings)} {what}, {lengths[0]} to {lengths[-1]} symbols: {out}")


def parse_parameter(text: str) -> tuple[str, Any]:
    key, equals, value = text.partition("=")
    if not equals or not key:
        raise InputError(f"--param {text!r} is not key=value")
    try:
        return key, json.loads(value)
    except json.JSONDecodeError:
        return key, value
