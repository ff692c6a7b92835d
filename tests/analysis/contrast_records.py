"""Records of sweeps that a contrast compares: shared strings, points of 4 units and 2 depths."""

from __future__ import annotations

from functools import cache
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from seqmem.analysis.estimators.time_ratios import learning_curves, time_ratios
from tests.analysis.conftest import paired_frame

UNITS = (8, 16, 32, 64)
CONFIG: dict[str, Any] = {
    "strings": {"levels": [48, 96], "tune": 2, "confirm": 4},
    "memorizer": {"cells": ["gru", "lstm"]},
    "training": {"repeats": 1, "batch": 32},
    "search": {
        "sampler": "sobol",
        "searches": 4,
        "trials": 8,
        "units": {"low": 8, "high": 64},
        "depth": {"low": 1, "high": 2},
    },
}


# What a confirmation run takes over from one of the best tuning runs of its search.
_OUTCOMES = [
    *("status", "memorized", "score", "steps", "symbols", "flops", "spent"),
    *("checkpoint_fractions", "checkpoint_steps", "checkpoint_spent", "checkpoint_nll_bits"),
    *("checkpoint_exact_prefixes", "checkpoint_losses", "exact_prefix", "memorized_fraction"),
]


@cache
def _searched(seed: int, tune: int) -> pd.DataFrame:
    frame = paired_frame(seed=seed, tune=tune)
    for _, runs in frame.groupby(["level", "cell", "search"]):
        best = runs[runs["role"] == "tune"].nlargest(4, "score")
        confirmed = runs.index[runs["role"] == "confirm"]
        for name in _OUTCOMES:
            frame.loc[confirmed, name] = pd.Series(best[name].tolist(), confirmed)
    slots = frame["tune_trial"].astype(int)
    return frame.assign(
        units=[UNITS[slot % 4] for slot in slots],
        depth=1 + slots // 4,
        learning_rate=0.01 * (1 + slots),
        seed=3,
        environment_key='{"engine": "torch", "torch": "2.13.0"}',
    )


def searched_frame(tune: int = 2) -> pd.DataFrame:
    """Make one sweep whose points have units 8 to 64 and depths 1 and 2."""
    return _searched(5, tune).copy()


def depth_frame() -> pd.DataFrame:
    """Make two sweeps of one depth each, with the same strings and points; depth 2 differs."""
    one, two = _searched(5, 2), _searched(6, 2)
    return pd.concat(
        [
            one.assign(sweep="one", depth=1),
            two.assign(sweep="two", depth=2, run_id=two["run_id"] + "/two"),
        ],
        ignore_index=True,
    )


def searches_of(frame: pd.DataFrame, role: str, **values: Any) -> dict[Any, pd.DataFrame]:
    """Return the runs of each (level, search) in a role, with these values."""
    rows = frame[frame["role"] == role]
    for name, value in values.items():
        rows = rows[rows[name] == value]
    return {key: some for key, some in rows.groupby(["level", "search"])}


def rho_of(first: pd.Series, second: pd.Series) -> float:
    """Return rho of two single records."""
    curves = [learning_curves(row.to_frame().T) for row in (first, second)]
    return float(time_ratios(*curves).rho[0])


def best_of_all_subsets(first: pd.DataFrame, second: pd.DataFrame, n: int) -> tuple[float, float]:
    """Return the mean difference of scores and the mean rho, over all subsets of both sides.

    Each string ranks once, and the other strings give the values.
    """
    scores, ratios = [], []
    strings = sorted(first["replicate"].unique())
    for ranked in strings:
        sides = [side[side["replicate"] == ranked].set_index("trial")["score"]
                 for side in (first, second)]  # fmt: skip
        winners = [
            [max(some, key=lambda slot, one=one: one[slot]) for some in combinations(one.index, n)]
            for one in sides
        ]
        for other in [one for one in strings if one != ranked] or [ranked]:
            runs = [side[side["replicate"] == other].set_index("trial")
                    for side in (first, second)]  # fmt: skip
            pairs = [(a, b) for a in winners[0] for b in winners[1]]
            scores += [runs[0].loc[a, "score"] - runs[1].loc[b, "score"] for a, b in pairs]
            ratios += [rho_of(runs[0].loc[a], runs[1].loc[b]) for a, b in pairs]
    return float(np.mean(scores)), float(np.nanmean(ratios))
