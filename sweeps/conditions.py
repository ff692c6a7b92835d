"""The grid of a sweep: string conditions, conditions, searches, and the strings of each role."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from generators.seeding import derive_seed, digest
from generators.symbols import SymbolString
from generators.targeting import generate
from sweeps.config import Strings, SweepConfig

ROLES = ("tune", "select", "confirm")


@dataclass(frozen=True)
class Condition:
    """A string condition (source, parameters, alphabet, measure, level) under cell, protocol, budget."""

    string_condition: str
    level: int
    cell: str
    condition: str


@dataclass(frozen=True)
class SearchKey:
    """One independent search of one condition."""

    condition: Condition
    search: int

    @property
    def name(self) -> str:
        """Name of the search inside its sweep."""
        return f"{self.condition.condition}/search-{self.search}"


def conditions(config: SweepConfig) -> list[Condition]:
    """Return the conditions of a sweep, by level and then by cell, in the order of the file."""
    training = config.training
    found = []
    for level in config.strings.levels:
        string_condition = name_string_condition(config.strings, level)
        for cell in config.memorizer.cells:
            budget = str(training.budget).replace(" ", "")
            name = f"{string_condition}/{cell}/{training.protocol}/{budget}"
            found.append(Condition(string_condition, level, cell, name))
    return found


def search_keys(config: SweepConfig) -> Iterator[SearchKey]:
    """Yield every search of the sweep."""
    for condition in conditions(config):
        for search in range(config.search.searches):
            yield SearchKey(condition, search)


def name_string_condition(strings: Strings, level: int) -> str:
    """Return a readable, unique name, for example ``iid-k4-lzw300``."""
    parameters = f"-{digest(strings.parameters, characters=6)}" if strings.parameters else ""
    return f"{strings.source}{parameters}-k{strings.alphabet_size}-{strings.measure}{level}"


def strings_for(config: SweepConfig, level: int, search: int, role: str) -> list[SymbolString]:
    """Return the strings of a role. They differ between searches and roles, never between cells."""
    strings = config.strings
    return [
        _string(
            strings.source,
            tuple(sorted(strings.parameters.items())),
            strings.alphabet_size,
            strings.measure,
            level,
            string_seed(config, level, search, role, replicate),
        )
        for replicate in range(getattr(strings, role))
    ]


def string_seed(config: SweepConfig, level: int, search: int, role: str, replicate: int) -> int:
    """Return the seed of one string, from everything that may decide it and nothing else."""
    strings = config.strings
    return derive_seed(
        config.seed,
        "string",
        strings.source,
        strings.parameters,
        strings.alphabet_size,
        strings.measure,
        level,
        search,
        role,
        replicate,
    )


@lru_cache(maxsize=4096)
def _string(
    source: str,
    parameters: tuple[tuple[str, object], ...],
    alphabet_size: int,
    measure: str,
    level: int,
    seed: int,
) -> SymbolString:
    return generate(
        source,
        alphabet_size=alphabet_size,
        measure=measure,
        target=level,
        seed=seed,
        parameters=dict(parameters),
    )
