"""Measure the launcher: idle workers, overhead per trial, and size and speed of sweeps.

The benchmark has three parts.

- *Workers*: runs of one second on two jobs. The number is training CPU seconds over jobs times
  wall seconds. It counts from the first outcome of every worker on, so it leaves out their start.
- *Overhead*: a sweep whose runs take no time, in this process, in searches of at most 100 trials.
  The number is wall milliseconds per trial without those of the sampler, which are reported
  separately. It is given around trial 1,000, for the last thousand trials, and for the whole sweep
  with its start.
- *Size*: the size of that sweep, and the times of `seqmem status` and `seqmem export`. Each runs in
  a separate process and includes its start. The largest memory of any of them is reported too.

    python tests/benchmarks/bench_sweep.py [--searches 100] [--rounds 6]
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from resource import RUSAGE_SELF, getrusage
from tempfile import TemporaryDirectory
from typing import Any

import seqmem.sweeps.execution.plan
from seqmem import generators, study, sweeps
from seqmem.study.config import RunConfig
from seqmem.sweeps.execution.executors.executor import ExecutionContext, Outcome, SerialExecutor
from seqmem.sweeps.execution.executors.loky import LokyExecutor
from seqmem.sweeps.storage.database import sqlite_url

JOBS = 2
RUNS_PER_TRIAL = 4
WORKERS = (
    "name=workers",
    "strings.alphabet_size=4",
    "strings.levels=[64]",
    "training={budget='1 s', stop_on_memorized=false}",
    "search.startup=4",
    "search.trials=8",
    "search.generation=4",
)
# 98 trials are tuned, one is selected and one confirmed: 100 trials of four runs each.
LARGE = (
    "name=large",
    "strings={alphabet_size=4, levels=[20, 24, 28, 32, 36], tune=4, select=4, confirm=4}",
    "search={trials=98, startup=10, generation=8, finalists=1}",
)
LIMITS = {"workers": 0.90, "overhead": 30.0, "status": 3.0, "export": 30.0, "memory": 1536.0}


class Timed(LokyExecutor):
    """Worker processes whose outcomes are timed."""

    def __init__(self) -> None:
        super().__init__(ExecutionContext(jobs=JOBS))
        self.arrivals: list[tuple[float, float]] = []

    def run(self, configs: Sequence[RunConfig]) -> Iterator[tuple[int, Outcome]]:
        for index, outcome in super().run(configs):
            self.arrivals.append((time.perf_counter(), outcome["record"]["train_cpu_seconds"]))
            yield index, outcome


class Instant(SerialExecutor):
    """Runs that take no time and give records of the usual size. Every 500th trial is timed."""

    def __init__(self) -> None:
        super().__init__()
        string = generators.generate("iid", alphabet_size=4, measure="lzw", target=64, seed=1)
        config = study.RunConfig(
            string=string, cell="gru", units=32, budget="200 steps", stop_on_memorized=False
        )
        self.record = study.run(config).to_row()
        self.done = 0
        self.marks: list[tuple[int, float, float]] = []

    def run(self, configs: Sequence[RunConfig]) -> Iterator[tuple[int, Outcome]]:
        for index, config in enumerate(configs):
            if self.done % (500 * RUNS_PER_TRIAL) == 0:
                self.marks.append(
                    (self.done // RUNS_PER_TRIAL, time.perf_counter(), suggesting["seconds"])
                )
            self.done += 1
            score = float(int(config.run_id[:8], 16)) / 2**32
            own = {
                "run_id": config.run_id,
                "cell": config.cell,
                "depth": config.depth,
                "units": config.units,
            }
            scores = {"stored_fraction": score, "memorized_fraction": None}
            yield index, {"record": self.record | own | scores}


suggesting = {"seconds": 0.0}


def time_suggestions() -> None:
    """Add up the seconds of the sampler from now on."""
    suggest = seqmem.sweeps.execution.plan.suggest

    def timed(*arguments: Any) -> Any:
        started = time.perf_counter()
        try:
            return suggest(*arguments)
        finally:
            suggesting["seconds"] += time.perf_counter() - started

    seqmem.sweeps.execution.plan.suggest = timed


def workers(folder: Path, rounds: int) -> float:
    """Return the share of two workers' wall time in which they trained."""
    executor = Timed()
    config = sweeps.load_config("smoke", (*WORKERS, f"search.searches={rounds}"))
    sweeps.run_sweep(config, folder / "workers", executor=executor)
    executor.close()
    first = executor.arrivals[JOBS - 1][0]
    last = executor.arrivals[-1][0]
    return sum(seconds for _, seconds in executor.arrivals[JOBS:]) / (JOBS * (last - first))


def fill(folder: Path, searches: int) -> dict[str, Any]:
    """Run the large sweep and return its counts, milliseconds per trial and memory in MiB."""
    time_suggestions()
    executor = Instant()
    config = sweeps.load_config("smoke", (*LARGE, f"search.searches={searches // 10}"))
    started = time.perf_counter()
    result = sweeps.run_sweep(config, folder, executor=executor)
    wall = time.perf_counter() - started
    trials = result.executed // RUNS_PER_TRIAL
    executor.marks.append((trials, started + wall, suggesting["seconds"]))
    return {
        "trials": trials,
        "runs": result.executed,
        "early": _overhead(executor.marks, 500, 1500),
        "late": _overhead(executor.marks, trials - 1000, trials),
        "mean": (wall - suggesting["seconds"]) / trials * 1e3,
        "sampler": suggesting["seconds"] / trials * 1e3,
        "memory": getrusage(RUSAGE_SELF).ru_maxrss / 1024,
    }


def _overhead(marks: list[tuple[int, float, float]], low: int, high: int) -> float:
    """Return the milliseconds per trial between two marks, without those of the sampler."""
    at = {count: (clock, sampler) for count, clock, sampler in marks}
    low, high = (min(at, key=lambda count: abs(count - wanted)) for wanted in (low, high))
    clock, sampler = (after - before for before, after in zip(at[low], at[high], strict=True))
    return (clock - sampler) / (high - low) * 1e3


def command(*arguments: str) -> tuple[float, float]:
    """Return the wall seconds and MiB of a command in a separate process."""
    call = "import sys; from seqmem.cli.app import main; sys.exit(main())"
    started = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-c", call, *arguments], stdout=subprocess.DEVNULL)
    _, code, usage = os.wait4(process.pid, 0)
    assert code == 0, arguments
    return time.perf_counter() - started, usage.ru_maxrss / 1024


def report(name: str, value: str, limit: str, kept: bool) -> None:
    """Print one line of the table."""
    print(f"{name:<58} {value:>14}  {limit:<14} {'' if kept else 'MISSED'}", flush=True)


def main() -> None:
    """Run the whole benchmark."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--searches", type=int, default=100, help="searches of 100 trials of four runs"
    )
    parser.add_argument(
        "--rounds", type=int, default=6, help="searches per cell of one-second runs"
    )
    parser.add_argument("--fill", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.fill:
        print(json.dumps(fill(options.fill, options.searches)))
        return
    with TemporaryDirectory() as temporary:
        folder = Path(temporary)
        share = workers(folder, options.rounds)
        report(
            "training CPU seconds / (2 jobs x wall), runs of 1 s",
            f"{share:.3f}",
            ">= 0.90",
            share >= LIMITS["workers"],
        )
        large = folder / "large"
        own = [sys.executable, __file__, "--fill", str(large), "--searches", str(options.searches)]
        filled = json.loads(subprocess.run(own, check=True, capture_output=True, text=True).stdout)
        parts = (
            ("early", "around 1,000 trials"),
            ("late", f"up to {filled['trials']:,} trials"),
            ("mean", "all in all"),
        )
        for name, when in parts:
            kept = filled[name] <= LIMITS["overhead"]
            report(
                f"launcher per trial of 4 runs, {when}", f"{filled[name]:.1f} ms", "<= 30 ms", kept
            )
        report("sampler per trial", f"{filled['sampler']:.1f} ms", "", True)
        size = (large / "optuna.db").stat().st_size
        each = f"{size / filled['trials'] / 1024:.1f} KiB a trial"
        report(
            f"storage of {filled['trials']:,} trials, {filled['runs']:,} runs",
            f"{size / 2**20:.0f} MiB",
            each,
            True,
        )
        status, status_memory = command("status", str(large))
        report("seqmem status", f"{status:.1f} s", "< 3 s", status < LIMITS["status"])
        out = folder / "runs.parquet"
        export, export_memory = command(
            "export", sqlite_url(large / "optuna.db"), "--out", str(out)
        )
        report("seqmem export", f"{export:.1f} s", "< 30 s", export < LIMITS["export"])
        report("runs.parquet", f"{out.stat().st_size / 2**20:.1f} MiB", "", True)
        memory = max(filled["memory"], status_memory, export_memory)
        detail = (
            f"memory: launcher {filled['memory']:.0f}, status {status_memory:.0f}, "
            f"export {export_memory:.0f} MiB"
        )
        report(detail, f"{memory:.0f} MiB", "< 1,536 MiB", memory < LIMITS["memory"])


if __name__ == "__main__":
    main()
