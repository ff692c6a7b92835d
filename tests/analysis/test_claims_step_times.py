"""C5 and C9: ratios of step times on two engines."""

from __future__ import annotations

import numpy as np
import pytest

from tests.analysis.claim_records import timings, verdict


@pytest.mark.parametrize("name", ["C5", "C9"])
@pytest.mark.parametrize(
    ("measured", "expected"),
    [
        (timings(0.76), "supported"),
        (timings(1.3), "refuted (opposite)"),
        (timings(1.0), "refuted (equivalent)"),
        (timings(0.98), "inconclusive"),
        (timings(0.76, torch_ratio=2.0), "supported (torch.nn: refuted)"),
    ],
)
def test_times_are_judged_on_the_fused_engine(make_frame, name, measured, expected):
    outcome = verdict(name, make_frame(), timings=measured)
    assert outcome.words() == expected
    assert {part.name.split(", ")[1] for part in outcome.parts if part.name != "parameters"} == {
        "engine fused", "engine torch",
    }  # fmt: skip


def test_c5_counts_parameters_and_judges_the_published_figure(make_frame):
    outcome = verdict("C5", make_frame(), timings=timings(0.76))
    parameters = outcome.parts[0]
    assert 0.75 < parameters.low <= parameters.estimate <= parameters.high < 0.77
    assert "3.84 % faster, train, engine fused: refuted" in outcome.notes[0]
    same = verdict("C5", make_frame(), timings=timings(0.9616))
    assert same.notes[0] == "3.84 % faster, train, engine fused: not refuted"


def test_timings_that_lack_something_are_not_judged(make_frame):
    assert "seqmem time" in verdict("C5", make_frame()).words()
    assert (
        "8 processes (there are 5)"
        in verdict("C9", make_frame(), timings=timings(0.8, processes=5)).words()
    )
    one = timings(0.8)
    assert (
        "on the torch engine"
        in verdict("C5", make_frame(), timings=one[one["engine"] == "fused"]).words()
    )
    assert "batch 64" in verdict("C9", make_frame(), timings=one[one["batch"] == 1]).words()
    assert (
        "12 shapes (there are 6)"
        in verdict("C5", make_frame(), timings=one[one["depth"] == 1]).words()
    )


def test_each_engine_needs_its_processes_and_shapes(make_frame):
    few = timings(0.76)
    few = few[(few["engine"] == "fused") | (few["process"] < 3)]
    assert (
        verdict("C5", make_frame(), timings=few).words()
        == "not tested: needs 8 processes (there are 3)"
    )
    unmeasured = timings(0.76).assign(seconds_per_symbol=np.nan)
    assert "8 processes (there are 0)" in verdict("C9", make_frame(), timings=unmeasured).words()


@pytest.mark.parametrize("value", [0.0, np.nan])
def test_seconds_that_are_none_are_left_out(make_frame, value):
    some = timings(0.76)
    some["seconds_per_symbol"] = some["seconds_per_symbol"].mask(some.index % 97 == 0, value)
    assert verdict("C5", make_frame(), timings=some).verdict == "supported"
