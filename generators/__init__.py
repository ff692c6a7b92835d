"""Strings of controlled complexity: sources, complexity measures, and targeting.

>>> import generators
>>> generators.generate("iid", alphabet_size=2, measure="lzw", target=10, seed=0).complexity("lzw")
10
"""

from importlib import import_module
from typing import Any

_EXPORTS = {
    "COUNTERS": "generators.complexity",
    "MEASURES": "generators.complexity",
    "SOURCES": "generators.sources",
    "InputError": "generators.errors",
    "SymbolString": "generators.symbols",
    "from_symbols": "generators.symbols",
    "from_text": "generators.symbols",
    "generate": "generators.targeting",
    "match": "generators.matching",
    "read_strings": "generators.files",
    "write_strings": "generators.files",
}
__all__ = list(_EXPORTS)


def __getattr__(name: str) -> Any:
    if name not in _EXPORTS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_EXPORTS[name]), name)
