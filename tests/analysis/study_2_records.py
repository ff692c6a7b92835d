"""Synthetic records of study 2: searches of shared points, with a known ratio of times."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from seqmem.analysis.claims.rules.evidence import Evidence
from seqmem.analysis.claims.study_2 import CLAIMS
from tests.analysis.conftest import paired_frame

# Octaves of budget that a search has left after it memorizes, on average.
ROOM = 2.0
POINTS = 8
SPACE = {
    "sampler": "sobol",
    "trials": POINTS,
    "learning_rate": {"low": 1e-4, "high": 1.0, "log": True},
    "units": [4, 8, 16, 32, 64, 128, 256, 512],
}


def study_2_sweep(
    level: int,
    rho: float = 0.0,
    *,
    sweep: str = "",
    alphabet: int = 4,
    searches: int = 4,
    seed: int = 5,
    cells: tuple[str, str] = ("gru", "lstm"),
    **fields: Any,
) -> tuple[pd.DataFrame, dict[str, dict[str, Any]]]:
    """Make one sweep of study 2, whose first cell is sooner than the second by `rho` octaves.

    Parameters
    ----------
    level : int
        LZW level.
    rho : float
        Octaves.
    sweep : str
        Name; by default that of a part of `study2-scaling`.
    alphabet : int
        Number of symbols.
    searches : int
        Number of independent searches.
    seed : int
        Seed of all noise.
    cells : tuple of str
        The two cells.
    **fields : object
        Further fields of `tests.analysis.conftest.Synthetic`, or `points` and `tune`.

    Returns
    -------
    frame : DataFrame
        The records.
    configs : dict of str to dict
        The sweep file, as `Evidence.configs` holds it.
    """
    name = sweep or f"study2-scaling-k{alphabet}-{level}"
    capacities = tuple(
        (cell, level * 2.0 ** (ROOM + shift))
        for cell, shift in zip(cells, (rho / 2, -rho / 2), strict=True)
    )
    plan = {"confirm": 6, "budget": "1 cal-s", "spread": 0.05, "points": POINTS} | fields
    frame = paired_frame(
        searches=searches, levels=(level,), sweep=name, capacities=capacities, seed=seed, **plan
    )
    for column in ("condition", "string_condition"):
        frame[column] = frame[column].str.replace("iid-4-", f"iid-{alphabet}-", regex=False)
    search = SPACE | {"trials": plan["points"], "searches": searches}
    config = {"name": name, "search": search, "strings": {"tune": plan.get("tune", 2)}}
    return frame.assign(alphabet_size=alphabet), {name: config}


def joined(
    *sweeps: tuple[pd.DataFrame, dict[str, dict[str, Any]]],
) -> tuple[pd.DataFrame, dict[str, dict[str, Any]]]:
    """Put sweeps together."""
    frames, configs = zip(*sweeps, strict=True)
    return pd.concat(frames, ignore_index=True), {k: v for one in configs for k, v in one.items()}


def scaling_sweeps(
    rho: Mapping[int, float], alphabets: tuple[int, ...] = (2, 4), **fields: Any
) -> tuple[pd.DataFrame, dict[str, dict[str, Any]]]:
    """Make `study2-scaling`: rho by level, for each alphabet."""
    seed = fields.pop("seed", 5)
    return joined(
        *(
            study_2_sweep(level, value, alphabet=k, seed=seed + 10 * place + k, **fields)
            for k in alphabets
            for place, (level, value) in enumerate(sorted(rho.items()))
        )
    )


def against_itself_sweeps(
    rho: float = 0.0, levels: tuple[int, ...] = (64, 512), **fields: Any
) -> tuple[pd.DataFrame, dict[str, dict[str, Any]]]:
    """Make `study2-aa`: the GRU in two arms, of which the first is sooner by `rho` octaves."""
    sweeps = []
    for place, level in enumerate(levels):
        frame, configs = study_2_sweep(
            level, rho, sweep="study2-aa", cells=("gru", "other"), seed=40 + place, **fields
        )
        (config,) = configs.values()
        for arm, cell in enumerate(("gru", "other")):
            name = f"study2-aa-{level}-{'ab'[arm]}"
            own = frame[frame["cell"] == cell]
            conditions = own["condition"].str.replace("-other-", "-gru-", regex=False)
            own = own.assign(sweep=name, cell="gru", repeat=arm, condition=conditions)
            own["run_id"] = own["run_id"] + f"/{arm}"
            sweeps.append(
                (own, {name: config | {"name": name, "training": {"first_repeat": arm},
                                       "levels": level}})
            )  # fmt: skip
    return joined(*sweeps)


def verdict(name: str, frame: pd.DataFrame, configs: dict[str, Any], timings=None):
    """Return the verdict of a claim of study 2."""
    return CLAIMS[name].test(Evidence(frame, configs, timings))
