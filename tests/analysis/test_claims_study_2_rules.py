"""What the claims of study 2 share: which records they see, their words, constants and readings."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from seqmem.analysis.claims import CLAIMS, STUDIES
from seqmem.analysis.claims.rules.evidence import Evidence, pair_cells
from seqmem.analysis.claims.rules.studies import by_study
from seqmem.analysis.claims.rules.verdict import Verdict, VerdictPart
from seqmem.analysis.claims.study_2.rules import constants
from seqmem.analysis.claims.study_2.rules.arms import arm_pairs, arm_parts
from seqmem.analysis.claims.study_2.rules.judging import (
    combined,
    holm,
    judged_part,
    with_holm_p_values,
)
from seqmem.analysis.claims.study_2.rules.readings import cell_pairs, tuning_parts, winner_notes
from seqmem.analysis.claims.table import claims_json, claims_table, verdict_lines, verdicts
from seqmem.analysis.estimators.contrasts import Contrast
from seqmem.analysis.estimators.time_ratios import time_ratios
from tests.analysis.study_2_records import against_itself_sweeps, study_2_sweep

PART = VerdictPart("all", "rho", 0.3, 0.2, 0.4, 0.2, 0.4, 0.15, "supported", confidence=0.9875)


@pytest.fixture(scope="module")
def sweep() -> Evidence:
    return Evidence(*study_2_sweep(64, 0.5))


@pytest.fixture(scope="module")
def arms() -> Evidence:
    return Evidence(*against_itself_sweeps())


def rho(own: Evidence, pairs):
    return time_ratios(own.curves.take(pairs.first), own.curves.take(pairs.second)).rho


def test_each_study_sees_its_own_sweeps_and_none_the_pilot(make_frame):
    frames = [make_frame(sweep=name) for name in ("a", "study2-scaling-k4-16", "study2-pilot-k2")]
    evidence = Evidence(pd.concat(frames, ignore_index=True), timings=pd.DataFrame())
    split = by_study(evidence)
    assert {study: own.sweeps for study, own in split.items()} == {
        1: {"a"},
        2: {"study2-scaling-k4-16"},
    }
    assert split[1].timings is evidence.timings
    assert split[2].timings is None
    alone = Evidence(frames[0])
    assert by_study(alone)[1] is alone
    pilot = by_study(Evidence(frames[2], timings=evidence.timings))
    assert list(pilot) == [2]
    assert pilot[2].frame.empty


def test_every_verdict_says_whose_rule_it_is(make_frame):
    frames = [make_frame(sweep=name) for name in ("a", "study2-scaling-k4-16")]
    outcomes = verdicts(Evidence(pd.concat(frames, ignore_index=True)))
    assert list(outcomes) == list(CLAIMS)
    assert [name for name in outcomes if "study 2" not in name] == list(STUDIES[1])
    assert verdicts(Evidence(frames[0])) == {name: outcomes[name] for name in STUDIES[1]}
    content = json.loads(claims_json(outcomes, pd.DataFrame()))["claims"]
    studies = {claim["claim"]: claim.get("study", 1) for claim in content}
    assert studies == {name: claim.study for name, claim in CLAIMS.items()}
    assert set(claims_table(outcomes)["claim"]) == set(CLAIMS)
    assert verdict_lines(outcomes)


def test_constants_are_json_and_every_claim_has_its_family():
    plain = constants.frozen_constants()
    assert json.loads(json.dumps(plain)) == plain
    assert list(plain) == sorted(plain)
    assert plain["PRIMARY_CONFIDENCE"] == 0.9875
    family = {*constants.PRIMARY_CLAIMS, *constants.OTHER_CLAIMS}
    assert len(family) == len(constants.PRIMARY_CLAIMS) + len(constants.OTHER_CLAIMS)
    assert set(STUDIES[2]) <= family


@pytest.mark.parametrize(
    ("estimate", "words"),
    [
        (0.60, "supported"),
        (0.40, "direction only"),
        (0.10, "inconclusive"),
        (-0.13, "refuted"),
        (-0.30, "direction only (opposite)"),
        (-0.60, "refuted (opposite)"),
    ],
)
def test_words_follow_from_interval_margin_and_side(estimate, words):
    # The half width at 98.75 % with 40 degrees of freedom is .26.
    part = judged_part("C1", "all", "rho", Contrast(estimate, 0.1, 40, 44, 4, 264), 0.15)
    assert part.verdict_words() == words
    assert part.confidence == 0.9875


def test_a_narrow_interval_is_equivalent_even_if_it_excludes_zero():
    part = judged_part("C1", "all", "rho", Contrast(0.07, 0.01, 40, 44, 4, 264), 0.15)
    assert part.verdict_words() == "refuted (equivalent)"


def test_a_p_value_is_below_the_level_exactly_if_the_claim_is_supported():
    rng = np.random.default_rng(4)
    for estimate in rng.uniform(0.2, 0.6, 200):
        contrast = Contrast(float(estimate), 0.1, 40, 44, 4, 264)
        part = judged_part("C1", "all", "rho", contrast, 0.15)
        assert (contrast.p_value_beyond(0.15) < 0.0125) == (part.verdict == "supported")
    assert np.isnan(Contrast(1.0, float("nan"), 0, 1, 1, 6).p_value_beyond(0.15))
    assert Contrast(1.0, 0.0, 3, 4, 1, 6).p_value_beyond(0.15) == 0.0


def test_holm_counts_primary_claims_without_a_p_value_as_one():
    outcomes = {
        "C1": Verdict("supported", p_value=0.001),
        "C2": Verdict("refuted", p_value=0.9),
        "C6": Verdict("refuted"),
    }
    noted = with_holm_p_values(outcomes)
    assert noted["C1"].notes == ("p value 0.001; by Holm over C1, C2, C11, C12: 0.004",)
    assert noted["C2"].notes == ("p value 0.9; by Holm over C1, C2, C11, C12: 1",)
    assert noted["C6"] == outcomes["C6"]
    assert "p_value" in noted["C1"].to_dict()
    assert "p_value" not in noted["C6"].to_dict()


def test_holm_gives_the_published_steps():
    # Holm 1979: compare the smallest with level / 4, the next with level / 3, and so on.
    assert holm({"a": 0.0125, "b": 0.0166, "c": 0.9, "d": 0.02}) == pytest.approx(
        {"a": 0.05, "b": 0.05, "c": 0.9, "d": 0.05}
    )


def test_parts_are_combined():
    refuted = replace(PART, verdict="refuted", tag="opposite")
    direction = replace(PART, verdict="direction only")
    assert combined([PART, PART]) == ("supported", "")
    assert combined([PART, refuted]) == ("refuted", "opposite")
    assert combined([direction, PART]) == ("direction only", "")
    assert combined([replace(direction, tag="opposite")] * 2) == ("direction only", "opposite")
    assert combined([replace(direction, tag="opposite"), PART]) == ("inconclusive", "")
    assert combined([PART, replace(PART, verdict="inconclusive")]) == ("inconclusive", "")


def test_both_arms_are_paired_by_string_and_agree(arms):
    own, pairs = arm_pairs(arms)
    runs = own.runs
    first, second = runs.loc[pairs.first], runs.loc[pairs.second]
    assert len(pairs) == 2 * 4 * 6
    assert first["string_id"].tolist() == second["string_id"].tolist()
    assert set(first["repeat"]) == {0}
    assert set(second["repeat"]) == {1}
    (part,) = arm_parts(arms, rho, PART)
    assert part.name == "all, gru against itself"
    assert part.verdict == "agrees"
    assert part.confidence == PART.confidence
    assert "48 pairs in 8 pairs of searches; 4.9 degrees of freedom" in part.basis


def test_arms_that_differ_are_found_and_arms_that_are_missing_leave_nothing(arms, sweep):
    (part,) = arm_parts(Evidence(*against_itself_sweeps(1.5)), rho, PART)
    assert part.verdict == "differs"
    assert arm_parts(sweep, rho, PART) == []
    # The second arm enters no estimate of the claims.
    assert set(arms.runs["repeat"]) == {0}


def test_the_tuning_curve_is_a_second_reading(sweep):
    pairs = cell_pairs(sweep, sweep.runs)
    assert len(pairs) == 4
    parts = tuning_parts("C1", pairs, 1, "octaves", 0.15)
    assert [part.name for part in parts] == [f"best of {n} of 8 points" for n in (1, 2, 4, 8)]
    confirmed = rho(sweep, pair_cells(sweep.runs, "gru", "lstm"))
    assert len(confirmed) == 24
    assert parts[-1].estimate == pytest.approx(np.mean(confirmed), abs=0.3)
    opposite = tuning_parts("C2", pairs, -1, "octaves", 0.15)
    assert [part.estimate for part in opposite] == [-part.estimate for part in parts]


def test_one_tuning_string_leaves_half_of_the_points_and_all_of_them():
    own = Evidence(*study_2_sweep(64, tune=1))
    parts = tuning_parts("C1", cell_pairs(own, own.runs), 1, "octaves", 0.15)
    assert [part.name for part in parts] == [f"best of {n} of 8 points" for n in (4, 8)]


def test_shares_of_winners_are_listed(sweep):
    frame, configs = sweep.frame, sweep.configs
    config = configs["study2-scaling-k4-64"]
    searched = config | {"search": config["search"] | {"depth": [1, 2], "batch": [8, 32]}}
    notes = winner_notes(Evidence(frame, {"study2-scaling-k4-64": searched}), sweep.runs)
    assert notes[0] == (
        "winners of the 4 searches of GRU at 64 in study2-scaling-k4-64:"
        " batch 32 (4); depth 1 (2), 2 (2)"
    )
    assert len(notes) == 2
