"""Negative control: independent searches of one cell, compared as if they were two cells.

This comparison (an A/A test, pre-registration of study 1, section 6) needs no extra runs. There is
no difference to find. If the rule finds one, the intervals are too narrow for these records.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import pandas as pd

from seqmem.analysis.claims.rules.evidence import Evidence, Pairs
from seqmem.analysis.claims.rules.verdict import OPPOSITE, SUPPORTED, VerdictPart, contrast_part
from seqmem.analysis.estimators.contrasts import clustered_contrast
from seqmem.core.arrays import Array

AGREES = "agrees"
DIFFERS = "differs"
UNKNOWN = "no interval"

# Pairs of runs -> the difference that the claim tests, positive if the first run leads: (n,).
Compared = Callable[[Pairs], Array]


def search_pairs(runs: pd.DataFrame, keys: Sequence[str] = ("stratum", "cell")) -> Pairs:
    """Pair the runs of two searches by `keys`, replicate and repeat.

    Each search is in one pair only. The strings of two searches differ, so runs are paired by the
    numbers of their strings. The cluster is the pair of searches. No stratum has a difference, so
    all pairs form one stratum.

    Parameters
    ----------
    runs : DataFrame
        Rows of `Evidence.runs`.
    keys : sequence of str
        Columns in which both searches must agree.

    Returns
    -------
    Pairs
        Row labels of `runs` for the first and the second search of each pair.
    """
    runs = runs[[*dict.fromkeys([*keys, "stratum", "cluster", "replicate", "repeat"])]]
    rank = runs.groupby(list(keys), sort=True)["cluster"].rank(method="dense").astype(int) - 1
    keyed = runs.assign(pair=rank // 2, side=rank % 2, place=runs.index)
    index = [*keys, "pair", "replicate", "repeat"]
    grid = keyed.drop_duplicates([*index, "side"]).pivot(
        index=index, columns="side", values="place"
    )
    both = grid.reindex(columns=[0, 1]).dropna().astype(int).reset_index()
    clusters = both["stratum"].astype(str) + "/" + both["pair"].astype(str)
    units = clusters + "/" + both["replicate"].astype(str) + "/" + both["repeat"].astype(str)
    first, second = (both[side].to_numpy(dtype="int64") for side in (0, 1))
    return Pairs(first, second, [""] * len(both), clusters.tolist(), units.tolist())


def self_parts(
    evidence: Evidence,
    runs: pd.DataFrame,
    compared: Compared,
    like: VerdictPart,
    keys: Sequence[str] = ("stratum", "cell"),
    by_unit: bool = False,
) -> list[VerdictPart]:
    """Compare independent searches of each cell by the rule of a part of a claim.

    Parameters
    ----------
    evidence : Evidence
        The records.
    runs : DataFrame
        Confirmation runs, rows of `evidence.runs`.
    compared : callable
        Function of `Pairs` that returns the differences, shape (n,).
    like : VerdictPart
        The part of the claim. Its quantity and margin are used.
    keys : sequence of str
        Columns in which both searches must agree.
    by_unit : bool
        Whether strings are independent because nothing was searched.

    Returns
    -------
    list of VerdictPart
        One part for each cell with at least two searches.
    """
    parts = []
    for cell, rows in runs.groupby("cell", sort=True):
        pairs = search_pairs(rows, keys)
        if len(pairs):
            values = compared(pairs)
            contrast = clustered_contrast(
                values, pairs.strata, pairs.units if by_unit else pairs.clusters
            )
            part = contrast_part(
                f"{like.name}, {cell} against itself", like.quantity, contrast, like.margin
            )
            parts.append(
                judge_against_itself(
                    replace(
                        part, basis=_basis(contrast.values, contrast.clusters, contrast.freedom)
                    )
                )
            )
    return parts


def judge_against_itself(part: VerdictPart) -> VerdictPart:
    """Replace the verdict by `agrees`, `differs` or `no interval`.

    A part differs if the claim's rule would find a difference, in either direction.

    Examples
    --------
    >>> part = VerdictPart("all", "rho", 0.3, 0.2, 0.4, 0.2, 0.4, 0.15, "supported")
    >>> judge_against_itself(part).verdict
    'differs'
    """
    if part.low != part.low:
        return replace(part, verdict=UNKNOWN, tag="")
    differs = part.verdict == SUPPORTED or part.tag == OPPOSITE
    return replace(part, verdict=DIFFERS if differs else AGREES, tag="")


def self_words(parts: Sequence[VerdictPart]) -> str:
    """Return the parts in one line; empty if there are no parts.

    Examples
    --------
    >>> name = "x, gru against itself"
    >>> part = VerdictPart(name, "rho", 0.02, -0.1, 0.1, -0.05, 0.06, 0.15, "agrees")
    >>> self_words([part])
    'x, gru against itself: agrees, rho 0.02 [-0.1, 0.1] (95 %: [-0.05, 0.06])'
    """
    return "; ".join(f"{part.name}: {part.verdict}, {part.words()}" for part in parts)


def _basis(values: int, clusters: int, freedom: float) -> str:
    return f"{values} pairs in {clusters} pairs of searches; {freedom} degrees of freedom"
