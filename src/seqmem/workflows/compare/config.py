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
from seqmem.study.budget import parse_budget
from seqmem.sweeps.config.boxes import SEARCHED_FIELDS
from seqmem.sweeps.config.search_section import NEW_SPACE, Search
from seqmem.sweeps.config.sweep_config import SweepConfig
from seqmem.sweeps.config.sweep_file import apply_setting
from seqmem.sweeps.search.lengths import SHORTEST_LENGTH, longest_length
from seqmem.workflows.compare.boxes import own_ranges, widened
from seqmem.workflows.compare.data import UserData
from seqmem.workflows.compare.design import ComparisonDesign
from seqmem.workflows.compare.plans import DEFAULT, Plan, plan_of_stored, sets

GENERATION = 4


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
    plan: Plan = DEFAULT,
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
    level = round(median(string.complexity("lzw") for string in strings))
    longest = longest_length(min(string.period for string in strings))
    box = plan.box(level, parse_budget(budget).unit, longest)
    content: dict[str, Any] = {
        "name": name,
        "seed": seed,
        "strings": _strings_section(data, design, level),
        "memorizer": {"cells": list(cells)},
        "training": {"budget": budget},
        "search": _search_section(plan, design.searches, trials) | widened(box, cells),
    }
    if ranges := own_ranges(cells):
        content["search"]["cells"] = ranges
    for setting in settings:
        apply_setting(content, setting)
    _leave_out(content, [setting.partition("=")[0].strip() for setting in settings])
    return validate(SweepConfig, content, "compare")


def at_level_of(config: SweepConfig, earlier: SweepConfig) -> SweepConfig:
    """Return a comparison at the level of an earlier one, with the ranges that follow from it.

    Parameters
    ----------
    config : SweepConfig
        The comparison.
    earlier : SweepConfig
        A comparison of the same data. Ranges that the user sets stay as they are.
    """
    plan = plan_of_stored(config)
    length = earlier.search.length
    longest = int(length.high) if length is not None else SHORTEST_LENGTH
    unit = config.training.budget.unit
    cells = config.memorizer.cells
    own_length = config.search.length
    own_longest = int(own_length.high) if own_length is not None else SHORTEST_LENGTH
    own, kept = (
        Search.model_validate(widened(plan.box(one.strings.levels[0], unit, high), cells))
        for one, high in ((config, own_longest), (earlier, longest))
    )
    follows = [
        name
        for name in SEARCHED_FIELDS
        if getattr(own, name) is not None and getattr(config.search, name) == getattr(own, name)
    ]
    search = config.search.model_copy(update={name: getattr(kept, name) for name in follows})
    strings = config.strings.model_copy(update={"levels": earlier.strings.levels})
    return config.model_copy(update={"strings": strings, "search": search})


def _leave_out(content: dict[str, Any], given: Sequence[str]) -> None:
    """Take the ranges of batch and length out where the sweep searches neither by itself."""
    is_new = content["search"].get("space") == NEW_SPACE
    is_stream = content["training"].get("protocol", "stream") == "stream"
    for name, is_searched in (("batch", is_new), ("length", is_new and is_stream)):
        if not is_searched and not any(sets(key, name) for key in given):
            content["search"].pop(name, None)


def _strings_section(data: UserData, design: ComparisonDesign, level: int) -> dict[str, Any]:
    return {
        "source": "corpus",
        "parameters": data.parameters,
        "alphabet_size": data.corpus.alphabet_size,
        "measure": "lzw",
        "levels": [level],
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
