"""GRU against LSTM in runs that go on after memorizing, at own and at matched learning rates: C6 and C7."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from seqmem.analysis.claims.rules.against_itself import self_parts
from seqmem.analysis.claims.rules.evidence import Evidence, Pairs, pair_cells
from seqmem.analysis.claims.rules.requirements import (
    fewer,
    fewer_within,
    missing_cells,
    missing_pairs,
)
from seqmem.analysis.claims.rules.verdict import (
    Verdict,
    VerdictPart,
    conjunction,
    contrast_part,
    doubted,
    not_tested,
)
from seqmem.analysis.estimators.contrasts import clustered_contrast
from seqmem.core.arrays import Array

OWN = "own learning rates"
_LEVELS, _STRINGS, _SEARCHES = 2, 12, 2
_CELLS = ("gru", "lstm")
_CHOICE = ["budget", "design"]
RunGroups = Mapping[str, pd.DataFrame]


@dataclass(frozen=True)
class FixedLengthComparison:
    """What is compared: LSTM less GRU, oriented toward the claim.

    Attributes
    ----------
    column, probe : the records' column, and what has to be switched on for it.
    quantity : in words, with its unit.
    measured : runs -> (n,) values to be subtracted, NaN where there is none.
    margin : in the unit of the values.
    matched : how many matched learning rates the claim needs.
    lost : what happened to pairs without a value.
    setting : what the verdict holds for.
    """

    column: str
    probe: str
    quantity: str
    measured: Callable[[pd.DataFrame], Array]
    margin: float
    matched: int
    lost: str
    setting: str


def by_learning_rate(evidence: Evidence, column: str) -> dict[str, pd.DataFrame]:
    """Runs with a probe's column, by whether the cells had their own learning rates or one and the same.

    Sweeps in which one learning rate alone was tried are matched; the others tuned one for each cell. A sweep in which
    the column never has a value, since its runs were too short for it, has not measured it.
    """
    runs = evidence.runs
    if column not in runs:
        return {}
    measured = set(runs.loc[np.isfinite(runs[column].astype(float)), "sweep"])
    runs = runs[
        ~runs["stop_on_memorized"].eq(True)
        & runs["cell"].isin(_CELLS)
        & runs["sweep"].isin(measured)
    ]
    rates = evidence.frame.groupby("sweep")["learning_rate"].agg(["nunique", "first"])
    matched = {sweep: rate["first"] for sweep, rate in rates.iterrows() if rate["nunique"] == 1}
    names = runs["sweep"].map(
        lambda sweep: f"learning rate {matched[sweep]:g}" if sweep in matched else OWN
    )
    return {str(name): rows for name, rows in runs.groupby(names, sort=True)}


def compare_cells(
    evidence: Evidence, groups: RunGroups, comparison: FixedLengthComparison
) -> tuple[Verdict, RunGroups]:
    """Verdict over own and matched learning rates, all of which must support the claim, and the runs it rests on."""
    chosen, needs = _complete(evidence, groups, comparison)
    if needs:
        return not_tested(needs), chosen
    parts, themselves, notes = [], list[VerdictPart](), list[str]()
    for name, rows in chosen.items():
        doubt = evidence.doubts(rows, comparison.margin)
        part, lost = difference_part(evidence, rows, comparison, name)
        parts.append(doubted(part, doubt))
        themselves += _self(evidence, rows, comparison, part)
        notes += [f"{lost} pairs at {name} {comparison.lost}"] if lost else []
        notes += [f"{name}: {words}" for words in (*doubt, *_cost(evidence, rows))]
    verdict, tag = conjunction(parts)
    notes += evidence.unknown_ranges(pd.concat(chosen.values()))
    found = Verdict(
        verdict,
        tag,
        tuple(parts),
        against_itself=tuple(themselves),
        notes=tuple(notes),
        setting=comparison.setting,
    )
    return found, chosen


def difference_part(
    evidence: Evidence, rows: pd.DataFrame, comparison: FixedLengthComparison, name: str
) -> tuple[VerdictPart, int]:
    """LSTM's minus GRU's value on the same strings, and how many pairs lack a value."""
    pairs = pair_cells(rows, *_CELLS)
    difference = _difference(evidence, comparison, pairs, name="second")
    found = clustered_contrast(difference, pairs.strata, _units(evidence, rows, pairs))
    part = contrast_part(
        name, comparison.quantity, found, comparison.margin, len(set(pairs.strata))
    )
    return part, int((~np.isfinite(difference)).sum())


def was_searched(evidence: Evidence, rows: pd.DataFrame) -> bool:
    """Whether a configuration was searched for any of these runs: the search is then the independent unit."""
    return bool(evidence.searched.intersection(rows["sweep"].unique()))


def _units(evidence: Evidence, rows: pd.DataFrame, pairs: Pairs) -> list[str]:
    """The search where a configuration was searched, else the string: its initializations are no further strings."""
    if was_searched(evidence, rows):
        return pairs.clusters
    return [str(unit).rpartition("/")[0] for unit in pairs.units]


def _difference(
    evidence: Evidence, comparison: FixedLengthComparison, pairs: Pairs, name: str = "first"
) -> Array:
    """Values of the side named less those of the other: (n,)."""
    first, second = (
        comparison.measured(evidence.runs.loc[places]) for places in (pairs.first, pairs.second)
    )
    found: Array = first - second if name == "first" else second - first
    return found


def _self(
    evidence: Evidence, rows: pd.DataFrame, comparison: FixedLengthComparison, like: VerdictPart
) -> list[VerdictPart]:
    by_unit = not was_searched(evidence, rows)
    return self_parts(
        evidence,
        rows,
        lambda pairs: _difference(evidence, comparison, pairs),
        like,
        by_unit=by_unit,
    )


def _cost(evidence: Evidence, rows: pd.DataFrame) -> list[str]:
    """How unequal the cost of the same number of steps was."""
    pairs = pair_cells(rows, *_CELLS)
    gru, lstm = (
        evidence.runs.loc[places, "flops"].to_numpy(dtype=float)
        for places in (pairs.first, pairs.second)
    )
    use = (gru > 0) & (lstm > 0)
    if not use.any():
        return []
    return [
        f"LSTMs took {np.exp(np.mean(np.log(lstm[use] / gru[use]))):.2g} times the FLOPs of GRUs"
    ]


def _complete(
    evidence: Evidence, groups: RunGroups, comparison: FixedLengthComparison
) -> tuple[dict[str, pd.DataFrame], list[str]]:
    """Own and matched learning rates that have the whole design, and what is missing where they are too few."""
    if not groups:
        return {}, [f"GRU and LSTM with the probe {comparison.probe} and stop_on_memorized = false"]
    best = {name: _one_design(evidence, rows) for name, rows in groups.items()}
    chosen = {name: rows for name, (rows, lacking) in best.items() if not lacking}
    matched = len(chosen) - (OWN in chosen)
    if OWN in chosen and matched >= comparison.matched:
        return chosen, []
    needs = [] if OWN in groups else ["runs with each cell's own, searched, learning rate"]
    offered = len(groups) - (OWN in groups)
    if offered < comparison.matched:
        plural = "s" if comparison.matched > 1 else ""
        needs.append(f"{comparison.matched} matched learning rate{plural} (there {_are(offered)})")
    return {}, needs + [
        f"{words} at {name}" for name, (_, lacking) in best.items() for words in lacking
    ]


def _are(count: int) -> str:
    return f"{'is' if count == 1 else 'are'} {count}"


def _one_design(evidence: Evidence, rows: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """The runs of the budget and design that lacks least, the largest budget first, and what that lacks."""
    sizes = (
        rows.groupby(_CHOICE)["budget_amount"].first().sort_values(ascending=False, kind="stable")
    )
    parts = [rows[(rows[_CHOICE] == list(key)).all(axis=1)] for key in sizes.index]
    lacking = [_lacks(evidence, part) for part in parts]
    place = min(range(len(parts)), key=lambda i: len(lacking[i]))
    return parts[place], lacking[place]


def _lacks(evidence: Evidence, rows: pd.DataFrame) -> list[str]:
    planned = evidence.designed
    planned = planned[planned["sweep"].isin(rows["sweep"].unique()) & planned["cell"].isin(_CELLS)]
    found = missing_cells(rows, _CELLS) + fewer(rows, "level", _LEVELS, "levels")
    found += fewer_within(
        planned, ["stratum", "cell"], ["cluster", "replicate"], _STRINGS, "strings per level"
    )
    searches = _SEARCHES if was_searched(evidence, rows) else 1
    found += fewer_within(
        planned, ["stratum", "cell"], ["cluster"], searches, "independent searches per level"
    )
    return found or missing_pairs(pair_cells(rows, *_CELLS), planned["stratum"], searches)
