"""The course of a search: what is missing follows from what is stored, and from nothing else."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from optuna.trial import FrozenTrial, TrialState, create_trial

from seqmem import sweeps
from seqmem.sweeps.config.conditions import search_keys
from seqmem.sweeps.execution.plan import SearchPlan, best_selected, run_config
from seqmem.sweeps.search.space import distributions
from seqmem.sweeps.search.strings import strings_of
from seqmem.sweeps.search.suggestions import generation_sizes, running_trial, slot_of, suggest
from seqmem.sweeps.storage.storage import SweepStorage

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
