"""The grid of a sweep: string conditions, conditions and searches."""

from collections.abc import Iterator
from dataclasses import dataclass

from seqmem.core.seeding import digest
from seqmem.sweeps.config.sweep_config import Strings, SweepConfig


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
    parameters = f"-{digest(strings.identity, characters=6)}" if strings.parameters else ""
    return f"{strings.source}{parameters}-k{strings.alphabet_size}-{strings.measure}{level}"
