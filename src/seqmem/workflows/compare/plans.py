"""How much a comparison searches, and where: by default, and by the rules of older versions."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from seqmem.core.errors import InputError
from seqmem.sweeps.config.search_section import NEW_SPACE, Search
from seqmem.sweeps.config.sweep_config import SweepConfig
from seqmem.sweeps.config.sweep_file import load_config
from seqmem.sweeps.storage.file_names import CONFIG_FILE
from seqmem.workflows.compare.boxes import PLAIN_CELLS, WIDE_BOX, box_of_level, widened


def _wide_box(level: int, unit: str, longest: int) -> dict[str, Any]:
    return WIDE_BOX


@dataclass(frozen=True)
class Plan:
    """Effort of a comparison, how its points are chosen, and in which box.

    Attributes
    ----------
    trials : int
        Configurations that each search tries.
    finalists : int
        Configurations of a search that run on the selection strings.
    searches : int
        Searches of each cell, if the data have enough strings.
    confirm : tuple of int
        Verdict strings of a search; smaller numbers if the data have too few strings.
    is_paired : bool
        Whether all cells try the same points, which depend on no result.
    rules : str
        What is said of its rules.
    search : mapping
        Further keys of the section ``[search]``.
    box : callable
        Returns the ranges from the level, the unit of the budget and the longest step, see
        `seqmem.workflows.compare.boxes.box_of_level`.
    """

    trials: int
    finalists: int
    searches: int
    confirm: tuple[int, ...]
    is_paired: bool
    rules: str
    search: Mapping[str, Any] = field(default_factory=dict)
    box: Callable[[int, str, int], dict[str, Any]] = _wide_box

    def check(self, trials: int) -> None:
        """Raise `InputError` if a search cannot try so many configurations.

        Parameters
        ----------
        trials : int
            Number of trials.

        Examples
        --------
        >>> DEFAULT.check(24)
        Traceback (most recent call last):
        seqmem.core.errors.InputError: --trials 24: must be a power of two, so that the points \
cover the box evenly; the nearest are 16 and 32
        """
        if trials < 1:
            raise InputError(f"--trials {trials}: at least 1 is needed")
        if self.is_paired and trials.bit_count() > 1:
            lower = 1 << (trials.bit_length() - 1)
            raise InputError(
                f"--trials {trials}: must be a power of two, so that the points cover the box "
                f"evenly; the nearest are {lower} and {2 * lower}"
            )


# Searched options by whose ranges plans differ.
_TELLING = ("units", "learning_rate", "batch")
_SOBOL = {"sampler": "sobol", "space": NEW_SPACE}
# 24 searches of 4 + 2 + 2 runs are 192 runs of each cell, where the other plans have 120 or 124. If
# strings can be memorized, these train for less time, because more of them end early
# (docs/methods.md).
DEFAULT = Plan(
    4, 2, 24, (2, 1), True, "4 points of a box that follows the level", _SOBOL, box_of_level
)
# For other cells, and for comparisons that were begun before boxes followed the level.
WIDE = Plan(16, 2, 6, (2, 1), True, "16 points of the wide box", _SOBOL)
# Comparisons that were begun before points were paired go on by these rules.
GUIDED = Plan(24, 3, 4, (4, 2, 1), False, "24 trials, half of them by TPE")


def new_plan(cells: Sequence[str]) -> Plan:
    """Return the plan of a new comparison.

    Parameters
    ----------
    cells : sequence of str
        The cells that are compared.

    Examples
    --------
    >>> new_plan(["lstm", "gru"]).trials, new_plan(["lstm", "mingru"]).trials
    (4, 16)
    """
    return DEFAULT if set(cells) <= set(PLAIN_CELLS) else WIDE


def plan_of(folder: Path, cells: Sequence[str], settings: Sequence[str] = ()) -> Plan:
    """Return the plan of the comparison that a folder holds, or that of a new one.

    Parameters
    ----------
    folder : Path
        Folder of the comparison, which need not exist.
    cells : sequence of str
        The cells that are compared.
    settings : sequence of str
        Settings ``section.key=value`` of the user.
    """
    if not (folder / CONFIG_FILE).exists():
        return new_plan(cells)
    given = {setting.partition("=")[0].strip() for setting in settings}
    return plan_of_stored(load_config(folder / CONFIG_FILE), given)


def plan_of_stored(stored: SweepConfig, given: Collection[str] = ()) -> Plan:
    """Return the plan by which a stored comparison was begun.

    Parameters
    ----------
    stored : SweepConfig
        The comparison.
    given : collection of str
        Keys ``section.key`` that the user sets, which say nothing about the plan.
    """
    if stored.search.sampler == "tpe" and "search.sampler" not in given:
        return GUIDED
    told = [name for name in _TELLING if not any(sets(key, name) for key in given)]
    box = widened(WIDE_BOX, stored.memorizer.cells)
    wide = Search.model_validate({**box, "space": stored.search.space})
    is_wide = bool(told) and all(
        getattr(stored.search, name) == getattr(wide, name) for name in told
    )
    return WIDE if is_wide else new_plan(stored.memorizer.cells)


def sets(key: str, name: str) -> bool:
    """Return whether a setting sets a searched option, or a part of its range.

    Parameters
    ----------
    key : str
        ``section.key`` of the setting.
    name : str
        Name of the option.

    Examples
    --------
    >>> sets("search.units.high", "units"), sets("training.units", "units")
    (True, False)
    """
    section, _, rest = key.partition(".")
    return section == "search" and rest.partition(".")[0] == name
