"""Rules of pruners: which trials go on, what is refused, and what stored trials may hold."""

import itertools
from math import nan

import numpy as np
import optuna
import pytest
from optuna.trial import FrozenTrial, TrialState, create_trial

from seqmem import sweeps
from seqmem.core.errors import InputError
from seqmem.sweeps.config.conditions import Shard, search_groups, search_keys
from seqmem.sweeps.config.pruner_checks import fewest_left
from seqmem.sweeps.execution.courses_left import expected_courses, kept_share
from seqmem.sweeps.execution.preparation import searches_of
from seqmem.sweeps.search.points import sobol_parameters
from seqmem.sweeps.search.pruning import decided_by_halving, is_below_median
from seqmem.sweeps.search.space import distributions
from seqmem.sweeps.search.suggestions import suggest
from seqmem.sweeps.storage.courses import are_costs, course_columns, with_earlier
from seqmem.sweeps.storage.trial_checks import TrialChecks, outcome_problem

SOBOL = ("search.sampler=sobol", "search.trials=8")
HALVING = (*SOBOL, "search.pruner=halving", "search.rungs=[0.25]")
SLOTS = [(0, index) for index in range(5)]


def scored(*scores: float, state: TrialState = TrialState.RUNNING) -> FrozenTrial:
    """Return a trial with scores at the first rungs."""
    is_told = state in (TrialState.COMPLETE, TrialState.PRUNED)
    return create_trial(
        state=state,
        value=scores[-1] if is_told else None,
        intermediate_values=dict(enumerate(scores)),
    )


def board(*scores: float | None) -> dict[tuple[int, int], FrozenTrial]:
    """Return the trials of one cell with one score each; None for a failed one."""
    failed = scored(state=TrialState.FAIL)
    return {
        slot: failed if score is None else scored(score)
        for slot, score in zip(SLOTS, scores, strict=False)
    }


def indices(slots: frozenset[tuple[int, int]]) -> list[int]:
    return sorted(index for _, index in slots)


def test_the_better_half_goes_on_rounded_up_and_ties_by_slot() -> None:
    _, kept = decided_by_halving([board(0.5, 0.9, 0.5, 0.1, 0.5)], SLOTS, 1)
    assert indices(kept) == [0, 1, 2]


def test_a_point_that_one_cell_keeps_goes_on_in_all() -> None:
    cells = [board(0.9, 0.8, 0.7, 0.0, 0.0), board(0.0, 0.0, 0.7, 0.8, 0.9)]
    _, kept = decided_by_halving(cells, SLOTS, 1)
    assert indices(kept) == [0, 1, 2, 3, 4]
    cells = [board(0.9, 0.8, 0.7, 0.0, 0.0), board(0.9, 0.8, 0.1, 0.7, 0.0)]
    _, kept = decided_by_halving(cells, SLOTS, 1)
    assert indices(kept) == [0, 1, 2, 3]


def test_failed_points_take_no_place_and_diverged_ones_are_last() -> None:
    _, kept = decided_by_halving([board(None, None, 0.2, -1.0, 0.1)], SLOTS, 1)
    assert indices(kept) == [2, 3, 4]
    _, kept = decided_by_halving([board(None, 0.3, 0.2, -1.0, 0.1)], SLOTS, 1)
    assert indices(kept) == [1, 2, 4]
    _, kept = decided_by_halving([board(*[None] * 5)], SLOTS, 1)
    assert indices(kept) == []


def test_nothing_is_decided_before_all_trials_of_all_cells_are_scored() -> None:
    whole = board(0.1, 0.2, 0.3, 0.4, 0.5)
    for missing in SLOTS:
        partial = {slot: trial for slot, trial in whole.items() if slot != missing}
        unscored = whole | {missing: scored()}
        for other in (partial, unscored):
            assert decided_by_halving([whole, other], SLOTS, 1) == [frozenset(SLOTS)]


def test_later_rungs_need_the_scores_of_those_who_reach_them_alone() -> None:
    cells = [{slot: scored(-slot[1]) for slot in SLOTS} for _ in range(2)]
    for slot in SLOTS[:3]:
        cells[0][slot] = scored(0.0, slot[1])
        cells[1][slot] = scored(0.0, 0.5)
    cells[1][SLOTS[3]] = scored(-3.0, state=TrialState.PRUNED)
    # The second cell has ties, so its lower slots come first.
    reaching = decided_by_halving(cells, SLOTS, 2)
    assert [indices(slots) for slots in reaching[:2]] == [[0, 1, 2, 3, 4], [0, 1, 2]]
    assert indices(reaching[2]) == [0, 1, 2]


def test_a_trial_that_fails_later_keeps_its_earlier_scores() -> None:
    cell = board(0.9, 0.8, 0.7, 0.1, 0.0)
    cell[SLOTS[0]] = scored(0.9, state=TrialState.FAIL)
    _, second = decided_by_halving([cell], SLOTS, 1)
    assert indices(second) == [0, 1, 2]
    for index in (1, 2):
        cell[SLOTS[index]] = scored(0.9, 0.1 * index)
    assert indices(decided_by_halving([cell], SLOTS, 2)[2]) == [1, 2]


def test_the_median_is_that_of_optunas_pruner() -> None:
    rng = np.random.default_rng(5)
    pruner = optuna.pruners.MedianPruner(n_startup_trials=0)
    for count, score in itertools.product(range(6), (-1.0, 0.25, 0.5, 0.75)):
        earlier = [
            scored(float(value), state=TrialState.PRUNED if cut else TrialState.COMPLETE)
            for value, cut in zip(
                rng.integers(0, 5, count) / 4, rng.integers(0, 2, count), strict=True
            )
        ]
        memory = optuna.create_study(
            direction="maximize", storage=optuna.storages.InMemoryStorage()
        )
        memory.add_trials(earlier)
        assert is_below_median(scored(score), earlier) == pruner.prune(memory, scored(score))


def test_tpe_learns_from_pruned_trials() -> None:
    config = sweeps.load_config("smoke", ("search.pruner=median",))
    key = next(search_keys(config))
    space = distributions(config.search)
    trials = [
        create_trial(params=point, distributions=space, value=float(index))
        for index, point in enumerate(sobol_parameters(config.search, 4, 0))
    ]
    pruned = create_trial(
        state=TrialState.PRUNED,
        params=trials[0].params,
        distributions=space,
        value=0.1,
        intermediate_values={0: 0.1},
    )
    assert suggest(config, key, 1, [*trials, pruned]) != suggest(config, key, 1, trials)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            ("search.pruner=halving",),
            "sampler sobol or random or grid, not with 'tpe'; give pruner = 'median'",
        ),
        (
            (*SOBOL, "search.pruner=median"),
            "works with the sampler tpe, not with 'sobol'; give pruner = 'halving'",
        ),
        (
            ("search.pruner=halving", "search.sampler=saltelli", "search.rows=2"),
            "not with 'saltelli'; leave pruner out or choose another sampler",
        ),
        (("search.pruner=median", "search.startup=10"), "all 10 trials are; give more trials"),
        (("search.pruner=hyperband",), "unknown pruner 'hyperband'; valid: halving, median"),
        (("search.rungs=[0.5]",), "without a pruner there are none"),
        ((*HALVING, "search.rungs=[]"), "at least one is needed"),
        ((*HALVING, "search.rungs=[0.3]"), "0.3 is no fraction of the budget .* valid: 0.015625"),
        ((*HALVING, "search.rungs=[1.0]"), "1.0 is no fraction of the budget"),
        ((*HALVING, "search.rungs=[0.5, 0.25]"), r"did you mean \[0.25, 0.5\]"),
        ((*HALVING, "search.finalists=5"), "may leave 4 of 8 trials, fewer than finalists 5"),
        ((*HALVING, "strings.fresh=true"), "every trial has other strings"),
    ],
)
def test_what_does_not_fit_is_refused(settings: tuple[str, ...], message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        sweeps.load_config("smoke", settings)
    assert len(str(caught.value)) <= 300 + len(" --set ".join(settings)) + 30


def test_a_sweep_without_a_pruner_stores_nothing_about_it() -> None:
    assert not {"pruner", "rungs"} & set(sweeps.load_config("smoke").to_dict()["search"])
    for pruner, settings, rungs in (("halving", SOBOL, [0.125, 0.5]), ("median", (), [0.25])):
        config = sweeps.load_config("smoke", (*settings, f"search.pruner={pruner}"))
        stored = config.to_dict()["search"]
        assert (stored["pruner"], stored["rungs"]) == (pruner, rungs)


def test_the_fewest_trials_that_are_left() -> None:
    rungs = (*HALVING, "search.rungs=[0.125,0.25]", "search.finalists=1", "search.trials=7")
    assert fewest_left(sweeps.load_config("smoke", rungs).search) == 2
    assert fewest_left(sweeps.load_config("smoke", ("search.pruner=median",)).search) == 4
    assert fewest_left(sweeps.load_config("smoke").search) == 10


def test_one_launcher_decides_for_all_cells_of_a_search() -> None:
    config = sweeps.load_config("smoke", (*HALVING, "search.searches=2"))
    groups = search_groups(config)
    assert [[key.name for key in group] for group in groups][:2] == [
        [f"iid-k2-lzw6/{cell}/stream/16steps/search-{search}" for cell in ("lstm", "gru")]
        for search in range(2)
    ]
    assert sorted(key.name for group in groups for key in group) == sorted(
        key.name for key in search_keys(config)
    )
    assert searches_of(config, Shard(2, 4)) == groups[1]
    with pytest.raises(InputError, match="the sweep has 4 groups of searches, whose cells decide"):
        searches_of(config, Shard(1, 5))
    assert all(len(group) == 1 for group in search_groups(sweeps.load_config("smoke")))


def test_expected_courses() -> None:
    config = sweeps.load_config("smoke", (*HALVING, "search.rungs=[0.25,0.5]"))
    assert kept_share(config) == pytest.approx(0.6)
    assert expected_courses(config) == pytest.approx(
        {"tune to 0.25": 1.0, "tune to 0.5": 0.6, "tune": 0.36}
    )
    assert expected_courses(config, passed=1) == pytest.approx({"tune to 0.5": 0.6, "tune": 0.36})
    assert expected_courses(config, passed=2) == pytest.approx({"tune": 0.6})
    median = sweeps.load_config("smoke", ("search.pruner=median",))
    assert expected_courses(median, generation=0) == {"tune": 1.0}
    assert expected_courses(median, generation=1) == {"tune to 0.25": 1.0, "tune": 0.5}


def test_costs_of_earlier_courses_are_summed() -> None:
    def record(steps: int, until: float) -> dict[str, object]:
        times = {"train_cpu_seconds": 0.5, "train_wall_seconds": 1.0, "evaluation_seconds": 0.25}
        return {"record": {"steps": steps, "until": until, "status": "pruned"} | times}

    first = with_earlier(record(4, 0.25), None)
    second = with_earlier(record(8, 0.5), first)
    third = with_earlier({"failure": "no"}, second)
    assert course_columns(first, is_pruned=True) == {
        "pruned": True,
        "earlier_courses": 0,
        "earlier_steps": 0,
        "earlier_train_cpu_seconds": 0,
        "earlier_train_wall_seconds": 0,
        "earlier_evaluation_seconds": 0,
    }
    assert course_columns(third, is_pruned=False) == {
        "pruned": False,
        "earlier_courses": 2,
        "earlier_steps": 12,
        "earlier_train_cpu_seconds": 1.0,
        "earlier_train_wall_seconds": 2.0,
        "earlier_evaluation_seconds": 0.5,
    }
    assert outcome_problem("0:0", second) == outcome_problem("0:0", third) == ""
    broken = third["earlier"] | {"steps": -1}
    assert not are_costs(broken)
    assert "is not the cost of courses" in outcome_problem("0:0", third | {"earlier": broken})


def test_damaged_scores_at_rungs_are_named() -> None:
    config = sweeps.load_config("smoke", HALVING)
    checks = TrialChecks(config, "gru")
    point = sobol_parameters(config.search, 1, 0)[0]

    def problem(scores: dict[int, float], state: TrialState = TrialState.RUNNING) -> str:
        trial = create_trial(
            state=state,
            params=point,
            distributions=distributions(config.search),
            value=0.5 if state == TrialState.PRUNED else None,
            intermediate_values=scores,
            user_attrs={"slot": [0, 0]},
        )
        return checks.problem("tune", trial)

    assert problem({}) == problem({0: 0.5}) == problem({0: 0.5}, TrialState.PRUNED) == ""
    assert problem({1: 0.5}) == "intermediate values at [1] are not at the rungs of the search"
    assert "at [0, 1] are not at the rungs" in problem({0: 0.5, 1: 0.5})
    assert problem({0: nan}) == "intermediate value nan is not finite"
    assert problem({}, TrialState.PRUNED) == "it is pruned but has no score at a rung"
