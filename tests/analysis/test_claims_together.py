"""All claims on one body of records: whatever the data, an honest statement."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from seqmem.analysis.claims.rules.evidence import Evidence
from seqmem.analysis.claims.rules.verdict import VERDICTS
from seqmem.analysis.claims.study_1 import (
    CLAIMS,
    c1_low_complexity,
    c2_high_complexity,
    c4_importance,
)
from seqmem.analysis.claims.table import (
    claims_json,
    claims_table,
    parts_table,
    verdict_lines,
    verdicts,
)
from seqmem.analysis.estimators import forest_indices
from seqmem.analysis.estimators.stored_bits import plateau_table
from seqmem.analysis.records.loading import fill_failed_runs
from seqmem.analysis.records.sources import with_designs
from seqmem.analysis.tables.time_ratio_table import self_table
from seqmem.sweeps.config.sweep_config import SweepConfig
from seqmem.sweeps.config.sweep_file import load_configs, preset_names
from tests.analysis.claim_records import (
    C6,
    C7,
    both_alphabets,
    depth_sweeps,
    gradient_runs,
    long_runs,
    plateau_runs,
    verdict,
)
from tests.analysis.preset_records import planned_records

# The others are checked in the slow tests.
QUICK_PRESETS = ("quick", "families", "paper-complexity")


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"capacities": (("gru", 1e6), ("lstm", 1e6))},
        {"capacities": (("gru", 1e-3), ("lstm", 1e-3))},
        {"levels": (64,), "searches": 1, "confirm": 1, "capacities": (("gru", 50.0),)},
        {"budget": "2 cal-s", "levels": (16, 64), "searches": 3, "confirm": 8},
    ],
    ids=["plain", "all memorized", "none memorized", "one string", "one alphabet"],
)
def test_whatever_the_data_every_claim_has_a_verdict_and_json_holds_it(make_frame, change):
    frame = make_frame(**change)
    outcomes = verdicts(Evidence(frame))
    assert list(outcomes) == list(CLAIMS) == [f"C{i}" for i in range(1, 11)]
    assert all(verdict.verdict in VERDICTS for verdict in outcomes.values())
    content = json.loads(claims_json(outcomes, self_table(frame)))
    assert [claim["claim"] for claim in content["claims"]] == list(CLAIMS)
    assert all(claim["needs"] for claim in content["claims"] if claim["verdict"] == "not tested")
    table = claims_table(outcomes)
    untested = [name for name, one in outcomes.items() if one.verdict == "not tested"]
    assert table["claim"].tolist()[10 - len(untested) :] == untested
    lines = verdict_lines(outcomes)
    assert [line.split()[0] for line in lines[:-1]] == [c for c in CLAIMS if c not in untested]
    assert lines[-1] == f"not tested: {', '.join(untested)}; report.html says what each needs"


@pytest.mark.parametrize("extreme", [1e6, 1e-3], ids=["all memorized", "none memorized"])
def test_degenerate_data_never_support_a_claim(make_frame, extreme):
    frames = [
        both_alphabets(make_frame, 1.0, levels=levels, centre=extreme)
        for levels in ((16, 64), (512, 2048))
    ]
    frame = pd.concat(frames, ignore_index=True)
    outcomes = verdicts(Evidence(frame))
    assert outcomes["C1"].verdict != "supported"
    assert outcomes["C2"].verdict != "supported"
    if extreme < 1:
        assert any("bias the ratio toward no difference" in note for note in outcomes["C1"].notes)


def test_estimates_are_listed_with_their_claim(make_frame):
    table = parts_table(verdicts(Evidence(both_alphabets(make_frame, 2.0))))
    assert set(table["claim"]) == {"C1"}
    assert table["decides"].tolist() == [True, *[False] * 5]
    assert table["name"].str.endswith("against itself").sum() == 2


def test_row_order_and_extra_columns_do_not_matter(make_frame):
    frame = both_alphabets(make_frame, 2.0)
    shuffled = frame.sample(frac=1, random_state=1).assign(extra=1)
    first, second = (verdict("C1", rows).to_dict() for rows in (frame, shuffled))
    assert first == second


def everything(make_frame) -> pd.DataFrame:
    """Records that have the whole design of every claim on searches and runs."""
    rates = dict.fromkeys(("own", "0.003", "0.01", "0.03"), 0.3)
    long = long_runs(make_frame, rates, C7, -2.0)
    frames = [
        both_alphabets(make_frame, 2.0),
        both_alphabets(make_frame, 0.5, levels=(512, 2048), centre=100.0),
        depth_sweeps(make_frame, {"8 cal-s": 0.0, "2 cal-s": 0.0})[0],
        long.assign(**{C6: long[C7]}),
        gradient_runs(make_frame, {"rnn": 0.8, "gru": 0.98, "lstm": 0.985}),
        plateau_runs(make_frame, 1.0),
    ]
    names = ("low", "high", "depth", "long", "gradients", "plateau")
    named = [frame.assign(design=name) for name, frame in zip(names, frames, strict=True)]
    return pd.concat([frame.astype({"forget_bias": float}) for frame in named], ignore_index=True)


NUMBERS = ["stored_fraction", "stored_bits", "nll_bits", "flops", "symbols", "score", C6, C7]
PROBES = [f"probe_gradient_by_lag_{moment}_decay_per_symbol" for moment in ("trained", "initial")]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "supported"),
    [
        (lambda f: f, {"C1", "C2", "C6", "C7", "C8", "C10"}),
        (lambda f: f.assign(status="failed"), set()),
        (lambda f: f[f["role"] != "confirm"], set()),
        (lambda f: f[f["replicate"] == 0], {"C1", "C2"}),
        (lambda f: f[f["search"] == 0], {"C8", "C10"}),
        (lambda f: f[f["cell"] == "gru"], {"C10"}),
        (lambda f: f[f["level"] == f["level"].min()], set()),
        (lambda f: f.assign(**dict.fromkeys([*NUMBERS, *PROBES], np.nan)), {"C10"}),
        (
            lambda f: f.assign(
                checkpoint_nll_bits=[[np.nan] * len(v) for v in f["checkpoint_nll_bits"]]
            ),
            {"C6", "C7", "C8"},
        ),
        (lambda f: f.assign(reference_bits=np.nan, given_bits=np.nan), {"C6", "C7", "C8"}),
        (lambda f: f.assign(reference_bits=0.0), {"C6", "C7", "C8"}),
        (lambda f: f.assign(steps=0, spent=0.0, flops=0.0), {"C1", "C2", "C6", "C7", "C8", "C10"}),
        (
            lambda f: f.assign(
                **{name: [[]] * len(f) for name in f if name.startswith("checkpoint_")}
            ),
            {"C6", "C7", "C8"},
        ),
        (lambda f: f.assign(status="diverged"), {"C1", "C2", "C6", "C7", "C8", "C10"}),
    ],
    ids=(
        "whole failed unconfirmed one-string one-search one-cell one-level nan unmeasured no-bits"
        " of-nothing no-steps no-checkpoints diverged"
    ).split(),
)
def test_a_whole_body_of_records_and_what_may_be_wrong_with_it(whole, change, supported):
    frame = change(whole)
    outcomes = verdicts(Evidence(frame))
    json.loads(claims_json(outcomes, self_table(frame)))
    assert all(verdict.needs for verdict in outcomes.values() if verdict.verdict == "not tested")
    assert {
        name for name, verdict in outcomes.items() if verdict.verdict == "supported"
    } <= supported


@pytest.mark.slow
def test_failed_runs_without_records_do_no_harm(whole):
    """A run that failed has its place in the sweep, and nothing else."""
    kept = (
        "sweep condition string_condition search role trial replicate repeat cell measure level"
        " depth units"
    ).split()
    lost = whole.index % 50 == 3
    frame = whole.assign(status=whole["status"].mask(lost, "failed"))
    for column in set(frame) - {*kept, "learning_rate", "design", "status"}:
        if frame[column].dtype != bool:
            frame[column] = frame[column].mask(lost)
    frame = fill_failed_runs(frame)
    outcomes = verdicts(Evidence(frame))
    json.loads(claims_json(outcomes, self_table(frame)))
    assert outcomes["C1"].verdict == outcomes["C2"].verdict == "supported"


@pytest.fixture(scope="module")
def whole(make_frame):
    return everything(make_frame)


# What the presets are for; those left out are for no claim, or for the controls of one.
CLAIMS_OF = {
    "paper-complexity": ("C1", "C2"),
    "paper-depth": ("C3",),
    "paper-importance": ("C4",),
    "paper-curves": ("C6", "C7"),
    "paper-gradients": ("C8",),
    "paper-capacity": ("C10",),
}
LEVELS_OF = {"C1": c1_low_complexity.LOW_LEVELS, "C2": c2_high_complexity.HIGH_LEVELS}


def evidence_of(make_frame, name: str) -> tuple[Evidence, list[SweepConfig]]:
    """Records of all parts of a preset, told apart as a report does it."""
    parts = load_configs(name)
    frame = pd.concat([planned_records(make_frame, part) for part in parts], ignore_index=True)
    configs = {part.name: part.to_dict() for part in parts}
    return Evidence(with_designs(frame, configs), configs), parts


def test_the_preset_for_capacity_is_one_regression_for_each_cell_and_one_page(make_frame):
    evidence, parts = evidence_of(make_frame, "paper-capacity")
    table = plateau_table(evidence.frame)
    assert len(table) == len(parts)
    assert set(table["design"]) == {""}
    assert [part.name for part in CLAIMS["C10"].test(evidence).parts] == ["GRU", "LSTM"]


def test_the_preset_for_importance_tests_its_claim(make_frame, monkeypatch):
    monkeypatch.setattr(forest_indices, "TREES", 4)
    monkeypatch.setattr(
        c4_importance, "sobol_indices", lambda points: forest_indices.sobol_indices(points, 4)
    )
    evidence, parts = evidence_of(make_frame, "paper-importance")
    outcomes = CLAIMS["C4"].test(evidence)
    assert outcomes.verdict != "not tested", outcomes.words()
    # Both cells at every level, and again with the control. Points on other strings give the share
    # of the variance between strings.
    panels = 2 * len(parts[0].strings.levels)
    assert len(outcomes.parts) == 2 * len(outcomes.aside) == 2 * panels
    assert sum("between strings of one point" in note for note in outcomes.notes) == panels


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[] if name in QUICK_PRESETS else [pytest.mark.slow])
        for name in preset_names()
    ],
)
def test_records_of_every_preset_get_verdicts(make_frame, name, monkeypatch):
    """Each preset tests its claims at a budget of the parts with its levels; C4 is tested above."""
    monkeypatch.setattr(c4_importance, "missing_package", lambda: "scikit-learn")
    evidence, parts = evidence_of(make_frame, name)
    outcomes = verdicts(evidence)
    json.loads(claims_json(outcomes, self_table(evidence.frame)))
    assert all(verdict.needs for verdict in outcomes.values() if verdict.verdict == "not tested")
    for claim in set(CLAIMS_OF.get(name, ())) - {"C4"}:
        assert outcomes[claim].verdict != "not tested", outcomes[claim].words()
        if claim in LEVELS_OF:
            levels = set(LEVELS_OF[claim])
            assert outcomes[claim].setting in {
                str(p.training.budget) for p in parts if levels <= set(p.strings.levels)
            }
