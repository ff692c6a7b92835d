"""C6: after a long fixed number of epochs (1,000) the GRU reaches the lower loss."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from seqmem.analysis.claims.rules.claim import Claim
from seqmem.analysis.claims.rules.evidence import Evidence, pair_cells
from seqmem.analysis.claims.rules.fixed_length import (
    FixedLengthComparison,
    by_learning_rate,
    compare_cells,
)
from seqmem.analysis.claims.rules.verdict import Verdict
from seqmem.core.arrays import Array

LOSS_COLUMN = "probe_loss_after_steps_1709_nll_bits_per_symbol"
_SYMBOLS_PER_STEP = 32 * 64
LOSS_MARGIN = 0.1
LOSS_FLOOR = 1e-4


def test(evidence: Evidence) -> Verdict:
    """Log10 NLL per symbol after 1,709 default steps, LSTM - GRU, at own and at matched learning rates."""
    groups = by_learning_rate(evidence, LOSS_COLUMN)
    groups = {
        name: rows[rows["batch"] * rows["length"] == _SYMBOLS_PER_STEP]
        for name, rows in groups.items()
    }
    found, chosen = compare_cells(
        evidence, {name: rows for name, rows in groups.items() if len(rows)}, _COMPARISON
    )
    return replace(found, notes=(*found.notes, *_ties(evidence, chosen)))


def log_loss(runs: pd.DataFrame) -> Array:
    """Log10 of the final NLL per symbol (bits), not below 1e-4; where a run diverged before, that of a guess: (n,)."""
    values = runs[LOSS_COLUMN].to_numpy(dtype=float)
    guess = np.log2(runs["alphabet_size"].to_numpy(dtype=float))
    values = np.where(np.isnan(values) & (runs["status"] == "diverged").to_numpy(), guess, values)
    found: Array = np.log10(np.where(np.isnan(values), np.nan, np.maximum(values, LOSS_FLOOR)))
    return found


def _ties(evidence: Evidence, groups: Mapping[str, pd.DataFrame]) -> list[str]:
    """How many pairs say nothing because both runs are at the floor."""
    found = []
    for name, rows in groups.items():
        pairs = pair_cells(rows, "gru", "lstm")
        values = [
            evidence.runs.loc[places, LOSS_COLUMN].to_numpy(dtype=float)
            for places in (pairs.first, pairs.second)
        ]
        ties = int(((values[0] <= LOSS_FLOOR) & (values[1] <= LOSS_FLOOR)).sum())
        found += [f"{ties} of {len(pairs)} pairs at {name} are ties at the floor"] if ties else []
    return found


_COMPARISON = FixedLengthComparison(
    column=LOSS_COLUMN,
    probe="loss_after_steps, 1,709 steps or more, batch 32 and length 64,",
    quantity="log10 of final NLL, LSTM - GRU",
    measured=log_loss,
    margin=LOSS_MARGIN,
    matched=1,
    lost="did not reach 1,709 steps",
    setting="1,709 steps of 32 x 64 symbols",
)

CLAIM = Claim(
    statement="After 1,000 epochs the GRU reaches the lower loss.",
    source="practice articles on LSTM and GRU",
    rule="log10 of the NLL per symbol (floor 1e-4) after 1,709 steps, LSTM - GRU: above .1 at own and at matched"
    " learning rates",
    test=test,
)
