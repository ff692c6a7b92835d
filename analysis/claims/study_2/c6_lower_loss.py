"""C6: after a long fixed number of epochs (1,000) the GRU has reached the lower loss."""

from __future__ import annotations

import numpy as np
import pandas as pd

from seqmem.analysis.claims.rules.claim import Claim
from seqmem.analysis.claims.rules.evidence import Evidence
from seqmem.analysis.claims.rules.verdict import Verdict, VerdictPart, not_tested
from seqmem.analysis.claims.study_2.rules.constants import (
    LOSS_FLOOR,
    LOSS_MARGIN,
    LOSS_STEPS,
    LOSS_SYMBOLS_PER_STEP,
)
from seqmem.analysis.claims.study_2.rules.judging import combined, judged_part
from seqmem.analysis.claims.study_2.rules.matched_rates import SIZES, by_string, matched_pairs
from seqmem.analysis.estimators.contrasts import clustered_contrast
from seqmem.analysis.estimators.two_samples import welch_contrast
from seqmem.analysis.records.checkpoint_curves import padded
from seqmem.core.arrays import Array

_QUANTITY = "log10 of best NLL, LSTM - GRU"
_INTERACTION = "log10 of best NLL, LSTM - GRU, high level minus low level"


def test(evidence: Evidence) -> Verdict:
    """Return the verdict on C6: log10 of the best NLL so far at 1,709 steps, LSTM - GRU.

    Each part is the mean over strings of one level, at equal units or at equal parameters. The
    value of a string is the mean over the matched learning rates.
    """
    losses = pd.Series(best_log_loss(evidence.runs), evidence.runs.index)
    needed = f"{LOSS_STEPS:,} steps of {LOSS_SYMBOLS_PER_STEP:,} symbols"
    pairs = matched_pairs(evidence, needed, losses.notna())
    if pairs.needs:
        return not_tested(pairs.needs)
    differences = {name: _difference(losses, rows) for name, rows in pairs.parts(["size", "level"])}
    parts = [string_part(name, values, len(differences)) for name, values in differences.items()]
    beside = [_interaction(size, differences) for size in SIZES]
    beside += [
        string_part(name, _difference(losses, rows))
        for name, rows in pairs.parts(["size", "level", "learning_rate"])
    ]
    return Verdict(
        *combined(parts),
        (*parts, *beside),
        tuple(part.name for part in beside),
        notes=tuple(_notes(losses, pairs.table)),
        setting=f"{needed}; mean over matched learning rates",
    )


def best_log_loss(runs: pd.DataFrame) -> Array:
    """Return log10 of the lowest NLL per symbol (bits) at any checkpoint up to 1,709 steps.

    It is at least log10 of 1e-4. A run that diverged before keeps its best checkpoint, and has at
    most the NLL of a guess, log2 of the alphabet size. Any other run that ended before 1,709 steps
    has no value, and neither have runs with steps of another size.

    Parameters
    ----------
    runs : DataFrame, n rows
        Records with their checkpoints.

    Returns
    -------
    array of float, shape (n,)
        NaN without a value.
    """
    steps = padded(runs["checkpoint_steps"])
    losses = padded(runs["checkpoint_nll_bits"]) / runs["period"].to_numpy(dtype=float)[:, None]
    guess = np.log2(runs["alphabet_size"].to_numpy(dtype=float))
    in_time = np.where((steps <= LOSS_STEPS) & np.isfinite(losses), losses, np.inf)
    best = in_time.min(axis=1, initial=np.inf)
    diverged = (runs["status"] == "diverged").to_numpy()
    best = np.where(diverged, np.minimum(best, guess), best)
    last = np.where(np.isnan(steps), 0, steps).max(axis=1, initial=0)
    same = (runs["batch"] * runs["length"] == LOSS_SYMBOLS_PER_STEP).to_numpy()
    known = same & ((last >= LOSS_STEPS) | diverged) & np.isfinite(best)
    logs: Array = np.log10(np.where(known, np.maximum(best, LOSS_FLOOR), np.nan))
    return logs


def string_part(name: str, values: Array, parts: int = 1) -> VerdictPart:
    """Judge the mean over strings.

    Parameters
    ----------
    name : str
        Name of the part.
    values : array of float, shape (strings,)
        LSTM - GRU of each string.
    parts : int, default 1
        As in `judged_part`.
    """
    contrast = clustered_contrast(values, [""] * len(values), range(len(values)))
    return judged_part("C6", name, _QUANTITY, contrast, LOSS_MARGIN, 1, parts)


def _difference(losses: pd.Series, rows: pd.DataFrame) -> Array:
    """Return LSTM - GRU of each string, mean over the learning rates of the rows."""
    return by_string(rows, losses[rows["lstm"]].to_numpy() - losses[rows["gru"]].to_numpy())


def _interaction(size: str, differences: dict[str, Array]) -> VerdictPart:
    """Return by how much LSTM - GRU differs between the levels, whose strings are independent."""
    low, high = (values for name, values in differences.items() if name.startswith(size))
    contrast = welch_contrast([high[:, None] - low])
    return judged_part("C6", f"{size}, level × cell", _INTERACTION, contrast, LOSS_MARGIN)


def _notes(losses: pd.Series, table: pd.DataFrame) -> list[str]:
    gru, lstm = (losses[table[cell]].to_numpy() for cell in ("gru", "lstm"))
    floor = np.log10(LOSS_FLOOR)
    ties = int(((gru <= floor) & (lstm <= floor)).sum())
    lost = int(np.isnan(gru - lstm).sum())
    notes = [f"{ties} of {len(table)} pairs are ties at the floor"] if ties else []
    return notes + ([f"{lost} of {len(table)} pairs have no value"] if lost else [])


CLAIM = Claim(
    study=2,
    statement="After 1,000 epochs the GRU has reached the lower loss.",
    source="practice articles on LSTM and GRU",
    rule="Supported if the 99.4 % interval of log10 of the best NLL per symbol (floor 1e-4) so far"
    " at 1,709 steps, LSTM - GRU, lies above .1 at both levels, at equal units and at equal"
    " parameters. Refuted if the upper limit of one of these parts is below .1, with limits that"
    " hold for all parts together.",
    test=test,
)
