"""C6: after a long fixed number of epochs (1,000) the GRU reaches the lower loss."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.claims.claim import Claim
from analysis.claims.evidence import Evidence, pair_cells
from analysis.claims.fixed_length import OWN, by_learning_rate, design_needs, difference_part
from analysis.claims.verdict import INCONCLUSIVE, Verdict, conjunction, not_tested
from analysis.psychometric import Array
from analysis.search_quality import doubts

COLUMN = "probe_loss_after_steps_1709_nll_bits_per_symbol"
SYMBOLS_PER_STEP = 32 * 64
MARGIN = 0.1
FLOOR = 1e-4
MATCHED = 1


def test(evidence: Evidence) -> Verdict:
    """Log10 NLL per symbol after 1,709 default steps, LSTM - GRU, at own and at matched learning rates."""
    groups = by_learning_rate(evidence, COLUMN)
    groups = {name: rows[rows["batch"] * rows["length"] == SYMBOLS_PER_STEP] for name, rows in groups.items()}
    groups = {name: rows for name, rows in groups.items() if len(rows)}
    needs = design_needs(groups, MATCHED, "loss_after_steps, batch 32 and length 64,")
    if needs:
        return not_tested(needs)
    quantity = "log10 of final NLL, LSTM - GRU"
    found = {name: difference_part(evidence, rows, log_loss, name, quantity, MARGIN) for name, rows in groups.items()}
    parts = tuple(part for part, _ in found.values())
    verdict, tag = conjunction(parts)
    notes = [f"{lost} pairs at {name} did not reach 1,709 steps" for name, (_, lost) in found.items() if lost]
    notes += [words for name, rows in groups.items() if (words := _ties(evidence, rows, name))]
    own = evidence.frame[evidence.frame["sweep"].isin(groups[OWN]["sweep"])]
    doubt = doubts(own, evidence.configs, MARGIN)
    if doubt:
        verdict, tag = INCONCLUSIVE, "the search is in doubt"
    return Verdict(verdict, tag, parts, notes=(*notes, *doubt), setting="1,709 steps of 32 x 64 symbols")


def log_loss(runs: pd.DataFrame) -> Array:
    """Log10 of the final NLL per symbol (bits), not below 1e-4: (n,)."""
    values = runs[COLUMN].to_numpy(dtype=float)
    return np.log10(np.where(np.isnan(values), np.nan, np.maximum(values, FLOOR)))


def _ties(evidence: Evidence, rows: pd.DataFrame, name: str) -> str:
    pairs = pair_cells(rows, "gru", "lstm")
    both = [evidence.runs.loc[places, COLUMN].to_numpy(dtype=float) <= FLOOR for places in (pairs.first, pairs.second)]
    ties = int((both[0] & both[1]).sum())
    return f"{ties} of {len(pairs)} pairs at {name} are ties at the floor" if ties else ""


CLAIM = Claim(
    statement="After 1,000 epochs the GRU reaches the lower loss.",
    source="practice articles on LSTM and GRU",
    rule="log10 of the NLL per symbol (floor 1e-4) after 1,709 steps, LSTM - GRU: above .1 at own and at matched"
    " learning rates",
    test=test,
)
