"""Time to exact recall of published strings: by the published protocol, by windows and by streams.

The published protocol is done plainly, with ``torch.nn`` modules on one-hot windows, and with every
window of every minibatch. Our windows and streams use the fused kernels (or the torch engine), and
equal windows are computed once. Networks have one layer of 128 units.

The CPU time of the training steps is charged, on one thread. Recall is tested after every epoch of
11 steps, off the clock. Training goes on until recall is exact or the limit is reached. For
windows, recall is exact if each distinct window of the string is continued correctly. Then a
forecast window by window repeats the string without end. For streams, one whole period must be
recalled after a prompt.

    python tests/benchmarks/bench_recall.py [--seeds 1] [--limit 600] [--strings 2,10 4,70 8,190]
"""

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass
from math import inf
from statistics import median

import numpy as np
import torch
from torch import nn

from seqmem import generators
from seqmem.study.config import RunConfig
from seqmem.study.protocols.window import WindowBatches
from seqmem.study.recall import teacher_forced
from seqmem.study.runner import TRAINERS, build, make_batches, one_thread, warm_up
from seqmem.workflows.reproduce.reference import published

STRINGS = ("2,10", "4,70", "8,190")
CELLS = ("lstm", "gru")
EPOCH = 11
UNITS = 128
MODULES = {"lstm": nn.LSTM, "gru": nn.GRU}


@dataclass(frozen=True)
class Method:
    """One way to train: a step, and a test whether recall is exact."""

    step: Callable[[], object]
    is_exact: Callable[[], bool]


def config_of(
    string: generators.SymbolString, cell: str, protocol: str, learning_rate: float, seed: int
) -> RunConfig:
    """Return a run of one of the protocols. Its budget is not used."""
    sizes = {"batch": 256, "length": 100, "gradient_clip": inf} if protocol == "window" else {}
    return RunConfig(
        string=string,
        cell=cell,
        units=UNITS,
        learning_rate=learning_rate,
        protocol=protocol,
        budget="1 steps",
        seed=seed,
        **sizes,
    )


def windows_of(string: generators.SymbolString) -> tuple[torch.Tensor, torch.Tensor]:
    """Return every distinct window of the repeated string and the symbol after it."""
    positions = np.arange(string.period)[:, None] + np.arange(101)[None, :]
    windows = torch.as_tensor(string.symbols[positions % string.period].astype(np.int64))
    return windows[:, :-1], windows[:, -1]


def plain(config: RunConfig) -> Method:
    """Return the published protocol on torch.nn, as a user of PyTorch writes it."""
    size = config.string.alphabet_size
    generator = torch.Generator().manual_seed(config.seed)
    with torch.random.fork_rng():
        torch.manual_seed(config.network_seed % 2**63)
        recurrence = MODULES[config.cell](size, UNITS, batch_first=True)
        readout = nn.Linear(UNITS, size)
    parameters = [*recurrence.parameters(), *readout.parameters()]
    optimizer = torch.optim.Adam(parameters, lr=config.learning_rate)
    sequence = torch.as_tensor(np.tile(config.string.symbols, 3500)[:3400].astype(np.int64))
    one_hot = nn.functional.one_hot(sequence, size).float()
    starts = torch.arange(2640)
    pending = []

    def forward(inputs: torch.Tensor) -> torch.Tensor:
        return readout(recurrence(inputs)[0][:, -1])

    def step() -> None:
        if not pending:
            pending.extend(starts[torch.randperm(len(starts), generator=generator)].split(256))
        chosen = pending.pop()
        inputs = one_hot[chosen[:, None] + torch.arange(100)]
        optimizer.zero_grad()
        nn.functional.cross_entropy(forward(inputs), sequence[chosen + 100]).backward()
        optimizer.step()

    @torch.no_grad()
    def is_exact() -> bool:
        inputs, targets = windows_of(config.string)
        return bool(
            (forward(nn.functional.one_hot(inputs, size).float()).argmax(1) == targets).all()
        )

    return Method(step, is_exact)


def windows(config: RunConfig) -> Method:
    """Return the window protocol of this project."""
    memorizer = build(config)
    trainer = TRAINERS[config.engine](memorizer, config.optimization)
    batches = WindowBatches(config)

    @torch.no_grad()
    def is_exact() -> bool:
        inputs, targets = windows_of(config.string)
        return bool((memorizer(inputs)[0][-1].argmax(1) == targets).all())

    return Method(lambda: batches.step(trainer), is_exact)


def streams(config: RunConfig) -> Method:
    """Return the stream protocol of this project, at its defaults.

    It has 32 streams of 64 symbols, and gradients are clipped to norm 1.
    """
    memorizer = build(config)
    trainer = TRAINERS[config.engine](memorizer, config.optimization)
    batches = make_batches(config)
    return Method(
        lambda: batches.step(trainer), lambda: teacher_forced(memorizer, config.string).memorized
    )


METHODS = {
    "published, torch.nn, 1e-3": (plain, "window", 1e-3),
    "windows here, 1e-3": (windows, "window", 1e-3),
    "streams here, 1e-3": (streams, "stream", 1e-3),
    "streams here, 1e-2": (streams, "stream", 1e-2),
}


def seconds_to_recall(method: Method, limit: float) -> tuple[float, int]:
    """Return the CPU seconds of training and the steps until recall is exact.

    Beyond the limit, the seconds are infinite.
    """
    seconds = 0.0
    steps = 0
    while seconds < limit:
        started = time.thread_time()
        for _ in range(EPOCH):
            method.step()
        seconds += time.thread_time() - started
        steps += EPOCH
        if method.is_exact():
            return seconds, steps
    return inf, steps


def main() -> None:
    """Print one row for each string, cell and method. The methods take turns."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument(
        "--limit",
        type=float,
        default=600.0,
        help="CPU seconds of training after which a run is given up",
    )
    parser.add_argument("--strings", nargs="+", default=STRINGS, metavar="SYMBOLS,COMPLEXITY")
    options = parser.parse_args()
    texts = published("strings").set_index(["symbols", "complexity"])["string"]
    print(
        f"{'string':<8}{'period':>7} {'cell':<5} {'method':<27}"
        f"{'CPU s':>8}{'steps':>7}{'faster':>8}",
        flush=True,
    )
    for name in options.strings:
        string = generators.from_text(texts[tuple(map(int, name.split(",")))])
        for cell in CELLS:
            compare(name, string, cell, options.seeds, options.limit)


def compare(
    name: str, string: generators.SymbolString, cell: str, seeds: int, limit: float
) -> None:
    """Print the rows of one string and cell, with medians over seeds."""
    base = None
    for title, (make, protocol, learning_rate) in METHODS.items():
        recalls = []
        for seed in range(seeds):
            config = config_of(string, cell, protocol, learning_rate, seed)
            warm_up(cell, config.engine, "cpu")
            with one_thread():
                recalls.append(seconds_to_recall(make(config), limit))
        seconds, steps = (median(values) for values in zip(*recalls, strict=True))
        base = base or seconds
        shown = f"{seconds:>8.2f}" if seconds < inf else f"{f'>{limit:g}':>8}"
        faster = f"{base / seconds:>7.0f}×" if max(base, seconds) < inf else f"{'–':>8}"
        print(
            f"{name:<8}{string.period:>7} {cell:<5} {title:<27}{shown}{steps:>7.0f}{faster}",
            flush=True,
        )


if __name__ == "__main__":
    main()
