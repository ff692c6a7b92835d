"""Time `status`, `export` and `report` on simulated records, with growth and memory.

Wanted is hardly more than twice the time for twice the records. At 100,000 records, `status` should
take 2 s, `report` 20 s, and both at most 1.5 GiB. Times include the start of the command. Memory is
that of the command and its helpers together.

`status` and `export` read the storage of one sweep with 8 levels, both cells and 10 searches. The
number of its trials grows. `report` reads two alphabets, two budgets, 8 levels, 3 searches and both
cells. Nearly all records are of tuning runs.

    python tests/benchmarks/bench_report.py [--records 25000 50000 100000]
"""

import argparse
import importlib.util
import itertools
import json
import math
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import psutil
from optuna.distributions import distribution_to_json

from seqmem.study.budget import parse_budget
from seqmem.sweeps.config.conditions import SearchKey, search_keys
from seqmem.sweeps.config.search_section import Search
from seqmem.sweeps.config.strings_section import Strings
from seqmem.sweeps.config.sweep_config import MemorizerSection, SweepConfig
from seqmem.sweeps.config.training_section import TrainingSection
from seqmem.sweeps.search.points import random_parameters
from seqmem.sweeps.search.suggestions import generation_sizes, running_trial
from seqmem.sweeps.storage.storage import SweepStorage

SIMULATOR = Path(__file__).parents[1] / "analysis" / "conftest.py"
LEVELS = (16, 64, 128, 181, 256, 362, 512, 2048)
CELLS = ("gru", "lstm")
SEARCHES = 10
TUNE = 2
SELECT = 2
CONFIRM = 4
FINALISTS = 2
WANTED_SECONDS = {"status": 2.0, "report": 20.0}
WANTED_MEBIBYTES = 1536
SAMPLE_SECONDS = 0.02
COMMAND = (sys.executable, "-c", "import sys; from seqmem.cli.app import main; sys.exit(main())")


class Cost(NamedTuple):
    """Wall and CPU seconds of a command, and the peak memory in MiB, with its helpers."""

    wall: float
    cpu: float
    peak: float


def main() -> None:
    """Make the records of every size, run the commands on them, and print a table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--records", type=int, nargs="+", default=[25_000, 50_000, 100_000])
    sizes = parser.parse_args().records
    costs: dict[str, list[tuple[int, Cost]]] = {"status": [], "export": [], "report": []}
    for size in sizes:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            stored = write_storage(size, folder)
            costs["status"].append((stored, measure("status", name)))
            costs["export"].append(
                (stored, measure("export", name, "--out", str(folder / "exported.parquet")))
            )
            frame = records(size)
            frame.to_parquet(folder / "runs.parquet", index=False)
            costs["report"].append((len(frame), measure("report", name)))
    print(
        f"{'':8}{'records':>9}{'wall s':>9}{'CPU s':>9}{'MiB':>8}"
        "   CPU time and memory per doubling"
    )
    for command, rows in costs.items():
        for index, (count, cost) in enumerate(rows):
            growth = per_doubling(rows[index - 1], rows[index]) if index else ""
            print(
                f"{command:8}{count:9,}{cost.wall:9.2f}{cost.cpu:9.2f}{cost.peak:8,.0f}   {growth}"
            )
        print_goals(command, rows[-1])


def per_doubling(before: tuple[int, Cost], after: tuple[int, Cost]) -> str:
    """Return the factors of time and memory for twice the records."""
    doublings = math.log2(after[0] / before[0])
    # CPU seconds, so other load does not count.
    time_factor, memory_factor = (
        (after[1][field] / before[1][field]) ** (1 / doublings) for field in (1, 2)
    )
    return f"x {time_factor:.2f}   x {memory_factor:.2f}"


def print_goals(command: str, largest: tuple[int, Cost]) -> None:
    """Print whether the largest size met its goals."""
    wanted = WANTED_SECONDS.get(command, math.inf)
    done = largest[1].wall <= wanted and largest[1].peak <= WANTED_MEBIBYTES
    seconds = f"{wanted:g} s and " if command in WANTED_SECONDS else ""
    print(f"{'':8}wanted: at most {seconds}{WANTED_MEBIBYTES:,} MiB: {'yes' if done else 'NO'}")


def measure(*arguments: str) -> Cost:
    """Run a command of seqmem in a separate process."""
    start = time.perf_counter()
    peak = 0.0
    process = psutil.Popen([*COMMAND, *arguments], stdout=subprocess.DEVNULL)
    cpu: dict[int, float] = {}
    while process.poll() is None:
        peak = max(peak, _look(process, cpu))
        time.sleep(SAMPLE_SECONDS)
    if process.returncode:
        raise SystemExit(f"seqmem {' '.join(arguments)} ended with {process.returncode}")
    return Cost(time.perf_counter() - start, sum(cpu.values()), peak)


def _look(process: psutil.Process, cpu: dict[int, float]) -> float:
    """Return the memory of a process and its descendants in MiB.

    Their CPU seconds are noted by process id.
    """
    memory = 0.0
    try:
        for one in (process, *process.children(recursive=True)):
            times = one.cpu_times()
            cpu[one.pid] = times.user + times.system
            memory += one.memory_info().rss / 2**20
    except psutil.NoSuchProcess:
        return 0.0
    return memory


def write_storage(count: int, folder: Path) -> int:
    """Write a finished sweep of about `count` records into a folder and return their number."""
    searches = len(LEVELS) * len(CELLS) * SEARCHES
    trials = (count // searches - FINALISTS * SELECT - CONFIRM) // TUNE
    config = sweep(trials)
    storage = SweepStorage(f"sqlite:///{folder / 'optuna.db'}", config.name)
    storage.begin(config.to_dict(), "{}")
    storage.close()
    (folder / "config.toml").write_text(config.to_toml(), encoding="utf-8")
    with closing(sqlite3.connect(folder / "optuna.db")) as connection:
        written = _insert(connection, config)
        connection.commit()
    return written


def sweep(trials: int) -> SweepConfig:
    """Return the configuration of the sweep."""
    ranges = {"depth": {"low": 1, "high": 2}, "units": {"low": 8, "high": 64}}
    rates = {"learning_rate": {"low": 1e-4, "high": 1e-1, "log": True}}
    return SweepConfig(
        name="simulated",
        strings=Strings(levels=LEVELS, tune=TUNE, select=SELECT, confirm=CONFIRM),
        memorizer=MemorizerSection(cells=CELLS),
        training=TrainingSection(budget=parse_budget("2 GF"), engine="torch"),
        search=Search(
            sampler="random",
            searches=SEARCHES,
            trials=trials,
            finalists=FINALISTS,
            **ranges,
            **rates,
        ),
    )


def _insert(connection: sqlite3.Connection, config: SweepConfig) -> int:
    """Insert every search as Optuna would store it, and return the number of records.

    This is a thousand times faster than Optuna.
    """
    study_ids = itertools.count(2)
    trial_ids = itertools.count(1)
    written = 0
    for key in search_keys(config):
        for role, trials in _trials(config, key).items():
            study = next(study_ids)
            connection.execute(
                "INSERT INTO studies VALUES (?, ?)", (study, f"{config.name}/{key.name}/{role}")
            )
            connection.execute(
                "INSERT INTO study_directions VALUES (NULL, 'MAXIMIZE', ?, 0)", (study,)
            )
            for number, (parameters, slot, runs) in enumerate(trials):
                _insert_trial(
                    connection, config, (next(trial_ids), number, study), parameters, slot | runs
                )
                written += len(runs)
    return written


def _insert_trial(
    connection: sqlite3.Connection,
    config: SweepConfig,
    row: tuple[int, int, int],
    parameters: dict[str, Any],
    attributes: dict[str, Any],
) -> None:
    """Insert a finished trial with its parameters, its value and its attributes."""
    trial = running_trial(config.search, parameters, tuple(attributes["slot"]))
    moment = "2026-01-01 00:00:00.000000"
    connection.execute(
        "INSERT INTO trials VALUES (?, ?, ?, 'COMPLETE', ?, ?)", (*row, moment, moment)
    )
    scores = [
        outcome["record"]["stored_fraction"]
        for name, outcome in attributes.items()
        if name.startswith("run:")
    ]
    value = (row[0], sum(scores) / len(scores))
    connection.execute("INSERT INTO trial_values VALUES (NULL, ?, 0, ?, 'FINITE')", value)
    stored = [(row[0], name, json.dumps(item)) for name, item in attributes.items()]
    connection.executemany("INSERT INTO trial_user_attributes VALUES (NULL, ?, ?, ?)", stored)
    held = [
        (
            row[0],
            name,
            distribution.to_internal_repr(trial.params[name]),
            distribution_to_json(distribution),
        )
        for name, distribution in trial.distributions.items()
    ]
    connection.executemany("INSERT INTO trial_params VALUES (NULL, ?, ?, ?, ?)", held)


Stored = tuple[dict[str, Any], dict[str, Any], dict[str, Any]]


def _trials(config: SweepConfig, key: SearchKey) -> dict[str, list[Stored]]:
    """Return parameters, attributes and runs of the trials of a search, by role."""
    seed = LEVELS.index(key.condition.level) * SEARCHES + key.search
    points = random_parameters(config.search, config.search.trials, seed)
    assert generation_sizes(config.search) == [len(points)]
    rng = np.random.default_rng(seed)
    strings = {"tune": TUNE, "select": SELECT, "confirm": CONFIRM}
    chosen = {"tune": range(len(points)), "select": range(FINALISTS), "confirm": range(1)}
    return {
        role: [
            (
                points[trial],
                {"slot": [0, trial], "tune_trial": trial},
                dict(_runs(key, role, trial, strings[role], rng)),
            )
            for trial in chosen[role]
        ]
        for role in strings
    }


def _runs(
    key: SearchKey, role: str, trial: int, strings: int, rng: np.random.Generator
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the names and outcomes of the runs of a trial, from the simulator of the tests."""
    simulator = _simulator()
    condition = key.condition
    plan = simulator.Synthetic(levels=LEVELS, sweep="simulated")
    for replicate in range(strings):
        margin = math.log2(110 / condition.level) + rng.logistic() / 5
        record = simulator._run(
            plan, condition.cell, condition.level, key.search, role, trial, replicate, margin
        )
        yield (
            f"run:{replicate}:0",
            {"record": {name: _plain(value) for name, value in record.items()}},
        )


def _plain(value: Any) -> Any:
    """Return a value as the storage holds it, where values that are not finite are missing."""
    value = value.item() if isinstance(value, np.generic) else value
    return None if isinstance(value, float) and not math.isfinite(value) else value


def records(count: int) -> pd.DataFrame:
    """Return `count` records of whole searches.

    Tuning runs are repeated with other learning rates until there are enough records.
    """
    synthetic = _simulator()
    frames = []
    for seed, (alphabet_size, budget) in enumerate(
        ((2, "2 cal-s"), (2, "8 cal-s"), (4, "2 cal-s"), (4, "8 cal-s"))
    ):
        plan = synthetic.Synthetic(levels=LEVELS, searches=3, confirm=8, budget=budget, seed=seed)
        frame = synthetic.synthetic_frame(plan).assign(alphabet_size=alphabet_size)
        for column in ("condition", "string_condition"):
            frame[column] = frame[column].str.replace("-4-", f"-{alphabet_size}-")
        frames.append(frame)
    once = pd.concat(frames, ignore_index=True)
    tune = once[once["role"] == "tune"]
    rng = np.random.default_rng(0)
    copies = -(-(count - len(once)) // len(tune))
    more = [
        tune.assign(
            trial=tune["trial"] + 2 * copy,
            generation=copy,
            learning_rate=np.exp(rng.uniform(-7, -2)),
        )
        for copy in range(1, copies + 1)
    ]
    return pd.concat([once, *more], ignore_index=True).head(count)


def _simulator() -> ModuleType:
    """Return the simulator of sweeps that the tests use."""
    if "simulator" not in sys.modules:
        spec = importlib.util.spec_from_file_location("simulator", SIMULATOR)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules["simulator"] = module
        spec.loader.exec_module(module)
    return sys.modules["simulator"]


if __name__ == "__main__":
    main()
