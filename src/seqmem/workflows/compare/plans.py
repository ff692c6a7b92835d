"""How much a comparison searches by default, and which comparisons were begun under older rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from seqmem.core.errors import InputError
from seqmem.sweeps.config.search_section import NEW_SPACE
from seqmem.sweeps.config.sweep_file import load_config
from seqmem.sweeps.storage.file_names import CONFIG_FILE


@dataclass(frozen=True)
class Plan:
    """Effort of a comparison, and how its points are chosen.

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
    search : mapping
        Further keys of the section ``[search]``.
    """

    trials: int
    finalists: int
    searches: int
    confirm: tuple[int, ...]
    is_paired: bool
    search: Mapping[str, Any] = field(default_factory=dict)

    def check(self, trials: int) -> None:
        """Raise `InputError` if a search cannot try so many configurations.

        Parameters
        ----------
        trials : int
            Number of trials.

        Examples
        --------
        >>> PAIRED.check(24)
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


# 6 searches of 16 + 2 + 2 runs are 120 runs of each cell, where there were 124 before.
PAIRED = Plan(16, 2, 6, (2, 1), True, {"sampler": "sobol", "space": NEW_SPACE})
# Comparisons that were begun before points were paired go on by these rules.
EARLIER = Plan(24, 3, 4, (4, 2, 1), False)


def plan_of(folder: Path, settings: Sequence[str] = ()) -> Plan:
    """Return the plan of the comparison that a folder holds, or that of a new one.

    Parameters
    ----------
    folder : Path
        Folder of the comparison, which need not exist.
    settings : sequence of str
        Settings ``section.key=value`` of the user.

    Returns
    -------
    Plan
        `EARLIER` if the folder holds a comparison without ``search.space``, which every newer one
        has unless a setting changes it.
    """
    if not (folder / CONFIG_FILE).exists() or any(map(_sets_space, settings)):
        return PAIRED
    stored = load_config(folder / CONFIG_FILE)
    return PAIRED if stored.search.space == NEW_SPACE else EARLIER


def _sets_space(setting: str) -> bool:
    return setting.partition("=")[0].strip() == "search.space"
