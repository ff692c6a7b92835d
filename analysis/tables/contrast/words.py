"""What the numbers of a contrast are about, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import pandas as pd

from seqmem.analysis.claims.rules.time_ratio_parts import MANY_DROPPED
from seqmem.analysis.estimators.tuning.search_points import PAIRED_SAMPLERS
from seqmem.analysis.records.search_pairs import Layout, SearchPairs
from seqmem.analysis.records.settings import value_words
from seqmem.analysis.records.sides import SEARCH, Side, Sides
from seqmem.analysis.tables.contrast.confounds import Configs, search_boxes
from seqmem.core.number_formats import counted, number_range
from seqmem.study.memorizers.cells import cell_title

_CLOCKS = {"budget": "", "flops": " at equal FLOPs", "symbols": " at equal symbols",
           "steps": " at equal steps"}  # fmt: skip


# Ratio of the numbers of points from which a note is made.
_UNEQUAL = 2


class Facts(NamedTuple):
    """How a contrast was made.

    Attributes
    ----------
    pairs : SearchPairs
        Pairs of searches.
    no_rho : str
        Why there is no rho; empty if there is.
    clock : str
        Clock of rho.
    subset : int
        n, if points are compared; otherwise 0.
    points : tuple of list of int
        Numbers of points of the searches of a and of b.
    same_points : bool
        Whether both sides have the same points.
    strings : int
        Fewest tuning strings, if points are compared.
    failed : int
        Pairs of searches that are left out for failed or missing runs.
    itself : bool
        Whether both sides are one setting.
    """

    pairs: SearchPairs
    no_rho: str
    clock: str
    subset: int = 0
    points: tuple[list[int], list[int]] = ([], [])
    same_points: bool = False
    strings: int = 0
    failed: int = 0
    itself: bool = False

    @property
    def is_paired(self) -> bool:
        """Whether the sides have strings in common."""
        return len(self.pairs.table) > 0

    @property
    def exploratory(self) -> bool:
        """Whether one tuning string both ranks the points and gives their values."""
        return self.subset > 0 and self.strings < 2


def estimand(sides: Sides, facts: Facts, configs: Configs) -> str:
    """Return what the estimates are about, in a sentence.

    Parameters
    ----------
    sides : Sides
        The sides.
    facts : Facts
        How the contrast was made.
    configs : mapping of str to mapping
        Sweep files by the name of the sweep.
    """
    searches = [_search_words(side, configs) for side in sides.both]
    searched = searches[0] if searches[0] == searches[1] else " against ".join(searches)
    text = f"the confirmed winner of a search of {searched}"
    if facts.subset:
        counts = [number_range(min(side), max(side)) for side in facts.points]
        own = counts[0] if counts[0] == counts[1] else f"{counts[0]} (a) and {counts[1]} (b)"
        which = "the same" if facts.same_points else "the"
        points = "slots" if facts.pairs.by_slot else "points"
        text = (
            f"the best of a random subset of {facts.subset} of {which} {own} {points} of each "
            f"setting, in a search of {searched}; each tuning string ranks"
        )
        text += " and the others give values" if facts.strings > 1 else " and gives values"
    if facts.pairs.by_slot:
        boxes = [search_boxes(side, configs) for side in sides.both]
        text += f"; paired by slot of the unit cube, in the box {boxes[0]} (a) and {boxes[1]} (b)"
    strings = " of the same string" if facts.is_paired else ", each of its own strings"
    ratio = f"rho is log2 of b's over a's time to the same stored fraction{strings}"
    return f"a minus b of {text}. {ratio}{_CLOCKS[facts.clock]}"


def notes(sides: Sides, facts: Facts, table: pd.DataFrame) -> Iterator[str]:
    """Yield sentences to be read beside the table.

    Parameters
    ----------
    sides : Sides
        The sides.
    facts : Facts
        How the contrast was made.
    table : DataFrame
        The table of the contrast.
    """
    if facts.itself:
        yield (
            "A/A: both sides are one setting, so the true difference is 0; 'differs' means that "
            "the rule of a claim finds one"
        )
    if facts.exploratory:
        yield (
            "exploratory: with one tuning string, the string that ranks the points also gives "
            "their values, so this supports no claim; use strings.tune=2"
        )
    if facts.subset and max(map(max, facts.points)) >= _UNEQUAL * min(map(min, facts.points)):
        yield (
            "the numbers of points are unequal, so the best of some is compared with the best of "
            "all; that alone moved rho by .04 octave in a simulation (docs/methods.md)"
        )
    if facts.no_rho:
        yield f"no rho: {facts.no_rho}"
    else:
        yield from _rho_notes(table[table["quantity"] == "rho"])
    if sides.contrasts("budget"):
        yield "the score counts time in fractions of each side's own budget"
    if facts.failed:
        yield f"{counted(facts.failed, 'pair')} of searches left out for failed or missing runs"
    if not facts.is_paired:
        yield (
            "unpaired: a and b share no string of one search, so the luck of strings and searches "
            "counts on both sides; sweeps with the same seed are paired"
        )


def _rho_notes(rows: pd.DataFrame) -> Iterator[str]:
    """Yield what leans rho toward no difference, if it concerns more than a tenth of the pairs."""
    reasons = {
        "uninformative": "one stored less than 2 % of its string, and rho leaves them out",
        "at_start": "a run was there at its first checkpoint, so its time is a bound",
    }
    for name, reason in reasons.items():
        if rows[name].max() > MANY_DROPPED:
            low, high = (f"{100 * value:.0f}" for value in (rows[name].min(), rows[name].max()))
            share = f"{low} to {high} %" if low != high else f"{high} %"
            yield f"rho: in {share} of the pairs of runs, {reason}; this leans rho toward 0"


def label_of(values: Mapping[str, Any], layout: Layout) -> str:
    """Return the label of a group of rows.

    Parameters
    ----------
    values : mapping
        Values by column.
    layout : Layout
        The layout.

    Returns
    -------
    str
        Text such as "level 48, GRU"; "all" for no columns.

    Examples
    --------
    >>> label_of({"level": 48, "cell": "gru"}, Layout([], [], []))
    'level 48, GRU'
    """
    texts = [
        cell_title(value)
        if name == "cell"
        else value_words(value)
        if isinstance(value, str)
        else f"{name} {value_words(value)}"
        for name, value in values.items()
    ]
    return ", ".join(texts) or "all"


def _search_words(side: Side, configs: Configs) -> str:
    """Return the points of the searches of a side, in words."""
    tried = side.runs[side.runs["role"] == "tune"]
    sweeps = tried["sweep"].astype(str).unique()
    found = []
    for sweep in sorted(sweeps):
        search = configs.get(sweep, {}).get("search", {})
        points = search.get("trials")
        if points is None:
            own = tried[tried["sweep"].astype(str) == sweep]
            points = int(own.groupby(SEARCH)["trial"].nunique().max())
        sampler = search.get("sampler", "tpe" if search else "")
        words = PAIRED_SAMPLERS.get(sampler, "{} points" + (f" ({sampler})" if sampler else ""))
        found.append(words.format(points))
    return " or ".join(dict.fromkeys(found))
