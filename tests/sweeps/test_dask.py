"""Dask clusters: the records of the serial executor, whatever happens to the workers."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

import sweeps
from generators.errors import InputError
from study.environment import environment_key
from sweeps.executors import make_executor
from sweeps.executors.executor import Circumstances
from tests.sweeps.launching import finish, start, stored_runs, wait_until

pytest.importorskip("distributed", reason="the extra `distributed` is not installed")
pytestmark = pytest.mark.slow

Check = Callable[[Path, Path], None]
LOOPBACK = "127.0.0.1"


def descendants(pid: int) -> list[psutil.Process]:
    return psutil.Process(pid).children(recursive=True)


def is_worker(process: psutil.Process) -> bool:
    """Whether a process is a worker of a cluster that the launcher started."""
    try:
        return "spawn_main" in " ".join(process.cmdline())
    except psutil.NoSuchProcess:
        return False


@contextmanager
def cluster(tmp_path: Path, *workers: dict[str, str], threads: int = 1) -> Iterator[str]:
    """A scheduler and workers started by hand, as on a cluster; yields the scheduler's address."""
    file = tmp_path / "scheduler.json"
    dask = [sys.executable, "-m", "distributed.cli.dask_scheduler"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": tmp_path}
    started = [
        subprocess.Popen(
            [*dask, "--host", LOOPBACK, "--port", "0", "--no-dashboard", "--scheduler-file", file], **quiet
        )
    ]
    worker = [sys.executable, "-m", "distributed.cli.dask_worker", "--host", LOOPBACK, "--no-dashboard"]
    for environment in workers:
        command = [*worker, "--nthreads", str(threads), "--scheduler-file", str(file)]
        started.append(subprocess.Popen(command, env=os.environ | environment, **quiet))
    try:
        wait_until(file.exists)
        from distributed import Client

        with Client(scheduler_file=str(file)) as client:
            client.wait_for_workers(len(workers))
            address = client.scheduler.address
        yield address
    finally:
        for process in reversed(started):
            process.terminate()
            process.wait(60)


def test_a_cluster_on_this_machine(smoke: Path, tmp_path: Path, assert_same_records: Check) -> None:
    code, _, err = finish(start("sweep", "smoke", "--executor", "dask", "--jobs", 2, "--out", tmp_path / "out"))
    assert code == 0, err
    assert_same_records(smoke, tmp_path / "out")


@pytest.mark.parametrize("jobs", [1, 2])
def test_killed_workers_cost_nothing_and_all_listen_on_loopback(
    jobs: int, tmp_path: Path, assert_same_records: Check
) -> None:
    settings = ("--set", "training.budget='2000 steps'")
    launcher = start("sweep", "smoke", *settings, "--executor", "dask", "--jobs", jobs, "--out", tmp_path / "out")
    wait_until(lambda: stored_runs(tmp_path / "out") >= 6)
    listening = {
        connection.laddr.ip
        for process in [psutil.Process(launcher.pid), *descendants(launcher.pid)]
        for connection in process.net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    }
    assert listening == {LOOPBACK}
    # All at once: for a while there is nobody left.
    for worker in filter(is_worker, descendants(launcher.pid)):
        worker.send_signal(signal.SIGKILL)
    code, _, err = finish(launcher)
    assert code == 0, err
    assert "the run it was at is repeated once" in err
    sweeps.run_sweep(sweeps.load_config("smoke", ("training.budget='2000 steps'",)), tmp_path / "serial")
    assert_same_records(tmp_path / "serial", tmp_path / "out")


def test_a_lost_scheduler_stops_the_sweep_which_resumes(
    smoke: Path, tmp_path: Path, assert_same_records: Check
) -> None:
    out, longer = tmp_path / "out", ("--set", "training.budget='2000 steps'")
    with cluster(tmp_path, {}) as address:
        launcher = start("sweep", "smoke", *longer, "--executor", "dask", "--scheduler", address, "--out", out)
        wait_until(lambda: stored_runs(out) >= 3)
    code, _, err = finish(launcher)
    assert code == 1, err
    assert "Traceback" not in err
    assert "the same command resumes" in err
    assert finish(start("sweep", "smoke", *longer, "--out", out))[0] == 0
    sweeps.run_sweep(sweeps.load_config("smoke", (longer[1],)), tmp_path / "serial")
    assert_same_records(tmp_path / "serial", out)


def test_workers_elsewhere(smoke: Path, tmp_path: Path, assert_same_records: Check) -> None:
    with cluster(tmp_path, {}, {"SEQMEM_ISA": "baseline"}) as address:
        options = ("--executor", "dask", "--scheduler", address)
        code, _, err = finish(start("sweep", "smoke", *options, "--out", tmp_path / "out"))
        assert code == 0, err
        # The other is refused where the kernels have instruction sets, and equal where there are none.
        if engine() == "fused":
            assert "is not used: another environment (instruction_set" in err
    assert_same_records(smoke, tmp_path / "out")


def engine() -> str:
    from study.engine import resolve_engine

    return resolve_engine("auto", "cpu")


def test_workers_of_several_threads_are_refused(tmp_path: Path) -> None:
    with cluster(tmp_path, {}, threads=2) as address:
        environment = (engine(), "cpu", environment_key(engine()))
        circumstances = Circumstances(scheduler=address, environment=environment)
        with pytest.raises(InputError, match="--nthreads 1"):
            make_executor("dask", circumstances)


def test_no_scheduler_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import sweeps.executors.dask

    monkeypatch.setattr(sweeps.executors.dask, "CONNECT_SECONDS", 1)
    with pytest.raises(InputError, match=r"--scheduler tcp://127.0.0.1:1") as caught:
        sweeps.run_sweep(sweeps.load_config("smoke"), tmp_path / "out", executor="dask", scheduler="tcp://127.0.0.1:1")
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "out").exists()


def test_an_interrupt_leaves_no_process_behind(tmp_path: Path) -> None:
    settings = ("--set", "training.budget='20000 steps'")
    launcher = start("sweep", "smoke", *settings, "--executor", "dask", "--jobs", 2, "--out", tmp_path / "out")
    wait_until(lambda: stored_runs(tmp_path / "out") >= 1)
    family = descendants(launcher.pid)
    launcher.send_signal(signal.SIGTERM)
    code, _, err = finish(launcher)
    assert code == 130, err
    assert "the same command resumes" in err
    assert "Traceback" not in err
    _, alive = psutil.wait_procs(family, timeout=30)
    assert not alive
