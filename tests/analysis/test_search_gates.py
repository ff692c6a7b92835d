"""Gates of paired searches: contrasts that move, winners at edges, and values of winners."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from seqmem.analysis.claims.rules.evidence import Evidence
from seqmem.analysis.estimators.contrasts import Contrast
from seqmem.analysis.estimators.search_gates import (
    Move,
    contrast_moves,
    edge_shares,
    gate_reasons,
)
from seqmem.analysis.estimators.tuning.search_points import rho_curve, searches
from seqmem.analysis.estimators.winner_values import winner_values
from seqmem.analysis.report.caution_kinds import CautionKind
from seqmem.analysis.report.cautions import search_cautions
from tests.analysis.conftest import SOBOL_CONFIG, paired_frame

BOX = {
    "learning_rate": {"low": 1e-3, "high": 1e-1, "log": True},
    "units": {"low": 8, "high": 64},
    "depth": {"low": 1, "high": 2},
    "batch": {"low": 8, "high": 32, "powers_of_two": True},
}
CONFIGS = {"paired": {"search": SOBOL_CONFIG["search"] | BOX, "strings": {"tune": 2}}}


@pytest.fixture(scope="module")
def records() -> pd.DataFrame:
    frame = paired_frame()
    # The middle of the box, whichever point won.
    return frame.assign(units=24, learning_rate=1e-2, depth=1, batch=16)


def winners_at(records: pd.DataFrame, count: int, **values: float) -> pd.DataFrame:
    """Return records of which the GRU's winners of the first searches have other values."""
    frame = records.copy()
    chosen = (frame["cell"] == "gru") & (frame["search"] < count) & (frame["role"] == "confirm")
    for name, value in values.items():
        frame.loc[chosen, name] = value
    return frame


def test_the_move_is_the_mean_difference_of_the_curve_at_all_points_and_at_half(records):
    differences = []
    for level in (48, 96):
        rows = records[records["level"] == level]
        gru, lstm = (dict(searches(rows[rows["cell"] == cell])) for cell in ("gru", "lstm"))
        curves = [rho_curve(gru[name], lstm[name]).values for name in gru]
        differences.append(np.mean([values[-1] - values[-2] for values in curves]))
    [move] = contrast_moves(records)
    assert (move.first, move.second) == ("gru", "lstm")
    assert move.contrast.estimate == pytest.approx(np.mean(differences))
    assert (move.contrast.clusters, move.contrast.strata) == (8, 2)


@pytest.mark.parametrize(
    ("estimate", "error", "is_large", "is_beyond_chance"),
    [
        (0.4, 0.1, True, True),
        (-0.4, 0.1, True, True),
        (0.4, 0.3, True, False),
        (0.14, 0.01, False, False),
        (1.0, float("nan"), True, False),
    ],
)
def test_a_move_is_a_doubt_beyond_the_margin(estimate, error, is_large, is_beyond_chance):
    freedom = 5 if error == error else 0
    move = Move("gru", "lstm", Contrast(estimate, error, freedom, freedom + 1, 1, 6))
    assert move.exceeds(0.15) == is_large
    assert move.exceeds(0.15, beyond_chance=True) == is_beyond_chance


def test_more_than_a_third_of_the_winners_at_an_edge_are_a_doubt(records):
    assert gate_reasons(records, CONFIGS, margin=9.0) == []
    # 5 % of two decades: below .00126.
    for name, value, inside in (("learning_rate", 1.2e-3, 1.3e-3), ("units", 64, 48)):
        assert gate_reasons(winners_at(records, 2, **{name: inside}), CONFIGS, margin=9.0) == []
        [reason] = gate_reasons(winners_at(records, 2, **{name: value}), CONFIGS, margin=9.0)
        assert reason == (
            "the winners of 4 of 8 searches of gru lie at an edge of the box in "
            f"{name.replace('_', ' ')}"
        )
        assert gate_reasons(winners_at(records, 1, **{name: value}), CONFIGS, margin=9.0) == []


def test_units_have_edges_only_among_five_values(records):
    frame = winners_at(records, 4, units=8)
    few = CONFIGS["paired"]["search"] | {"units": {"low": 8, "high": 24}}
    assert set(edge_shares(frame, CONFIGS)["option"]) == {"learning_rate", "units"}
    assert set(edge_shares(frame, {"paired": {"search": few}})["option"]) == {"learning_rate"}


def test_each_level_and_cell_is_judged_by_its_own_box(records):
    frame = winners_at(records, 4, units=8)
    wide = {"units": {"low": 4, "high": 64}}
    by_cell = CONFIGS["paired"]["search"] | {"cells": {"gru": wide}}
    by_level = CONFIGS["paired"]["search"] | {"levels": [{"level": 48} | wide]}
    gru = {
        name: edge_shares(frame, {"paired": {"search": search}}).set_index(["cell", "option"])
        for name, search in (("cell", by_cell), ("level", by_level))
    }
    assert gru["cell"].loc[("gru", "units"), "winners"] == 0
    assert gru["level"].loc[("gru", "units"), "winners"] == 4


def test_paired_sweeps_have_the_new_gates_and_others_the_old(records):
    frame = winners_at(records, 2, learning_rate=1e-3)
    evidence = Evidence(frame, CONFIGS)
    reasons = evidence.doubts(evidence.runs, 0.15)
    assert "the winners of 4 of 8 searches of gru lie at an edge of the box in learning rate" in (
        reasons
    )
    assert not any("twice the trials" in reason for reason in reasons)
    tpe = {"paired": {"search": BOX | {"sampler": "tpe"}}}
    assert any(
        "twice the trials" in reason for reason in Evidence(frame, tpe).doubts(evidence.runs, 0.0)
    )


def test_a_report_cautions_by_the_same_rule(records):
    frame = winners_at(records, 2, learning_rate=1e-3, depth=2)
    found = [one for one in search_cautions(frame, CONFIGS) if "winners" in one.text]
    assert [one.text for one in found] == [
        "4 of 8 winners of gru lie within 5 % of an edge of the range searched for learning rate. "
        "This is more than a third, so comparisons are inconclusive."
    ]
    assert [one.kind for one in found] == [CautionKind.MANY_AT_EDGE]


def test_shares_of_winners_at_each_value(records):
    table = winner_values(winners_at(records, 1, depth=2), CONFIGS)
    gru = table[(table["cell"] == "gru") & (table["option"] == "depth") & (table["level"] == 48)]
    assert gru[["value", "winners", "searches", "share"]].values.tolist() == [
        [1, 3, 4, 0.75],
        [2, 1, 4, 0.25],
    ]
    assert set(table["option"]) == {"depth", "batch"}
    assert winner_values(records, {}).empty
