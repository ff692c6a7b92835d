"""The records of `study2-depth` that C3a and C3b compare, and what the design lacks."""

from __future__ import annotations

from itertools import product

import pandas as pd

from seqmem.analysis.claims.rules.evidence import Evidence
from seqmem.analysis.claims.rules.requirements import fewer_within, missing_cells
from seqmem.analysis.claims.study_2.rules.constants import (
    DEPTH_ALPHABET,
    DEPTH_LEVELS,
    DEPTHS,
    LEAST_SEARCHES,
)
from seqmem.analysis.claims.study_2.rules.sweeps import DEPTH, parts_of
from seqmem.analysis.estimators.search_gates import of_paired_sweeps
from seqmem.analysis.records.checkpoint_curves import answers_smaller_budgets
from seqmem.study.memorizers.cells import cell_title

CELLS = ("gru", "lstm")


def depth_frame(evidence: Evidence) -> pd.DataFrame:
    """Return the records of sweeps with one depth, on the planned strings.

    Parameters
    ----------
    evidence : Evidence
        Records of study 2.
    """
    frame = of_paired_sweeps(evidence.frame, evidence.configs)
    frame = frame[frame["sweep"].isin(parts_of(DEPTH, evidence.sweeps))]
    use = (frame["alphabet_size"] == DEPTH_ALPHABET) & frame["level"].isin(DEPTH_LEVELS)
    frame = frame[use & (frame["measure"] == "lzw") & frame["cell"].isin(CELLS)]
    depths = frame.groupby("sweep")["depth"].transform("nunique")
    return frame[(depths == 1) & frame["depth"].isin(DEPTHS)]


def depth_needs(frame: pd.DataFrame) -> list[str]:
    """Return phrases for what the design lacks.

    Parameters
    ----------
    frame : DataFrame
        From `depth_frame`.
    """
    if frame.empty:
        depths = ", ".join(map(str, DEPTHS))
        levels = " and ".join(map(str, DEPTH_LEVELS))
        return [
            f"sweeps of {DEPTH} with depth {depths} fixed, paired points, LZW {levels},"
            f" {DEPTH_ALPHABET} symbols, {LEAST_SEARCHES} searches"
        ]
    needs = missing_cells(frame, CELLS)
    have = set(zip(frame["cell"], frame["level"], frame["depth"], strict=True))
    needs += [
        f"depth {depth} of {cell_title(cell)} at level {level}"
        for cell in CELLS
        if cell in set(frame["cell"])
        for level in DEPTH_LEVELS
        for depth in DEPTHS
        if (cell, level, depth) not in have
    ]
    keys = ["cell", "level", "depth"]
    needs += fewer_within(frame, keys, ["search"], LEAST_SEARCHES, "searches at every depth")
    for name in ("budget", "cost_table_hash", "protocol"):
        if name in frame and frame[name].nunique() > 1:
            needs.append(f"one {name.replace('_', ' ')} for all depths")
    if not answers_smaller_budgets(frame[frame["status"] != "failed"]).all():
        needs.append("runs whose checkpoints answer smaller budgets")
    return needs


def empty_depths(table: pd.DataFrame) -> list[str]:
    """Return phrases for depths of which too few searches have a ratio to depth 1.

    Parameters
    ----------
    table : DataFrame
        From `depth_table`.
    """
    known = table[table["rho"].notna()]
    counts = known.groupby(["cell", "level", "depth"]).size()
    return [
        f"{cell_title(cell)}: searches of depth {depth} at level {level} whose runs did not fail"
        for cell, level, depth in product(CELLS, DEPTH_LEVELS, DEPTHS[1:])
        if counts.get((cell, level, depth), 0) < LEAST_SEARCHES
    ]
