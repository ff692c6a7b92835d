"""Synthetic records of a real sweep file: levels, searches, trials, strings and settings."""

from __future__ import annotations

import numpy as np
import pandas as pd

from seqmem.core.seeding import generator
from seqmem.study.memorizers.cost import parameter_count
from seqmem.sweeps.config.sweep_config import SweepConfig
from seqmem.sweeps.search.points import POINT_SEQUENCES
from seqmem.sweeps.search.space import decode
from tests.analysis.claim_records import C6, C7

TRAINED = (
    "protocol batch length restore_best_weights optimizer weight_decay momentum gradient_clip "
    "learning_rate_schedule dropout forget_bias stop_on_memorized"
).split()
PROBES = {
    "loss_after_steps": (C6,),
    "loss_volatility": (C7,),
    "gradient_by_lag": tuple(
        f"probe_gradient_by_lag_{moment}_decay_per_symbol" for moment in ("trained", "initial")
    ),
}


def planned_records(make_frame, config: SweepConfig) -> pd.DataFrame:
    """Return one row for every run of a sweep file, with synthetic learning curves."""
    strings = config.strings
    training = config.training
    rng = generator("planned records", config.name)
    # Runs that do not stop when they memorize get more bits than they can store.
    capacity = float(strings.levels[-1] if training.stop_on_memorized else strings.levels[0] / 8)
    frame = make_frame(
        levels=strings.levels,
        searches=config.search.searches,
        confirm=strings.confirm,
        tune=strings.tune,
        capacities=tuple((cell, capacity) for cell in config.memorizer.cells),
        budget=str(training.budget),
        source=strings.source,
        sweep=config.name,
    )
    frame = _with_trials(frame, config)
    trained = {
        name: getattr(training, name) for name in TRAINED if name not in set(config.search.ranges)
    }
    # The name of the sweep does not enter the seeds of strings.
    named = frame["string_id"].str.replace(
        config.name, f"{config.seed}-{strings.alphabet_size}", regex=False
    )
    size = strings.alphabet_size
    units = frame["units"]
    shapes = zip(frame["cell"], frame["depth"].astype(int), units.astype(int), strict=True)
    noise = 0.01 * rng.normal(size=len(frame))
    frame = frame.assign(
        **trained,
        string_id=named,
        alphabet_size=size,
        measure=strings.measure,
        reference_bits=frame["period"] * np.log2(size),
        parameters=[parameter_count(cell, size, depth, count) for cell, depth, count in shapes],
        score=-((np.log10(frame["learning_rate"]) + 2) ** 2) - units / 64 + noise,
    )
    bias = frame["forget_bias"].astype(float).where(frame["cell"] == "lstm")
    columns = [column for probe in training.probes for column in PROBES[probe]]
    return frame.assign(
        forget_bias=bias, **{column: 0.5 + 0.1 * rng.random(len(frame)) for column in columns}
    )


def _with_trials(frame: pd.DataFrame, config: SweepConfig) -> pd.DataFrame:
    """Replace the tuning runs by those of every trial of the sweep; the first trial wins."""
    search = config.search
    strings = config.strings
    points = POINT_SEQUENCES[search.sampler](search, search.trials, config.seed)
    tried = pd.DataFrame([decode(search, point) for point in points])
    tried = tried.assign(trial=range(len(tried)), generation=0)
    if search.sampler == "tpe":
        tried["generation"] = np.maximum(
            0, (tried["trial"] - search.startup) // search.generation + 1
        )
    first = frame[frame["trial"] == 0].drop(columns=[*tried.columns.intersection(frame.columns)])
    tune = first[first["role"] == "tune"]
    others = first[first["role"] != "tune"]
    rows = [tune.merge(tried, how="cross"), others.merge(tried.iloc[:1], how="cross")]
    if strings.fresh:
        rows[0]["string_id"] += "/" + rows[0]["trial"].astype(str)
    records = pd.concat(rows, ignore_index=True)
    # The level is the length if the measure is the period.
    return records.assign(period=records["level"]) if strings.measure == "period" else records
