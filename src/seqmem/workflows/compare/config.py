"""The sweep behind a comparison: one condition for each cell, on the user's own strings."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

from seqmem.core.errors import InputError
from seqmem.core.seeding import digest
from seqmem.core.validation import validate
from seqmem.generators.symbols import SymbolString
from seqmem.study.memorizers.cells import CELLS
from seqmem.sweeps.config.sweep_config import SweepConfig
from seqmem.sweeps.config.sweep_file import apply_setting
from seqmem.workflows.compare.data import UserData
from seqmem.workflows.compare.design import ComparisonDesign
from seqmem.workflows.compare.plans import PAIRED, Plan

GENERATION = 4
# Wider than the ranges of a sweep, because nothing is known of the strings. The families that are
# compared may widen them further, for all of them.
SEARCH_SPACE: dict[str, Any] = {
    "depth": {"low": 1, "high": 2},
    "units": {"low": 4, "high": 128},
    "learning_rate": {"low": 1e-3, "high": 0.3, "log": True},
}


def sweep_name(path: Path) -> str:
    """Return the name of the sweep for a file.

    Parameters
    ----------
    path : Path
        The user's file.

    Returns
    -------
    str
        The stem of the file behind "compare-", without characters that a name cannot hold. If
        any character is lost, a digest tells files of different names apart.

    Examples
    --------
    >>> sweep_name(Path("my data/strings (1).csv"))
    'compare-strings-1-1b5af8'
    >>> sweep_name(Path("数据1.csv"))
    'compare-1-bc99f5'
    """
    stem = re.sub(r"[^A-Za-z0-9._-]+", "-", path.stem).strip("-.") or "data"
    mark = "" if stem == path.stem else f"-{digest(path.stem, characters=6)}"
    return f"compare-{stem}{mark}"


def build_config(
    name: str,
    data: UserData,
    design: ComparisonDesign,
    strings: Sequence[SymbolString],
    *,
    cells: Sequence[str],
    budget: str,
    trials: int | None = None,
    seed: int,
    settings: Sequence[str] = (),
    plan: Plan = PAIRED,
) -> SweepConfig:
    """Return the sweep: every cell is tuned with the same number of trials on the same strings.

    Parameters
    ----------
    name : str
        Name of the sweep.
    data : UserData
        The file as it was read.
    design : ComparisonDesign
        Number of searches, and of strings for each role.
    strings : sequence of SymbolString
        Those of all searches. Their median LZW count is the level, which only describes them.
    cells : sequence of str
        Cells to compare, at least two.
    budget : str
        Budget of each run, such as "20 s".
    trials : int, optional
        Configurations that each search tries; those of the plan if absent.
    seed : int
        Seed of the sweep.
    settings : sequence of str
        Settings ``section.key=value``, see `seqmem sweep --set`. The section ``strings`` is
        excluded, because the data decide it.
    plan : Plan
        How the points are chosen, and how many.

    Returns
    -------
    SweepConfig
        The validated sweep.

    Raises
    ------
    InputError
        If a name or number is not valid.
    """
    if len(cells) < 2:
        raise InputError(f"--cells {' '.join(cells)}: two or more are needed to compare")
    trials = plan.trials if trials is None else trials
    plan.check(trials)
    for setting in settings:
        if setting.partition(".")[0].strip() == "strings":
            raise InputError(
                f"--set {setting!r}: the strings are those of {data.path}; "
                "see --length and --searches"
            )
    content: dict[str, Any] = {
        "name": name,
        "seed": seed,
        "strings": _strings_section(data, design, strings),
        "memorizer": {"cells": list(cells)},
        "training": {"budget": budget},
        "search": _search_section(plan, design.searches, trials) | search_space(cells),
    }
    if ranges := own_ranges(cells):
        content["search"]["cells"] = ranges
    for setting in settings:
        apply_setting(content, setting)
    return validate(SweepConfig, content, "compare")


def own_ranges(cells: Sequence[str]) -> dict[str, Any]:
    """Return the ranges of those cells that have their own, by cell.

    Parameters
    ----------
    cells : sequence of str
        Names of the cells; unknown ones are refused later.

    Examples
    --------
    >>> own_ranges(["lstm", "transformer"])
    {'transformer': {'learning_rate': {'low': 0.0003, 'high': 0.03, 'log': True}}}
    """
    return {
        cell: {
            name: SEARCH_SPACE[name] | {"low": low, "high": high}
            for name, (low, high) in CELLS[cell].own_ranges.items()
        }
        for cell in cells
        if cell in CELLS and CELLS[cell].own_ranges
    }


def search_space(cells: Sequence[str]) -> dict[str, Any]:
    """Return the ranges that a comparison of cells searches, the same for every cell.

    Parameters
    ----------
    cells : sequence of str
        Names of the cells; unknown ones are refused later.

    Examples
    --------
    >>> search_space(["lstm", "gru"])["depth"], search_space(["lstm", "mingru"])["depth"]
    ({'low': 1, 'high': 2}, {'low': 1, 'high': 4})
    """
    space = {name: dict(interval) for name, interval in SEARCH_SPACE.items()}
    for cell in cells:
        for name, (low, high) in CELLS[cell].ranges.items() if cell in CELLS else ():
            space[name]["low"] = min(low, space[name]["low"])
            space[name]["high"] = max(high, space[name]["high"])
    return space


def _strings_section(
    data: UserData, design: ComparisonDesign, strings: Sequence[SymbolString]
) -> dict[str, Any]:
    return {
        "source": "corpus",
        "parameters": data.parameters,
        "alphabet_size": data.corpus.alphabet_size,
        "measure": "lzw",
        "levels": [round(median(string.complexity("lzw") for string in strings))],
        "tune": design.tune,
        "select": design.select,
        "confirm": design.confirm,
        "pieces": {"longest": design.longest, "data": data.corpus.mapping["data"]},
    }


def _search_section(plan: Plan, searches: int, trials: int) -> dict[str, Any]:
    return {
        "searches": searches,
        "trials": trials,
        "startup": max(1, trials // 2),
        "generation": GENERATION,
        "finalists": min(plan.finalists, trials),
        **plan.search,
    }
