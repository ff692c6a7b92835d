"""C3: the gain of depth at two budgets and in two designs."""

from __future__ import annotations

import pandas as pd
import pytest

from tests.analysis.claim_records import depth_sweeps, verdict


@pytest.mark.parametrize(
    ("gains", "expected"),
    [
        ({"8 cal-s": 0.0, "2 cal-s": 0.0}, "supported"),
        ({"8 cal-s": 0.5, "2 cal-s": -0.3}, "supported"),
        ({"8 cal-s": 0.5, "2 cal-s": 0.5}, "refuted"),
    ],
)
def test_c3_says_whether_depth_gains(make_frame, gains, expected):
    outcome = verdict("C3", *depth_sweeps(make_frame, gains))
    assert outcome.verdict == expected
    assert len(outcome.parts) == 2 * len(outcome.aside) == 2 * 2 * 2 * 3
    assert outcome.setting == "8 cal-s and 2 cal-s"
    slope = next(note for note in outcome.notes if "per doubling of the budget" in note)
    assert float(slope.split("changes by ")[1].split()[0]) == pytest.approx(
        0.0 if gains["8 cal-s"] == gains["2 cal-s"] else 0.2, abs=0.12
    )
    if gains["2 cal-s"] < 0:
        assert any(
            "no depth gains 0.03 with units as at depth 1, 2 cal-s" in note
            for note in outcome.notes
        )


def test_c3_names_the_designs_and_budgets_it_lacks(make_frame):
    plain = verdict(
        "C3", *depth_sweeps(make_frame, {"8 cal-s": 0.0, "2 cal-s": 0.0}, matched=False)
    )
    assert plain.words() == "not tested: needs sweeps with depth 2, 3, 4 fixed (parameters matched)"
    other = verdict("C3", *depth_sweeps(make_frame, {"8 cal-s": 0.0, "3 cal-s": 0.0}))
    assert "the same budget B and B/4" in other.words()
    frame, configs = depth_sweeps(make_frame, {"8 cal-s": 0.0, "2 cal-s": 0.0})
    searched = frame.assign(
        depth=frame["depth"].mask((frame["role"] == "tune") & (frame["trial"] == 1), 2)
    )
    assert "depth 1, 3, 4 fixed" in verdict("C3", searched, configs).words()
    frame["string_id"] = frame["sweep"] + frame["string_id"]
    assert "the same strings at every depth" in verdict("C3", frame, configs).words()


def test_the_gain_must_be_small_at_equal_flops_too(make_frame):
    frame, configs = depth_sweeps(make_frame, {"8 cal-s": 0.0, "2 cal-s": 0.0})
    # A deep network that needs a quarter of the FLOPs has more of them left, and would gain.
    cheap = frame.assign(
        flops=frame["flops"] * frame["depth"].map({1: 4.0, 2: 1.0, 3: 1.0, 4: 1.0})
    )
    outcome = verdict("C3", cheap, configs)
    assert outcome.words() == "inconclusive (depends on the clock)"
    flops = next(
        part
        for part in outcome.parts
        if part.name == "depth 4, units as at depth 1, 8 cal-s, at equal FLOPs"
    )
    assert flops.name in outcome.aside
    assert flops.estimate > 0.1


def test_each_depth_answers_for_its_searches(make_frame):
    frame, configs = depth_sweeps(make_frame, {"8 cal-s": 0.0, "2 cal-s": 0.0})
    deepest = frame.assign(units=frame["units"].mask(frame["depth"] == 4, 8))
    outcome = verdict("C3", deepest, configs)
    assert outcome.words() == "inconclusive (the search is in doubt)"
    tags = {
        part.name.split(",")[0]: part.tag
        for part in outcome.parts
        if part.name.endswith("depth 1, 2 cal-s")
    }
    assert tags == {"depth 2": "", "depth 3": "", "depth 4": "the search is in doubt"}


def test_a_quarter_of_the_budget_may_be_selected_anew_within_one_sweep(make_frame):
    frame, configs = depth_sweeps(make_frame, {"8 cal-s": 0.0, "2 cal-s": 0.0})
    whole = frame["budget"] == "2 cal-s"
    within = frame.assign(
        sweep=frame["sweep"].mask(whole, frame["sweep"].str.replace("-2 cal-s", "-8 cal-s"))
    )
    outcome = verdict("C3", within, configs)
    assert (outcome.verdict, outcome.setting) == ("supported", "8 cal-s and 2 cal-s")


@pytest.mark.parametrize(
    ("change", "phrase"),
    [
        (
            lambda f: f[(f["level"] == 256) | ~f["sweep"].str.startswith("matched-3")],
            "2 levels at every depth",
        ),
        (lambda f: f[(f["search"] == 0) | (f["depth"] != 2)], "2 independent searches per level"),
        (
            lambda f: f.assign(
                status=f["status"].mask((f["search"] > 0) & (f["depth"] == 3), "failed")
            ),
            "2 searches per level with the same strings at every depth in runs that did not fail",
        ),
        (
            lambda f: f.assign(cost_table_hash=f["depth"].map({1: "a"}).fillna("b")),
            "one cost table for all depths",
        ),
        (lambda f: f.assign(status="failed"), "the same strings at every depth"),
    ],
)
def test_each_design_has_its_levels_and_searches(make_frame, change, phrase):
    frame, configs = depth_sweeps(make_frame, {"8 cal-s": 0.0, "2 cal-s": 0.0})
    assert phrase in verdict("C3", change(frame), configs).words()


@pytest.mark.slow
def test_what_else_was_run_at_depth_1_is_no_design(make_frame):
    """A sweep at depth 1 with another budget and a matched sweep's units does not change C3."""
    frame, configs = depth_sweeps(make_frame, {"8 cal-s": 0.0, "2 cal-s": 0.0})
    others = []
    for name, budget in (
        ("other clock", "400 steps"),
        ("other budget", "1 cal-s"),
        ("one of both", "8 cal-s"),
    ):
        others.append(
            make_frame(sweep=name, levels=(256, 512), searches=3, confirm=4, budget=budget).assign(
                depth=1
            )
        )
        configs[name] = {"search": {"units": {"low": 4, "high": 96}}}
    alone = verdict(
        "C3",
        frame,
        {name: config for name, config in configs.items() if name in set(frame["sweep"])},
    )
    assert (
        verdict("C3", pd.concat([frame, *others], ignore_index=True), configs).to_dict()
        == alone.to_dict()
    )
