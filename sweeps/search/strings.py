"""The strings of a search by role: all distinct, and the same for every cell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seqmem.core.errors import InputError
from seqmem.core.seeding import derive_seed
from seqmem.generators.symbols import SymbolString
from seqmem.generators.targeting import generate
from seqmem.sweeps.config.record_strings import deal_strings
from seqmem.sweeps.config.sweep_config import SweepConfig

if TYPE_CHECKING:
    from optuna.trial import FrozenTrial

ROLES = ("tune", "select", "confirm")
STRING_ATTEMPTS = 100

StringSets = dict[str, list[SymbolString]]


def strings_of(config: SweepConfig, level: int, search: int) -> StringSets:
    """Return the strings of a search by role.

    No string occurs twice in a search, so a configuration is never confirmed on a string that it
    was tuned on. At low levels few strings exist: a repeated one is drawn again with the seed of
    the next attempt.

    Parameters
    ----------
    config : SweepConfig
        The sweep.
    level : int
        Value of the measure to which the strings are grown.
    search : int
        Number of the search, from 0.

    Returns
    -------
    dict of {str : list of SymbolString}
        Keys are the roles. If every trial gets fresh strings (``fresh``), the list for ``tune``
        holds the strings of all trials, one trial after the other.

    Raises
    ------
    InputError
        If too few distinct strings exist at the level or in the user's data.
    """
    config = config.at_level(level)
    if config.strings.pieces is not None:
        return _dealt(config, search)
    strings: StringSets = {role: [] for role in ROLES}
    seen: set[SymbolString] = set()
    for role in ROLES:
        for replicate in range(strings_in(config, role)):
            string = _another(config, level, search, role, replicate, seen)
            seen.add(string)
            strings[role].append(string)
    return strings


def strings_in(config: SweepConfig, role: str) -> int:
    """Return how many strings of a role a search uses in all.

    Parameters
    ----------
    config : SweepConfig
        The sweep, at the level of the search.
    role : {"tune", "select", "confirm"}
        The role.
    """
    count: int = getattr(config.strings, role)
    if role != "tune" or not config.strings.fresh:
        return count
    return count * config.search.trials // config.search.trials_per_row


def first_string(config: SweepConfig, role: str, trial: FrozenTrial) -> int:
    """Return the index of a trial's first string among the strings of its role.

    Parameters
    ----------
    config : SweepConfig
        The sweep, at the level of the search.
    role : {"tune", "select", "confirm"}
        Role of the trial.
    trial : FrozenTrial
        The trial, with its slot. With the sampler ``saltelli``, all trials of a base row have the
        same strings.
    """
    if role != "tune" or not config.strings.fresh:
        return 0
    # Imported here, because reports read the roles above and need no Optuna.
    from seqmem.sweeps.search.suggestions import number_of

    search = config.search
    return number_of(search, trial) // search.trials_per_row * config.strings.tune


def string_seed(
    config: SweepConfig, level: int, search: int, role: str, replicate: int, attempt: int = 0
) -> int:
    """Return the seed of one string.

    It depends on everything that may decide the string, and on nothing else: neither on cell,
    protocol and budget nor on the trial.

    Parameters
    ----------
    config : SweepConfig
        The sweep.
    level, search : int
        As for `strings_of`.
    role : {"tune", "select", "confirm"}
        Role of the string.
    replicate : int
        Number of the string in its role, from 0.
    attempt : int
        How often an equal string of the search was drawn before.
    """
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


def _dealt(config: SweepConfig, search: int) -> StringSets:
    """Return the pieces of the user's data for one search, by role."""
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


def _another(
    config: SweepConfig, level: int, search: int, role: str, replicate: int, seen: set[SymbolString]
) -> SymbolString:
    """Return a string that the search does not have yet."""
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
    count = sum(strings_in(config, role) for role in ROLES)
    raise InputError(
        f"level {level}: fewer than the {count} different strings that a search needs "
        "(tune, select and confirm share none); raise the level or lower the counts"
    )
