"""C10: a network stores a number of bits linear in its identifiable parameters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from seqmem.analysis.claims.rules.claim import Claim
from seqmem.analysis.claims.rules.evidence import Evidence
from seqmem.analysis.claims.rules.margin_scales import DEPARTURE_FROM_ONE
from seqmem.analysis.claims.rules.verdict import (
    DIRECTION_ONLY,
    INCONCLUSIVE,
    OPPOSITE,
    REFUTED,
    SUPPORTED,
    Verdict,
    VerdictPart,
    not_tested,
)
from seqmem.analysis.claims.study_2.rules.constants import (
    CAPACITY_LOAD,
    CAPACITY_STEPS,
    CAPACITY_STRINGS,
    CAPACITY_UNITS,
    LINEAR_SLOPES,
    LOAD_TOLERANCE,
    OTHER_CONFIDENCE,
    PLAIN_CONFIDENCE,
    SLOPE_DOUBLINGS,
    SLOPE_MOVE,
)
from seqmem.analysis.claims.study_2.rules.judging import combined
from seqmem.analysis.claims.study_2.rules.sweeps import CAPACITY, parts_of
from seqmem.analysis.estimators.capacity_by_exposure import (
    SIZE_KEY,
    Slope,
    exposure_slopes,
    exposure_table,
)
from seqmem.study.memorizers.cells import cell_title

CELLS = ("gru", "lstm")
STILL_MOVES = "the slope still moves with the exposures"
QUANTITY = "slope of log2 stored bits on log2 identifiable parameters"


def test(evidence: Evidence) -> Verdict:
    """Return the verdict on C10: the slope at the most exposures, in each cell.

    The slopes at fewer exposures show whether it still moves.
    """
    sweeps = parts_of(CAPACITY, evidence.sweeps)
    table = exposure_table(evidence.frame[evidence.frame["sweep"].isin(sweeps)])
    table = table[table["steps"].isin(CAPACITY_STEPS) & table["cell"].isin(CELLS)]
    needs = _needs(table)
    if needs:
        return not_tested(needs)
    deciding, beside, notes = [], [], []
    for cell in CELLS:
        sizes = table[table["cell"] == cell]
        strict = exposure_slopes(sizes, OTHER_CONFIDENCE)
        plain = exposure_slopes(sizes, PLAIN_CONFIDENCE)
        parts = [_part(cell, *pair) for pair in zip(strict, plain, strict=True)]
        moving = [one for one in strict[-SLOPE_DOUBLINGS:] if not abs(one.move) < SLOPE_MOVE]
        deciding.append(_gated(parts[-1], moving))
        beside += parts[:-1]
        notes += [_moves(cell, strict), _bits(cell, sizes)]
    return Verdict(
        *combined(deciding),
        (*deciding, *beside),
        tuple(part.name for part in beside),
        notes=tuple(notes),
        setting=f"{max(CAPACITY_STEPS):,} steps, {CAPACITY_LOAD} bits per parameter offered",
    )


def judge_slope(low: float, high: float) -> tuple[str, str]:
    """Judge the interval of a slope.

    Parameters
    ----------
    low, high : float
        Limits; NaN if there is no interval.

    Returns
    -------
    tuple of str
        The verdict and its tag. `direction only` means that the slope is not 1, but that the
        interval reaches into those that count as linear.

    Examples
    --------
    >>> judge_slope(0.95, 1.04), judge_slope(0.7, 0.85)
    (('supported', ''), ('refuted', 'opposite'))
    >>> judge_slope(0.85, 0.97), judge_slope(0.85, 1.02)
    (('direction only', 'opposite'), ('inconclusive', ''))
    """
    least, most = LINEAR_SLOPES
    if low >= least and high <= most:
        return SUPPORTED, ""
    if high < least or low > most:
        return REFUTED, OPPOSITE
    return (DIRECTION_ONLY, OPPOSITE) if high < 1 or low > 1 else (INCONCLUSIVE, "")


def _needs(table: pd.DataFrame) -> list[str]:
    """Return phrases for what the design lacks."""
    steps = ", ".join(f"{one:,}" for one in CAPACITY_STEPS)
    units = ", ".join(map(str, CAPACITY_UNITS))
    have = {
        (row.cell, row.steps, row.units)
        for row in table.itertuples()
        if row.strings >= CAPACITY_STRINGS
    }
    absent = [
        cell_title(cell)
        for cell in CELLS
        if not {(cell, step, size) for step in CAPACITY_STEPS for size in CAPACITY_UNITS} <= have
    ]
    if absent:
        return [
            f"runs of {CAPACITY} of {' and '.join(absent)} with {units} units on"
            f" {CAPACITY_STRINGS} i.i.d. strings, at each of {steps} steps, each with a learning"
            " rate that falls linearly over all of them, stop_on_memorized = false"
        ]
    needs = []
    if (table.groupby("cell")[SIZE_KEY[1:]].nunique() > 1).any(axis=None):
        needs.append("one alphabet and one protocol")
    loads = table["offered_per_parameter"]
    if ((loads / CAPACITY_LOAD - 1).abs() > LOAD_TOLERANCE).any():
        needs.append(
            f"strings of {CAPACITY_LOAD} bits per identifiable parameter"
            f" (there are {loads.min():.3g}–{loads.max():.3g})"
        )
    return needs


def _part(cell: str, strict: Slope, plain: Slope) -> VerdictPart:
    return VerdictPart(
        f"{cell_title(cell)}, {strict.steps:,} steps", QUANTITY,
        strict.slope, strict.low, strict.high, plain.low, plain.high,
        LINEAR_SLOPES[1] - 1, *judge_slope(strict.low, strict.high),
        f"{strict.sizes} sizes, each a mean over {CAPACITY_STRINGS} strings or more",
        OTHER_CONFIDENCE,
    )  # fmt: skip


def _gated(part: VerdictPart, moving: Sequence[Slope]) -> VerdictPart:
    """Return the part as inconclusive if the slope moved in a doubling that must not move it."""
    return replace(part, verdict=INCONCLUSIVE, tag=STILL_MOVES) if moving else part


def _moves(cell: str, slopes: Sequence[Slope]) -> str:
    """Return a sentence on how far the slope moves in each doubling."""
    moves = [
        f"{one.move:+.2g} [{one.move_low:.2g}, {one.move_high:.2g}] to {one.steps:,}"
        for one in slopes[1:]
    ]
    share = f"less than {SLOPE_MOVE:g} in the last {SLOPE_DOUBLINGS} doublings"
    return f"{cell_title(cell)}: the slope moves by {', '.join(moves)} steps; the gate is {share}"


def _bits(cell: str, sizes: pd.DataFrame) -> str:
    """Return a sentence on bits per parameter by the number of steps."""
    texts = []
    for steps, rows in sizes.groupby("steps", sort=True):
        bits = rows.loc[rows["bits_per_parameter"] > 0, "bits_per_parameter"]
        mean = float(np.exp2(np.log2(bits).mean())) if len(bits) else 0.0
        ends = rows["exposures"].min(), rows["exposures"].max()
        texts.append(f"{mean:.2g} at {steps:,} steps ({ends[0]:,.0f}–{ends[1]:,.0f} exposures)")
    return (
        f"{cell_title(cell)}: at least this many bits per identifiable parameter, geometric mean"
        f" over sizes: {', '.join(texts)}"
    )


CLAIM = Claim(
    study=2,
    statement="A network stores a number of bits linear in its identifiable parameters.",
    source="Collins et al. 2016; Morris et al. 2025",
    rule="Supported if, in each cell, the interval of the slope of log2 stored bits on log2"
    " identifiable parameters is within [.9, 1.1] at 60,000 steps. Refuted if it is disjoint from"
    " it. Inconclusive unless the slope moves by less than .03 in each of the last two doublings of"
    " separately annealed runs.",
    test=test,
    scale=DEPARTURE_FROM_ONE,
)
