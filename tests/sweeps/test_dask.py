"""Dask clusters: the records of the serial executor, whatever happens to the workers."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dask
import psutil
import pytest

from seqmem import sweeps
from seqmem.core.errors import InputError
from seqmem.core.exit_codes import TERMINATED
from seqmem.core.plugins import plugins_among
from seqmem.study.config import RunConfig
from seqmem.study.environment import environment_key, joint_environment_key
from seqmem.study.memorizers.cells import CELLS
from seqmem.sweeps.execution.executors import make_executor
from seqmem.sweeps.execution.executors.executor import ExecutionContext, WorkerDied
from tests.plugins import CELL_IN_NOTEBOOK, forget_installed, install
from tests.sweeps.launching import (
    LONGER,
    PRUNED,
    go_on,
    start,
    start_driven,
    stop_workers,
    stored_runs,
    wait_for_stop,
)
from tests.waiting import PATIENCE_SECONDS, Process, wait_for_end, wait_until

pytest.importorskip("distributed", reason="the extra `distributed` is not installed")
pytestmark = pytest.mark.slow
NOTE = "seqmem-run"
CONFIGS = [RunConfig(string="ABRACADABRA", cell="gru", units=4, budget="1 steps")] * 3

Check = Callable[[Path, Path], None]
LOOPBACK = "127.0.0.1"


@dataclass(frozen=True)
class Cluster:
    """A scheduler and workers started by hand, as on a cluster."""

    address: str
    scheduler: Process
    workers: list[Process]

    def lose_scheduler(self) -> None:
        """End the scheduler as a failing machine would."""
        self.scheduler.kill()
        self.scheduler.finish()


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Callable[..., Cluster]]:
    """Make a cluster whose workers, one for each environment given, have come.

    What they printed is shown when the test fails.
    """
    processes: list[Process] = []

    def make(*environments: dict[str, str], threads: int = 1) -> Cluster:
        file = tmp_path / "scheduler.json"
        options = ("--host", LOOPBACK, "--no-dashboard", "--scheduler-file", file)
        scheduler = Process(
            sys.executable,
            "-m",
            "distributed.cli.dask_scheduler",
            *options,
            "--port",
            0,
            cwd=tmp_path,
        )
        command = (
            sys.executable,
            "-m",
            "distributed.cli.dask_worker",
            *options,
            "--nthreads",
            threads,
        )
        workers = [
            Process(*command, cwd=tmp_path, env=os.environ | variables)
            for variables in environments
        ]
        processes.extend([scheduler, *workers])
        wait_until(file.exists, scheduler)
        from distributed import Client

        with Client(scheduler_file=str(file)) as client:
            arrived = lambda: len(client.scheduler_info()["workers"]) == len(workers)  # noqa: E731
            wait_until(arrived, scheduler, *workers)
            return Cluster(client.scheduler.address, scheduler, workers)

    yield make
    for process in processes:
        print(process.args, process.err, sep="\n")


def test_killed_workers_cost_nothing_and_all_listen_on_loopback(
    undisturbed: Path, tmp_path: Path, assert_same_records: Check
) -> None:
    out = tmp_path / "out"
    command = ("sweep", "smoke", *LONGER, "--executor", "dask", "--jobs", 2, "--out", out)
    launcher = start(*command, env=os.environ | {"TMPDIR": str(tmp_path)})

    def are_in_runs() -> bool:
        return stored_runs(out) >= 6 and len(list(tmp_path.rglob(NOTE))) == 2

    workers = stop_workers(launcher, "spawn_main", 2, are_in_runs)
    assert listening([psutil.Process(launcher.pid), *launcher.family()]) == {LOOPBACK}
    # All at once: for a while there is nobody left.
    for worker in workers:
        worker.kill()
    code, _, err = launcher.finish()
    assert code == 0, err
    assert "its run is repeated once" in err
    assert_same_records(undisturbed, out)


def listening(processes: list[psutil.Process]) -> set[str]:
    """The addresses at which processes listen."""
    return {
        connection.laddr.ip
        for process in processes
        for connection in process.net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    }


def test_a_lost_scheduler_stops_the_sweep_which_resumes(
    cluster: Callable[..., Cluster], smoke: Path, tmp_path: Path, assert_same_records: Check
) -> None:
    out = tmp_path / "out"
    made = cluster({})
    launcher = start_driven(
        "STOP",
        "write:4",
        "sweep",
        "smoke",
        "--executor",
        "dask",
        "--scheduler",
        made.address,
        "--out",
        out,
    )
    wait_for_stop(launcher)
    made.lose_scheduler()
    go_on(launcher)
    code, _, err = launcher.finish()
    assert code == 1, err
    assert "Traceback" not in err
    assert "the same command resumes" in err
    assert stored_runs(out) >= 3
    sweeps.run_sweep(sweeps.load_config("smoke"), out)
    assert_same_records(smoke, out)


def run_for_ever(context: ExecutionContext) -> None:
    with closing(make_executor("dask", context)) as executor:
        while True:
            list(executor.run(CONFIGS))


MOMENTS = ("waiting for workers", "looking", "submitting", "waiting for runs", "fetching")


@pytest.mark.parametrize(
    ("moment", "is_noticed"),
    [*((moment, True) for moment in MOMENTS), ("submitting", False), ("fetching", False)],
)
def test_a_scheduler_lost_at_any_moment_is_one_kind_of_error(
    moment: str, is_noticed: bool, cluster: Callable[..., Cluster], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also if Dask's client has not noticed the loss of the scheduler yet."""
    from distributed import Client

    from seqmem.sweeps.execution.executors import dask, dask_workers

    owner, name = {
        "waiting for workers": (dask.DaskExecutor, "_wait_for_workers"),
        "looking": (dask_workers.DaskWorkers, "look"),
        "submitting": (dask.DaskExecutor, "_submit"),
        "waiting for runs": (dask.DaskExecutor, "_ended"),
        "fetching": (dask, "_outcome"),
    }[moment]
    made = cluster({})
    act = getattr(owner, name)

    def lose_before(*arguments: Any) -> Any:
        if made.scheduler.poll() is None and (moment != "looking" or arguments[0].admitted):
            [client] = [client for client in Client._instances if client.status == "running"]
            client._timeout = 0.5
            made.lose_scheduler()
            wait_until(lambda: client.status == "closed" or not is_noticed)
        return act(*arguments)

    # Workers need no torch for this.
    monkeypatch.setattr(dask_workers, "environment_key_with", lambda *arguments: "{}")
    monkeypatch.setattr(dask, "execute_on_worker", lambda config, limit: {"record": {}})
    monkeypatch.setattr(dask_workers, "CLUSTER_LOOK_SECONDS", 0)
    monkeypatch.setattr(owner, name, lose_before)
    with pytest.raises(WorkerDied, match="the Dask scheduler is lost: "):
        run_for_ever(
            ExecutionContext(scheduler=made.address, environment=(("torch",), "cpu", "{}"))
        )


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for a worker as long as a test waits for anything."""
    import seqmem.sweeps.execution.executors.dask

    monkeypatch.setattr(seqmem.sweeps.execution.executors.dask, "CONNECT_SECONDS", PATIENCE_SECONDS)
    monkeypatch.setattr(seqmem.sweeps.execution.executors.dask, "GRACE_SECONDS", PATIENCE_SECONDS)


@pytest.mark.usefixtures("patient")
def test_workers_elsewhere(
    cluster: Callable[..., Cluster], smoke: Path, tmp_path: Path, assert_same_records: Check
) -> None:
    made = cluster({}, {"SEQMEM_ISA": "baseline"})
    told: list[str] = []
    # Of two engines, one differs on the other worker.
    engines = tuple({engine(), "torch"})
    environment = (engines, "cpu", joint_environment_key(engines))
    context = ExecutionContext(scheduler=made.address, environment=environment, notify=told.append)
    with closing(make_executor("dask", context)) as executor:
        workers = executor._workers

        def is_complete() -> bool:
            workers.look()
            return len(workers.admitted) + len(workers.refusals) == 2

        wait_until(is_complete, *made.workers)
        sweeps.run_sweep(sweeps.load_config("smoke"), tmp_path / "out", executor=executor)
    # The other is refused where the kernels have instruction sets, and equal where there are none.
    if engine() == "fused":
        [line] = told
        assert "is not used: another environment (instruction_set" in line
    assert_same_records(smoke, tmp_path / "out")


@pytest.mark.usefixtures("patient")
def test_workers_without_a_plugin_are_not_used(
    cluster: Callable[..., Cluster], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are told apart before the first run, also those with another version."""
    for version in ("1.0", "1.1"):
        site = tmp_path / version
        code = CELL_IN_NOTEBOOK.replace(
            "sequence=run_decaying", "sequence='plug_cell:run_decaying'"
        )
        entries = {"seqmem.cells": {"decaying": "plug_cell:DECAYING"}}
        install(site, "plug-cell", entries, version)
        (site / "plug_cell.py").write_text(code, encoding="utf-8")
    made = cluster(*({"PYTHONPATH": str(tmp_path / name)} for name in ("1.0", "1.1", "none")))
    monkeypatch.syspath_prepend(tmp_path / "1.0")
    monkeypatch.setattr(CELLS, "_waiting", None)
    forget_installed()
    told: list[str] = []
    plugins = plugins_among([(CELLS, ["decaying"])])
    environment = ((engine(),), "cpu", environment_key(engine()))
    context = ExecutionContext(
        scheduler=made.address, environment=environment, notify=told.append, plugins=plugins
    )
    try:
        with closing(make_executor("dask", context)) as executor:

            def is_complete() -> bool:
                executor._workers.look()
                return len(executor._workers.admitted) + len(executor._workers.refusals) == 3

            wait_until(is_complete, *made.workers)
            config = RunConfig(string="ABRACADABRA", cell="decaying", units=4, budget="1 steps")
            [(_, outcome)] = executor.run([config])
            assert outcome["record"]["run_id"] == config.run_id
    finally:
        del CELLS["decaying"]
        forget_installed()
    needed = "it cannot load the runs: cell 'decaying' of plug-cell 1.0 is needed; here: "
    assert sorted(line.partition("is not used: ")[2] for line in told) == [
        f"{needed}no such plug-in",
        f"{needed}plug-cell 1.1",
    ]


@pytest.mark.usefixtures("patient")
def test_a_worker_that_dies_before_it_has_answered_is_started_again(
    cluster: Callable[..., Cluster], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other was refused long before; what is waited for is the worker that the nanny starts."""
    from seqmem.sweeps.execution.executors import dask, dask_workers

    dying = cluster({}, {"SEQMEM_ISA": "baseline"})
    mark = tmp_path / "died"
    path = str(mark)

    def key_or_death(plugins: bytes, engines: tuple[str, ...], device: str) -> str:
        import os
        from pathlib import Path

        if os.environ.get("SEQMEM_ISA") == "baseline":
            return "{}"
        if Path(path).exists():
            return '{"python": "3"}'
        Path(path).touch()
        os._exit(1)

    monkeypatch.setattr(dask_workers, "environment_key_with", key_or_death)
    monkeypatch.setattr(dask, "GRACE_SECONDS", 0)
    context = ExecutionContext(
        scheduler=dying.address, environment=(("torch",), "cpu", '{"python": "3"}')
    )
    with closing(make_executor("dask", context)) as executor:
        assert len(executor._workers.admitted) == 1
        assert len(executor._workers.lost) == 1


def test_a_worker_that_is_there_is_never_taken_for_gone(cluster: Callable[..., Cluster]) -> None:
    """The client refreshes what it knows meanwhile, without its workers."""
    environment = ((engine(),), "cpu", environment_key(engine()))
    with dask.config.set({"distributed.client.scheduler-info-interval": "1ms"}):
        context = ExecutionContext(scheduler=cluster({}).address, environment=environment)
        with closing(make_executor("dask", context)) as executor:
            for _ in range(200):
                executor._workers.look_again()
                executor._workers.look()
                assert len(executor._workers.admitted) == 1


def engine() -> str:
    from seqmem.study.engine import resolve_engine

    return resolve_engine("auto", "cpu")


def test_workers_of_several_threads_are_refused(cluster: Callable[..., Cluster]) -> None:
    environment = ((engine(),), "cpu", environment_key(engine()))
    context = ExecutionContext(scheduler=cluster({}, threads=2).address, environment=environment)
    with pytest.raises(InputError, match="--nthreads 1"):
        make_executor("dask", context)


def test_no_scheduler_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import seqmem.sweeps.execution.executors.dask

    monkeypatch.setattr(seqmem.sweeps.execution.executors.dask, "CONNECT_SECONDS", 1)
    with pytest.raises(InputError, match=r"scheduler tcp://127.0.0.1:1") as caught:
        sweeps.run_sweep(
            sweeps.load_config("smoke"),
            tmp_path / "out",
            executor="dask",
            scheduler="tcp://127.0.0.1:1",
        )
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "out").exists()


def test_an_interrupt_leaves_no_process_behind(tmp_path: Path) -> None:
    settings = ("--set", "training.budget='20000 steps'")
    command = (
        "sweep",
        "smoke",
        *settings,
        "--executor",
        "dask",
        "--jobs",
        2,
        "--out",
        tmp_path / "out",
    )
    launcher = start_driven("STOP", "write:2", *command)
    wait_for_stop(launcher)
    family = launcher.family()
    launcher.terminate()
    go_on(launcher)
    code, _, err = launcher.finish()
    assert code == TERMINATED, err
    assert "the same command resumes" in err
    assert "Traceback" not in err
    wait_for_end(family)


def test_a_pruned_sweep_on_two_workers(
    pruned: Path, tmp_path: Path, assert_same_records: Check
) -> None:
    config = sweeps.load_config("smoke", PRUNED[1::2])
    sweeps.run_sweep(config, tmp_path / "out", jobs=2, executor="dask")
    assert_same_records(pruned, tmp_path / "out")
