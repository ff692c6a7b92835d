"""Strings of controlled complexity: sources, complexity measures, and targeting.

Each name is imported when it is first used.

Examples
--------
>>> from seqmem import generators
>>> generators.generate("iid", alphabet_size=2, measure="lzw", target=10, seed=0).complexity("lzw")
10
"""

from seqmem.core.imports import lazy_exports

_HOMES = {
    "COUNTERS": "seqmem.generators.complexity",
    "MEASURES": "seqmem.generators.complexity",
    "SOURCES": "seqmem.generators.sources",
    "InputError": "seqmem.core.errors",
    "SymbolString": "seqmem.generators.symbols",
    "causal_states": "seqmem.generators.sources.causal_states",
    "from_symbols": "seqmem.generators.symbols",
    "from_text": "seqmem.generators.symbols",
    "generate": "seqmem.generators.targeting",
    "match": "seqmem.generators.matching",
    "read_strings": "seqmem.generators.records",
    "register_measure": "seqmem.generators.complexity",
    "register_source": "seqmem.generators.sources",
    "write_strings": "seqmem.generators.data.string_files",
}
__all__ = sorted(_HOMES)

__getattr__, __dir__ = lazy_exports(__name__, _HOMES)
