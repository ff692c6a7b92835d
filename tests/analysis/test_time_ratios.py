"""First passage and the scale-free time ratio: known curves, laws, and records at the edges."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqmem.analysis.estimators.time_ratios import (
    Curves,
    best_within,
    learning_curves,
    log2_first_passage,
    running_maximum,
    time_ratios,
    whole_budget,
)
from seqmem.analysis.records.checkpoint_curves import FRACTIONS
from seqmem.analysis.tables.time_ratio_table import rho_table, self_table

SHIFTS = st.floats(-2.0, 2.0)


def power(shift: float, exponent: float = 0.5, size: float = 0.9) -> Curves:
    """Stored fraction size * (budget * 2^shift)^exponent at the standard checkpoints."""
    values = size * (FRACTIONS * 2.0**shift) ** exponent
    return Curves(values[None], {"budget": FRACTIONS[None], "steps": 400 * FRACTIONS[None]})


@given(SHIFTS, SHIFTS)
def test_rho_is_the_shift_between_two_curves_of_one_shape(first, second):
    ratios = time_ratios(power(first), power(second))
    assert ratios.rho[0] == pytest.approx(first - second, abs=0.02)


@given(SHIFTS, SHIFTS)
def test_rho_turns_its_sign_with_the_order_of_the_cells(first, second):
    there = time_ratios(power(first), power(second))
    back = time_ratios(power(second), power(first))
    assert there.rho[0] == pytest.approx(-back.rho[0], abs=1e-12)
    assert there.threshold[0] == back.threshold[0] <= 0.95


def test_units_of_a_clock_drop_out():
    first = power(0.7)
    second = power(-0.2)
    assert time_ratios(first, second, "steps").rho == pytest.approx(
        time_ratios(first, second, "budget").rho
    )


def test_passage_is_interpolated_in_log_time_and_exact_at_a_checkpoint():
    times = np.array([[1.0, 4.0, 16.0]])
    best = np.array([[0.1, 0.3, 0.7]])
    at = [
        float(log2_first_passage(times, best, np.array([q]))[0])
        for q in (0.05, 0.1, 0.2, 0.3, 0.4, 0.7)
    ]
    assert at == pytest.approx([0.0, 0.0, 1.0, 2.0, 2.5, 4.0])
    assert np.isnan(log2_first_passage(times, best, np.array([0.8])))


def test_what_is_forgotten_later_was_still_reached():
    curve = running_maximum(np.array([[0.1, 0.6, 0.2, 0.3]]))
    assert log2_first_passage(np.array([[1.0, 2, 4, 8]]), curve, np.array([0.6]))[0] == 1.0


def test_little_stored_is_uninformative_and_much_is_capped():
    nothing = power(0, size=0.015)
    everything = power(2, size=1.0)
    ratios = time_ratios(nothing, everything)
    assert not ratios.informative[0]
    assert np.isnan(ratios.rho[0])
    assert time_ratios(everything, everything).threshold[0] == 0.95


def test_a_threshold_met_at_the_first_checkpoint_is_said():
    start = Curves(np.array([[0.97, 0.98]]), {"budget": np.array([[0.1, 1.0]])})
    assert time_ratios(start, start).at_start[0]


def record(**fields):
    row = {
        "checkpoint_fractions": [0.25, 0.5],
        "checkpoint_nll_bits": [80.0, 40.0],
        "checkpoint_steps": [1, 3],
        "checkpoint_spent": [0.4, 0.9],
        "reference_bits": 100.0,
        "status": "budget_spent",
        "steps": 3,
        "flops": 600.0,
        "symbols": 6,
        "budget_amount": 2.0,
    }
    return row | fields


def test_curves_of_records_take_the_time_that_was_spent():
    """One step already passed 0.25: the checkpoint is named 0.25; its time is what was spent."""
    curves = learning_curves(pd.DataFrame([record(checkpoint_spent=[0.8, 0.9])]))
    assert curves.best.tolist() == pytest.approx(np.array([[0.2, 0.6]]))
    assert curves.times["budget"].tolist() == [[0.4, 0.5]]
    assert curves.times["flops"].tolist() == [[200.0, 600.0]]
    assert curves.times["symbols"].tolist() == [[2.0, 6.0]]


def test_diverged_and_unmeasured_runs_have_curves_too():
    runs = [
        record(status="diverged", checkpoint_nll_bits=[np.nan, 900.0]),
        record(checkpoint_nll_bits=[np.nan, 60.0]),
        record(
            checkpoint_fractions=[],
            checkpoint_nll_bits=[],
            checkpoint_steps=[],
            checkpoint_spent=[],
            steps=0,
        ),
    ]
    curves = learning_curves(pd.DataFrame(runs))
    assert curves.best[0].tolist() == [0.0, 0.0]
    assert curves.best[1].tolist() == [-np.inf, 0.4]
    assert curves.final[2] == -np.inf
    ratios = time_ratios(curves, curves)
    assert ratios.informative.tolist() == [False, True, False]
    assert ratios.rho[1] == 0


def test_rho_table_has_each_level_on_each_clock(make_frame):
    frame = make_frame(
        searches=3, capacities=(("gru", 160.0), ("lstm", 80.0)), tau=0.02, spread=0.02
    )
    table = rho_table(frame)
    assert len(table) == 4 * 4
    budget = table[table["clock"] == "budget"]
    assert budget["rho"].tolist() == pytest.approx([1.0] * 4, abs=0.15)
    assert (table["low_bonferroni"] < table["low"]).all()
    assert table["searches"].tolist() == [3] * 16
    assert rho_table(frame[frame["cell"] == "gru"]).empty
    assert rho_table(frame.assign(restore_best_weights=True)).empty


def test_a_cell_against_itself_agrees_unless_its_searches_differ(make_frame):
    frame = make_frame(searches=4, confirm=8, tau=0.05)
    table = self_table(frame)
    assert table["verdict"].tolist() == ["agrees"]
    assert table["searches"].tolist() == [2 * 2 * 2 * 4]
    slow = frame["search"] % 2 == 0
    bits = zip(frame["checkpoint_nll_bits"], frame["reference_bits"], slow, strict=True)
    later = [[r - (r - v) / 4 if late else v for v in values] for values, r, late in bits]
    assert self_table(frame.assign(checkpoint_nll_bits=later))["verdict"].tolist() == ["differs"]
    assert self_table(make_frame(searches=1)).empty


def test_what_was_stored_within_a_time_is_interpolated_and_held():
    curves = Curves(
        np.array([[0.2, 0.4, 0.8], [0.5, 0.9, 0.9], [-np.inf, -np.inf, 0.3]]),
        {"flops": np.array([[1.0, 2, 4], [1.0, 2, np.nan], [1.0, 2, 4]])},
    )
    for limit, expected in (
        (1.0, [0.2, 0.5, 0.3]),
        (2**1.5, [0.6, 0.9, 0.3]),
        (64.0, [0.8, 0.9, 0.3]),
    ):
        assert best_within(curves, "flops", np.full(3, limit)).tolist() == pytest.approx(expected)
    assert best_within(curves, "flops", np.full(3, np.nan)).tolist() == [-np.inf] * 3


def test_the_whole_budget_is_what_a_run_that_stopped_early_would_have_spent():
    runs = pd.DataFrame(
        {"spent": [1.0, 2.0, 2.1, 0.0], "budget_amount": 2.0, "flops": [5.0, 10.0, 10.5, 0.0]}
    )
    assert whole_budget(runs).tolist()[:3] == [10.0, 10.0, 10.5]
    assert np.isnan(whole_budget(runs)[3])
