"""Records of sweeps with a pruner: what their estimators refuse, and what they leave out."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from seqmem.analysis.claims.rules.evidence import Evidence
from seqmem.analysis.claims.rules.verdict import NOT_TESTED
from seqmem.analysis.claims.study_1 import CLAIMS
from seqmem.analysis.claims.table import WITHOUT_PRUNER, verdicts
from seqmem.analysis.estimators.importance_points import sobol_points
from seqmem.analysis.estimators.search_quality import doubling_gain
from seqmem.analysis.estimators.tuning.subset_weights import best_weights, pair_weights
from seqmem.analysis.figures.landscape import compute as landscape
from seqmem.analysis.records.pruning import pruned_sweeps, without_pruned_sweeps
from seqmem.analysis.report.caution_kinds import CautionKind
from seqmem.analysis.report.cautions import search_cautions
from seqmem.analysis.report.page import counts
from seqmem.analysis.tables.tuning_table import BITS, RHO, SCORE, tuning_table
from seqmem.core.errors import InputError
from tests.analysis.conftest import SOBOL_CONFIG, paired_frame

PRUNER = {"search": SOBOL_CONFIG["search"] | {"pruner": "halving", "rungs": [0.25]}}
CONFIGS = {"paired": SOBOL_CONFIG | PRUNER}
POINTS = 8


@pytest.fixture(scope="module")
def whole() -> pd.DataFrame:
    return paired_frame(POINTS)


@pytest.fixture(scope="module")
def pruned(whole: pd.DataFrame) -> pd.DataFrame:
    """The worst three points of each search, over both cells, are pruned."""
    tune = whole[whole["role"] == "tune"]
    means = tune.groupby(["level", "search", "trial"])["score"].mean()
    worst = means.groupby(level=["level", "search"], group_keys=False).nsmallest(3).index
    places = pd.MultiIndex.from_frame(whole[["level", "search", "trial"]])
    cut = places.isin(worst) & (whole["role"] == "tune").to_numpy()
    scores = whole["score"].where(~cut, whole["score"] - 0.1)
    costs = {"earlier_courses": 0, "earlier_steps": 0, "earlier_train_cpu_seconds": 0.0}
    status = whole["status"].where(~cut, "pruned")
    return whole.assign(pruned=cut, score=scores, status=status, **costs)


def brute(scores: list[float], subset: int) -> np.ndarray:
    """Return how often each point is the best of all subsets."""
    wins = np.zeros(len(scores))
    every = list(combinations(range(len(scores)), subset))
    for chosen in every:
        wins[max(chosen, key=lambda point: scores[point])] += 1
    return wins / len(every)


def test_subsets_above_the_pruned_points_have_the_winners_of_all_subsets() -> None:
    scores = [-np.inf, 0.3, -np.inf, 0.9, 0.5]
    other = [-np.inf, 0.8, -np.inf, 0.1, 0.2]
    for subset in (3, 4, 5):
        assert best_weights(scores, subset) == pytest.approx(brute(scores, subset))
        pairs = pair_weights(scores, other, subset)
        assert pairs.sum(axis=1) == pytest.approx(brute(scores, subset))
        assert pairs.sum(axis=0) == pytest.approx(brute(other, subset))


@pytest.mark.parametrize("subset", [1, 2])
def test_smaller_subsets_are_refused_with_the_smallest_valid_one(subset: int) -> None:
    scores = [-np.inf, 0.3, -np.inf, 0.9, 0.5]
    message = f"the best of {subset} points is unknown, because 2 of the 5 points .* valid n is 3"
    with pytest.raises(InputError, match=message):
        best_weights(scores, subset)
    with pytest.raises(InputError, match=message):
        pair_weights([0.1, 0.2, 0.3, 0.4, 0.5], scores, subset)


def test_tuning_curves_begin_above_the_pruned_points(
    whole: pd.DataFrame, pruned: pd.DataFrame
) -> None:
    table = tuning_table(pruned, CONFIGS)
    plain = tuning_table(whole, {"paired": SOBOL_CONFIG})
    assert {SCORE, BITS, RHO} <= set(table["quantity"])
    assert set(table["n"]) == {4, 8}
    assert set(plain["n"]) == {1, 2, 4, 8}
    # With all points, the winner is one that was not pruned, so nothing changes.
    for quantity in (SCORE, BITS):
        mine, theirs = (
            rows[(rows["quantity"] == quantity) & (rows["n"] == 8)].set_index(["level", "first"])
            for rows in (table, plain)
        )
        assert mine["value"].to_dict() == pytest.approx(theirs["value"].to_dict())


def test_claims_leave_pruned_sweeps_out(whole: pd.DataFrame, pruned: pd.DataFrame) -> None:
    alone = verdicts(Evidence(pruned, CONFIGS))
    assert set(alone) == set(CLAIMS)
    assert {verdict.verdict for verdict in alone.values()} == {NOT_TESTED}
    assert alone["C1"].needs == (WITHOUT_PRUNER,)
    other = whole.assign(sweep="other")
    both = verdicts(Evidence(pd.concat([pruned, other], ignore_index=True), CONFIGS))
    expected = verdicts(Evidence(other))
    for name, verdict in both.items():
        assert verdict.parts == expected[name].parts
        assert verdict.notes[-1].startswith("The runs of paired are left out")


def test_pruned_trials_enter_no_estimate_over_trials(pruned: pd.DataFrame) -> None:
    assert pruned_sweeps(pruned) == ["paired"]
    assert without_pruned_sweeps(pruned).empty
    assert np.isnan(doubling_gain(pruned))
    assert sobol_points(pruned[pruned["cell"] == "gru"], CONFIGS).scores.size == 0
    tuned = pruned[(pruned["role"] == "tune") & ~pruned["pruned"]]
    shown = landscape(pruned.assign(design=""))
    assert shown.empty or len(shown) <= tuned.groupby(["condition", "search", "trial"]).ngroups


def test_the_report_counts_pruned_trials_and_says_what_they_leave_unknown(
    whole: pd.DataFrame, pruned: pd.DataFrame
) -> None:
    searches = pruned.groupby(["condition", "search"]).ngroups
    assert counts(pruned)["pruned trials"] == 3 * searches
    assert "pruned trials" not in counts(whole)
    found = [caution.text for caution in search_cautions(pruned, CONFIGS)]
    (line,) = (text for text in found if "were pruned" in text)
    assert f"paired: {3 * searches} of {POINTS * searches} trials were pruned" in line
    assert "is known from n = 4 on" in line
    kinds = {caution.kind for caution in search_cautions(whole, {"paired": SOBOL_CONFIG})}
    assert CautionKind.PRUNED not in kinds
