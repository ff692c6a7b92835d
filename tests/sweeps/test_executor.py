"""Executors: what their worker processes inherit."""

import signal

import pytest
from joblib.externals.loky import get_reusable_executor

import sweeps.executor


def test_workers_do_not_hear_an_interrupt(monkeypatch: pytest.MonkeyPatch) -> None:
    get_reusable_executor().shutdown(wait=True, kill_workers=True)
    blocked = lambda place, config: (place, sorted(signal.pthread_sigmask(signal.SIG_BLOCK, [])))  # noqa: E731
    monkeypatch.setattr(sweeps.executor, "_execute_at", blocked)
    outcomes = sweeps.executor.LokyExecutor(2).run([None] * 4)
    assert sorted(outcomes) == [(place, [signal.SIGINT]) for place in range(4)]
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, [])
