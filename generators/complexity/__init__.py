"""Complexity measures: numbers that are computed from a string of symbols.

To add a measure, add one file with a function and one entry to `MEASURES`. If the measure can be a
target, its entry names a `Counter`. The help of the commands and the conformance tests follow from
the registries.
"""

from operator import attrgetter
from typing import Any

from seqmem.core.derived_registries import DerivedRegistry
from seqmem.core.errors import InputError
from seqmem.core.plugin_registries import PluginRegistry
from seqmem.generators.complexity.compressors import bz2_bytes, lzma_bytes, zlib_bytes
from seqmem.generators.complexity.context import (
    context_entropy,
    local_entropy_1,
    local_entropy_2,
    local_entropy_4,
    local_entropy_8,
)
from seqmem.generators.complexity.counter import Counter
from seqmem.generators.complexity.entropy import (
    block_entropy_1,
    block_entropy_2,
    block_entropy_3,
    block_entropy_4,
    entropy_rate,
    entropy_rate_lz76,
    excess_entropy,
)
from seqmem.generators.complexity.lempel_ziv import (
    Lz76Counter,
    Lz78Counter,
    LzwCounter,
    lz76_phrase_count,
    lz78_phrase_count,
    lzw_code_count,
)
from seqmem.generators.complexity.linear import LinearComplexityCounter, linear_complexity
from seqmem.generators.complexity.measure import Measure
from seqmem.generators.complexity.pair_substitution import effort_to_compress
from seqmem.generators.complexity.repeats import PeriodCounter, min_context, smallest_period
from seqmem.generators.complexity.subwords import (
    DistinctSubstringsCounter,
    SubwordsOf4Counter,
    SubwordsOf8Counter,
    distinct_substrings,
    subwords_of_4,
    subwords_of_8,
)


def _check_measure(_: str, measure: Any) -> None:
    if not isinstance(measure, Measure):
        raise InputError("a measure is a `generators.complexity.measure.Measure`")


MEASURES: PluginRegistry[Measure] = PluginRegistry(
    "measure",
    {
        "lzw": Measure(lzw_code_count, "LZW codes", counter=LzwCounter),
        "lz78": Measure(lz78_phrase_count, "LZ78 phrases", counter=Lz78Counter),
        "lz76": Measure(
            lz76_phrase_count, "LZ76 phrases (exhaustive history)", counter=Lz76Counter
        ),
        "period": Measure(smallest_period, "smallest period, symbols", counter=PeriodCounter),
        "min_context": Measure(min_context, "symbols of context that determine the next one"),
        "distinct_substrings": Measure(
            distinct_substrings, "distinct substrings", counter=DistinctSubstringsCounter
        ),
        "subwords_of_4": Measure(
            subwords_of_4, "distinct substrings of 4 symbols", counter=SubwordsOf4Counter
        ),
        "subwords_of_8": Measure(
            subwords_of_8, "distinct substrings of 8 symbols", counter=SubwordsOf8Counter
        ),
        "linear_complexity": Measure(
            linear_complexity,
            "linear complexity over GF(k), k prime",
            takes_alphabet=True,
            counter=LinearComplexityCounter,
        ),
        "block_entropy_1": Measure(block_entropy_1, "entropy of single symbols, bits"),
        "block_entropy_2": Measure(block_entropy_2, "entropy of words of 2 symbols, bits"),
        "block_entropy_3": Measure(block_entropy_3, "entropy of words of 3 symbols, bits"),
        "block_entropy_4": Measure(block_entropy_4, "entropy of words of 4 symbols, bits"),
        "entropy_rate": Measure(entropy_rate, "entropy rate (plug-in, corrected), bits per symbol"),
        "entropy_rate_lz76": Measure(
            entropy_rate_lz76, "entropy rate (from LZ76), bits per symbol"
        ),
        "excess_entropy": Measure(excess_entropy, "excess entropy, bits"),
        "local_entropy_1": Measure(local_entropy_1, "entropy given 1 symbol of context, bits"),
        "local_entropy_2": Measure(local_entropy_2, "entropy given 2 symbols of context, bits"),
        "local_entropy_4": Measure(local_entropy_4, "entropy given 4 symbols of context, bits"),
        "local_entropy_8": Measure(local_entropy_8, "entropy given 8 symbols of context, bits"),
        "context_entropy": Measure(
            context_entropy, "symbols of context that leave less than .05 bit about the next one"
        ),
        "effort_to_compress": Measure(
            effort_to_compress, "pair substitutions until constant, as a share of n - 1"
        ),
        "zlib_bytes": Measure(zlib_bytes, "bytes after zlib"),
        "bz2_bytes": Measure(bz2_bytes, "bytes after bzip2"),
        "lzma_bytes": Measure(lzma_bytes, "bytes after LZMA"),
    },
    group="seqmem.measures",
    home="seqmem.generators.complexity:MEASURES",
    check=_check_measure,
)

# Measures that can be grown to a target, because a longer prefix never has a lower value.
COUNTERS: DerivedRegistry[type[Counter]] = DerivedRegistry(MEASURES, attrgetter("counter"))


def register_measure(name: str, measure: Measure, *, version: str | None = None) -> None:
    """Add a complexity measure in this process, for example in a notebook.

    Parameters
    ----------
    name : str
        A new name: lower-case letters, digits and underscores.
    measure : Measure
        The measure. With a ``counter``, strings can be grown to its value.
    version : str, optional
        Its version, which the manifest of a sweep names. By default the SHA-256 of the source
        code of the modules that define it.

    Raises
    ------
    InputError
        If the name exists or is not valid, or there is no version and the source code cannot be
        read, as in a notebook.

    Examples
    --------
    >>> register_measure("length", Measure(len, "symbols"), version="1")
    >>> MEASURES["length"]([0, 1, 1], alphabet_size=2)
    3
    >>> del MEASURES["length"]
    """
    MEASURES.register(name, measure, version)
