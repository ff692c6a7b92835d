"""The strings of a search: tuning, selection and confirmation, all different, the same for every cell."""

from seqmem.core.errors import InputError
from seqmem.core.seeding import derive_seed
from seqmem.generators.symbols import SymbolString
from seqmem.generators.targeting import generate
from seqmem.sweeps.config.record_strings import deal_strings
from seqmem.sweeps.config.sweep_config import SweepConfig

ROLES = ("tune", "select", "confirm")
STRING_ATTEMPTS = 100

StringSets = dict[str, list[SymbolString]]


def strings_of(config: SweepConfig, level: int, search: int) -> StringSets:
    """Return the strings of a search by role; with ``fresh`` those to tune on trial after trial.

    No string occurs twice within a search, so that what is confirmed was never tuned on. At low levels, where few
    strings exist, a repeated one is drawn again from the next attempt's seed.

    Raises
    ------
    InputError
        If the level, or the user's data, have too few different strings.
    """
    if config.strings.pieces is not None:
        return _dealt(config, search)
    found: StringSets = {role: [] for role in ROLES}
    seen: set[SymbolString] = set()
    for role in ROLES:
        for replicate in range(strings_in(config, role)):
            string = _another(config, level, search, role, replicate, seen)
            seen.add(string)
            found[role].append(string)
    return found


def strings_in(config: SweepConfig, role: str) -> int:
    """Return how many strings of a role a search uses in all."""
    count: int = getattr(config.strings, role)
    return count * config.search.trials if role == "tune" and config.strings.fresh else count


def _dealt(config: SweepConfig, search: int) -> StringSets:
    """Return the pieces of the user's data that a search gets, by role."""
    strings = config.strings
    assert strings.pieces is not None
    dealt = iter(
        deal_strings(
            strings.pieces,
            strings.parameters,
            strings.alphabet_size,
            search,
            strings.per_search,
            config.seed,
        )
    )
    return {role: [next(dealt) for _ in range(getattr(strings, role))] for role in ROLES}


def string_seed(
    config: SweepConfig, level: int, search: int, role: str, replicate: int, attempt: int = 0
) -> int:
    """Return the seed of one string, from everything that may decide it and nothing else."""
    strings = config.strings
    again = [attempt] if attempt else []
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
        *again,
    )


def _another(
    config: SweepConfig, level: int, search: int, role: str, replicate: int, seen: set[SymbolString]
) -> SymbolString:
    strings = config.strings
    for attempt in range(STRING_ATTEMPTS):
        string = generate(
            strings.source,
            alphabet_size=strings.alphabet_size,
            measure=strings.measure,
            target=level,
            seed=string_seed(config, level, search, role, replicate, attempt),
            parameters=strings.parameters,
        )
        if string not in seen:
            return string
    raise InputError(
        f"level {level}: fewer than the {sum(strings_in(config, role) for role in ROLES)} different strings that a "
        "search needs (tune, select and confirm must not share any); raise the level or lower the counts"
    )
