"""Which study's rules judge which records: the two are never pooled."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from seqmem.analysis.claims.rules.evidence import Evidence

STUDY_2 = "study2-"
# The levels and boxes of study 2 were chosen by its pilot, so it is not evidence.
STUDY_2_PILOT = "study2-pilot"


def is_of_study_2(sweep: str) -> bool:
    """Return whether a sweep is judged by the rules of study 2: its name starts with `study2-`."""
    return sweep.startswith(STUDY_2)


def is_pilot(sweep: str) -> bool:
    """Return whether a sweep is the pilot of study 2, which no claim uses."""
    return sweep == STUDY_2_PILOT or sweep.startswith(f"{STUDY_2_PILOT}-")


def by_study(evidence: Evidence) -> dict[int, Evidence]:
    """Split the evidence by the study whose rules judge it.

    Parameters
    ----------
    evidence : Evidence
        Records of any sweeps.

    Returns
    -------
    dict of int to Evidence
        Study 2 has the sweeps whose name starts with `study2-`, without its pilot. Study 1 has all
        others. A study without sweeps is missing, but there is always one. Step times belong to
        study 1 if it is there.

    Examples
    --------
    >>> frame = pd.DataFrame({"sweep": ["quick", "study2-scaling-k4-64", "study2-pilot"]})
    >>> {study: own.frame["sweep"].tolist() for study, own in by_study(Evidence(frame)).items()}
    {1: ['quick'], 2: ['study2-scaling-k4-64']}
    """
    names = evidence.frame["sweep"].astype(str)
    second = names.map(is_of_study_2).astype(bool)
    if not second.any():
        return {1: evidence}
    own = second & ~names.map(is_pilot).astype(bool)
    if second.all():
        return {2: _only(evidence, own)}
    return {
        1: _only(evidence, ~second),
        2: replace(_only(evidence, own), timings=None),
    }


def _only(evidence: Evidence, rows: pd.Series) -> Evidence:
    frame = evidence.frame[rows].reset_index(drop=True)
    sweeps = set(frame["sweep"].astype(str))
    configs = {name: config for name, config in evidence.configs.items() if name in sweeps}
    return replace(evidence, frame=frame, configs=configs)
