"""Negative control of study 2: two arms of `study2-aa`, the GRU against itself.

Both arms have the same strings and the same points but other initial weights and data orders. So
there is no difference to find.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd

from seqmem.analysis.claims.rules.against_itself import judge_against_itself
from seqmem.analysis.claims.rules.evidence import Evidence, Pairs
from seqmem.analysis.claims.rules.verdict import VerdictPart, contrast_part
from seqmem.analysis.claims.study_2.rules.sweeps import AGAINST_ITSELF, parts_of
from seqmem.analysis.estimators.stratified_contrasts import stratified_contrast
from seqmem.analysis.records.arms import first_repeat, second_arms
from seqmem.core.arrays import Array

# The records of both arms, and pairs of their runs -> differences, shape (n,).
Compared = Callable[[Evidence, Pairs], Array]
_KEYS = ["arm", "cell", "stratum", "protocol", "budget", "search", "string_id", "of_repeat"]


def arm_pairs(evidence: Evidence) -> tuple[Evidence, Pairs]:
    """Pair the confirmation runs of the two arms on the same string.

    Parameters
    ----------
    evidence : Evidence
        Records of study 2.

    Returns
    -------
    own : Evidence
        The records of both arms alone.
    pairs : Pairs
        Row labels of `own.runs`: the first arm, and the second. Without both arms there are none.
    """
    sweeps = parts_of(AGAINST_ITSELF, evidence.sweeps)
    configs = {name: evidence.configs[name] for name in sorted(sweeps & evidence.configs.keys())}
    first_of = {
        second: first for second, first in second_arms(configs).items() if first in evidence.sweeps
    }
    used = {*first_of, *first_of.values()}
    frame = evidence.frame[evidence.frame["sweep"].astype(str).isin(used)]
    # Without sweep files, `Evidence` leaves no arm out.
    own = Evidence(frame.reset_index(drop=True))
    runs = own.runs
    if runs.empty:
        nothing = np.zeros(0, dtype=np.int64)
        return own, Pairs(nothing, nothing, [], [], [])
    arms = runs["sweep"].astype(str)
    keyed = runs.assign(
        arm=arms.map(lambda sweep: first_of.get(sweep, sweep)),
        of_repeat=runs["repeat"] - arms.map(lambda sweep: first_repeat(configs[sweep])),
        place=runs.index,
    )
    is_second = arms.isin(list(first_of))
    second = keyed.loc[is_second, [*_KEYS, "place"]].rename(columns={"place": "other"})
    both = keyed[~is_second].merge(second, on=_KEYS).sort_values(["place", "other"])
    labels = (both[name].tolist() for name in ("stratum", "cluster", "unit"))
    places = (both[name].to_numpy(dtype=np.int64) for name in ("place", "other"))
    return own, Pairs(*places, *labels)


def arm_parts(evidence: Evidence, compared: Compared, like: VerdictPart) -> list[VerdictPart]:
    """Compare the two arms by the rule of a part of a claim.

    Parameters
    ----------
    evidence : Evidence
        Records of study 2.
    compared : callable
        Differences of the pairs, by the estimator of the claim.
    like : VerdictPart
        The part. Its quantity, margin and confidence are used.

    Returns
    -------
    list of VerdictPart
        One part per cell, judged "agrees", "differs" or "no interval"; empty without both arms.
    """
    own, pairs = arm_pairs(evidence)
    if not len(pairs):
        return []
    values = pd.Series(compared(own, pairs))
    cells = own.runs.loc[pairs.first, "cell"].to_numpy()
    parts = []
    for cell in sorted(set(cells)):
        mine = np.flatnonzero(cells == cell)
        contrast = stratified_contrast(
            values.iloc[mine],
            [pairs.strata[place] for place in mine],
            [pairs.clusters[place] for place in mine],
        )
        name = f"{like.name}, {cell} against itself"
        part = contrast_part(name, like.quantity, contrast, like.margin, confidence=like.confidence)
        basis = f"{contrast.values} pairs in {contrast.clusters} pairs of searches"
        freedom = f"{round(contrast.freedom, 1)} degrees of freedom"
        parts.append(judge_against_itself(replace(part, basis=f"{basis}; {freedom}")))
    return parts
