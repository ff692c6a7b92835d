"""C3a and C3b of study 2 on records whose depths differ by known octaves."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from seqmem.analysis.estimators.depth_ratios import (
    depth_table,
    rechosen_ratio,
    valued_runs,
    within_budget,
)
from seqmem.analysis.estimators.time_ratios import time_ratios
from seqmem.analysis.estimators.tuning.search_points import searches
from tests.analysis.study_2_designs import depth_sweeps
from tests.analysis.study_2_records import verdict


def words(gains: dict[int, float]) -> tuple[str, str]:
    frame, configs = depth_sweeps(gains)
    return verdict("C3a", frame, configs).words(), verdict("C3b", frame, configs).words()


@pytest.mark.parametrize(
    ("gains", "somewhere", "nowhere"),
    [
        pytest.param({2: 0.0, 4: -0.5}, "supported", "supported", marks=pytest.mark.slow),
        ({2: 0.5, 4: -0.5}, "supported", "refuted (opposite)"),
        pytest.param(
            {2: 0.5, 4: 0.5}, "refuted (opposite)", "refuted (opposite)", marks=pytest.mark.slow
        ),
    ],
)
def test_known_gains_give_their_verdicts(
    gains: dict[int, float], somewhere: str, nowhere: str
) -> None:
    assert words(gains) == (somewhere, nowhere)


def test_the_ratios_are_the_gains_at_both_budgets() -> None:
    frame, _ = depth_sweeps({2: 0.5, 4: -0.5})
    for clock in ("budget", "flops"):
        table = depth_table(frame, clock)
        gains = table["depth"].map({2: 0.5, 4: -0.5})
        for column in ("rho", "rho_quarter", "rho_quarter_kept"):
            # Times are interpolated between checkpoints.
            assert np.allclose(table[column], gains, atol=0.12), column
        assert len(table) == 2 * 2 * 2 * 3


@pytest.mark.slow
def test_searches_that_differ_by_chance_decide_nothing() -> None:
    frame, configs = depth_sweeps({2: 0.0, 4: 0.0}, noise=1)
    verdicts = {name: verdict(name, frame, configs) for name in ("C3b", "C3a")}
    for found in verdicts.values():
        assert found.verdict == "inconclusive"
        assert found.setting == "B = 1 cal-s"
        assert any("not tuned again" in note for note in found.notes)
    alone, together = (found.parts[0] for found in verdicts.values())
    assert alone.estimate == together.estimate
    assert together.low < alone.low < alone.high < together.high


@pytest.mark.slow
def test_winners_at_an_edge_put_the_depth_in_doubt() -> None:
    frame, configs = depth_sweeps({2: 0.5, 4: -0.5})
    at_edge = frame.assign(learning_rate=frame["learning_rate"].where(frame["depth"] != 4, 1.0))
    found = verdict("C3a", at_edge, configs)
    assert found.words() == "inconclusive (the search is in doubt)"
    assert verdict("C3b", at_edge, configs).words() == "refuted (opposite)"
    doubts = [note for note in found.notes if "edge of the box" in note]
    assert len(doubts) == 2
    assert all("depth 4" in note for note in doubts)


def test_the_other_sign_at_equal_flops_settles_nothing() -> None:
    frame, configs = depth_sweeps({2: 0.5, 4: 0.5})
    dear = frame.assign(flops=frame["flops"] * np.where(frame["depth"] > 1, 4.0, 1.0))
    found = verdict("C3b", dear, configs)
    assert found.words() == "inconclusive (depends on the clock)"
    flops = {part.name: part.estimate for part in found.parts if part.name in found.aside}
    assert flops["GRU, depth 2 at B, at equal FLOPs"] == pytest.approx(0.5 - 2, abs=0.12)


def step_times(frame: pd.DataFrame, deeper: float) -> pd.DataFrame:
    """Make step times of all shapes; deeper networks take `deeper` times what the table says."""
    shapes = frame[["cell", "depth", "units", "batch", "length", "alphabet_size"]]
    rows = shapes.drop_duplicates().merge(pd.DataFrame({"process": range(5)}), "cross")
    return rows.assign(
        work="winner",
        table_seconds_per_symbol=1e-7,
        seconds_per_symbol=1e-7 * np.where(rows["depth"] > 1, deeper, 1.0),
    )


@pytest.mark.slow
def test_measured_times_of_winners_confirm_or_undo_the_verdict_of_a_cell() -> None:
    frame, configs = depth_sweeps({2: 0.5, 4: 0.5})
    same = verdict("C3b", frame, configs, step_times(frame, 1.0))
    assert same.words() == "refuted (opposite)"
    slow = verdict("C3b", frame, configs, step_times(frame, 2.0))
    assert slow.words() == "inconclusive (depends on the clock)"
    parts = {part.name: part for part in slow.parts}
    for budget in ("B", "B/4"):
        calibrated, measured = (
            parts[f"GRU, depth 2 at {budget}{ending}"] for ending in ("", ", in measured time")
        )
        assert measured.estimate == pytest.approx(calibrated.estimate - 1)
        assert measured.name in slow.aside
    few = step_times(frame, 2.0)
    few = few[(few["cell"] == "gru") | (few["process"] < 4)]
    unread = verdict("C3b", frame, configs, few)
    assert unread.words() == "refuted (opposite)"
    assert any("were not measured in 5 visits" in note for note in unread.notes)


def test_runs_that_are_timed_are_winners_and_finalists_of_a_quarter() -> None:
    frame, _ = depth_sweeps({2: 0.3}, levels=(512,), noise=1)
    timed = valued_runs(frame)
    assert set(timed["role"]) == {"select", "confirm"}
    keys = ["sweep", "cell", "search"]
    confirmed = timed[timed["role"] == "confirm"]
    assert len(confirmed) == (frame["role"] == "confirm").sum()
    finalists = timed[timed["role"] == "select"].groupby(keys)["tune_trial"].nunique()
    assert finalists.between(1, 2).all()
    assert len(finalists) == len(frame[keys].drop_duplicates())
    lost = frame.assign(status=frame["status"].mask(frame["search"] == 0, "failed"))
    assert set(valued_runs(lost)["search"]) == {1, 2}


def test_missing_parts_are_named() -> None:
    frame, configs = depth_sweeps({2: 0.5, 4: 0.5})
    without = frame[(frame["depth"] != 4) | (frame["level"] == 512)]
    needs = verdict("C3a", without, configs).needs
    assert needs == ("depth 4 of GRU at level 1024", "depth 4 of LSTM at level 1024")
    assert "study2-depth" in verdict("C3b", frame, {}).words()
    few = frame[frame["search"] < 2]
    assert "3 searches at every depth" in verdict("C3a", few, configs).words()
    only = verdict("C3a", frame[frame["cell"] == "gru"], configs)
    assert only.needs[0] == "confirmation runs of LSTM"


def test_searches_whose_runs_failed_do_not_count() -> None:
    frame, configs = depth_sweeps({2: 0.5, 4: -0.5})
    failed = (frame["depth"] == 2) & (frame["search"] == 0) & (frame["level"] == 512)
    failed &= (frame["cell"] == "gru") & (frame["role"] == "select")
    lost = frame.assign(status=frame["status"].mask(failed, "failed"))
    table = depth_table(lost)
    assert table["rho"].isna().sum() == 1
    assert verdict("C3b", lost, configs).needs == (
        "GRU: searches of depth 2 at level 512 whose runs did not fail",
    )


def test_winners_at_a_quarter_are_chosen_on_the_strings_that_do_not_value_them() -> None:
    frame, _ = depth_sweeps({2: 0.3}, levels=(512,), noise=1)
    own = frame[frame["cell"] == "gru"]
    deep, shallow = (
        dict(searches(own[own["depth"] == depth]))[f"study2-depth-d{depth}", "iid-4-lzw-512", 0]
        for depth in (2, 1)
    )
    sides = [one._replace(curves=within_budget(one.curves, 0.25)) for one in (deep, shallow)]
    expected = []
    for string in range(2):
        pair = []
        for runs in sides:
            # Within a quarter no run of these records reaches .95, so the stored fraction chooses.
            final = runs.curves.final
            other = final[runs.select[1 - string, 0]]
            tuned = final[runs.tune[:, 0, runs.points.finalists]]
            best = int((tuned.sum(axis=0) + other).argmax())
            pair.append(runs.curves.take(runs.select[string, :, best]))
        expected.append(time_ratios(*pair).rho)
    assert max(side.curves.final.max() for side in sides) < 0.95
    assert rechosen_ratio(*sides) == pytest.approx(np.mean(expected))
