"""The course of a search: what is missing follows from what is stored, and from nothing else."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from optuna.trial import FrozenTrial, TrialState, create_trial

from seqmem import sweeps
from seqmem.core.damage import DamagedError
from seqmem.sweeps.config.conditions import SearchKey, search_keys
from seqmem.sweeps.execution.plan import SearchPlan, best_selected, run_config
from seqmem.sweeps.search.space import distributions
from seqmem.sweeps.search.strings import strings_of
from seqmem.sweeps.search.suggestions import generation_sizes, running_trial, slot_of, suggest
from seqmem.sweeps.storage.storage import SweepStorage, runs_of
from tests.sweeps.launching import PRUNED

CONFIG = sweeps.load_config("smoke")
KEY = next(search_keys(CONFIG))


@pytest.fixture
def storage(tmp_path: Path) -> Iterator[SweepStorage]:
    """The storage of a sweep that has no trials."""
    with closing(SweepStorage(f"sqlite:///{tmp_path / 'optuna.db'}", CONFIG.name)) as opened:
        yield opened


def tell(
    storage: SweepStorage, generation: int, index: int, value: float, before: list[FrozenTrial]
) -> None:
    """Store a trial to tune as suggested, and its value."""
    parameters = suggest(CONFIG, KEY, generation, before)[index]
    number = len(storage.trials(KEY, "tune"))
    storage.add(
        KEY, "tune", running_trial(CONFIG.search, parameters, (generation, index), configuration={})
    )
    storage.tell(KEY, "tune", number, value)


@pytest.mark.parametrize("index", [0, 1])
def test_the_rest_of_a_generation_rests_on_the_generations_before_alone(
    storage: SweepStorage, index: int
) -> None:
    for first in range(4):
        tell(storage, 0, first, float(first), [])
    before = storage.trials(KEY, "tune")
    tell(storage, 1, 1 - index, 9.0, before)
    plan = SearchPlan(CONFIG, KEY, strings_of(CONFIG, KEY.condition.level, KEY.search), storage)
    (task,) = plan.next_tasks()
    added = storage.trial(KEY, "tune", task.trial)
    assert (task.role, task.run, slot_of(added)) == ("tune", "0:0", (1, index))
    assert added.params == pytest.approx(suggest(CONFIG, KEY, 1, before)[index])
    assert plan.next_tasks() == [task]


def test_the_best_are_selected_from_in_slots_by_rank(storage: SweepStorage) -> None:
    for generation, size in enumerate(generation_sizes(CONFIG.search)):
        before = storage.trials(KEY, "tune")
        for index in range(size):
            tell(storage, generation, index, float(index == 1) - generation, before)
    plan = SearchPlan(CONFIG, KEY, strings_of(CONFIG, KEY.condition.level, KEY.search), storage)
    tasks = plan.next_tasks()
    assert [(task.role, task.run) for task in tasks] == [("select", "0:0")] * 2
    added = storage.trials(KEY, "select")
    assert [(slot_of(trial), trial.user_attrs["tune_trial"]) for trial in added] == [
        ((0, 0), 1),
        ((0, 1), 0),
    ]
    assert plan.next_tasks() == tasks


def selected(number: int, value: float, tune_trial: int) -> FrozenTrial:
    trial = tuned(number, value)
    trial.set_user_attr("tune_trial", tune_trial)
    return trial


def tuned(number: int, value: float) -> FrozenTrial:
    trial = create_trial(
        state=TrialState.COMPLETE,
        params=suggest(CONFIG, KEY, 0, [])[0],
        distributions=distributions(CONFIG.search),
        value=value,
    )
    trial.number = number
    return trial


@pytest.mark.parametrize(
    ("values", "winner"),
    [((0.5, 0.7, 0.6), 1), ((0.7, 0.5, 0.7), 2), ((0.7, 0.7, 0.5), 0)],
    ids=["best selected", "ties by tuning", "then by order"],
)
def test_the_winner_is_the_best_selected(values: tuple[float, ...], winner: int) -> None:
    candidates = [selected(number, value, number + 5) for number, value in enumerate(values)]
    tuning = [tuned(number + 5, value) for number, value in enumerate((0.2, 0.2, 0.9))]
    assert [trial.number for trial in best_selected(candidates[::-1], tuning)] == [winner]


def test_a_forget_bias_is_for_cells_with_a_forget_gate() -> None:
    config = sweeps.load_config(
        "smoke", ("training.forget_bias=1.5", "memorizer.cells=['lstm', 'gru', 'rnn']")
    )
    string = strings_of(config, config.strings.levels[0], 0)["tune"][0]
    fields = {"depth": 1, "units": 4, "learning_rate": 0.01, "repeat": 0}
    made = {
        cell: run_config(config, cell, string, fields).forget_bias
        for cell in config.memorizer.cells
    }
    assert made == {"lstm": 1.5, "gru": None, "rnn": None}


HALVING = sweeps.load_config("smoke", PRUNED[1::2])
HALVED = list(search_keys(HALVING))[:2]


def plan_of(config: sweeps.SweepConfig, key: SearchKey, storage: SweepStorage) -> SearchPlan:
    return SearchPlan(config, key, strings_of(config, key.condition.level, key.search), storage)


def record(until: float, steps: int, score: float) -> dict[str, Any]:
    """Return what a plan reads of the record of a run that has not memorized."""
    times = {"train_cpu_seconds": 0.5, "train_wall_seconds": 0.75, "evaluation_seconds": 0.25}
    # It has no checkpoint before its end, so its score there is its score at every rung.
    curve = {"checkpoint_fractions": [], "checkpoint_spent": []}
    ended = {"status": "budget_spent", "memorized_fraction": None, "stored_fraction": score}
    return {"record": {"until": until, "steps": steps} | times | curve | ended}


def test_a_run_that_goes_on_keeps_the_costs_of_its_courses(storage: SweepStorage) -> None:
    plan = plan_of(HALVING, HALVED[0], storage)
    task = plan.next_tasks()[0]
    assert task.config.until == 0.25
    for until, steps in ((0.25, 4), (0.5, 8), (1.0, 16)):
        plan.store(task, record(until, steps, 0.5))
    (stored,) = runs_of(storage.trial(task.key, "tune", task.trial)).values()
    assert stored["earlier"] == {
        "courses": 2,
        "steps": 12,
        "train_cpu_seconds": 1.0,
        "train_wall_seconds": 1.5,
        "evaluation_seconds": 0.5,
    }
    assert stored["record"]["steps"] == 16


@pytest.mark.parametrize(("config", "role"), [(CONFIG, "tune"), (HALVING, "select")])
def test_a_run_that_is_never_cut_has_one_course(
    config: sweeps.SweepConfig, role: str, storage: SweepStorage
) -> None:
    key = next(search_keys(config))
    plan = plan_of(config, key, storage)
    first = plan.next_tasks()[0]
    trial = running_trial(
        config.search, storage.trial(key, "tune", 0).params, (0, 0), configuration={}, tune_trial=0
    )
    if role == "select":
        storage.add(key, role, trial)
    task = replace(first, role=role, trial=0)
    for steps in (8, 16):
        plan.store(task, record(1.0, steps, 0.5))
    (stored,) = runs_of(storage.trial(key, role, 0)).values()
    assert stored == record(1.0, 16, 0.5)


def test_halving_waits_for_the_other_cell_and_then_goes_on(storage: SweepStorage) -> None:
    plans = [plan_of(HALVING, key, storage) for key in HALVED]
    for other, plan in enumerate(plans):
        assert not plan.is_waiting
        tasks = plan.next_tasks()
        assert len(tasks) == 8
        for task in tasks:
            plan.store(task, record(0.25, 4, 0.1 * task.trial))
            plan.finish("tune", task.trial)
        assert plan.next_tasks() == [] or other
        assert plan.is_waiting == (not other)
    for plan, key in zip(plans, HALVED, strict=True):
        tasks = plan.next_tasks()
        assert [(task.trial, task.config.until) for task in tasks] == [
            (trial, 0.5) for trial in range(4, 8)
        ]
        assert not plan.is_waiting
        states = [trial.state for trial in storage.trials(key, "tune")]
        assert states == [TrialState.PRUNED] * 4 + [TrialState.RUNNING] * 4
        assert storage.trials(key, "select") == []


def test_a_trial_is_finished_once_all_its_runs_are_stored(storage: SweepStorage) -> None:
    plan = plan_of(CONFIG, KEY, storage)
    task = plan.next_tasks()[0]
    plan.finish("tune", task.trial)
    assert storage.trial(KEY, "tune", task.trial).state == TrialState.RUNNING
    plan.store(task, record(1.0, 16, 0.75))
    for _ in range(2):
        plan.finish("tune", task.trial)
        trial = storage.trial(KEY, "tune", task.trial)
        assert (trial.state, trial.value) == (TrialState.COMPLETE, 0.75)


@pytest.mark.parametrize(
    ("outcome", "index", "problem"),
    [
        ({"recorded": {}}, 0, "attribute 'run:0:0': neither a record nor a failure"),
        ({"failure": "no"}, 4, r"attribute 'slot': \[0, 4\] is no slot of the search"),
    ],
)
def test_a_stored_trial_that_does_not_fit_the_search_is_refused(
    outcome: dict[str, Any], index: int, problem: str, storage: SweepStorage
) -> None:
    parameters = suggest(CONFIG, KEY, 0, [])[0]
    storage.add(KEY, "tune", running_trial(CONFIG.search, parameters, (0, index), configuration={}))
    storage.write_run(KEY, "tune", 0, "0:0", outcome)
    plan = plan_of(CONFIG, KEY, storage)
    for _ in range(2):
        with pytest.raises(DamagedError, match=f"trial 0 of smoke/{KEY.name}/tune.*{problem}"):
            plan.next_tasks()


def test_a_run_trains_on_the_string_of_its_role_and_replicate(storage: SweepStorage) -> None:
    plan = plan_of(CONFIG, KEY, storage)
    first = plan.next_tasks()[0]
    strings = strings_of(CONFIG, KEY.condition.level, KEY.search)
    trial = storage.trial(KEY, "tune", first.trial)
    for replicate, repeat in ((0, 3), (1, 2)):
        task = plan.task("confirm", trial, f"{replicate}:{repeat}", until=0.5)
        assert task.config.string == strings["confirm"][replicate]
        assert (task.config.repeat, task.config.until) == (repeat, 0.5)
        assert (task.key, task.role, task.trial) == (KEY, "confirm", first.trial)
    assert first.config.seed == CONFIG.seed
    assert (first.config.until, first.config.budget) == (1.0, CONFIG.training.budget)


@pytest.mark.parametrize(("protocol", "context"), [("window", 1), ("stream", 32)])
def test_units_are_matched_to_those_of_the_first_cell(
    protocol: str, context: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = (f"training.protocol={protocol}", "training.context=32", "memorizer.match=flops")
    config = sweeps.load_config("smoke", settings)
    string = strings_of(config, config.strings.levels[0], 0)["tune"][0]
    asked = []

    def matched(*arguments: object, **options: object) -> int:
        asked.append((arguments, options["length"], options["context"]))
        return 7

    monkeypatch.setattr("seqmem.sweeps.execution.plan.match_units", matched)
    fields = {"depth": 2, "units": 4, "learning_rate": 0.01, "repeat": 0}
    made = {cell: run_config(config, cell, string, fields) for cell in ("lstm", "gru")}
    assert {cell: one.units for cell, one in made.items()} == {"lstm": 4, "gru": 7}
    assert asked == [(("flops", "gru", "lstm", 2, 2, 4), 16, context)]
