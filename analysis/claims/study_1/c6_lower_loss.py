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
    """Return the verdict on C6: log10 of the NLL per symbol after 1,709 default steps, LSTM - GRU.

    Both own and matched learning rates are used.
    """
    groups = by_learning_rate(evidence, LOSS_COLUMN)
    groups = {
        name: rows[rows["batch"] * rows["length"] == _SYMBOLS_PER_STEP]
        for name, rows in groups.items()
    }
    verdict, chosen = compare_cells(
        evidence, {name: rows for name, rows in groups.items() if len(rows)}, _COMPARISON
    )
    return replace(verdict, notes=(*verdict.notes, *_ties(evidence, chosen)))


def log_loss(runs: pd.DataFrame) -> Array:
    """Return log10 of the final NLL per symbol (bits), shape (n,), not below log10 of 1e-4.

    A run that diverged before has the NLL of a guess, log2 of the alphabet size.

    Parameters
    ----------
    runs : DataFrame
        Runs with the column of the probe `loss_after_steps`.
    """
    values = runs[LOSS_COLUMN].to_numpy(dtype=float)
    guess = np.log2(runs["alphabet_size"].to_numpy(dtype=float))
    values = np.where(np.isnan(values) & (runs["status"] == "diverged").to_numpy(), guess, values)
    logs: Array = np.log10(np.where(np.isnan(values), np.nan, np.maximum(values, LOSS_FLOOR)))
    return logs


def _ties(evidence: Evidence, groups: Mapping[str, pd.DataFrame]) -> list[str]:
    """Return sentences on pairs that are not informative because both runs are at the floor."""
    notes = []
    for name, rows in groups.items():
        pairs = pair_cells(rows, "gru", "lstm")
        values = [
            evidence.runs.loc[positions, LOSS_COLUMN].to_numpy(dtype=float)
            for positions in (pairs.first, pairs.second)
        ]
        ties = int(((values[0] <= LOSS_FLOOR) & (values[1] <= LOSS_FLOOR)).sum())
        notes += [f"{ties} of {len(pairs)} pairs at {name} are ties at the floor"] if ties else []
    return notes


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
    study=1,
    statement="After 1,000 epochs the GRU reaches the lower loss.",
    source="practice articles on LSTM and GRU",
    rule="Supported if log10 of the NLL per symbol (floor 1e-4) after 1,709 steps, LSTM - GRU, is"
    " above .1 at own and at matched learning rates.",
    test=test,
)
