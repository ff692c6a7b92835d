"""C10 of study 2 on networks that store a known number of bits."""

from __future__ import annotations

import pandas as pd
import pytest

from seqmem.analysis.estimators.capacity_by_exposure import (
    annealed_runs,
    exposure_slopes,
    exposure_table,
)
from tests.analysis.study_2_designs import capacity_sweeps
from tests.analysis.study_2_records import verdict


@pytest.mark.parametrize(
    ("plan", "words"),
    [
        ({"slope": 1.0}, "supported"),
        ({"slope": 0.8}, "refuted (opposite)"),
        ({"slope": 1.0, "move": 0.05}, "inconclusive (the slope still moves with the exposures)"),
        ({"slope": 0.9, "noise": 0.003}, "direction only (opposite)"),
        ({"slope": 1.0, "noise": 0.2}, "inconclusive"),
    ],
)
def test_known_slopes_give_their_verdicts(plan: dict[str, float], words: str) -> None:
    assert verdict("C10", *capacity_sweeps(**plan)).words() == words


def test_slopes_and_moves_are_those_of_the_records() -> None:
    frame, configs = capacity_sweeps(slope=0.95, move=0.04, noise=0.0)
    table = exposure_table(frame)
    own = exposure_slopes(table[table["cell"] == "lstm"])
    assert [one.steps for one in own] == [7_500, 15_000, 30_000, 60_000]
    assert [one.slope for one in own] == pytest.approx([0.83, 0.87, 0.91, 0.95])
    assert [one.move for one in own[1:]] == pytest.approx([0.04] * 3)
    assert (table["strings"] == 6).all()
    row = table[(table["cell"] == "gru") & (table["units"] == 8) & (table["steps"] == 15_000)]
    assert row["identifiable"].item() == 323
    assert row["exposures"].item() == pytest.approx(2048 * 15_000 / (3 * 323))
    assert row["bits_per_parameter"].item() == pytest.approx(row["stored_bits"].item() / 323)
    notes = verdict("C10", frame, configs).notes
    assert "GRU: the slope moves by +0.04" in notes[0]


def test_only_runs_annealed_over_their_whole_budget_count() -> None:
    frame, configs = capacity_sweeps()
    early = frame.assign(learning_rate_schedule="linear 7500 steps")
    assert set(annealed_runs(early)["budget_amount"]) == {7500.0}
    assert "each with a learning rate that falls linearly" in verdict("C10", early, configs).words()
    assert annealed_runs(frame.drop(columns="learning_rate_schedule")).empty


def test_where_a_search_chose_among_points_its_tuning_runs_do_not_count() -> None:
    frame, configs = capacity_sweeps()
    other = frame[frame["role"] == "tune"].assign(trial=1)
    searched = pd.concat([frame, other], ignore_index=True)
    assert set(annealed_runs(searched)["role"]) == {"confirm"}
    assert "6 i.i.d. strings" in verdict("C10", searched, configs).words()


def test_other_loads_are_named() -> None:
    needs = verdict("C10", *capacity_sweeps(load=3.0)).needs
    assert needs == ("strings of 6 bits per identifiable parameter (there are 3–3)",)
