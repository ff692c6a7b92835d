"""Step-time ratios: known values and laws."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from seqmem.analysis.estimators.step_times import step_time_ratios
from seqmem.workflows.step_timing.ratio_lines import ratio_lines


def timings(processes: int = 4, spread: float = 0.0, factor: float = 0.8) -> pd.DataFrame:
    """Times of a GRU that takes `factor` times as long as an LSTM; processes differ by `spread`."""
    rng = np.random.default_rng(3)
    rows = []
    for process in range(processes):
        slower = np.exp(spread * rng.normal())
        for engine in ("fused", "torch"):
            for units, batch in ((8, 1), (8, 64), (16, 1)):
                shape = {
                    "depth": 1,
                    "units": units,
                    "batch": batch,
                    "length": 64,
                    "alphabet_size": 4,
                }
                where = {"process": process, "work": "train", "engine": engine} | shape
                base = units * 1e-7
                rows.append(where | {"cell": "gru", "seconds_per_symbol": base * factor * slower})
                rows.append(where | {"cell": "lstm", "seconds_per_symbol": base})
    return pd.DataFrame(rows)


def test_a_constant_factor_is_found_exactly():
    ratios = step_time_ratios(timings())
    assert ratios["engine"].tolist() == ["fused", "torch"]
    assert ratios[["ratio", "low", "high"]].to_numpy() == pytest.approx(0.8)
    assert ratios[["processes", "shapes"]].to_numpy().tolist() == [[4, 3], [4, 3]]


def test_the_other_way_round_is_the_inverse():
    frame = timings(spread=0.1)
    there = step_time_ratios(frame)
    back = step_time_ratios(frame, "lstm", "gru")
    assert there["ratio"].to_numpy() == pytest.approx(1 / back["ratio"].to_numpy())
    assert there["low"].to_numpy() == pytest.approx(1 / back["high"].to_numpy())


def test_the_interval_is_over_processes_not_over_shapes():
    frame = timings(processes=5, spread=0.1)
    ratios = step_time_ratios(frame).iloc[0]
    logs = np.log(
        frame.query("engine == 'fused' and cell == 'gru' and units == 16")["seconds_per_symbol"]
        / 16e-7
    )
    half = 2.7764 * logs.std(ddof=1) / np.sqrt(5)  # t quantile with four degrees of freedom
    assert np.log([ratios["low"], ratios["high"]]) == pytest.approx(
        [logs.mean() - half, logs.mean() + half], rel=1e-4
    )


def test_one_process_gives_no_interval():
    ratios = step_time_ratios(timings(processes=1))
    assert ratios["ratio"].to_numpy() == pytest.approx(0.8)
    assert ratios["low"].isna().all()


def test_lines_name_every_group_and_pair():
    lines = ratio_lines(timings())
    assert len(lines) == 1 + 2 * (1 + 2)
    assert lines[1].split() == [
        "train",
        "fused",
        "all",
        "gru/lstm",
        "0.800",
        "0.800–0.800",
        "4",
        "x",
        "3",
    ]
    assert [line.split()[2] for line in lines[1:4]] == ["all", "1", "64"]
    single = ratio_lines(timings().query("cell == 'gru'"))
    assert single[0].split() == ["work", "engine", "batch", "cell", "microseconds", "per", "symbol"]
    assert len(single) == 5
