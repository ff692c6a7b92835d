"""Executors: what their worker processes inherit."""

import signal

from joblib import Parallel, delayed, parallel_config
from joblib.externals.loky import get_reusable_executor

from sweeps.executor import interrupts_blocked


def test_workers_do_not_hear_an_interrupt() -> None:
    get_reusable_executor().shutdown(wait=True, kill_workers=True)
    with parallel_config("loky", n_jobs=2), interrupts_blocked():
        outcomes = Parallel(return_as="generator_unordered")(
            delayed(signal.pthread_sigmask)(signal.SIG_BLOCK, []) for _ in range(4)
        )
        assert signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, [])
    assert list(outcomes) == [{signal.SIGINT}] * 4
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, [])
