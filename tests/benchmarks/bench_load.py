"""Measure what other load costs a run: the same runs alone and beside busy processes.

Runs of a fixed number of steps take turns alone and beside two processes (alone, busy, busy,
alone). So a change of the clock rate affects both alike. The processes run a bare loop, which needs
only the processor, or they train, which needs the caches too. They are suspended while a run is
alone.

A budget in ``s`` charges CPU seconds of the training thread. Its ratio should be within 10 % of 1.
The table gives the median over rounds, with the middle half in brackets. A budget in ``wall-s``
would have charged the last ratio. ``cal-s`` and the other units charge the same by construction.

    python tests/benchmarks/bench_load.py [--rounds 12]
"""

import argparse
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

import numpy as np

from seqmem import generators, study
from seqmem.study import kernels

STRING = generators.generate("iid", alphabet_size=4, measure="lzw", target=32, seed=1)
# About a third of a second each, which is long compared with a slice of the scheduler.
CASES = {
    "fused lstm, 32 units": {"cell": "lstm", "units": 32, "engine": "fused", "budget": "400 steps"},
    "fused gru, 128 units": {"cell": "gru", "units": 128, "engine": "fused", "budget": "60 steps"},
    "torch lstm, 32 units": {"cell": "lstm", "units": 32, "engine": "torch", "budget": "50 steps"},
}
LOADS = ("loops", "training")
NEIGHBOURS = 2
LIMIT = 0.10
Processes = Sequence["subprocess.Popen[bytes]"]


class Costs(NamedTuple):
    """CPU and wall milliseconds of a step, alone and beside busy processes.

    Each array has one value for each round.
    """

    cpu_alone: np.ndarray
    cpu_busy: np.ndarray
    wall_alone: np.ndarray
    wall_busy: np.ndarray


def config(name: str) -> study.RunConfig:
    """Return the configuration of a case."""
    return study.RunConfig(string=STRING, stop_on_memorized=False, recall_horizon=1, **CASES[name])


def names() -> list[str]:
    """Return the cases that can run here."""
    return [
        name for name, case in CASES.items() if kernels.available() or case["engine"] == "torch"
    ]


def be_busy(load: str) -> None:
    """Print a line, and work until killed."""
    training = config(names()[0])
    study.run(training)
    print("busy", flush=True)
    while True:
        if load == "training":
            study.run(training)


@contextmanager
def neighbours(load: str) -> Iterator[Processes]:
    """Start busy processes, suspended, and end them afterwards."""
    command = [sys.executable, __file__, "--busy", load]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(NEIGHBOURS)]
    try:
        for process in processes:
            process.stdout.readline()
        wake(processes, False)
        yield processes
    finally:
        for process in processes:
            process.kill()
            process.communicate()


def wake(processes: Processes, busy: bool) -> None:
    """Let the processes work, or suspend them."""
    for process in processes:
        process.send_signal(signal.SIGCONT if busy else signal.SIGSTOP)


def measure(case: study.RunConfig, processes: Processes, rounds: int) -> Costs:
    """Time a run alone, busy, busy and alone, in several rounds."""
    milliseconds = np.empty((rounds, 4, 2))
    for number in range(rounds):
        for turn, busy in enumerate((False, True, True, False)):
            wake(processes, busy)
            record = study.run(case)
            milliseconds[number, turn] = (
                1e3 * np.array([record.train_cpu_seconds, record.train_wall_seconds]) / record.steps
            )
    alone = milliseconds[:, [0, 3]].mean(1)
    busy = milliseconds[:, [1, 2]].mean(1)
    return Costs(alone[:, 0], busy[:, 0], alone[:, 1], busy[:, 1])


def print_line(name: str, load: str, costs: Costs) -> None:
    """Print the medians of one case beside one load."""
    low, ratio, high = np.quantile(costs.cpu_busy / costs.cpu_alone, [0.25, 0.5, 0.75])
    idle = np.median(costs.wall_alone / costs.cpu_alone)
    print(
        f"{name:22}{load:>11}{np.median(costs.cpu_alone):10.3f}{np.median(costs.cpu_busy):9.3f}"
        f"{ratio:9.3f} ({low:.2f}-{high:.2f}){np.median(costs.wall_busy / costs.wall_alone):10.2f}"
        f"   {'yes' if abs(ratio - 1) <= LIMIT else 'NO'}"
        + (
            "" if idle < 1 + LIMIT else f"   (others were working: alone, wall is {idle:.2f} x CPU)"
        ),
        flush=True,
    )


def main() -> None:
    """Print a line for every kind of load and case."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=12, help="rounds of alone, busy, busy, alone")
    parser.add_argument("--busy", choices=LOADS, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.busy:
        be_busy(arguments.busy)
    print(
        f"{os.cpu_count()} processors, load average {os.getloadavg()[0]:.1f} before; "
        "CPU milliseconds of a step\n"
    )
    print(
        f"{'':22}{'beside two':>11}{'alone':>10}{'busy':>9}{'ratio in s':>21}{'in wall-s':>10}"
        "   within 10 % in s"
    )
    for load in LOADS:
        with neighbours(load) as processes:
            for name in names():
                print_line(name, load, measure(config(name), processes, arguments.rounds))


if __name__ == "__main__":
    main()
