"""Real A/A: independent searches of one cell, compared as if they were two cells (METHODS section 6).

It takes no extra runs, and its answer is known: there is no difference. A verdict of the rule that finds one says that
the intervals are too narrow for these records.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import pandas as pd

from seqmem.analysis.claims.rules.evidence import Evidence, Pairs
from seqmem.analysis.claims.rules.verdict import OPPOSITE, SUPPORTED, VerdictPart, contrast_part
from seqmem.analysis.estimators.contrasts import clustered_contrast
from seqmem.core.arrays import Array

AGREES, DIFFERS, UNKNOWN = "agrees", "differs", "no interval"

# Places in `Evidence.runs` of the two sides of each pair -> what the claim compares, positive where the first leads.
Compared = Callable[[Pairs], Array]


def search_pairs(runs: pd.DataFrame, keys: Sequence[str] = ("stratum", "cell")) -> Pairs:
    """Runs of the first and second search of each disjoint pair of searches, by `keys`, replicate and repeat.

    Strings of two searches differ, so they are paired by their number. The cluster is the pair of searches; there is no
    difference in any stratum, so all of them are one.
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
    """The contrast of a part between independent searches of one cell: one part for each cell that has two searches.

    Parameters
    ----------
    runs : confirmation runs, rows of `evidence.runs`.
    like : the part of the claim; its quantity and margin are taken.
    by_unit : whether strings are independent, because nothing was searched.
    """
    found = []
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
            found.append(
                judge_against_itself(
                    replace(
                        part, basis=_basis(contrast.values, contrast.clusters, contrast.freedom)
                    )
                )
            )
    return found


def judge_against_itself(part: VerdictPart) -> VerdictPart:
    """The part with the only verdicts a cell against itself can have: it differs where a claim would find a difference.

    Examples
    --------
    >>> judge_against_itself(VerdictPart("all", "rho", 0.3, 0.2, 0.4, 0.2, 0.4, 0.15, "supported")).verdict
    'differs'
    """
    if part.low != part.low:
        return replace(part, verdict=UNKNOWN, tag="")
    found = part.verdict == SUPPORTED or part.tag == OPPOSITE
    return replace(part, verdict=DIFFERS if found else AGREES, tag="")


def self_words(parts: Sequence[VerdictPart]) -> str:
    """The parts in a line; empty where there are none.

    Examples
    --------
    >>> self_words([VerdictPart("x, gru against itself", "rho", 0.02, -0.1, 0.1, -0.05, 0.06, 0.15, "agrees")])
    'x, gru against itself: agrees, rho 0.02 [-0.1, 0.1] (95 %: [-0.05, 0.06])'
    """
    return "; ".join(f"{part.name}: {part.verdict}, {part.words()}" for part in parts)


def _basis(values: int, clusters: int, freedom: int) -> str:
    return f"{values} pairs in {clusters} pairs of searches; {freedom} degrees of freedom"
