"""GRU against LSTM in runs that go on after memorizing: the common part of C6 and C7.

Both claims are tested at own learning rates (tuned for each cell) and at matched ones.
"""

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
_LEVELS = 2
_STRINGS = 12
_SEARCHES = 2
_CELLS = ("gru", "lstm")
_CHOICE = ["budget", "design"]
RunGroups = Mapping[str, pd.DataFrame]


@dataclass(frozen=True)
class FixedLengthComparison:
    """Definition of a comparison: LSTM minus GRU, positive if it favours the claim.

    Attributes
    ----------
    column : str
        Column of the records with the measurement.
    probe : str
        Probe that must be switched on for the column.
    quantity : str
        The difference in words, with its unit.
    measured : callable
        Function of runs that returns the values to subtract, shape (n,); NaN if not measured.
    margin : float
        Smallest difference that counts, in the unit of the values.
    matched : int
        Number of matched learning rates that the claim needs.
    lost : str
        Reason why a pair has no value, as a verb phrase.
    setting : str
        Conditions under which the verdict holds.
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
    """Return runs with a measured column, by the kind of their learning rate.

    The kinds are "own learning rates" and one for each matched rate. A sweep that tried a single
    learning rate is matched. The others tuned one for each cell. A sweep whose column has no value,
    because its runs were too short, counts as not measured.

    Parameters
    ----------
    evidence : Evidence
        The records.
    column : str
        Column of a probe.

    Returns
    -------
    dict of str to DataFrame
        Rows of `evidence.runs` by the name of the learning rate.
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
    """Return the verdict over own and matched learning rates, and the runs that it rests on.

    The claim is supported only if it is supported at every learning rate.

    Parameters
    ----------
    evidence : Evidence
        The records.
    groups : mapping of str to DataFrame
        Runs by learning rate, from `by_learning_rate`.
    comparison : FixedLengthComparison
        Definition of the comparison.

    Returns
    -------
    verdict : Verdict
        Outcome; `not tested` if the design is incomplete.
    chosen : mapping of str to DataFrame
        Runs of complete designs by learning rate.
    """
    chosen, needs = _complete(evidence, groups, comparison)
    if needs:
        return not_tested(needs), chosen
    parts: list[VerdictPart] = []
    themselves: list[VerdictPart] = []
    notes: list[str] = []
    for name, rows in chosen.items():
        doubts = evidence.doubts(rows, comparison.margin)
        part, lost = difference_part(evidence, rows, comparison, name)
        parts.append(doubted(part, doubts))
        themselves += _self(evidence, rows, comparison, part)
        notes += [f"{lost} pairs at {name} {comparison.lost}"] if lost else []
        notes += [f"{name}: {note}" for note in (*doubts, *_cost(evidence, rows))]
    verdict, tag = conjunction(parts)
    notes += evidence.unknown_ranges(pd.concat(chosen.values()))
    outcome = Verdict(
        verdict,
        tag,
        tuple(parts),
        against_itself=tuple(themselves),
        notes=tuple(notes),
        setting=comparison.setting,
    )
    return outcome, chosen


def difference_part(
    evidence: Evidence, rows: pd.DataFrame, comparison: FixedLengthComparison, name: str
) -> tuple[VerdictPart, int]:
    """Return LSTM minus GRU on the same strings, judged, and the number of pairs without a value.

    Parameters
    ----------
    evidence : Evidence
        The records.
    rows : DataFrame
        Runs at one learning rate, rows of `evidence.runs`.
    comparison : FixedLengthComparison
        Definition of the comparison.
    name : str
        Name of the part.
    """
    pairs = pair_cells(rows, *_CELLS)
    difference = _difference(evidence, comparison, pairs, name="second")
    contrast = clustered_contrast(difference, pairs.strata, _units(evidence, rows, pairs))
    part = contrast_part(
        name, comparison.quantity, contrast, comparison.margin, len(set(pairs.strata))
    )
    return part, int((~np.isfinite(difference)).sum())


def was_searched(evidence: Evidence, rows: pd.DataFrame) -> bool:
    """Return whether any of these runs is from a search, which is then the independent unit."""
    return bool(evidence.searched.intersection(rows["sweep"].unique()))


def _units(evidence: Evidence, rows: pd.DataFrame, pairs: Pairs) -> list[str]:
    """Return the search of each pair, or its string if nothing was searched."""
    if was_searched(evidence, rows):
        return pairs.clusters
    return [str(unit).rpartition("/")[0] for unit in pairs.units]


def _difference(
    evidence: Evidence, comparison: FixedLengthComparison, pairs: Pairs, name: str = "first"
) -> Array:
    """Return the values of the named side minus those of the other side, shape (n,)."""
    first, second = (
        comparison.measured(evidence.runs.loc[positions])
        for positions in (pairs.first, pairs.second)
    )
    values: Array = first - second if name == "first" else second - first
    return values


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
    """Return a sentence on the FLOPs of LSTMs over those of GRUs for the same steps, in a list."""
    pairs = pair_cells(rows, *_CELLS)
    gru, lstm = (
        evidence.runs.loc[positions, "flops"].to_numpy(dtype=float)
        for positions in (pairs.first, pairs.second)
    )
    use = (gru > 0) & (lstm > 0)
    if not use.any():
        return []
    return [
        f"the LSTMs used {np.exp(np.mean(np.log(lstm[use] / gru[use]))):.2g} times the FLOPs"
        " of the GRUs"
    ]


def _complete(
    evidence: Evidence, groups: RunGroups, comparison: FixedLengthComparison
) -> tuple[dict[str, pd.DataFrame], list[str]]:
    """Return learning rates with a complete design, and phrases for what is missing otherwise."""
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
        f"{phrase} at {name}" for name, (_, lacking) in best.items() for phrase in lacking
    ]


def _are(count: int) -> str:
    return f"{'is' if count == 1 else 'are'} {count}"


def _one_design(evidence: Evidence, rows: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Return the runs of the budget and design that lacks least, and phrases for what it lacks."""
    sizes = (
        rows.groupby(_CHOICE)["budget_amount"].first().sort_values(ascending=False, kind="stable")
    )
    parts = [rows[(rows[_CHOICE] == list(key)).all(axis=1)] for key in sizes.index]
    lacking = [_lacks(evidence, part) for part in parts]
    index = min(range(len(parts)), key=lambda i: len(lacking[i]))
    return parts[index], lacking[index]


def _lacks(evidence: Evidence, rows: pd.DataFrame) -> list[str]:
    planned = evidence.designed
    planned = planned[planned["sweep"].isin(rows["sweep"].unique()) & planned["cell"].isin(_CELLS)]
    phrases = missing_cells(rows, _CELLS) + fewer(rows, "level", _LEVELS, "levels")
    phrases += fewer_within(
        planned, ["stratum", "cell"], ["cluster", "replicate"], _STRINGS, "strings per level"
    )
    searches = _SEARCHES if was_searched(evidence, rows) else 1
    phrases += fewer_within(
        planned, ["stratum", "cell"], ["cluster"], searches, "independent searches per level"
    )
    return phrases or missing_pairs(pair_cells(rows, *_CELLS), planned["stratum"], searches)
