"""C10: slope of stored bits on parameters, and its gate."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tests.analysis.claim_records import plateau_runs, verdict


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"exponent": 1.0}, "supported"),
        ({"exponent": 0.7}, "refuted"),
        ({"exponent": 1.0, "gain": 0.1}, "inconclusive (at least: the plateau is not reached)"),
        ({"exponent": 1.0, "light": 0.8}, "inconclusive (at least: the plateau is not reached)"),
    ],
)
def test_c10_fits_the_slope_where_the_gate_is_open(make_frame, options, expected):
    outcome = verdict("C10", plateau_runs(make_frame, **options))
    assert outcome.words() == expected
    assert outcome.parts[0].estimate == pytest.approx(options["exponent"], abs=0.02)
    assert ("at least" in outcome.notes[0]) == ("plateau" in expected)
    assert "bits per parameter" in outcome.notes[0]


def test_c10_needs_sizes_loads_and_a_schedule(make_frame):
    frame = plateau_runs(make_frame, 1.0)
    assert "6 sizes of GRU at 3 bits" in verdict("C10", frame[frame["units"] > 8]).words()
    assert "(there are 0)" in verdict("C10", frame[frame["sweep"].str.endswith("8.0")]).words()
    for level in ("constant", "warmup 100 steps"):
        flat = verdict("C10", frame.assign(learning_rate_schedule=level))
        assert "decaying learning-rate schedule" in flat.words()
    decaying = frame.assign(learning_rate_schedule="warmup 100 steps + linear 2000 steps")
    assert "decaying learning-rate schedule" not in verdict("C10", decaying).words()
    assert "decaying learning-rate schedule" in verdict("C10", make_frame()).words()
    assert "3 strings for each size" in verdict("C10", frame[frame["replicate"] < 2]).words()


def test_c10_takes_equal_steps(make_frame):
    frame = plateau_runs(make_frame, 1.0)
    ended = frame.assign(steps=frame["steps"].mask(frame["units"] == 8, 3000), status="stalled")
    assert (
        verdict("C10", ended).words()
        == "not tested: needs equal steps of equal batches for all sizes of GRU; "
        "equal steps of equal batches for all sizes of LSTM"
    )
    searched = frame.assign(
        batch=np.where(frame["role"] == "tune", 16 + frame["trial"], frame["units"])
    )
    assert "equal steps" in verdict("C10", searched).words()


@pytest.mark.slow
def test_c10_takes_sweeps_that_differ_in_sizes_alone_as_one_regression(make_frame):
    """Other batches are other networks; whatever sweeps of sizes are called, they are one."""
    frame = plateau_runs(make_frame, 1.0)
    apart = verdict("C10", frame.assign(design=frame["sweep"]))
    assert apart.to_dict() == verdict("C10", frame).to_dict()
    assert (
        "6 sizes of GRU with batch 12 at 3 bits per parameter (there is 1)"
        in verdict("C10", frame.assign(batch=frame["units"])).words()
    )
    other = plateau_runs(make_frame, 0.7).assign(batch=8)
    both = pd.concat([frame, other.assign(sweep=other["sweep"] + "-8")], ignore_index=True)
    names = [part.name for part in verdict("C10", both).parts]
    assert names[:2] == [
        "GRU, 4 symbols, stream, batch 32, 4000 steps",
        "GRU, 4 symbols, stream, batch 8, 4000 steps",
    ]


def test_c10_judges_each_alphabet_by_itself(make_frame):
    frame = plateau_runs(make_frame, 1.0)
    other = plateau_runs(make_frame, 0.7).assign(alphabet_size=2)
    outcome = verdict("C10", pd.concat([frame, other], ignore_index=True))
    assert outcome.verdict == "refuted"
    assert [part.name for part in outcome.parts][:2] == [
        "GRU, 2 symbols, stream, 4000 steps",
        "GRU, 4 symbols, stream, 4000 steps",
    ]
    assert all(part.basis.startswith("6 sizes") for part in outcome.parts)


def test_c10_says_where_the_light_load_is_full(make_frame):
    """A network that holds 4 bits per parameter stores all of a load of 3, so loads disagree."""
    frame = plateau_runs(make_frame, 1.0)
    load = np.where(frame["reference_bits"] / frame["parameters"] > 5, 8.0, 3.0)
    stored = np.minimum(0.99 * frame["reference_bits"], 4.0 * frame["parameters"])
    bits = [[r - s, r - s] for r, s in zip(frame["reference_bits"], stored, strict=True)]
    outcome = verdict("C10", frame.assign(checkpoint_nll_bits=bits))
    assert set(load) == {3.0, 8.0}
    assert outcome.words() == "inconclusive (at least: the plateau is not reached)"
    assert any(
        "GRU: at 6 of 6 sizes the network stored the whole load of 3 bits per parameter" in note
        for note in outcome.notes
    )


@pytest.mark.parametrize("value", [0.0, np.nan, np.inf])
def test_c10_without_anything_stored_says_so(make_frame, value):
    frame = plateau_runs(make_frame, 1.0)
    bits = [[r, r + value] for r in frame["reference_bits"]]
    outcome = verdict("C10", frame.assign(checkpoint_nll_bits=bits))
    assert outcome.words() == "inconclusive (at least: the plateau is not reached)"
    assert "GRU: nothing was stored" in outcome.notes
