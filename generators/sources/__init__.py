"""Sources: endless, seeded streams of symbols.

To add a source, add one file with a class and one line to `SOURCES`. The help of the commands and
the conformance tests follow from the registry.
"""

import json
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from typing import Any, get_type_hints

from seqmem.core.errors import InputError, unknown
from seqmem.core.plugin_registries import PluginRegistry
from seqmem.generators.sources.automatic import (
    PeriodDoublingSource,
    RudinShapiroSource,
    ThueMorseSource,
)
from seqmem.generators.sources.automaton import AutomatonSource
from seqmem.generators.sources.bounded_context import BoundedContextSource
from seqmem.generators.sources.cellular_automaton import CellularAutomatonSource
from seqmem.generators.sources.corpus import CorpusSource
from seqmem.generators.sources.de_bruijn import DeBruijnSource
from seqmem.generators.sources.grammar import GrammarSource
from seqmem.generators.sources.iid import IidSource
from seqmem.generators.sources.lfsr import LfsrSource
from seqmem.generators.sources.logistic_map import LogisticMapSource
from seqmem.generators.sources.markov import MarkovSource
from seqmem.generators.sources.noisy import NoisySource
from seqmem.generators.sources.periodic import PeriodicSource
from seqmem.generators.sources.source import Source
from seqmem.generators.sources.sturmian import SturmianSource
from seqmem.generators.symbols import LARGEST_ALPHABET


def _check_source(_: str, source: Any) -> None:
    """Raise `InputError` unless it is a class of sources whose parameters have defaults."""
    if not isinstance(source, type) or not issubclass(source, Source):
        raise InputError("a source is a sub-class of `generators.sources.source.Source`")
    if not isinstance(getattr(source, "help", None), str):
        raise InputError("it needs a class variable `help`, one line about it")
    if not is_dataclass(source) or any(
        item.default is MISSING and item.default_factory is MISSING
        for item in fields(source)
        if item.name != "alphabet_size"
    ):
        raise InputError("it must be a frozen dataclass whose parameters have defaults")


SOURCES: PluginRegistry[type[Source]] = PluginRegistry(
    "source",
    {
        "iid": IidSource,
        "markov": MarkovSource,
        "automaton": AutomatonSource,
        "grammar": GrammarSource,
        "periodic": PeriodicSource,
        "thue_morse": ThueMorseSource,
        "period_doubling": PeriodDoublingSource,
        "rudin_shapiro": RudinShapiroSource,
        "sturmian": SturmianSource,
        "de_bruijn": DeBruijnSource,
        "lfsr": LfsrSource,
        "cellular_automaton": CellularAutomatonSource,
        "logistic_map": LogisticMapSource,
        "bounded_context": BoundedContextSource,
        "noisy": NoisySource,
        "corpus": CorpusSource,
    },
    group="seqmem.sources",
    home="seqmem.generators.sources:SOURCES",
    check=_check_source,
)


def register_source(name: str, source: type[Source], *, version: str | None = None) -> None:
    """Add a source in this process, for example in a notebook.

    Parameters
    ----------
    name : str
        A new name: lower-case letters, digits and underscores.
    source : type
        A frozen dataclass, a sub-class of `generators.sources.source.Source`.
    version : str, optional
        Its version, which the manifest of a sweep names. By default the SHA-256 of the source
        code of the module that defines it.

    Raises
    ------
    InputError
        If the name exists or is not valid, the class does not fit, or there is no version and
        its source code cannot be read, as in a notebook.

    Examples
    --------
    >>> register_source("iid", IidSource)
    Traceback (most recent call last):
        ...
    seqmem.core.errors.InputError: source 'iid' exists already (built in); choose another name
    """
    SOURCES.register(name, source, version)


def parameter_names(source: str) -> list[str]:
    """Return the names of a source's parameters, as users write them.

    Examples
    --------
    >>> parameter_names("markov")
    ['order', 'entropy_rate', 'model']
    """
    return [name for name, _ in _parameters(source)]


def parameter_defaults(source: str) -> list[str]:
    """Return the parameters of a source with their defaults, as on the command line.

    Examples
    --------
    >>> parameter_defaults("markov")
    ['order=1', 'entropy_rate=null', 'model=0']
    """
    return [
        f"{name}={json.dumps(item.default if item.default_factory is MISSING else {})}"
        for name, item in _parameters(source)
    ]


def parameter_types(source: str) -> dict[str, Any]:
    """Return the type of each parameter of a source, by the name that users write.

    Examples
    --------
    >>> parameter_types("markov")["order"]
    <class 'int'>
    """
    hints = get_type_hints(SOURCES[source])
    return {name: hints[item.name] for name, item in _parameters(source)}


def stored_parameters(source: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return parameters of a source under the names by which they are stored.

    Parameters
    ----------
    source : str
        Registry name.
    parameters : mapping
        Parameters as users write them.

    Raises
    ------
    InputError
        If the source is unknown, or a parameter is given under both of its names.

    Examples
    --------
    >>> stored_parameters("corpus", {"path": "x.csv", "values": "symbols"})
    {'path': 'x.csv', 'cells': 'symbols'}
    """
    if source not in SOURCES:
        raise unknown("source", source, SOURCES)
    return SOURCES[source].stored_parameters(parameters)


def _parameters(source: str) -> list[tuple[str, Field[Any]]]:
    """Return the parameters of a source by the name that users write, the file of data first."""
    shown = {stored: spelling for spelling, stored in SOURCES[source].spellings.items()}
    items = [item for item in fields(SOURCES[source]) if item.name != "alphabet_size"]
    items.sort(key=lambda item: item.name != "path")
    return [(shown.get(item.name, item.name), item) for item in items]


def source_names(source: str, parameters: Mapping[str, Any]) -> list[str]:
    """Return the names of a source and of the source inside it, if it is around another one.

    Examples
    --------
    >>> source_names("noisy", {"source": "markov"}), source_names("iid", {})
    (['noisy', 'markov'], ['iid'])
    """
    inner = parameters.get("source")
    return [source, inner] if isinstance(inner, str) else [source]


def choose_alphabet(source: str, alphabet_size: int | None, parameters: Mapping[str, Any]) -> int:
    """Return the alphabet size for a source.

    Parameters
    ----------
    source : str
        Registry name.
    alphabet_size : int or None
        The size that was given. If None, the source chooses it.
    parameters : mapping
        Parameters of the source.

    Raises
    ------
    InputError
        If the source or a parameter is unknown, or the source does not have such an alphabet.

    Examples
    --------
    >>> choose_alphabet("thue_morse", None, {}), choose_alphabet("periodic", None, {"motif": "ABC"})
    (4, 3)
    """
    parameters = stored_parameters(source, parameters)
    valid = {item.name for _, item in _parameters(source)}
    for name in parameters:
        if name not in valid:
            raise unknown(f"parameter of source {source!r}:", name, parameter_defaults(source))
    size = SOURCES[source].default_alphabet(parameters) if alphabet_size is None else alphabet_size
    if not 2 <= size <= LARGEST_ALPHABET:
        raise InputError(f"alphabet_size {size}; valid: 2 to {LARGEST_ALPHABET}")
    sizes = SOURCES[source].alphabet_sizes
    if sizes is not None and size not in sizes:
        raise InputError(
            f"alphabet_size {size}: source {source!r} has {', '.join(map(str, sizes))} symbols"
        )
    return size


def make_source(source: str, alphabet_size: int | None, parameters: Mapping[str, Any]) -> Source:
    """Return a source by its registry name.

    Parameters
    ----------
    source : str
        Registry name.
    alphabet_size : int or None
        If None, the source chooses it.
    parameters : mapping
        Parameters of the source.

    Raises
    ------
    InputError
        If the name, the alphabet or a parameter is not valid.

    Examples
    --------
    >>> make_source("iid", 2, {}).alphabet_size
    2
    """
    size = choose_alphabet(source, alphabet_size, parameters)
    return SOURCES[source](size, **stored_parameters(source, parameters))
