"""Which sweeps a larger sweep can be grown from, and why others cannot be used."""

from collections.abc import Callable
from typing import Any

from seqmem.core.errors import shorten
from seqmem.sweeps.config.boxes import SEARCHED_FIELDS
from seqmem.sweeps.config.differences import Difference, differences
from seqmem.sweeps.config.sweep_config import SweepConfig

# Settings in which a larger sweep may differ whatever the others are. Its plan decides which runs
# it asks for, so a run of the old sweep is used only if it is one of these.
GROWING = (
    "name",
    "memorizer.cells",
    "search.finalists",
    "search.pruner",
    "search.rows",
    "search.rungs",
    "search.searches",
    "search.trials",
    "strings.confirm",
    "strings.levels",
    "training.repeats",
)
# The environment key decides, not the setting.
_OF_THE_ENVIRONMENT = ("training.instruction_set",)
# Counts of strings that may be grown where a check shows that the strings stay the same.
CHECKED = ("strings.select", "strings.tune")
_LONGEST_CHANGE = 80
_OTHER_RUNS = "no run of the old sweep is one of the new sweep"
_REASONS = {
    "memorizer.match": "the units of all cells but the first would change",
    "search.enqueue": "the model of the sampler tpe would see other trials",
    "search.generation": "the model of the sampler tpe would see other trials",
    "search.grid": "other values make another grid",
    "search.sampler": "another sampler suggests other points",
    "search.startup": "the model of the sampler tpe would see other trials",
    "seed": "another seed makes other strings and networks",
    "training.budget": "every run would have another budget; a run answers smaller budgets itself",
    "training.first_repeat": "the repeats would be others",
}
_STRINGS = "the strings would be others"
_PIECES = "the strings would be other pieces of the data, or of other data"
_PER_SEARCH = "each search would get other pieces of the data"
_RANGES = "other ranges, or one more, move every point of a search"


def is_growing(change: Difference) -> bool:
    """Return whether a sweep can be grown by a change, whatever its other settings are.

    Examples
    --------
    >>> is_growing(Difference("search.searches", "4", "8"))
    True
    """
    return change.name in GROWING


def extension_problem(old: SweepConfig, new: SweepConfig) -> str:
    """Return why a sweep cannot be grown into another one; empty if it can.

    Counts in `CHECKED` are not judged here, except where no check is needed.

    Parameters
    ----------
    old, new : SweepConfig
        The resolved configurations.

    Examples
    --------
    >>> from seqmem.sweeps.config.sweep_file import load_config
    >>> old, more, wide = (
    ...     load_config("smoke", setting)
    ...     for setting in ((), "search.trials=16", "search.units.high=32")
    ... )
    >>> extension_problem(old, more)
    ''
    >>> extension_problem(old, wide)
    'search.units of lstm: other ranges, or one more, move every point of a search'
    """
    checks = ((_PROBLEMS, [(old, new)]), (_PROBLEMS_OF_A_LEVEL, _by_level(old, new)))
    problems = (
        text
        for problems, pairs in checks
        for before, after in pairs
        for problem in problems
        if (text := problem(before, after))
    )
    return next(problems, "")


def _by_level(old: SweepConfig, new: SweepConfig) -> list[tuple[SweepConfig, SweepConfig]]:
    """Return both configurations as they hold at each level that they share."""
    levels = [level for level in old.strings.levels if level in new.strings.levels]
    return [(old.at_level(level), new.at_level(level)) for level in levels]


def smaller_by(old: SweepConfig, new: SweepConfig) -> list[str]:
    """Return what a sweep leaves out of an old one, if it asks for nothing that the old one lacks.

    Parameters
    ----------
    old, new : SweepConfig
        Configurations of which the new one is an extension of the old one.

    Returns
    -------
    list of str
        One text for each setting; empty if the new sweep asks for something new, or for the same.

    Examples
    --------
    >>> from seqmem.sweeps.config.sweep_file import load_config
    >>> old, new = (load_config("smoke", f"search.trials={trials}") for trials in (10, 4))
    >>> smaller_by(old, new), smaller_by(new, old)
    (['search.trials: 10 -> 4'], [])
    """
    less: list[str] = []
    for name, before, after in _sizes(old, new):
        if isinstance(before, int):
            if after > before:
                return []
            less += [f"{name}: {before} -> {after}"] if after < before else []
        else:
            if set(after) - set(before):
                return []
            missing = [str(value) for value in before if value not in after]
            less += [f"{name} without {', '.join(missing)}"] if missing else []
    return list(dict.fromkeys(less))


def prunes_alike(old: SweepConfig, new: SweepConfig) -> bool:
    """Return whether equal scores lead the pruners of two sweeps to equal decisions.

    Then a run of the old sweep that went on goes on in the new one, so its last course stands for
    the earlier ones.

    Parameters
    ----------
    old, new : SweepConfig
        Configurations of which the new one is an extension of the old one.

    Examples
    --------
    >>> from seqmem.sweeps.config.sweep_file import load_config
    >>> settings = ("search.sampler=sobol", "search.pruner=halving")
    >>> old, wide, long = (
    ...     load_config("smoke", (*settings, *more))
    ...     for more in ((), ("search.searches=2",), ("search.trials=16",))
    ... )
    >>> prunes_alike(old, wide), prunes_alike(old, long)
    (True, False)
    """
    return (
        old.search.pruner is not None
        and all(
            getattr(old.search, name) == getattr(new.search, name)
            for name in ("pruner", "rungs", "trials")
        )
        and old.memorizer.cells == new.memorizer.cells
        and old.training.repeats == new.training.repeats
        and all(before.strings.tune == after.strings.tune for before, after in _by_level(old, new))
    )


def needs_string_check(old: SweepConfig, new: SweepConfig) -> bool:
    """Return whether only a comparison of the strings shows that old runs can be used."""
    return any(
        before.strings.tune != after.strings.tune
        or before.strings.select != after.strings.select
        or (after.strings.fresh and before.search.trials != after.search.trials)
        for before, after in _by_level(old, new)
    )


def _sizes(old: SweepConfig, new: SweepConfig) -> list[tuple[str, Any, Any]]:
    counts = {
        "search": ("searches", "trials", "finalists"),
        "strings": ("tune", "select", "confirm"),
        "training": ("repeats",),
    }
    lists = [
        ("strings.levels", old.strings.levels, new.strings.levels),
        ("memorizer.cells", old.memorizer.cells, new.memorizer.cells),
    ]
    return lists + [
        (f"{section}.{name}", *(getattr(getattr(one, section), name) for one in pair))
        for pair in _by_level(old, new)
        for section, names in counts.items()
        for name in names
    ]


def _budget_problem(old: SweepConfig, new: SweepConfig) -> str:
    budget = new.training.budget
    if budget.is_reproducible:
        return ""
    return (
        f"training.budget {str(budget)!r}: how far a run gets in {budget.unit} depends on the "
        "machine, so no run can stand for another; use steps, epochs, flop, work or cal-s"
    )


def _cells_problem(old: SweepConfig, new: SweepConfig) -> str:
    first = [config.memorizer.cells[0] for config in (old, new)]
    if new.memorizer.match and first[0] != first[1]:
        return f"memorizer.cells: with match, the first cell must stay {first[0]}, not {first[1]}"
    if not _common_cells(old, new):
        return f"memorizer.cells: the old sweep has none of {', '.join(new.memorizer.cells)}"
    return ""


def _levels_problem(old: SweepConfig, new: SweepConfig) -> str:
    if set(old.strings.levels) & set(new.strings.levels):
        return ""
    return f"strings.levels: the old sweep has none of {', '.join(map(str, new.strings.levels))}"


def _ranges_problem(old: SweepConfig, new: SweepConfig) -> str:
    for cell in _common_cells(old, new):
        before, after = (config.search_of(cell).ranges for config in (old, new))
        for name in SEARCHED_FIELDS:
            if before.get(name) != after.get(name):
                return f"search.{name} of {cell}: {_RANGES}"
    return ""


def _engine_problem(old: SweepConfig, new: SweepConfig) -> str:
    for cell in _common_cells(old, new):
        before, after = (config.training.engine_of(cell) for config in (old, new))
        if before != after:
            return f"training.engine of {cell}: {before} -> {after}: {_OTHER_RUNS}"
    return ""


def _settings_problem(old: SweepConfig, new: SweepConfig) -> str:
    for change in differences(old.to_dict(), new.to_dict()):
        if reason := _reason(change, old, new):
            return f"{shorten(str(change), _LONGEST_CHANGE)}: {reason}"
    return ""


def _reason(change: Difference, old: SweepConfig, new: SweepConfig) -> str:
    """Return why a sweep with another value of a setting cannot be grown; empty if it can."""
    name = change.name
    has_model = new.search.sampler == "tpe"
    if name == "strings.confirm" and new.strings.pieces is not None:
        return _PER_SEARCH
    if name in CHECKED:
        if new.strings.pieces is not None:
            return _PER_SEARCH
        if name == "strings.tune" and new.strings.fresh:
            return "each trial would get other strings"
        if name == "strings.tune" and has_model and _has_modelled_trials(old, new):
            return "the scores of trials would change, so the sampler tpe would suggest others"
        return ""
    if name in (*GROWING, *_OF_THE_ENVIRONMENT) or _is_judged_elsewhere(name):
        return ""
    if name.startswith("plugins.") or name == "training.cost_extension_hash":
        # A plug-in or cost extension that only one of the sweeps uses decides no run of both.
        return "" if None in (change.before, change.after) else _OTHER_RUNS
    if name in ("search.startup", "search.generation", "search.enqueue") and not has_model:
        return ""
    if name == "strings.parameters.path" and new.strings.pieces is not None:
        return ""
    if name.startswith("strings.pieces."):
        return _PIECES
    return _REASONS.get(name, _STRINGS if name.startswith("strings.") else _OTHER_RUNS)


def _has_modelled_trials(*configs: SweepConfig) -> bool:
    return all(config.search.trials > config.search.first_generation for config in configs)


def _is_judged_elsewhere(name: str) -> bool:
    """Return whether a setting is compared for each cell."""
    section, _, rest = name.partition(".")
    if section == "search":
        return rest.partition(".")[0] in (*SEARCHED_FIELDS, "cells")
    return section == "training" and rest.partition(".")[0] == "engine"


def _common_cells(old: SweepConfig, new: SweepConfig) -> list[str]:
    return [cell for cell in old.memorizer.cells if cell in new.memorizer.cells]


_Problem = Callable[[SweepConfig, SweepConfig], str]
_PROBLEMS: tuple[_Problem, ...] = (_budget_problem, _cells_problem, _levels_problem)
_PROBLEMS_OF_A_LEVEL: tuple[_Problem, ...] = (
    _settings_problem,
    _ranges_problem,
    _engine_problem,
)
