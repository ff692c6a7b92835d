"""Whole sweeps with a pruner: equal however they are executed, unpruned runs as without pruner."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from optuna.trial import TrialState

from seqmem import sweeps
from seqmem.core.progress import Silent
from seqmem.study.config import RunConfig
from seqmem.study.record import TIMES
from seqmem.study.runner import run
from seqmem.sweeps.config.conditions import WHOLE_SWEEP, search_keys
from seqmem.sweeps.execution.dry_run import describe_sweep
from seqmem.sweeps.execution.executors.executor import Outcome, SerialExecutor, execute
from seqmem.sweeps.execution.machine_speed import Speed
from seqmem.sweeps.execution.status import read_status
from seqmem.sweeps.execution.stored_runs import find_run
from seqmem.sweeps.storage.courses import COURSE_COLUMNS, EARLIER_TIMES
from seqmem.sweeps.storage.opening import open_sweep
from tests.sweeps.driver import at_moment
from tests.sweeps.growing import Interrupted
from tests.sweeps.launching import PRUNED

Check = Callable[[Path, Path], None]
SLOT = ["condition", "search", "role", "trial", "replicate", "repeat"]
SMALL = ("strings.levels=[6]", "search.trials=8")
HALVING = ("search.pruner=halving", "search.sampler=sobol", "search.rungs=[0.25, 0.5]")
SWEEPS = {
    "halving": (*SMALL, *HALVING, "strings.tune=2", "training.budget=64 steps"),
    "own ranges": (
        *(*SMALL, *HALVING, "search.sampler=random", "search.rungs=[0.5]"),
        "search.cells.gru={learning_rate={low=1e-2,high=1e-1,log=true}}",
    ),
    "windows": (
        *(*SMALL, *HALVING, "training.protocol=window", "training.total_length=200"),
        *("training.recall_horizon=20", "training.patience=2", "training.budget=40 steps"),
    ),
    "median": ("strings.levels=[6]", "search.pruner=median", "search.rungs=[0.125, 0.5]"),
}


def config_of(name: str) -> sweeps.SweepConfig:
    return sweeps.load_config("smoke", SWEEPS[name])


def records(folder: Path) -> pd.DataFrame:
    return pd.read_parquet(folder / "runs.parquet")


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(case, marks=[pytest.mark.slow] if case != "halving" else []) for case in SWEEPS
    ],
)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def undisturbed(name: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a sweep that was executed serially and never interrupted."""
    folder = tmp_path_factory.mktemp("pruned") / "out"
    assert sweeps.run_sweep(config_of(name), folder).status.is_done
    return folder


class Backwards(SerialExecutor):
    """Hands the outcomes out in the opposite order."""

    def run(self, configs: Sequence[RunConfig]) -> Iterator[tuple[int, Outcome]]:
        yield from reversed(list(super().run(configs)))


@pytest.mark.slow
def test_the_order_of_arrival_does_not_matter(
    name: str, undisturbed: Path, tmp_path: Path, assert_same_records: Check
) -> None:
    sweeps.run_sweep(config_of(name), tmp_path, executor=Backwards())
    assert_same_records(undisturbed, tmp_path)


@pytest.mark.slow
def test_interrupted_again_and_again_it_executes_no_course_twice(
    name: str, undisturbed: Path, tmp_path: Path, assert_same_records: Check
) -> None:
    config = config_of(name)
    interruptions = 0
    while True:
        try:
            last = sweeps.run_sweep(config, tmp_path, executor=Interrupted(7))
        except KeyboardInterrupt:
            interruptions += 1
            # Only trials that are decided are exported.
            exported = records(tmp_path)
            assert (exported.pruned | (exported["until"] == 1)).all()
        else:
            break
    assert_same_records(undisturbed, tmp_path)
    courses = records(tmp_path).earlier_courses
    assert 7 * interruptions + last.executed == len(courses) + courses.sum()
    assert interruptions > 2


@pytest.mark.slow
@pytest.mark.parametrize("moment", ["report:1", "report:12", "report:17", "tell:2", "add:11"])
def test_a_crash_between_two_writes(
    moment: str, pruned: Path, tmp_path: Path, assert_same_records: Check
) -> None:
    config = sweeps.load_config("smoke", PRUNED[1::2])

    def crash() -> None:
        raise MemoryError

    with pytest.MonkeyPatch.context() as patch:
        at_moment(moment, crash, patch.setattr)
        with pytest.raises(MemoryError):
            sweeps.run_sweep(config, tmp_path)
    sweeps.run_sweep(config, tmp_path)
    assert_same_records(pruned, tmp_path)


def test_records_that_are_not_pruned_are_those_of_an_unpruned_sweep(
    name: str, undisturbed: Path, tmp_path: Path
) -> None:
    if name == "median":
        pytest.skip("TPE suggests other trials after pruned ones")
    settings = tuple(text for text in SWEEPS[name] if "pruner" not in text and "rungs" not in text)
    sweeps.run_sweep(sweeps.load_config("smoke", settings), tmp_path)
    all_pruned = records(undisturbed).set_index(SLOT)
    whole = records(tmp_path).set_index(SLOT)
    tuned = all_pruned[(all_pruned.index.get_level_values("role") == "tune") & ~all_pruned.pruned]
    assert 0 < len(tuned) < (whole.index.get_level_values("role") == "tune").sum()
    columns = [column for column in whole if column not in TIMES]
    pd.testing.assert_frame_equal(tuned[columns], whole.loc[tuned.index, columns])


def test_all_cells_have_the_same_points(name: str, undisturbed: Path) -> None:
    if name == "median":
        pytest.skip("the points of TPE differ between cells")
    frame = records(undisturbed)
    kept = frame[(frame.role == "tune") & ~frame.pruned]
    by_cell = [set(rows.trial) for _, rows in kept.groupby("cell")]
    assert by_cell[0] == by_cell[1]
    assert 4 <= len(by_cell[0]) < 8 or len(config_of(name).search.rungs) == 2


def test_costs_of_all_courses_are_counted(name: str, undisturbed: Path) -> None:
    frame = records(undisturbed)
    assert set(COURSE_COLUMNS) <= set(frame)
    later = frame.role != "tune"
    assert not frame[later].pruned.any()
    assert (frame[later].earlier_courses == 0).all()
    assert ((frame.earlier_courses > 0) == (frame.earlier_steps > 0)).all()
    cut = frame[frame.status == "pruned"]
    assert cut.pruned.all()
    assert (cut["until"] < 1).all()
    assert (frame[frame.status != "pruned"]["until"] == 1).all()
    for column in EARLIER_TIMES:
        assert ((frame[column] > 0) == (frame.earlier_courses > 0)).all()
    config, storage = open_sweep(str(undisturbed))
    with closing(storage):
        status = read_status(config, storage)
        trials = [t for key in search_keys(config) for t in storage.trials(key, "tune")]
    assert status.is_done
    assert status.stored == len(frame) + frame.earlier_courses.sum()
    pruned = sum(trial.state == TrialState.PRUNED for trial in trials)
    assert status.trials_pruned == pruned > 0
    spent = frame.train_cpu_seconds + frame.earlier_train_cpu_seconds
    assert status.train_cpu_seconds == pytest.approx(spent.sum())
    assert status.cut_cpu_seconds == pytest.approx(
        cut.train_cpu_seconds.sum() + frame.earlier_train_cpu_seconds.sum()
    )
    assert 0 < status.cut_cpu_seconds < status.train_cpu_seconds


def test_a_pruned_trial_has_its_score_so_far(name: str, undisturbed: Path) -> None:
    frame = records(undisturbed)
    config, storage = open_sweep(str(undisturbed))
    with closing(storage):
        for key in search_keys(config):
            rows = frame[(frame.condition == key.condition.condition) & (frame.role == "tune")]
            for trial in storage.trials(key, "tune"):
                scores = rows[rows.trial == trial.number].score
                assert trial.value == pytest.approx(scores.mean())
                if trial.state == TrialState.PRUNED:
                    last = max(trial.intermediate_values)
                    assert trial.intermediate_values[last] == trial.value
                else:
                    assert len(trial.intermediate_values) == len(config.search.rungs)


def test_a_pruned_run_is_found_and_repeated(undisturbed: Path) -> None:
    frame = records(undisturbed)
    found = find_run(str(undisturbed), frame[frame.status == "pruned"].run_id.iloc[0])
    assert found.config.until in (0.125, 0.25, 0.5)
    assert found.differences(run(found.config).to_row()) == []


class Failing(SerialExecutor):
    """Some runs raise, some of them only in their last course."""

    def run(self, configs: Sequence[RunConfig]) -> Iterator[tuple[int, Outcome]]:
        for index, config in enumerate(configs):
            is_late = config.units == 8 and config.until == 1
            if config.cell == "gru" and (config.units == 12 or is_late):
                yield index, {"failure": "RuntimeError: no"}
            else:
                yield index, execute(config)


@pytest.mark.slow
def test_failed_trials_are_not_kept_and_the_others_go_on(tmp_path: Path) -> None:
    config = sweeps.load_config("smoke", (*SMALL, *HALVING, "search.finalists=1"))
    result = sweeps.run_sweep(config, tmp_path, executor=Failing())
    frame = records(tmp_path)
    failed = frame[frame.status == "failed"]
    assert result.status.is_done
    assert set(failed.cell) == {"gru"}
    assert set(failed.units) == {8, 12}
    assert not failed.pruned.any()
    assert (failed[failed.units == 8].earlier_courses > 0).all()
    assert set(frame[frame.role == "confirm"].cell) == {"gru", "lstm"}
    assert sweeps.run_sweep(config, tmp_path).executed == 0


@pytest.mark.slow
def test_a_search_whose_trials_all_fail_does_not_hold_up_the_others(tmp_path: Path) -> None:
    class AllOfGru(SerialExecutor):
        def run(self, configs: Sequence[RunConfig]) -> Iterator[tuple[int, Outcome]]:
            for index, config in enumerate(configs):
                is_gru = config.cell == "gru"
                yield index, {"failure": "no"} if is_gru else execute(config)

    config = sweeps.load_config("smoke", (*SMALL, *HALVING))
    result = sweeps.run_sweep(config, tmp_path, executor=AllOfGru())
    frame = records(tmp_path)
    assert result.status.is_done
    assert set(frame[frame.cell == "gru"].status) == {"failed"}
    assert set(frame[frame.cell == "lstm"].role) == {"tune", "select", "confirm"}
    assert frame[frame.cell == "lstm"].pruned.sum() == 6


@pytest.mark.slow
def test_progress_ends_at_the_number_of_courses(tmp_path: Path) -> None:
    class Counting(Silent):
        total = done = 0

        def start(self, total: int, done: int) -> None:
            self.total = total

        def resize(self, total: int) -> None:
            self.total = total

        def advance(self, note: str, seconds_left: float | None = None) -> None:
            self.done += 1
            assert seconds_left is not None

    progress = Counting()
    config = sweeps.load_config("smoke", (*SMALL, *HALVING))
    result = sweeps.run_sweep(config, tmp_path, progress=progress)
    assert progress.total == progress.done == result.executed


def test_a_dry_run_says_what_the_pruner_costs() -> None:
    def described(*settings: str) -> list[str]:
        config = sweeps.load_config("smoke", (*SMALL, "search.sampler=sobol", *settings))
        return describe_sweep(config, 1, WHOLE_SWEEP, lambda *_: Speed()).splitlines()

    assert not any("pruner" in line for line in described())
    (line,) = (line for line in described(*HALVING) if "pruner" in line)
    # All runs to a quarter, 60 % to a half, 36 % to the end.
    share = 0.25 + 0.6 * 0.5 + 0.36
    assert line == (
        "pruner halving at 0.25, 0.5 of the budget: about 36% of the tuning runs go to the end; "
        f"all courses of tuning use up to {share:.0%} of the budgets without a pruner"
    )


@pytest.mark.slow
def test_two_workers_find_what_one_finds(
    pruned: Path, tmp_path: Path, assert_same_records: Check
) -> None:
    sweeps.run_sweep(sweeps.load_config("smoke", PRUNED[1::2]), tmp_path, jobs=2)
    assert_same_records(pruned, tmp_path)


@pytest.mark.slow
def test_the_score_at_a_rung_decides(pruned: Path) -> None:
    """Every cell's better half at the first rung goes on, and nothing else."""
    config, storage = open_sweep(str(pruned))
    scores: dict[Any, dict[str, list[float]]] = {}
    reached: dict[Any, dict[str, list[bool]]] = {}
    with closing(storage):
        for key in search_keys(config):
            trials = storage.trials(key, "tune")
            place, cell = (key.condition.level, key.search), key.condition.cell
            first = [trial.intermediate_values[0] for trial in trials]
            scores.setdefault(place, {})[cell] = first
            reached.setdefault(place, {})[cell] = [1 in t.intermediate_values for t in trials]
    for place, by_cell in scores.items():
        best = [set(np.argsort(-np.array(first), kind="stable")[:4]) for first in by_cell.values()]
        wanted = [index in set.union(*best) for index in range(8)]
        assert all(of_cell == wanted for of_cell in reached[place].values())


@pytest.mark.slow
def test_a_finished_sweep_is_joined_without_any_run(
    name: str, undisturbed: Path, tmp_path: Path, assert_same_records: Check
) -> None:
    """The last course of a run stands for those before it, with their costs."""
    result = sweeps.run_sweep(config_of(name), tmp_path, extend=undisturbed)
    assert result.executed == 0
    assert (records(tmp_path).earlier_courses > 0).any()
    assert_same_records(undisturbed, tmp_path)


@pytest.mark.slow
def test_after_failed_runs_courses_are_executed_again(
    tmp_path: Path, assert_same_records: Check
) -> None:
    """A run that failed may succeed now, and then a trial that went on may be pruned."""
    config = sweeps.load_config("smoke", (*SMALL, *HALVING, "search.finalists=1"))
    sweeps.run_sweep(config, tmp_path / "old", executor=Failing())
    result = sweeps.run_sweep(config, tmp_path / "new", extend=tmp_path / "old")
    assert result.executed > 0
    sweeps.run_sweep(config, tmp_path / "nothing")
    assert_same_records(tmp_path / "nothing", tmp_path / "new")


@pytest.mark.slow
def test_a_growth_by_searches_executes_the_new_courses_only(
    tmp_path: Path, assert_same_records: Check
) -> None:
    settings = (*SMALL, *HALVING, "search.finalists=1")
    small, large = (
        sweeps.load_config("smoke", (*settings, f"search.searches={count}")) for count in (1, 2)
    )
    courses = sweeps.run_sweep(small, tmp_path / "old").executed
    whole = sweeps.run_sweep(large, tmp_path / "nothing").executed
    result = sweeps.run_sweep(large, tmp_path / "new", extend=tmp_path / "old")
    assert result.executed == whole - courses
    assert_same_records(tmp_path / "nothing", tmp_path / "new")
