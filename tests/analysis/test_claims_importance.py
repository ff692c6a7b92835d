"""C4: both hyper-parameters among the first three, or not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from seqmem.analysis.claims.study_1.c4_importance import judge_points
from seqmem.analysis.estimators.forest_indices import Sobol
from seqmem.analysis.estimators.importance_points import within_points
from tests.analysis.claim_records import sobol_records, verdict


@pytest.fixture
def few_refits(monkeypatch):
    """Enough of them for a share, few enough for a fast test."""
    import seqmem.analysis.claims.study_1.c4_importance as module

    original = module.sobol_indices
    monkeypatch.setattr(module, "sobol_indices", lambda points: original(points, 4))


@pytest.mark.usefixtures("few_refits")
@pytest.mark.parametrize(
    ("weights", "noise", "expected"),
    [
        ({"learning_rate": 1.0, "units": 0.7, "depth": 0.2}, 0.02, "supported"),
        ({"learning_rate": 1.0, "batch": 0.7, "depth": 0.6, "length": 0.5}, 0.02, "refuted"),
        (
            {"learning_rate": 1.0, "units": 0.7},
            2.0,
            "inconclusive (the forest explains too little)",
        ),
    ],
)
def test_c4_says_whether_both_are_among_the_first_three(weights, noise, expected):
    outcome = verdict("C4", sobol_records(weights, noise))
    assert outcome.words() == expected
    assert len(outcome.parts) == 2


@pytest.mark.parametrize(
    "change",
    [
        lambda frame: frame[frame["trial"] < 100],
        lambda frame: frame[frame["cell"] == "gru"],
        lambda frame: frame.assign(string_id="one"),
        lambda frame: frame.assign(depth=1),
        lambda frame: frame.assign(generation=1),
        lambda frame: frame.assign(score=0.5),
        lambda frame: frame.assign(status="failed"),
    ],
)
@pytest.mark.usefixtures("few_refits")
def test_c4_needs_its_own_design(change):
    outcome = verdict("C4", change(sobol_records({"learning_rate": 1.0, "units": 0.5})))
    assert outcome.words().startswith("not tested: needs 256 Sobol points over 7 hyper-parameters")


RATES = {"low": 1e-4, "high": 1.0, "log": True}


@pytest.mark.usefixtures("few_refits")
def test_c4_controls_are_narrower_than_other_such_sweeps_not_than_any_sweep():
    frame = sobol_records({"learning_rate": 1.0, "units": 0.7}).assign(design="a")
    other = frame[frame["trial"] < 9].assign(sweep="wide", design="b")
    configs = {
        "sobol": {"search": {"learning_rate": RATES}},
        "wide": {"search": {"learning_rate": RATES | {"low": 1e-9}}},
    }
    both = pd.concat([frame, other], ignore_index=True)
    assert verdict("C4", both, configs).verdict == "supported"


@pytest.mark.usefixtures("few_refits")
def test_c4_is_repeated_with_a_narrower_range():
    main = sobol_records({"learning_rate": 1.0, "units": 0.7}).assign(design="a")
    narrow = sobol_records({"depth": 1.0, "batch": 0.7, "length": 0.6}).assign(
        sweep="half", design="b"
    )
    configs = {
        "sobol": {"search": {"learning_rate": RATES}},
        "half": {"search": {"learning_rate": RATES | {"low": 1e-2}}},
    }
    outcome = verdict("C4", pd.concat([main, narrow], ignore_index=True), configs)
    assert outcome.verdict == "supported"
    assert len(outcome.parts) == 2 * len(outcome.aside) == 4
    assert outcome.notes == ("with a narrower range of learning rates: refuted",)
    assert verdict("C4", main, configs).notes == (
        "the control with the range of learning rates halved was not run",
    )


def test_equal_indices_are_neither_inside_nor_outside():
    names = tuple("depth units learning_rate batch length gradient_clip weight_decay".split())

    def of(*rows: list[float]) -> tuple[float, str, str]:
        refits = np.array(rows)
        return judge_points(Sobol(refits[0], refits, 0.0, 0.9), names)

    assert of([0.0] * 7) == (0.0, "inconclusive", "")
    assert of([0.1, 0.5, 0.6, 0, 0, 0, 0]) == (1.0, "supported", "")
    assert of([0.1, 0.2, 0.6, 0.2, 0.2, 0, 0]) == (
        0.0,
        "inconclusive",
        "",
    )  # tied for the third place
    assert of([0.3, 0.1, 0.6, 0.2, 0.2, 0, 0]) == (0.0, "refuted", "")


def test_c4_is_over_seven_hyper_parameters():
    frame = sobol_records({"learning_rate": 1.0, "units": 0.7})
    eight = frame.assign(dropout=np.random.default_rng(0).random(len(frame)))
    assert verdict("C4", eight).verdict == "not tested"


@pytest.mark.usefixtures("few_refits")
def test_c4_counts_points_that_failed_as_planned():
    frame = sobol_records({"learning_rate": 1.0, "units": 0.7, "depth": 0.2})
    lost = frame.assign(
        status=frame["status"].mask((frame["cell"] == "gru") & (frame["trial"] < 3), "failed"),
        score=frame["score"].mask((frame["cell"] == "gru") & (frame["trial"] < 3)),
    )
    outcome = verdict("C4", lost)
    assert outcome.verdict == "supported"
    assert [part.basis.split(",")[0] for part in outcome.parts] == [
        "253 points (3 of 256 failed) on 253 strings",
        "256 points on 256 strings",
    ]
    many = lost.assign(
        status=lost["status"].mask((lost["cell"] == "gru") & (lost["trial"] < 30), "failed")
    )
    assert verdict("C4", many).words() == (
        "not tested: needs at least 90 % of the points in runs that did not fail"
        " (gru at LZW 128, 4 symbols: 226 of 256)"
    )


@pytest.mark.usefixtures("few_refits")
def test_c4_takes_the_same_levels_of_both_cells():
    frame = sobol_records({"learning_rate": 1.0, "units": 0.7})
    lower = frame[frame["cell"] == "lstm"].assign(level=64)
    outcome = verdict("C4", pd.concat([frame, lower], ignore_index=True))
    assert (
        outcome.words() == "not tested: needs such points of GRU to match lstm at LZW 64, 4 symbols"
    )


def several_strings(points: int, strings: int, between: float, within: float) -> pd.DataFrame:
    """Make Sobol points whose scores have known deviations between points and between strings."""
    rng = np.random.default_rng(3)
    frame = sobol_records({}, 0.0, points, ("gru",))
    frame = frame.assign(score=between * rng.normal(size=points))
    copies = [
        frame.assign(
            string_id=frame["string_id"] + f"-{n}",
            score=frame["score"] + within * rng.normal(size=points),
        )
        for n in range(strings)
    ]
    return pd.concat(copies, ignore_index=True).assign(sweep="again", design="again")


def test_variance_between_strings_of_one_point():
    assert within_points(several_strings(4000, 2, 3.0, 4.0), {}) == pytest.approx(16 / 25, abs=0.03)
    assert within_points(several_strings(400, 3, 1.0, 0.0), {}) == pytest.approx(0.0, abs=1e-12)
    assert within_points(several_strings(400, 3, 0.0, 1.0), {}) == pytest.approx(1.0, abs=0.06)
    unequal = several_strings(4000, 3, 3.0, 4.0)
    unequal = unequal.drop(
        index=unequal.index[(unequal["trial"] < 2000) & unequal["string_id"].str.endswith("-2")]
    )
    assert within_points(unequal, {}) == pytest.approx(16 / 25, abs=0.03)
    assert np.isnan(within_points(several_strings(64, 1, 1.0, 1.0), {}))


@pytest.mark.usefixtures("few_refits")
def test_c4_says_how_much_of_the_variance_is_that_of_strings():
    main = sobol_records({"learning_rate": 1.0, "units": 0.7}).assign(design="main")
    outcome = verdict("C4", pd.concat([main, several_strings(64, 2, 1.0, 0.5)], ignore_index=True))
    assert len(outcome.parts) == 2
    (note,) = [note for note in outcome.notes if "between strings" in note]
    assert note.startswith("gru at LZW 128, 4 symbols: ")
    assert "(64 points), so R² cannot be expected to exceed" in note
    assert float(note.split("exceed ")[1].split()[0]) == pytest.approx(0.8, abs=0.06)
