"""Contrast any two settings of one or several sweeps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any

import pandas as pd

from seqmem.analysis.claims.rules.time_ratio_parts import RATIO_MARGIN
from seqmem.analysis.records.kinds import RECORDS
from seqmem.analysis.records.missing_searches import check_finished
from seqmem.analysis.records.search_pairs import Layout, find_layout
from seqmem.analysis.records.settings import setting_text
from seqmem.analysis.records.sides import Sides, find_sides
from seqmem.analysis.records.sources import Sources
from seqmem.analysis.tables.contrast.confounds import (
    FIRST_REPEAT,
    Configs,
    confounded_settings,
)
from seqmem.analysis.tables.contrast.result import ContrastResult
from seqmem.analysis.tables.contrast.routes import best_of_points, confirmed_winners
from seqmem.analysis.tables.contrast.rows import (
    CONTRAST_COLUMNS,
    Reading,
    Rule,
    judged_row,
    paired_readings,
    unpaired_readings,
)
from seqmem.analysis.tables.contrast.unpaired import Matrices
from seqmem.analysis.tables.contrast.words import estimand, label_of, notes
from seqmem.core.errors import InputError, unknown
from seqmem.core.python_arguments import argument_kinds

CONFIRMED = "confirmation runs of winners"
BEST = "best of n points"
# Settings over which nothing is averaged.
_NEVER_POOLED = ("budget", "protocol", "measure")
_ITSELF = {"sweep", "repeat", "first_repeat"}


@argument_kinds(frame=RECORDS._replace(types=(pd.DataFrame, Sources)))
def contrast(
    frame: pd.DataFrame | Sources,
    a: str | Mapping[str, Any],
    b: str | Mapping[str, Any],
    *,
    by: str | Sequence[str] = (),
    configs: Configs | None = None,
    margin: float = RATIO_MARGIN,
    clock: str = "budget",
) -> ContrastResult:
    """Contrast two settings, paired by search, string and point where the records are equal.

    Settings that a design fixes, such as the cell, are contrasted by the confirmation runs of
    winners. Settings that a search varies, such as units, are contrasted by the expected best of n
    of its points, with n the smaller number of points that have one of the settings. Without a
    common string, the difference is unpaired (Welch). Searches are the units of all intervals.

    Parameters
    ----------
    frame : DataFrame or Sources
        Records, as `analysis.load` returns them, or what `analysis.load_sources` returns.
    a, b : str or mapping
        The settings: "depth=2 units=32", or a mapping of columns to values. Rho is positive where
        `a` is sooner.
    by : str or sequence of str
        Columns, such as "level" or "cell". Each of their combinations gets rows of its own.
    configs : mapping of str to mapping, optional
        Sweep files by the name of the sweep. They name samplers and ranges, and tell whether a
        sweep is finished. Sources have them already.
    margin : float, default 0.15
        Smallest rho that counts, in octaves. The margin of the score is .03, and that of bits 3 %
        of a string.
    clock : {"budget", "flops", "symbols", "steps"}
        Clock of rho.

    Returns
    -------
    ContrastResult
        The table, with the pairing, the estimand and everything else that differs.

    Raises
    ------
    InputError
        The settings are equal, unknown or select nothing; the sides differ in budget, protocol,
        measure, level, checkpoints or environment, which is not contrasted; a sweep is not
        finished; or searched settings have points that depend on results.

    Examples
    --------
    >>> from seqmem import analysis
    >>> sources = analysis.load_sources(["runs/one-layer", "runs/two-layers"])  # doctest: +SKIP
    >>> analysis.contrast(sources, a="depth=2", b="depth=1", by="level")  # doctest: +SKIP
    """
    if isinstance(frame, Sources):
        frame, configs = frame.frame, configs or frame.configs
    configs = configs or {}
    if not (isfinite(margin) and margin >= 0):
        raise InputError(f"margin {margin:g}: must be a number from 0 on, in octaves")
    sides = find_sides(frame, a, b)
    check_finished(frame, sides.both, configs)
    layout = find_layout(sides)
    named = [by] if isinstance(by, str) else list(by)
    groups = ["source_label" if name == "source" else name for name in dict.fromkeys(named)]
    _check_groups(sides, layout, groups)
    confounded = confounded_settings(sides, layout, configs)
    itself = set(sides.contrasted) <= _ITSELF and set(confounded) <= {_first_repeat(confounded)}
    if itself:
        confounded = []
    compare = best_of_points if sides.searched else confirmed_winners
    made = compare(sides, layout, configs, clock)
    rule = Rule(margin, made.facts.subset > 0, itself)
    facts = made.facts._replace(itself=itself)
    texts = [setting_text(side.setting) for side in sides.both]
    table = _table(made.differences, layout, groups, rule)
    table.insert(0, "a", texts[0])
    table.insert(1, "b", texts[1])
    return ContrastResult(
        texts[0],
        texts[1],
        (BEST if sides.searched else CONFIRMED) + ("" if facts.is_paired else ", unpaired"),
        facts.pairs.words(),
        estimand(sides, facts, configs),
        tuple(confounded),
        tuple(notes(sides, facts, table)),
        table,
    )


def _first_repeat(confounded: Sequence[str]) -> str:
    """Return the text on the first repeat, in which arms of one setting may differ."""
    return next((text for text in confounded if text.startswith(FIRST_REPEAT)), "")


def _check_groups(sides: Sides, layout: Layout, groups: list[str]) -> None:
    """Raise `InputError` for groups that are no fixed setting, or that must be given."""
    valid = list(dict.fromkeys([*layout.keys, "level", "cell"]))
    names = [name for name in valid if name in sides.a.runs and name not in sides.contrasted]
    shown = ["source" if name == "source_label" else name for name in names]
    for group in groups:
        if group in sides.contrasted:
            raise InputError(f"by {group}: it is contrasted; leave it out or contrast another")
        if group not in names and group not in sides.fixed:
            raise unknown("group", group, shown)
        if group in layout.confounded:
            raise InputError(f"by {group}: a and b have other values of it; give one in both")
    for name in _NEVER_POOLED:
        values = sides.values(name)[0]
        if _is_pooled(sides, layout, name) and name not in groups:
            few = ", ".join(sorted(map(str, values))[:4])
            raise InputError(
                f"the runs have several values of {name} ({few}), over which nothing is averaged; "
                f"give {name}=… in a and b, or --by {name}"
            )


def _is_pooled(sides: Sides, layout: Layout, name: str) -> bool:
    """Return whether the runs of a stratum have several values; levels may have their own."""
    if sides.contrasts(name) or name in layout.strata:
        return name in layout.strata and len(sides.values(name)[0]) > 1
    runs = sides.a.finished
    if not layout.strata:
        return bool(runs[name].nunique() > 1)
    return bool((runs.groupby(layout.strata)[name].nunique() > 1).any())


def _table(
    differences: pd.DataFrame | list[Matrices], layout: Layout, groups: list[str], rule: Rule
) -> pd.DataFrame:
    """Return rows for each group, then for all together."""
    used = [name for name in groups if name in layout.keys]
    rows: list[list[object]] = []
    for values, part in _parts(differences, layout, used):
        label = label_of(dict(zip(used, values, strict=True)), layout)
        rows += [
            [*values, *judged_row(label, quantity, reading, rule)]
            for quantity, reading in _readings(part, layout, used)
        ]
    several = len({row[len(used)] for row in rows}) > 1
    if several and not set(used) & set(_NEVER_POOLED):
        rows += [
            [*[None] * len(used), *judged_row("all", quantity, reading, rule)]
            for quantity, reading in _readings(differences, layout, [])
        ]
    columns = ["source" if name == "source_label" else name for name in used]
    table = pd.DataFrame(rows, columns=[*columns, *CONTRAST_COLUMNS])
    # Whole numbers would become fractions beside the missing value of "all".
    own = {name: [row[place] for row in rows] for place, name in enumerate(columns)}
    return table.assign(**{name: pd.Series(own[name], dtype=object) for name in columns})


def _parts(
    differences: pd.DataFrame | list[Matrices], layout: Layout, groups: list[str]
) -> list[tuple[tuple[Any, ...], Any]]:
    if not groups:
        return [((), differences)]
    if isinstance(differences, pd.DataFrame):
        return [(key, rows) for key, rows in differences.groupby(groups, sort=True)]
    places = [layout.keys.index(name) for name in groups]
    parts: dict[tuple[Any, ...], list[Matrices]] = {}
    for one in differences:
        parts.setdefault(tuple(one.key[place] for place in places), []).append(one)
    return sorted(parts.items(), key=lambda part: tuple(map(_sortable, part[0])))


def _sortable(value: Any) -> tuple[bool, float, str]:
    is_text = isinstance(value, str)
    return is_text, 0.0 if is_text or value is None else float(value), str(value)


def _readings(part: Any, layout: Layout, groups: list[str]) -> list[tuple[str, Reading]]:
    strata, blocks = (
        [name for name in names if name not in groups] for names in (layout.strata, layout.blocks)
    )
    if isinstance(part, pd.DataFrame):
        return list(paired_readings(part, strata, blocks))
    return list(unpaired_readings(part, layout.keys, strata))
