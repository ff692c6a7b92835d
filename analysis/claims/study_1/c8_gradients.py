"""C8: a plain tanh RNN loses gradient over long lags; LSTM and GRU keep it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seqmem.analysis.claims.rules.against_itself import self_parts
from seqmem.analysis.claims.rules.claim import Claim
from seqmem.analysis.claims.rules.evidence import Evidence, Pairs, pair_cells
from seqmem.analysis.claims.rules.fixed_length import was_searched
from seqmem.analysis.claims.rules.requirements import fewer, fewer_within, missing_cells
from seqmem.analysis.claims.rules.verdict import (
    REFUTED,
    Verdict,
    VerdictPart,
    conjunction,
    contrast_part,
    doubted,
    not_tested,
)
from seqmem.analysis.estimators.contrasts import clustered_contrast
from seqmem.core.arrays import Array
from seqmem.study.memorizers.cells import cell_title

_MOMENTS = {"trained": "trained", "initial": "at initialization"}
_COLUMN = "probe_gradient_by_lag_{}_decay_per_symbol"
_CELLS = ("lstm", "gru")
LOG2_TWICE = 1.0
LOG2_SIXTEEN = 4.0
_LEVELS = 2
_SEEDS = 12
# Lags up to 64 are measured. Half-lives far beyond them are only known to be long, and half-lives
# far below a symbol to be short.
SHORTEST_HALF_LIFE = 2.0**-2
LONGEST_HALF_LIFE = 2.0**10
_SEED = ["stratum", "protocol", "budget", "string_id", "repeat"]
_RATIO = "log2 half-life over that of the RNN"
_LIFE = "log2 half-life in symbols"


def test(evidence: Evidence) -> Verdict:
    """Return the verdict on C8: half-lives of the gradient after training, for forget bias 0 and 1.

    Half-lives at initialization are reported separately.
    """
    variants = _variants(evidence)
    needs = _needs(variants)
    if needs:
        return not_tested(needs)
    parts = {
        moment: [
            part for name, rows in variants.items() for part in _parts(evidence, rows, moment, name)
        ]
        for moment in _MOMENTS
    }
    verdict, tag = conjunction(parts["trained"])
    initial = Verdict(*conjunction(parts["initial"])).words()
    aside = tuple(part.name for part in parts["initial"])
    notes = (
        f"at initialization: {initial}",
        f"half-lives are limited to {SHORTEST_HALF_LIFE:g} to {LONGEST_HALF_LIFE:g} symbols",
    )
    return Verdict(
        verdict, tag, (*parts["trained"], *parts["initial"]), aside,
        tuple(_self(evidence, variants, parts["trained"])), notes=notes, setting="lags 4 to 64",
    )  # fmt: skip


def half_lives(decay: Array) -> Array:
    """Return log2 of the half-life in symbols, limited to 1/4 to 1,024 symbols.

    Parameters
    ----------
    decay : array of float, shape (n,)
        Factor by which the gradient norm changes per symbol; NaN stays NaN.

    Examples
    --------
    >>> half_lives(np.array([0.5, 0.0, 1.0])).tolist()
    [0.0, -2.0, 10.0]
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        # A factor of 0 means no gradient, a factor of 1 or more means no decay.
        lives = np.where(decay >= 1, np.inf, -1 / np.log2(decay))
    return np.log2(
        np.where(
            np.isnan(decay),
            np.nan,
            np.clip(np.where(decay <= 0, 0.0, lives), SHORTEST_HALF_LIFE, LONGEST_HALF_LIFE),
        )
    )


def _variants(evidence: Evidence) -> dict[str, pd.DataFrame]:
    """Return runs with the probe: all RNNs and GRUs with the LSTMs of each forget bias."""
    runs = evidence.runs
    if _COLUMN.format("trained") not in runs:
        return {}
    runs = runs[~runs["stop_on_memorized"].eq(True) & runs[_COLUMN.format("trained")].notna()]
    # Without a forget bias the gate starts near one half, as with bias 0.
    bias = (
        runs["forget_bias"].astype(float).fillna(0.0)
        if "forget_bias" in runs
        else pd.Series(0.0, runs.index)
    )
    lstm = runs["cell"] == "lstm"
    variants = {}
    for name, value in (("forget bias 0", 0.0), ("forget bias 1", 1.0)):
        if (lstm & (bias == value)).any():
            variants[name] = runs[~lstm | (bias == value)]
    return variants


def _needs(variants: dict[str, pd.DataFrame]) -> list[str]:
    if not variants:
        return ["RNN, LSTM and GRU with the probe gradient_by_lag and stop_on_memorized = false"]
    phrases = [
        f"LSTMs with {name}" for name in ("forget bias 0", "forget bias 1") if name not in variants
    ]
    for rows in variants.values():
        lacking = missing_cells(rows, ("rnn", *_CELLS)) + fewer(rows, "level", _LEVELS, "levels")
        lacking += fewer_within(rows, ["stratum", "cell"], ["unit"], _SEEDS, "seeds per level")
        phrases += [phrase for phrase in lacking if phrase not in phrases]
    return phrases


def _parts(evidence: Evidence, rows: pd.DataFrame, moment: str, variant: str) -> list[VerdictPart]:
    """Return two parts for LSTM and GRU: half-life over twice the RNN's, and over 16 symbols."""
    parts = []
    # The GRU has no forget bias, so its parts are listed once.
    for cell in _CELLS if variant == "forget bias 0" else _CELLS[:1]:
        pairs = pair_cells(rows, cell, "rnn", _SEED)
        own, plain = (
            _lives(evidence, positions, moment) for positions in (pairs.first, pairs.second)
        )
        name = f"{_MOMENTS[moment]}, {cell_title(cell)}" + (
            f", {variant}" if cell == "lstm" else ""
        )
        strata = len(set(pairs.strata))
        for quantity, values, margin in (
            (_RATIO, own - plain, LOG2_TWICE),
            (_LIFE, own, LOG2_SIXTEEN),
        ):
            contrast = clustered_contrast(values, pairs.strata, _units(evidence, rows, pairs))
            part = contrast_part(f"{name}: {quantity}", quantity, contrast, margin, strata)
            # A half-life below a bound is neither opposite nor equivalent to the bound.
            part = replace(part, tag="") if quantity == _LIFE and part.verdict == REFUTED else part
            parts.append(
                doubted(part, evidence.doubts(rows[rows["cell"].isin([cell, "rnn"])], margin))
            )
    return parts


def _self(
    evidence: Evidence, variants: dict[str, pd.DataFrame], parts: list[VerdictPart]
) -> list[VerdictPart]:
    """Return differences of half-lives after training between searches of each cell."""
    parts_of_cells = []
    for name, rows in variants.items():
        some = rows if name == "forget bias 0" else rows[rows["cell"] == "lstm"]
        like = replace(parts[0], name=name, quantity=_RATIO.replace("that of the RNN", "its own"))

        def compared(pairs: Pairs) -> Array:
            first, second = (
                _lives(evidence, positions, "trained") for positions in (pairs.first, pairs.second)
            )
            return first - second

        keys = ("stratum", "protocol", "budget", "cell")
        parts_of_cells += self_parts(
            evidence, some, compared, like, keys, by_unit=not was_searched(evidence, some)
        )
    return parts_of_cells


def _lives(evidence: Evidence, positions: NDArray[np.int64], moment: str) -> Array:
    return half_lives(evidence.runs.loc[positions, _COLUMN.format(moment)].to_numpy(dtype=float))


def _units(evidence: Evidence, rows: pd.DataFrame, pairs: Pairs) -> list[str]:
    """Return the search of each pair, or its string and initialization if nothing was searched."""
    return pairs.clusters if was_searched(evidence, rows) else pairs.units


CLAIM = Claim(
    study=1,
    statement="A plain tanh RNN loses gradient over long lags; LSTM and GRU keep it.",
    source="practice articles on LSTM and GRU",
    rule="Supported if, after training, the half-life of the gradient norm over lags 4 to 64 of"
    " LSTM and GRU is at least twice the RNN's and at least 16 symbols. Half-lives at"
    " initialization are reported separately.",
    test=test,
)
