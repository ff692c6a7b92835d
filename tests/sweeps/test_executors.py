"""Executors in processes of their own: what kills a worker costs nobody else's run."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

import seqmem.sweeps.execution.executors.loky
from seqmem.core.errors import InputError
from seqmem.core.processes import TERMINAL_SIGNALS
from seqmem.study.config import RunConfig
from seqmem.sweeps.execution.executors import make_executor
from seqmem.sweeps.execution.executors.executor import (
    ExecutionContext,
    Outcome,
    SerialExecutor,
    WorkerDied,
)
from seqmem.sweeps.execution.executors.loky import LokyExecutor
from seqmem.sweeps.execution.executors.worker import execute_watched
from tests.waiting import PATIENCE_SECONDS

CONFIGS = [
    RunConfig(string="ABRACADABRA", cell="gru", units=4, budget=f"{steps} steps")
    for steps in range(1, 7)
]
Watched = Callable[[RunConfig, Path, float], Outcome]


def steps(outcome: Outcome) -> int:
    return int(outcome["record"]["steps"])


def killed(config: RunConfig, note: Path, limit_seconds: float) -> Outcome:
    """Take the worker down with the run of three steps, always, and once with that of five."""
    marker = note.parent.parent / f"{note.parent.name}-was-here"
    steps = config.budget.amount
    if steps == 3 or (steps == 5 and not marker.exists()):
        note.touch()
        if steps == 5:
            marker.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    if steps == 5:
        marker.unlink()
    return execute_watched(config, note, limit_seconds)


def hung_on_three(config: RunConfig, note: Path, limit_seconds: float) -> Outcome:
    """Never end the run of three steps; the others may take as long as a busy machine wants."""
    import seqmem.sweeps.execution.executors.worker

    if config.budget.amount != 3:
        return execute_watched(config, note, PATIENCE_SECONDS)
    execute = seqmem.sweeps.execution.executors.worker.execute
    seqmem.sweeps.execution.executors.worker.execute = lambda config: sleep_forever()
    try:
        return execute_watched(config, note, limit_seconds)
    finally:
        seqmem.sweeps.execution.executors.worker.execute = execute


def sleep_forever() -> Any:
    while True:
        time.sleep(1)


def dead_on_arrival(config: RunConfig, note: Path, limit_seconds: float) -> Outcome:
    os._exit(3)


def blocked_signals(config: RunConfig, note: Path, limit_seconds: float) -> Outcome:
    return {"blocked": sorted(signal.pthread_sigmask(signal.SIG_BLOCK, []))}


@contextmanager
def loky(
    monkeypatch: pytest.MonkeyPatch, watched: Watched | None = None, **context: Any
) -> Iterator[tuple[LokyExecutor, list[str]]]:
    if watched is not None:
        monkeypatch.setattr(seqmem.sweeps.execution.executors.loky, "execute_watched", watched)
    notes: list[str] = []
    with closing(
        LokyExecutor(ExecutionContext(**{"jobs": 2, "notify": notes.append} | context))
    ) as executor:
        yield executor, notes


@pytest.mark.slow
def test_workers_find_what_this_process_finds(monkeypatch: pytest.MonkeyPatch) -> None:
    times = {"train_cpu_seconds", "train_wall_seconds", "evaluation_seconds"}
    with loky(monkeypatch) as (executor, notes):
        first = dict(executor.run(CONFIGS))
        second = dict(executor.run(CONFIGS))
    for index, outcome in SerialExecutor().run(CONFIGS):
        for other in (first[index], second[index]):
            changed = {
                name for name, value in outcome["record"].items() if other["record"][name] != value
            }
            assert changed <= times
    assert notes == []


@pytest.mark.slow
def test_workers_do_not_hear_an_interrupt(monkeypatch: pytest.MonkeyPatch) -> None:
    with loky(monkeypatch, blocked_signals) as (executor, _):
        assert dict(executor.run(CONFIGS)) == {
            index: {"blocked": [signal.SIGHUP, signal.SIGINT]} for index in range(6)
        }
    assert TERMINAL_SIGNALS.isdisjoint(signal.pthread_sigmask(signal.SIG_BLOCK, []))


@pytest.mark.slow
def test_a_run_that_kills_its_worker_twice_has_failed_and_no_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with loky(monkeypatch, killed) as (executor, notes):
        outcomes = dict(executor.run(CONFIGS))
    failure = outcomes.pop(2)["failure"]
    assert "died with this run, also when it ran alone" in failure
    assert "SIGKILL" in failure
    # That of five steps, killed once, is repeated.
    assert {index: steps(outcome) for index, outcome in outcomes.items()} == {
        0: 1,
        1: 2,
        3: 4,
        4: 5,
        5: 6,
    }
    assert "repeated alone" in notes[0]


@pytest.mark.slow
def test_a_run_that_hangs_is_ended_and_says_where_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    with loky(monkeypatch, hung_on_three, timeout=10.0) as (executor, _):
        outcomes = dict(executor.run(CONFIGS))
    failure = outcomes.pop(2)["failure"]
    assert "did not end within 10 s, also when it ran alone" in failure
    assert "in sleep_forever" in failure
    assert [steps(outcome) for _, outcome in sorted(outcomes.items())] == [1, 2, 4, 5, 6]


@pytest.mark.slow
def test_a_run_whose_own_process_never_starts_it_has_not_failed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with (
        loky(monkeypatch, dead_on_arrival) as (executor, _),
        pytest.raises(WorkerDied, match="before it starts"),
    ):
        executor._alone(0, CONFIGS[0], tmp_path)


@pytest.mark.slow
def test_workers_that_never_start_a_run_end_it(monkeypatch: pytest.MonkeyPatch) -> None:
    with (
        loky(monkeypatch, dead_on_arrival) as (executor, _),
        pytest.raises(WorkerDied, match="before they start"),
    ):
        list(executor.run(CONFIGS))


def test_the_time_limit_follows_the_expected_time() -> None:
    short, long = (
        RunConfig(string="AB", cell="gru", budget=budget) for budget in ("1 steps", "1000 s")
    )
    assert ExecutionContext().limit(short) == 600
    assert ExecutionContext().limit(long) == 50_000
    assert ExecutionContext(timeout=3.0).limit(long) == 3


@pytest.mark.parametrize(
    ("name", "scheduler", "message"),
    [
        ("lokey", None, "unknown executor 'lokey'; did you mean 'loky'"),
        (
            "loky",
            "tcp://127.0.0.1:1",
            "--scheduler tcp://127.0.0.1:1 is for --executor dask, not for loky",
        ),
    ],
)
def test_unusable_executors(name: str, scheduler: str | None, message: str) -> None:
    with pytest.raises(InputError, match=message):
        make_executor(name, ExecutionContext(scheduler=scheduler))
