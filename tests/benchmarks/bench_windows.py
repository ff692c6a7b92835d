"""Measure the gain from computing equal windows of a minibatch once, by period.

Plain and deduplicated steps take turns in one run. Minibatches have 256 windows of 100 symbols, and
networks 128 units, as in the published protocol. A step is the mean over an epoch of 11 steps,
whose last minibatch is smaller. Times are medians of CPU seconds of one thread.

The gain in FLOPs is the number of windows over the number of distinct windows. The gain in time is
smaller, because some work does not depend on the number of windows. This is packing the weights,
the optimizer, and the loop over time.

    python tests/benchmarks/bench_windows.py [--engine fused] [--rounds 5]
"""

import argparse
import time
from statistics import median

from seqmem import generators
from seqmem.core.seeding import generator
from seqmem.study import kernels
from seqmem.study.config import RunConfig
from seqmem.study.protocols.window import WindowBatches
from seqmem.study.runner import TRAINERS, build, one_thread, warm_up

CELLS = ("lstm", "gru")
PERIODS = (10, 21, 50, 100, 200, 400, 950)
EPOCH = 11


def string_of(period: int) -> generators.SymbolString:
    """Return a primitive string of this length over two symbols."""
    rng = generator("benchmark", period)
    while True:
        string = generators.from_symbols(rng.integers(2, size=period), 2)
        if string.is_primitive:
            return string


def step_seconds(batches: WindowBatches, trainer: object) -> float:
    """Return the CPU seconds of one step, as the mean over an epoch."""
    started = time.thread_time()
    for _ in range(EPOCH):
        batches.step(trainer)
    return (time.thread_time() - started) / EPOCH


def gains(cell: str, engine: str, period: int, rounds: int) -> tuple[float, float, float, float]:
    """Return milliseconds of a plain and of a distinct step, and the gains in time and FLOPs."""
    config = RunConfig(
        string=string_of(period),
        cell=cell,
        units=128,
        learning_rate=1e-3,
        protocol="window",
        batch=256,
        length=100,
        budget="1 epochs",
        engine=engine,
    )
    kinds = [
        (WindowBatches(config, deduplicate), TRAINERS[engine](build(config), config.optimization))
        for deduplicate in (False, True)
    ]
    for batches, trainer in kinds:
        step_seconds(batches, trainer)
    times = [[step_seconds(*kind) for kind in kinds] for _ in range(rounds)]
    plain, distinct = (1e3 * median(column) for column in zip(*times, strict=True))
    steps = [batches.step(trainer) for batches, trainer in kinds[1:] for _ in range(EPOCH)]
    flops = sum(step.nominal_symbols for step in steps) / sum(step.symbols for step in steps)
    return plain, distinct, plain / distinct, flops


def main() -> None:
    """Print one row for each period and cell."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--engine", default="fused" if kernels.available() else "torch", choices=("fused", "torch")
    )
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    print(
        f"{'period':>6} {'cell':<5}{'plain ms':>10}{'distinct ms':>13}"
        f"{'gain, time':>12}{'gain, FLOPs':>13}"
    )
    for cell in CELLS:
        warm_up(cell, options.engine, "cpu")
    with one_thread():
        for period in PERIODS:
            for cell in CELLS:
                plain, distinct, in_time, in_flops = gains(
                    cell, options.engine, period, options.rounds
                )
                print(
                    f"{period:>6} {cell:<5}{plain:>10.1f}{distinct:>13.2f}"
                    f"{in_time:>12.1f}{in_flops:>13.1f}"
                )


if __name__ == "__main__":
    main()
