"""C4: learning rate and units per layer are among the most important hyper-parameters."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from seqmem.analysis.claims.rules.claim import Claim
from seqmem.analysis.claims.rules.evidence import Evidence
from seqmem.analysis.claims.rules.verdict import (
    INCONCLUSIVE,
    REFUTED,
    SUPPORTED,
    Verdict,
    VerdictPart,
    not_tested,
)
from seqmem.analysis.claims.study_2.rules.constants import (
    IMPORTANCE_BASE_ROWS,
    IMPORTANCE_INPUTS,
    IMPORTANCE_LEVELS,
    IMPORTANT_INPUTS,
    INDEX_TIE,
    LEAST_TOTAL_INDEX,
    MOST_LOST_ROWS,
    OPTIMUM_WIDTH_OCTAVES,
    OTHER_CONFIDENCE,
    PLAIN_CONFIDENCE,
    TOP_RANKS,
)
from seqmem.analysis.claims.study_2.rules.judging import combined
from seqmem.analysis.claims.study_2.rules.sweeps import IMPORTANCE, parts_of
from seqmem.analysis.estimators.option_width import (
    Differences,
    option_width,
    width_differences,
)
from seqmem.analysis.estimators.saltelli import resampled_indices, saltelli_indices
from seqmem.analysis.estimators.saltelli_rows import RowResponses, row_responses
from seqmem.analysis.records.groups import Group
from seqmem.core.arrays import Array
from seqmem.study.memorizers.cells import cell_title

CELLS = ("gru", "lstm")
_NAN = float("nan")


class Design(NamedTuple):
    """Saltelli's design of one cell at one level.

    Attributes
    ----------
    group : Group
        Settings of the runs.
    level : int
        LZW level.
    cell : str
        Name of the cell.
    found : RowResponses
        Stored fractions by base row.
    """

    group: Group
    level: int
    cell: str
    found: RowResponses

    @property
    def name(self) -> str:
        """Cell and level in words."""
        return f"{cell_title(self.cell)} at {self.group.measure_name} {self.level}"


def test(evidence: Evidence) -> Verdict:
    """Return the verdict on C4: total Sobol indices of both, in each cell and at each level.

    Second readings, which decide nothing: whether both are in the top three, and the octaves around
    the optimum that cost little time.
    """
    sweeps = parts_of(IMPORTANCE, evidence.sweeps)
    frame = evidence.frame[evidence.frame["sweep"].isin(sweeps)]
    configs = {name: evidence.configs[name] for name in sorted(sweeps & evidence.configs.keys())}
    designs = [Design(*one) for one in row_responses(frame, configs)]
    designs = [one for one in designs if set(IMPORTANT_INPUTS) <= set(one.found.names)]
    needs = _needs(designs)
    if needs:
        return not_tested(needs)
    parts = [part for design in designs for part in _parts(design)]
    ranks = [part for design in designs for part in _ranks(design)]
    widths = [
        _width(f"{cell_title(cell)} at {group.measure_name} {level}, {_words(name)}", pairs)
        for group, level, cell, name, pairs in width_differences(frame, configs)
        if name in IMPORTANT_INPUTS
    ]
    beside = (*ranks, *widths)
    return Verdict(
        *combined(parts),
        (*parts, *beside),
        tuple(part.name for part in beside),
        notes=tuple(_floor(design) for design in designs),
        setting="; ".join(sorted({design.group.describe() for design in designs})),
    )


def in_top(totals: Array, column: int) -> Array:
    """Return whether a hyper-parameter is in the top three, where close indices are ties.

    Parameters
    ----------
    totals : array of float, shape (..., d)
        Total indices.
    column : int
        The hyper-parameter.

    Returns
    -------
    array of bool, shape (...)
        Whether fewer than three others exceed it by more than .05.

    Examples
    --------
    >>> in_top(np.array([0.5, 0.4, 0.3, 0.26]), 3).item()
    True
    >>> in_top(np.array([0.5, 0.4, 0.3, 0.24]), 3).item()
    False
    """
    above: Array = (totals > totals[..., column, None] + INDEX_TIE).sum(axis=-1) < TOP_RANKS
    return above


def _needs(designs: list[Design]) -> list[str]:
    """Return phrases for what the design lacks."""
    have = {(design.cell, design.level) for design in designs}
    absent = [
        f"{cell_title(cell)} at {level}"
        for cell in CELLS
        for level in IMPORTANCE_LEVELS
        if (cell, level) not in have
    ]
    if absent:
        return [
            f"{IMPORTANCE_BASE_ROWS} base rows of the sampler saltelli over {IMPORTANCE_INPUTS}"
            f" hyper-parameters in {IMPORTANCE}, for {', '.join(absent)}"
        ]
    needs = []
    for design in designs:
        found = design.found
        if len(found.names) != IMPORTANCE_INPUTS or found.planned < IMPORTANCE_BASE_ROWS:
            needs.append(
                f"{IMPORTANCE_BASE_ROWS} base rows over {IMPORTANCE_INPUTS} hyper-parameters"
                f" ({design.name}: {found.planned} over {len(found.names)})"
            )
        elif len(found.values) < (1 - MOST_LOST_ROWS) * found.planned:
            needs.append(
                f"at least {100 * (1 - MOST_LOST_ROWS):g} % of the base rows in runs that did not"
                f" fail ({design.name}: {len(found.values)} of {found.planned})"
            )
    return needs


def _parts(design: Design) -> list[VerdictPart]:
    """Return the total indices of learning rate and units, judged."""
    values = design.found.values
    strict = saltelli_indices(values, OTHER_CONFIDENCE)
    plain = saltelli_indices(values, PLAIN_CONFIDENCE).total_interval
    basis = f"{len(values)} of {design.found.planned} base rows"
    parts = []
    for name in IMPORTANT_INPUTS:
        column = design.found.names.index(name)
        low, high = strict.total_interval[:, column].tolist()
        plain_low, plain_high = plain[:, column].tolist()
        verdict = INCONCLUSIVE
        if low >= LEAST_TOTAL_INDEX:
            verdict = SUPPORTED
        elif high < LEAST_TOTAL_INDEX:
            verdict = REFUTED
        parts.append(
            VerdictPart(
                f"{design.name}, {_words(name)}", "total Sobol index",
                float(strict.total[column]), low, high, plain_low, plain_high,
                LEAST_TOTAL_INDEX, verdict, "", basis, OTHER_CONFIDENCE,
            )
        )  # fmt: skip
    return parts


def _ranks(design: Design) -> list[VerdictPart]:
    """Return the shares of resamples in which each of the two is in the top three."""
    drawn = resampled_indices(design.found.values)[:, 1]
    parts = []
    for name in IMPORTANT_INPUTS:
        share = float(in_top(drawn, design.found.names.index(name)).mean())
        parts.append(
            VerdictPart(
                f"{design.name}, {_words(name)}: top {TOP_RANKS}",
                f"share of resamples in the top {TOP_RANKS}, ties within {INDEX_TIE:g}",
                share, _NAN, _NAN, _NAN, _NAN, PLAIN_CONFIDENCE, INCONCLUSIVE,
                confidence=OTHER_CONFIDENCE,
            )
        )  # fmt: skip
    return parts


def _width(name: str, pairs: Differences) -> VerdictPart:
    """Return the octaves around the optimum that cost less than .15 octave of time."""
    found = option_width(pairs, OPTIMUM_WIDTH_OCTAVES, PLAIN_CONFIDENCE)
    known = bool(np.isfinite(found.width))
    low, high = (found.low, found.high) if known else (_NAN, _NAN)
    return VerdictPart(
        f"{name}: width", f"octaves that cost less than {OPTIMUM_WIDTH_OCTAVES:g} octave of time",
        found.width, low, high, low, high, _NAN, INCONCLUSIVE,
        "" if known else "no optimum inside the range", f"{found.pairs} pairs of runs",
        PLAIN_CONFIDENCE,
    )  # fmt: skip


def _floor(design: Design) -> str:
    """Return a sentence on the least total index, which bounds the share of noise."""
    totals = saltelli_indices(design.found.values).total
    place = int(np.argmin(totals))
    return (
        f"{design.name}: the least total index is {totals[place]:.2g}"
        f" ({_words(design.found.names[place])}); noise of the runs adds at most this to every"
        " index"
    )


def _words(name: str) -> str:
    return name.replace("_", " ")


CLAIM = Claim(
    study=2,
    statement="Learning rate and units per layer are among the most important hyper-parameters.",
    source="Cahuantzi, Chen and Güttel (arXiv 2107.02248); Greff et al. 2017",
    rule="Supported if the total Sobol indices of both are at least .10 by their lower limits, in"
    " every cell and at every level. Refuted if an upper limit is below .10. Indices are Jansen's,"
    " without a model of the results.",
    test=test,
)
