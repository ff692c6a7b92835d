"""Running maxima over checkpoints."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqmem import analysis
from seqmem.analysis.estimators.capacity_dependence import capacity_by_budget
from seqmem.analysis.figures import capacity_curve, time_to_memorize
from seqmem.analysis.records.checkpoint_curves import (
    FRACTIONS,
    first_passage,
    memorized_at,
    stored_at,
    value_at,
)
from seqmem.analysis.records.groups import Group
from seqmem.analysis.tables.capacity_tables import level_table, winner_table

values = st.lists(st.floats(-1, 1), min_size=1, max_size=13)
budgets = st.lists(st.floats(0.001, 1), min_size=1, max_size=5)


@given(values, budgets)
def test_value_at_is_the_best_checkpoint_at_or_before(curve, at):
    fractions = FRACTIONS[: len(curve)]
    for budget, best in zip(at, value_at(at, fractions, curve), strict=True):
        seen = [
            v for f, v in zip(fractions.tolist(), curve, strict=True) if f <= budget * (1 + 1e-9)
        ]
        assert (np.isnan(best) and not seen) or best == max(seen)


@given(values)
def test_value_at_never_falls_with_the_budget(curve):
    best = value_at(FRACTIONS[: len(curve)], FRACTIONS[: len(curve)], curve)
    assert (np.diff(best) >= 0).all()
    assert best[-1] == max(curve)


@given(values, st.floats(-1, 1))
def test_first_passage_is_where_value_at_first_reaches_the_threshold(curve, threshold):
    fractions = FRACTIONS[: len(curve)]
    reached = value_at(fractions, fractions, curve) >= threshold
    expected = fractions[np.argmax(reached)] if reached.any() else np.nan
    np.testing.assert_equal(first_passage(fractions, curve, threshold), expected)


def test_fractions_rounded_elsewhere_still_match():
    assert value_at(FRACTIONS, FRACTIONS * (1 + 1e-13), np.arange(13.0)).tolist() == list(range(13))


def test_stored_at_keeps_the_best_and_counts_a_diverged_start_as_nothing():
    stored = stored_at(
        [0.25, 0.5, 1.0],
        fractions=[[0.5, 1.0], [0.25, 0.5], [0.5], [], [0.25, 1.0]],
        nll_bits=[[60.0, 80.0], [50.0, np.inf], [10.0], [], [3000.0, 2000.0]],
        reference_bits=[100.0] * 5,
        diverged=[False, True, False, True, True],
    )
    expected = [[np.nan, 0.4, 0.4], [0.5, 0.5, 0.5], [np.nan, 0.9, 0.9], [0, 0, 0], [0, 0, 0]]
    np.testing.assert_allclose(stored, expected)


def test_memorized_at_turns_true_once():
    memorized = memorized_at(
        [0.25, 0.5, 1.0], [[0.25, 0.5], [0.5, 1.0]], [[3, 11], [2, 10]], [11, 11]
    )
    assert memorized.tolist() == [[0, 1, 1], [0, 0, 0]]


@pytest.mark.parametrize(
    "function", [lambda: stored_at([1.0], [], [], [], []), lambda: memorized_at([1.0], [], [], [])]
)
def test_no_runs_give_an_empty_table(function):
    assert function().shape == (0, 1)


def test_a_run_that_loses_its_string_again_had_memorized_it_in_every_table_and_figure(make_frame):
    """One definition: the value at a budget is the best checkpoint at or before it."""
    frame = make_frame(searches=3)
    kept = _memorized_counts(frame)
    lost = frame.assign(
        stop_on_memorized=False,
        memorized=False,
        status="budget_spent",
        checkpoint_fractions=[
            [*fractions[:-1], 0.999 * fractions[-1], 1.0]
            for fractions in frame["checkpoint_fractions"]
        ],
        checkpoint_nll_bits=[[*values, values[-1]] for values in frame["checkpoint_nll_bits"]],
        checkpoint_exact_prefixes=[
            [*prefixes, 0] for prefixes in frame["checkpoint_exact_prefixes"]
        ],
    )
    assert kept["capacity"] > 0
    assert set(kept.values()) == {kept["capacity"]}
    assert _memorized_counts(lost) == kept
    by_budget = capacity_by_budget(lost)
    assert (by_budget.groupby("cell")["memorized"].diff().fillna(0) >= 0).all()


def _memorized_counts(frame: pd.DataFrame) -> dict[str, int]:
    """Count the confirmation runs that had memorized, by the table or figure that counts."""
    curve = capacity_curve.compute(frame)
    times = time_to_memorize.compute(frame)
    by_budget = capacity_by_budget(frame)
    return {
        "capacity": int(analysis.capacity_table(frame)["memorized"].sum()),
        "levels": int(level_table(frame)["memorized"].sum()),
        "winners": int(winner_table(frame)["memorized"].sum()),
        "capacity_curve": int(curve.loc[curve["kind"] == "observed", "hits"].sum()),
        "capacity_by_budget": int(by_budget.loc[by_budget["retuned"], "memorized"].sum()),
        "time_to_memorize": int(times.drop_duplicates(["level", "cell"])["hits"].sum()),
    }


@pytest.mark.parametrize(
    ("octaves", "words"),
    [
        ([0, 0.5, 2], "half an octave"),
        ([0, 0.25, 1.5], "1/4 octave"),
        ([0, 0.3141], "half an octave"),
    ],
)
def test_captions_say_how_far_checkpoints_are_apart(octaves: list[float], words: str) -> None:
    group = dict(zip(Group._fields, ("iid", 4, "lzw", "stream", "2 GF", ""), strict=True))
    data = pd.DataFrame([group | {"fraction": 2.0**-octave, "runs": 8} for octave in octaves])
    assert f"checkpoints, {words}" in time_to_memorize.caption(data)
