"""C1 and C2 of study 2: known ratios of times, clocks, measured seconds, gates, missing designs."""

from __future__ import annotations

import pandas as pd
import pytest

from seqmem.analysis.claims.rules.evidence import Evidence
from seqmem.analysis.claims.rules.verdict import VerdictPart
from seqmem.analysis.claims.study_2.rules.measured_times import checked_by_clock
from seqmem.analysis.claims.study_2.rules.time_ratios import MEASURED
from tests.analysis.study_2_records import (
    SPACE,
    against_itself_sweeps,
    joined,
    scaling_sweeps,
    verdict,
)

LOW = {16: 0.8, 64: 0.8}
HIGH = {512: -0.8, 2048: -0.8}


@pytest.fixture(scope="module")
def low():
    return scaling_sweeps(LOW, tune=1, searches=6)


@pytest.fixture(scope="module")
def high():
    return scaling_sweeps(HIGH, tune=1, searches=6)


def winner_timings(frame: pd.DataFrame, lstm: float = 1.0, visits: int = 5) -> pd.DataFrame:
    """Make step times of all shapes; the LSTM takes `lstm` times what the table says."""
    shape = ["cell", "depth", "units", "batch", "length", "alphabet_size"]
    rows = frame[shape].drop_duplicates().merge(pd.DataFrame({"process": range(visits)}), "cross")
    seconds = 1e-7 * rows["cell"].map({"gru": 1.0, "lstm": lstm})
    columns = {"seconds_per_symbol": seconds, "table_seconds_per_symbol": 1e-7}
    return rows.assign(work="winner", engine="fused", **columns)


def test_c1_finds_the_ratio_of_times_and_lists_its_readings(low):
    outcome = verdict("C1", *low)
    assert outcome.verdict == "supported"
    assert outcome.parts[0].estimate == pytest.approx(0.8, abs=0.3)
    assert outcome.parts[0].confidence == 0.9875
    assert outcome.p_value < 0.0125
    assert [part.name for part in outcome.parts if part.name not in outcome.aside] == [
        "in calibrated time"
    ]
    assert outcome.aside == (
        "at equal FLOPs",
        "at equal symbols",
        "at equal steps",
        "best of 4 of 8 points",
        "best of 8 of 8 points",
    )
    assert outcome.setting.startswith("the best point of a search of the frozen box; 1 cal-s at")
    assert outcome.against_itself == ()
    assert any("third reading not made" in note for note in outcome.notes)


def test_no_difference_is_equivalent_or_inconclusive_and_both_arms_agree():
    frame, configs = joined(
        scaling_sweeps({16: 0.0, 64: 0.0}, tune=1, searches=6), against_itself_sweeps(tune=1)
    )
    outcome = verdict("C1", frame, configs)
    assert outcome.words() in ("refuted (equivalent)", "inconclusive", "refuted")
    assert [part.verdict for part in outcome.against_itself] == ["agrees"]


def test_c2_needs_the_flops_beyond_the_margin_too(high):
    frame, configs = high
    outcome = verdict("C2", frame, configs)
    assert outcome.verdict == "supported"
    assert "stored bits" in outcome.aside
    opposite = frame.assign(flops=frame["flops"] * frame["cell"].map({"gru": 1.0, "lstm": 2**0.8}))
    assert verdict("C2", opposite, configs).words() == "inconclusive (depends on the clock)"


def test_c2_of_a_sooner_gru_is_opposite():
    outcome = verdict("C2", *scaling_sweeps({512: 0.8, 2048: 0.8}, tune=1, searches=6))
    assert outcome.words() == "refuted (opposite)"
    assert outcome.p_value == 1.0


def test_c1_needs_the_same_sign_in_flops(low):
    frame, configs = low
    slow = frame.assign(flops=frame["flops"] * frame["cell"].map({"gru": 4.0, "lstm": 1.0}))
    assert verdict("C1", slow, configs).words() == "inconclusive (depends on the clock)"


def test_measured_seconds_confirm_or_undo_a_verdict(low):
    frame, configs = low
    same = verdict("C1", frame, configs, winner_timings(frame))
    (third,) = [part for part in same.parts if part.name == MEASURED]
    assert third.estimate == pytest.approx(same.parts[0].estimate)
    assert same.verdict == "supported"
    quick = verdict("C1", frame, configs, winner_timings(frame, lstm=0.5))
    (third,) = [part for part in quick.parts if part.name == MEASURED]
    assert third.estimate == pytest.approx(same.parts[0].estimate - 1)
    assert quick.words() == "inconclusive (depends on the clock)"


def test_shapes_with_too_few_visits_make_no_third_reading(low):
    frame, configs = low
    few = verdict("C1", frame, configs, winner_timings(frame, visits=4))
    assert MEASURED not in few.aside
    assert any("were not measured in 5 visits" in note for note in few.notes)


@pytest.mark.parametrize(
    ("outcome", "measured", "expected"),
    [
        (("refuted", "opposite"), ("refuted", "opposite"), "refuted"),
        (("refuted", "opposite"), ("direction only", "opposite"), "inconclusive"),
        (("refuted", "equivalent"), ("refuted", ""), "refuted"),
        (("direction only", "opposite"), ("refuted", "opposite"), "direction only"),
        (("direction only", ""), ("direction only", "opposite"), "inconclusive"),
        (("inconclusive", ""), ("supported", ""), "inconclusive"),
    ],
)
def test_another_clock_may_strengthen_but_not_undo(outcome, measured, expected):
    part = VerdictPart("measured", "rho", 0.3, 0.1, 0.5, 0.2, 0.4, 0.15, *measured)
    assert checked_by_clock(outcome, [part])[0] == expected


def test_winners_at_an_edge_put_the_search_in_doubt(low):
    frame, configs = low
    units = sorted(frame["units"].unique())
    narrow = {
        name: config | {"search": SPACE | {"trials": 8, "units": [*units[-1:], 600, 700, 800, 900]}}
        for name, config in configs.items()
    }
    at_edge = verdict("C1", frame.assign(units=units[-1]), narrow)
    assert at_edge.words() == "inconclusive (the search is in doubt)"
    assert any("lie at an edge of the box in units" in note for note in at_edge.notes)


def test_what_is_missing_is_named(low):
    frame, configs = low
    one = frame[frame["level"] == 16]
    assert verdict("C1", one, configs).words() == (
        "not tested: needs GRU and LSTM of study2-scaling at level 64 of 2 symbols, 64 of 4 symbols"
    )
    few = frame[frame["search"] < 2]
    assert "3 independent searches per level" in verdict("C1", few, configs).words()
    assert "level 512 of 2 symbols" in verdict("C2", frame, configs).words()
    others = frame.assign(sweep="study2-sources")
    assert verdict("C1", others, {}).verdict == "not tested"


def test_the_order_of_rows_does_not_matter(low):
    frame, configs = low
    shuffled = frame.sample(frac=1, random_state=1)
    assert verdict("C1", frame, configs).to_dict() == verdict("C1", shuffled, configs).to_dict()


def test_failed_runs_cost_a_pair_not_the_verdict(low):
    frame, configs = low
    lost = frame.assign(status=frame["status"].mask(frame.index % 53 == 7, "failed"))
    outcome = verdict("C1", lost, configs)
    assert outcome.verdict == "supported"
    assert Evidence(lost, configs).runs.shape[0] < Evidence(frame, configs).runs.shape[0]
