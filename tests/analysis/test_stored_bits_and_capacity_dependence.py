"""Stored bits against bits offered, and capacity against the budget and what was held fixed."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from seqmem import analysis
from seqmem.analysis.estimators.capacity_dependence import capacity_by, capacity_by_budget
from seqmem.analysis.estimators.stored_bits import log_slope, plateau_table, size_table
from seqmem.analysis.figures import FIGURES
from seqmem.analysis.records.loading import fill_failed_runs
from seqmem.analysis.report.cautions import cautions

CELLS = (("gru", 100.0),)


def loaded(make_frame, load: float, stored: float, half: float) -> pd.DataFrame:
    frame = make_frame(
        levels=(1000,), searches=1, confirm=3, capacities=CELLS, sweep=f"load-{load}"
    )
    offered = load * frame["parameters"]
    bits = [[offer - half, offer - stored] for offer in offered]
    return frame.assign(
        reference_bits=offered,
        checkpoint_fractions=[[0.5, 1.0]] * len(frame),
        checkpoint_nll_bits=bits,
        status="budget_spent",
        stop_on_memorized=False,
    )


def test_plateau_of_known_bits(make_frame):
    frame = pd.concat(
        [loaded(make_frame, 3, 9800.0, 9700.0), loaded(make_frame, 8, 10_000.0, 9900.0)]
    )
    table = plateau_table(frame).set_index("load")
    assert table["stored_bits"].to_dict() == pytest.approx({3.0: 9800, 8.0: 10_000})
    assert table.loc[8.0, "stored_per_parameter"] == pytest.approx(2.5)
    assert table.loc[8.0, "last_doubling_gain"] == pytest.approx(100 / 9900)
    assert table["strings"].tolist() == [3, 3]
    size = size_table(frame).iloc[0]
    assert size["plateau_bits"] == pytest.approx(10_000)
    assert size["load_disagreement"] == pytest.approx(0.02)
    assert size["gate"]


@pytest.mark.parametrize(
    ("light", "half"),
    [((9000.0, 8990.0), 9900.0), ((9800.0, 9700.0), 9500.0), ((9800.0, 9000.0), 9900.0)],
)
def test_the_gate_shuts_where_loads_disagree_or_steps_still_help(make_frame, light, half):
    frame = pd.concat([loaded(make_frame, 3, *light), loaded(make_frame, 8, 10_000.0, half)])
    assert not size_table(frame)["gate"].any()


def test_other_loads_have_a_row_for_each_level(make_frame):
    table = plateau_table(make_frame(levels=(16, 48)).assign(stop_on_memorized=False))
    assert table["load"].isna().all()
    assert len(table) == 2 * 2 * 2  # levels, cells, and the two sizes of the two searches


def test_one_load_alone_leaves_the_gate_shut_and_runs_that_stop_have_no_plateau(make_frame):
    assert not size_table(loaded(make_frame, 8, 10_000.0, 9990.0))["gate"].any()
    assert size_table(loaded(make_frame, 3, 10_000.0, 9990.0)).empty
    assert plateau_table(make_frame()).empty


def test_slope_and_its_interval_are_those_of_a_regression():
    from scipy import stats

    rng = np.random.default_rng(2)
    sizes = np.array([100.0, 200, 400, 800, 1600, 3200])
    values = sizes * np.exp(0.1 * rng.normal(size=6))
    fit = stats.linregress(np.log2(sizes), np.log2(values))
    half = stats.t.ppf(0.975, 4) * fit.stderr
    assert log_slope(sizes, values) == pytest.approx(
        (fit.slope, fit.slope - half, fit.slope + half)
    )
    assert np.isnan(log_slope(sizes[:1], values[:1])[0])
    assert np.isnan(log_slope(sizes[:2], values[:2])[1])


@pytest.mark.slow
def test_capacity_at_the_full_budget_is_the_capacity_and_grows_with_the_budget(make_frame):
    frame = make_frame(
        levels=(16, 32, 38, 45, 54, 64, 76, 91, 108, 128, 256),
        searches=3,
        confirm=8,
        tau=0.05,
        capacities=CELLS,
    )
    table = capacity_by_budget(frame)
    full = table[table["retuned"]].iloc[0]
    assert full["capacity"] == analysis.capacity_table(frame)["capacity"].item()
    assert full["spent"] == 2.0
    assert len(table) == 13
    known = table[table["relation"] == "="]
    assert (np.diff(known["capacity"]) > 0).all()
    # the simulated curves memorize a string twice as complex in twice the time
    half = table[np.isclose(table["fraction"], 0.5)]["capacity"].item()
    assert np.log2(full["capacity"] / half) == pytest.approx(1.0, abs=0.2)
    restored = capacity_by_budget(frame.assign(restore_best_weights=True))
    assert restored["retuned"].tolist() == [True]


def test_capacity_by_what_was_fixed_and_not_by_what_was_chosen(make_frame):
    frames = []
    for depth in (1, 2):
        cells = (("gru", 60.0 * depth),)
        frames.append(
            make_frame(sweep=f"depth-{depth}", seed=depth, capacities=cells, searches=3).assign(
                depth=depth
            )
        )
    searched = make_frame(sweep="searched", searches=3)
    table = capacity_by(pd.concat([*frames, searched], ignore_index=True), "depth")
    assert table["value"].tolist() == [1, 2]
    assert table["capacity"].is_monotonic_increasing
    with pytest.raises(ValueError, match="unknown column 'cell'; valid: depth, units, parameters"):
        capacity_by(searched, "cell")


def test_a_bound_is_the_same_bound_in_every_table_figure_and_line(make_frame):
    frame = make_frame(
        levels=(16, 32), capacities=(("gru", 400.0), ("lstm", 2.0)), searches=3, confirm=8, tau=0.05
    ).assign(depth=1)
    table = analysis.capacity_table(frame).set_index("cell")
    assert table["relation"].to_dict() == {"gru": ">=", "lstm": "<="}
    bounds = {"gru": table.loc["gru", "low"], "lstm": table.loc["lstm", "high"]}
    assert table["capacity"].to_dict() == bounds
    by_budget = capacity_by_budget(frame)
    drawn = FIGURES["capacity_curve"].compute(frame)
    drawn = drawn[drawn["kind"] == "capacity"].assign(capacity=lambda rows: rows["level"])
    for other in (capacity_by(frame, "depth"), by_budget[by_budget["retuned"]], drawn):
        rows = other.set_index("cell")
        assert rows["capacity"].to_dict() == bounds
        assert rows["relation"].to_dict() == table["relation"].to_dict()
    lines = analysis.capacity_lines(frame)
    assert lines[0].startswith(f"gru    >= {bounds['gru']:.0f} codes")
    ratio = analysis.ratio_table(frame).iloc[0]
    assert (ratio["relation"], ratio["ratio"]) == (">=", ratio["low"])
    warned = [one.text for one in cautions(frame, {}) if "do not bracket" in one.text]
    assert f"it is at least {bounds['gru']:.0f} codes" in warned[0]
    assert "it is at most " in warned[1]
    assert "0 of 48 confirmation runs memorized their string. Add lower levels" in warned[1]


def test_a_capacity_without_any_bound_has_no_value(make_frame):
    frame = make_frame(levels=(64,), capacities=(("gru", 64.0),), searches=1, confirm=4)
    row = analysis.capacity_table(frame).iloc[0]
    assert row["relation"] == "unresolved"
    assert np.isnan(row["capacity"])


def test_sources_with_other_parameters_are_other_sources(make_frame):
    frames = []
    for seed, digest in enumerate(("1f0c9a", "77aa00")):
        frame = make_frame(sweep=digest, seed=seed, source="markov")
        frames.append(
            frame.assign(
                string_condition=[f"markov-{digest}-k4-lzw{level}" for level in frame["level"]]
            )
        )
    table = analysis.capacity_table(pd.concat(frames, ignore_index=True))
    assert table["source"].tolist() == ["markov-1f0c9a"] * 2 + ["markov-77aa00"] * 2
    plain = make_frame(source="markov")
    plain["string_condition"] = [f"markov-k4-lzw{level}" for level in plain["level"]]
    assert set(analysis.capacity_table(plain)["source"]) == {"markov"}


def test_failed_runs_count_where_they_belong(make_frame):
    frame = make_frame()
    lost = frame.index[frame["role"] == "confirm"][:5]
    empty = ["source", "alphabet_size", "protocol", "budget", "budget_amount", "budget_unit"]
    frame = frame.astype({"alphabet_size": float})
    frame.loc[lost, empty] = None
    frame.loc[lost, "status"] = "failed"
    assert analysis.capacity_table(frame)["failed"].sum() == 0
    assert analysis.capacity_table(fill_failed_runs(frame))["failed"].sum() == 5
