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

_MOMENTS = {"trained": "trained", "initial": "at initialization"}
_COLUMN = "probe_gradient_by_lag_{}_decay_per_symbol"
_CELLS = ("lstm", "gru")
LOG2_TWICE, LOG2_SIXTEEN = 1.0, 4.0
_LEVELS, _SEEDS = 2, 12
# Lags up to 64 are measured: a half-life far beyond is only known to be long, one far below a symbol to be short.
SHORTEST_HALF_LIFE, LONGEST_HALF_LIFE = 2.0**-2, 2.0**10
_SEED = ["stratum", "protocol", "budget", "string_id", "repeat"]
_RATIO, _LIFE = "log2 half-life over that of the RNN", "log2 half-life in symbols"


def test(evidence: Evidence) -> Verdict:
    """Half-lives after training decide; those at initialization are told apart. Forget bias 0 and 1, both."""
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
        f"half-lives are taken as {SHORTEST_HALF_LIFE:g} to {LONGEST_HALF_LIFE:g} symbols at most",
    )
    return Verdict(
        verdict, tag, (*parts["trained"], *parts["initial"]), aside,
        tuple(_self(evidence, variants, parts["trained"])), notes=notes, setting="lags 4 to 64",
    )  # fmt: skip


def half_lives(decay: Array) -> Array:
    """Log2 of the half-life in symbols from the factor per symbol, within 1/4 to 1,024 symbols; NaN stays NaN.

    Examples
    --------
    >>> half_lives(np.array([0.5, 0.0, 1.0])).tolist()
    [0.0, -2.0, 10.0]
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        # A factor of 0 is no gradient at all, one of 1 or more no decay.
        lives = np.where(decay >= 1, np.inf, -1 / np.log2(decay))
    return np.log2(
        np.where(
            np.isnan(decay),
            np.nan,
            np.clip(np.where(decay <= 0, 0.0, lives), SHORTEST_HALF_LIFE, LONGEST_HALF_LIFE),
        )
    )


def _variants(evidence: Evidence) -> dict[str, pd.DataFrame]:
    """Runs with the probe: all RNNs and GRUs with the LSTMs of either forget bias."""
    runs = evidence.runs
    if _COLUMN.format("trained") not in runs:
        return {}
    runs = runs[~runs["stop_on_memorized"].eq(True) & runs[_COLUMN.format("trained")].notna()]
    # Without a forget bias the gate starts about where 0 puts it: at one half.
    bias = (
        runs["forget_bias"].astype(float).fillna(0.0)
        if "forget_bias" in runs
        else pd.Series(0.0, runs.index)
    )
    lstm, found = runs["cell"] == "lstm", {}
    for name, value in (("forget bias 0", 0.0), ("forget bias 1", 1.0)):
        if (lstm & (bias == value)).any():
            found[name] = runs[~lstm | (bias == value)]
    return found


def _needs(variants: dict[str, pd.DataFrame]) -> list[str]:
    if not variants:
        return ["RNN, LSTM and GRU with the probe gradient_by_lag and stop_on_memorized = false"]
    found = [
        f"LSTMs with {name}" for name in ("forget bias 0", "forget bias 1") if name not in variants
    ]
    for rows in variants.values():
        lacking = missing_cells(rows, ("rnn", *_CELLS)) + fewer(rows, "level", _LEVELS, "levels")
        lacking += fewer_within(rows, ["stratum", "cell"], ["unit"], _SEEDS, "seeds per level")
        found += [words for words in lacking if words not in found]
    return found


def _parts(evidence: Evidence, rows: pd.DataFrame, moment: str, variant: str) -> list[VerdictPart]:
    """For LSTM and GRU: twice the RNN's half-life, and 16 symbols."""
    found = []
    # The GRU has no forget bias: its parts stand once.
    for cell in _CELLS if variant == "forget bias 0" else _CELLS[:1]:
        pairs = pair_cells(rows, cell, "rnn", _SEED)
        own, plain = (_lives(evidence, places, moment) for places in (pairs.first, pairs.second))
        name = f"{_MOMENTS[moment]}, {cell.upper()}" + (f", {variant}" if cell == "lstm" else "")
        strata = len(set(pairs.strata))
        for words, values, margin in (
            (_RATIO, own - plain, LOG2_TWICE),
            (_LIFE, own, LOG2_SIXTEEN),
        ):
            contrast = clustered_contrast(values, pairs.strata, _units(evidence, rows, pairs))
            part = contrast_part(f"{name}: {words}", words, contrast, margin, strata)
            # Half-lives below a bound are neither opposite nor equivalent to it.
            part = replace(part, tag="") if words == _LIFE and part.verdict == REFUTED else part
            found.append(
                doubted(part, evidence.doubts(rows[rows["cell"].isin([cell, "rnn"])], margin))
            )
    return found


def _self(
    evidence: Evidence, variants: dict[str, pd.DataFrame], parts: list[VerdictPart]
) -> list[VerdictPart]:
    """Half-lives after training of each cell against itself."""
    found = []
    for name, rows in variants.items():
        some = rows if name == "forget bias 0" else rows[rows["cell"] == "lstm"]
        like = replace(parts[0], name=name, quantity=_RATIO.replace("that of the RNN", "its own"))

        def compared(pairs: Pairs) -> Array:
            first, second = (
                _lives(evidence, places, "trained") for places in (pairs.first, pairs.second)
            )
            return first - second

        keys = ("stratum", "protocol", "budget", "cell")
        found += self_parts(
            evidence, some, compared, like, keys, by_unit=not was_searched(evidence, some)
        )
    return found


def _lives(evidence: Evidence, places: NDArray[np.int64], moment: str) -> Array:
    return half_lives(evidence.runs.loc[places, _COLUMN.format(moment)].to_numpy(dtype=float))


def _units(evidence: Evidence, rows: pd.DataFrame, pairs: Pairs) -> list[str]:
    """The search where a configuration was searched, else string and initialization: the seed."""
    return pairs.clusters if was_searched(evidence, rows) else pairs.units


CLAIM = Claim(
    statement="A plain tanh RNN loses gradient over long lags; LSTM and GRU keep it.",
    source="practice articles on LSTM and GRU",
    rule="after training, half-life of the gradient norm over lags 4 to 64: the RNN's at most half of both others, and"
    " both of those at least 16 symbols; at initialization told apart",
    test=test,
)
