"""Time full training steps of torch and of the fused kernels, side by side in one run.

Prints a table of LSTM and GRU, one of minGRU and minLSTM beside them, and a summary. Times are CPU
seconds of one thread, so other load on the machine is not charged. They are medians over
repetitions in turn, so a change of the clock rate affects every column alike. FLOPs are those of
`seqmem.study.memorizers.cost`: a minGRU or minLSTM has products only above the first layer and in
the readout. The torch of LSTM and GRU is torch.nn, that of the minimal cells the torch engine.

The columns "ratio" and "autograd" count how many times faster than torch.nn a step is. "ratio" is
one native call per step. "autograd" is the fused module under the loss and the optimizer of torch.
The share of sgemm is given twice: "cold" with steps of torch in between, and "hot" for fused steps
back to back.

`--against PATH` measures another built extension in the same process, in turn with the installed
one. It prints how many times faster the installed one is.

    python tests/benchmarks/bench_kernels.py [--seconds-per-cell 1.5] [--isa avx2] [--shapes 3]
        [--against PATH]
"""

from __future__ import annotations

import argparse
import importlib.util
import math
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from types import ModuleType
from unittest.mock import patch

import torch
from torch import nn
from torch.optim.adam import adam

from seqmem.study import kernels
from seqmem.study.kernels import engine
from seqmem.study.memorizers.cells import CELLS
from seqmem.study.memorizers.contract import NetworkShape
from seqmem.study.memorizers.cost import flops_per_symbol

ALPHABET = 4
SHAPES = (
    (8, 100, 16),
    (32, 100, 16),
    (32, 100, 32),
    (64, 100, 64),
    (64, 100, 128),
    (256, 100, 128),
    (16, 50, 64),
    (32, 100, 256),
)
GATES = {"lstm": 4, "gru": 3}
REFERENCE = {"lstm": nn.LSTM, "gru": nn.GRU}
MINIMAL = ("mingru", "minlstm")
MINIMAL_SHAPES = ((32, 64, 16), (32, 64, 64), (32, 64, 256))
Step = Callable[[], object]


@dataclass(frozen=True)
class Case:
    """One network and batch shape."""

    cell: str
    batch: int
    length: int
    units: int
    depth: int

    @property
    def flops(self) -> float:
        """The training FLOPs of one step."""
        per_symbol = flops_per_symbol(self.cell, ALPHABET, self.depth, self.units)
        return float(per_symbol * self.batch * self.length)


@dataclass(frozen=True)
class Row:
    """Median CPU seconds of one case."""

    case: Case
    reference: float
    fused: float
    autograd: float
    back_to_back: float

    @property
    def gflops(self) -> float:
        """The speed of the fused step, in GFLOP/s."""
        return self.case.flops / self.fused / 1e9

    @property
    def hot_gflops(self) -> float:
        """The speed of fused steps back to back, in GFLOP/s."""
        return self.case.flops / self.back_to_back / 1e9


def functional_adam(parameters: Sequence[nn.Parameter]) -> Step:
    """Return a step that clips gradients and applies fused Adam, without an optimizer object."""
    means = [torch.zeros_like(p) for p in parameters]
    squares = [torch.zeros_like(p) for p in parameters]
    counts = [torch.zeros(()) for _ in parameters]

    @torch.no_grad()
    def step() -> None:
        nn.utils.clip_grad_norm_(parameters, 1.0)
        adam(
            list(parameters),
            [p.grad for p in parameters if p.grad is not None],
            means,
            squares,
            [],
            counts,
            fused=True,
            foreach=False,
            amsgrad=False,
            beta1=0.9,
            beta2=0.999,
            lr=1e-3,
            weight_decay=0.0,
            eps=1e-8,
            maximize=False,
        )

    return step


class TorchEngine(nn.Module):
    """The network of the torch engine, with outputs and states in the form of torch.nn."""

    def __init__(self, case: Case) -> None:
        super().__init__()
        shape = NetworkShape(ALPHABET, case.depth, case.units)
        self.network = CELLS[case.cell].make_network(shape)

    def forward(
        self, tokens: torch.Tensor, state: torch.Tensor | None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        outputs, (final,) = self.network(tokens, None if state is None else (state,))
        return outputs.transpose(0, 1), final


def torch_step(recurrence: nn.Module, case: Case, inputs: torch.Tensor) -> Step:
    """Return a training step of a torch module with a linear readout."""
    readout = nn.Linear(case.units, ALPHABET)
    parameters = [*recurrence.parameters(), *readout.parameters()]
    for parameter in parameters:
        nn.init.uniform_(parameter, -(case.units**-0.5), case.units**-0.5)
    optimize = functional_adam(parameters)
    targets = torch.randint(0, ALPHABET, (case.batch * case.length,))
    state = None

    def step() -> None:
        nonlocal state
        for parameter in parameters:
            parameter.grad = None
        outputs, state = recurrence(inputs, state)
        state = tuple(s.detach() for s in state) if case.cell == "lstm" else state.detach()
        logits = readout(outputs).reshape(-1, ALPHABET)
        nn.functional.cross_entropy(logits, targets).backward()
        optimize()

    return step


def fused_step(case: Case, tokens: torch.Tensor) -> Step:
    """Return a training step in one native call."""
    recurrence = kernels.FusedRecurrence(case.cell, ALPHABET, case.units, case.depth)
    readout = nn.Linear(case.units, ALPHABET)
    parameters = [*recurrence.parameters(), *readout.parameters()]
    for parameter in parameters:
        nn.init.uniform_(parameter, -(case.units**-0.5), case.units**-0.5)
    trainer = kernels.FusedTrainer(case.cell, parameters, learning_rate=1e-3)
    targets = torch.randint(0, ALPHABET, tokens.shape)
    return lambda: trainer.step(tokens, targets)


def steps_of(case: Case) -> list[Step]:
    """Return the reference, fused and autograd steps of one case."""
    tokens = torch.randint(0, ALPHABET, (case.batch, case.length))
    autograd = kernels.FusedRecurrence(case.cell, ALPHABET, case.units, case.depth)
    if case.cell in REFERENCE:
        module = REFERENCE[case.cell](ALPHABET, case.units, case.depth, batch_first=True)
        one_hot = nn.functional.one_hot(tokens, ALPHABET).float()
        reference = torch_step(module, case, one_hot)
    else:
        reference = torch_step(TorchEngine(case), case, tokens)
    return [
        reference,
        fused_step(case, tokens),
        torch_step(autograd, case, tokens),
    ]


def seconds_of(step: Step) -> float:
    """Return the CPU seconds of this thread in one call, the backward pass of torch included."""
    start = time.thread_time()
    step()
    return time.thread_time() - start


def interleaved_medians(steps: Sequence[Step], seconds: float) -> list[float]:
    """Return the median seconds of each step. The steps take turns until the time is spent."""
    for step in steps:
        step()
    times: list[list[float]] = [[] for _ in steps]
    end = time.perf_counter() + seconds
    while time.perf_counter() < end or len(times[0]) < 5:
        for step, spent in zip(steps, times, strict=True):
            step()
            spent.append(seconds_of(step))
    return [median(spent) for spent in times]


def sgemm_gflops(repetitions: int = 11) -> float:
    """Return the speed of the best of three square float32 matrix products, in GFLOP/s."""

    def speed(size: int) -> float:
        a = torch.randn(size, size)
        b = torch.randn(size, size)
        return 2 * size**3 / median(seconds_of(lambda: a @ b) for _ in range(repetitions)) / 1e9

    return max(map(speed, (512, 1024, 2048)))


def measure(cases: Sequence[Case], seconds: float) -> list[Row]:
    """Time several cases in turn."""
    steps = [step for case in cases for step in steps_of(case)]
    times = interleaved_medians(steps, seconds * len(cases))
    hot = [interleaved_medians([step], 0.2 * seconds)[0] for step in steps[1::3]]
    return [Row(case, *times[3 * i : 3 * i + 3], hot[i]) for i, case in enumerate(cases)]


HEADER = (
    f"{'cell':5}{'depth':>6}{'batch':>6}{'length':>7}{'units':>6}{'nn ms':>10}{'fused ms':>10}"
    f"{'ratio':>8}{'autograd':>10}{'GFLOP/s':>9}{'cold':>7}{'hot':>7}{'GRU/LSTM':>9}"
)


def print_row(row: Row, sgemm: float, versus_lstm: float | None) -> None:
    """Print one line of the table. The column "autograd" is a ratio to torch.nn as well."""
    c = row.case
    print(
        f"{c.cell:5}{c.depth:6}{c.batch:6}{c.length:7}{c.units:6}{row.reference * 1e3:10.3f}"
        f"{row.fused * 1e3:10.3f}{row.reference / row.fused:8.2f}"
        f"{row.reference / row.autograd:10.2f}{row.gflops:9.1f}"
        f"{row.gflops / sgemm:7.0%}{row.hot_gflops / sgemm:7.0%}"
        + ("" if versus_lstm is None else f"{versus_lstm:9.2f}"),
        flush=True,
    )


def print_table(shapes: Sequence[tuple[int, int, int]], seconds: float, sgemm: float) -> list[Row]:
    """Measure and print every case."""
    print(HEADER)
    rows = []
    for depth in (1, 2):
        for shape in shapes:
            lstm, gru = measure([Case(cell, *shape, depth) for cell in GATES], seconds)
            print_row(lstm, sgemm, None)
            print_row(gru, sgemm, gru.fused / lstm.fused)
            rows += [lstm, gru]
    return rows


MINIMAL_HEADER = (
    f"{'cell':8}{'depth':>6}{'batch':>6}{'length':>7}{'units':>6}{'torch /s':>10}{'fused /s':>10}"
    f"{'ratio':>8}{'cold':>7}{'hot':>7}{'/GRU':>8}{'/LSTM':>8}"
)


def print_minimal_table(seconds: float, sgemm: float) -> None:
    """Measure the minimal cells in turn with LSTM and GRU, and print steps per second and ratios.

    "/GRU" and "/LSTM" are times of a fused step over that of the other cell of equal units.
    """
    print("\nminGRU and minLSTM: steps per second, share of sgemm, and time over GRU and LSTM")
    print(MINIMAL_HEADER)
    for depth in (1, 2):
        for shape in MINIMAL_SHAPES:
            cases = [Case(cell, *shape, depth) for cell in (*GATES, *MINIMAL)]
            rows = {row.case.cell: row for row in measure(cases, seconds)}
            for cell in MINIMAL:
                row = rows[cell]
                print(
                    f"{cell:8}{depth:6}{shape[0]:6}{shape[1]:7}{shape[2]:6}"
                    f"{1 / row.reference:10.0f}{1 / row.fused:10.0f}"
                    f"{row.reference / row.fused:8.2f}"
                    f"{row.gflops / sgemm:7.0%}{row.hot_gflops / sgemm:7.0%}"
                    f"{row.fused / rows['gru'].fused:8.3f}{row.fused / rows['lstm'].fused:8.3f}",
                    flush=True,
                )


def extension_at(path: Path) -> ModuleType:
    """Return another build of the kernels, beside the installed one."""
    specification = importlib.util.spec_from_file_location("_fused", path)
    if specification is None or specification.loader is None:
        raise SystemExit(f"{path}: not an extension module")
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def compare(other: ModuleType, shapes: Sequence[tuple[int, int, int]], seconds: float) -> None:
    """Print how many times faster the installed kernels are than other ones, cold and hot."""
    print(f"\nagainst kernels {other.version}, depth 1: times faster cold, back to back")
    ratios: dict[str, list[tuple[float, float]]] = {cell: [] for cell in GATES}
    elsewhere = torch.zeros(1 << 22)
    for shape in shapes:
        for cell in GATES:
            case = Case(cell, *shape, 1)
            tokens = torch.randint(0, ALPHABET, shape[:2])
            with patch.object(engine, "extension", lambda: other):
                old = fused_step(case, tokens)
            ratios[cell].append(ratios_of(old, fused_step(case, tokens), elsewhere, seconds))
            print(
                f"{cell:5}{shape!s:16}{ratios[cell][-1][0]:8.2f}{ratios[cell][-1][1]:8.2f}",
                flush=True,
            )
    for cell, pairs in ratios.items():
        cold, hot = (geometric_mean(column) for column in zip(*pairs, strict=True))
        print(f"{cell:5}{'geometric mean':16}{cold:8.2f}{hot:8.2f}")


def ratios_of(old: Step, new: Step, elsewhere: torch.Tensor, seconds: float) -> tuple[float, float]:
    """Return the time of the old step over the time of the new step, cold and hot."""
    times: list[list[float]] = [[], [], [], []]
    end = time.perf_counter() + seconds
    while time.perf_counter() < end or len(times[0]) < 5:
        for step, cold, hot in ((old, times[0], times[1]), (new, times[2], times[3])):
            elsewhere.add_(1.0)
            cold.append(seconds_of(step))
            hot.append(seconds_of(step))
    old_cold, old_hot, new_cold, new_hot = map(median, times)
    return old_cold / new_cold, old_hot / new_hot


WORKER_CASE = Case("lstm", 32, 100, 32, 1)


def run_worker(seconds: float) -> None:
    """Print fused steps per second and per CPU second, after a second of warming up."""
    step = fused_step(WORKER_CASE, torch.randint(0, ALPHABET, (32, 100)))
    warm = time.perf_counter() + 1.0
    while time.perf_counter() < warm:
        step()
    count = 0
    start = time.perf_counter()
    start_cpu = time.thread_time()
    while (wall := time.perf_counter() - start) < seconds:
        step()
        count += 1
    print(count / wall, count / (time.thread_time() - start_cpu))


def parallel_rates(processes: int, seconds: float) -> tuple[float, float]:
    """Return fused steps per second and per CPU second, each summed over processes."""
    command = [sys.executable, __file__, "--worker", str(seconds)]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(processes)]
    rates = [[float(x) for x in process.communicate()[0].split()] for process in running]
    wall, cpu = map(sum, zip(*rates, strict=True))
    return wall, cpu


def two_process_gain(rounds: int = 3, seconds: float = 2.0) -> tuple[float, float]:
    """Return the steps of two processes over those of one, per second and per CPU second."""
    pairs = [(parallel_rates(1, seconds), parallel_rates(2, seconds)) for _ in range(rounds)]
    wall, cpu = ([two[clock] / one[clock] for one, two in pairs] for clock in (0, 1))
    return median(wall), median(cpu)


def geometric_mean(values: Sequence[float]) -> float:
    """Return the geometric mean of positive values."""
    return math.exp(sum(map(math.log, values)) / len(values))


def verdict(name: str, wanted: str, measured: str, met: bool) -> None:
    """Print one line of the summary."""
    print(f"{name:46}{wanted:>26}{measured:>26}   {'met' if met else 'MISSED'}")


def summarize(rows: Sequence[Row], sgemm: float, two_processes: tuple[float, float]) -> None:
    """Print each number that must be reached beside the measured number."""
    first = [row for row in rows if row.case.depth == 1]
    print(f"\n{'figure':46}{'must reach':>26}{'measured':>26}")
    for cell, mean, least in (("lstm", 1.6, 1.2), ("gru", 4.5, 1.6)):
        ratios = [row.reference / row.fused for row in first if row.case.cell == cell]
        got = geometric_mean(ratios)
        verdict(
            f"{cell} against nn, depth 1: geometric mean, least",
            f">= {mean}, >= {least}",
            f"{got:.2f}, {min(ratios):.2f}",
            got >= mean and min(ratios) >= least,
        )
    for shape, share in (((64, 100, 64), 0.62), ((64, 100, 128), 0.72), ((32, 100, 256), 0.8)):
        got_shares = [
            row.gflops / sgemm
            for row in first
            if (row.case.batch, row.case.length, row.case.units) == shape
        ]
        if got_shares:
            text = ", ".join(f"{s:.0%}" for s in got_shares)
            verdict(
                f"share of sgemm at {shape}: lstm, gru",
                f">= {share:.0%}",
                text,
                min(got_shares) >= share,
            )
    pairs = zip(rows[::2], rows[1::2], strict=True)
    times = [gru.fused / lstm.fused for lstm, gru in pairs if lstm.case.units >= 32]
    if times:
        verdict(
            "GRU time / LSTM time, units >= 32: range",
            "0.70 to 0.85",
            f"{min(times):.2f} to {max(times):.2f}",
            min(times) >= 0.70 and max(times) <= 0.85,
        )
    for clock, got in zip(("second", "CPU second"), two_processes, strict=True):
        verdict(f"two processes / one, steps per {clock}", ">= 1.9", f"{got:.2f}", got >= 1.9)


def main() -> None:
    """Run the whole benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds-per-cell", type=float, default=1.5)
    parser.add_argument("--isa", help="force an instruction set")
    parser.add_argument("--shapes", type=int, nargs="*", help="indices of the shapes to measure")
    parser.add_argument("--against", type=Path, help="another built extension to compare with")
    parser.add_argument("--worker", type=float, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    if arguments.isa:
        os.environ["SEQMEM_ISA"] = arguments.isa
    if arguments.worker:
        run_worker(arguments.worker)
        return
    chosen = range(len(SHAPES)) if arguments.shapes is None else arguments.shapes
    sgemm = sgemm_gflops()
    print(
        f"kernels {kernels.version()} on {kernels.isa()}, torch {torch.__version__}, one thread, "
        f"sgemm {sgemm:.1f} GFLOP/s\n"
    )
    shapes = [SHAPES[i] for i in chosen]
    if arguments.against:
        compare(extension_at(arguments.against), shapes, arguments.seconds_per_cell)
        return
    rows = print_table(shapes, arguments.seconds_per_cell, sgemm)
    print_minimal_table(arguments.seconds_per_cell, sgemm)
    summarize(rows, sgemm, two_process_gain())


if __name__ == "__main__":
    main()
