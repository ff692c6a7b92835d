"""Measure by how much runs overrun their budgets, with many varied small runs in every clock unit.

A run stops at the first step that reaches its budget. So it overruns by less than that step. The
column "of the last" is the largest share of that step. A violation is an overrun of the whole step
or more. Under units of time, a millisecond is added. The work between the last step and the stop of
the clock is charged too, and can make a violation.

The column "of a typical" compares with the median charge of the run's own steps. Under units of
time, it is large if a step was interrupted while it crossed the budget. The last column counts the
runs in which this took over a millisecond.

    python tests/benchmarks/bench_budgets.py [--runs 200]
"""

import argparse
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median

import numpy as np

from seqmem import generators, study
from seqmem.study.budget import CALIBRATED_UNIT, FLOP_UNITS, TIME_UNITS, WORK_UNITS, Clock
from seqmem.study.calibration.model import CALIBRATED_GATES

UNITS = ("s", "wall-s", "cal-s", "MF", "GF", "Mw", "steps", "epochs")
STRINGS = [
    generators.generate("iid", alphabet_size=4, measure="lzw", target=level, seed=1)
    for level in (8, 16, 32)
]
MOST_STEPS = 40
# One run in five is on the torch engine, whose steps are long.
TORCH_SHARE = 0.2
MILLISECOND = 1e-3


@dataclass(frozen=True)
class Overrun:
    """The overrun of one run and the charges of its steps, in the unit of the budget."""

    unit: str
    beyond: float
    typical_step: float
    last_step: float
    wall_seconds_per_step: float

    @property
    def milliseconds(self) -> float:
        """The overrun as time."""
        seconds = 1 if self.unit in TIME_UNITS else self.wall_seconds_per_step / self.typical_step
        return 1e3 * self.beyond * seconds

    def exceeds(self, step: float) -> bool:
        """Return whether the overrun exceeds a step. Sums of equal steps may differ by rounding."""
        return self.beyond >= step + (MILLISECOND if self.unit in TIME_UNITS else 1e-9 * step)


def draw(unit: str, rng: np.random.Generator) -> study.RunConfig:
    """Return a small configuration under a budget of about 1 to 40 steps."""
    fields = {
        "string": STRINGS[rng.integers(len(STRINGS))],
        "cell": str(rng.choice(sorted(CALIBRATED_GATES))),
        "depth": int(rng.integers(1, 3)),
        "units": int(rng.choice([4, 8, 16, 32])),
        "batch": int(rng.choice([4, 8, 16, 32])),
        "length": int(rng.choice([8, 16, 32])),
        "engine": "torch" if rng.random() < TORCH_SHARE else "auto",
        "stop_on_memorized": False,
    }
    amount = (
        step_cost(unit, study.RunConfig(**fields, budget="1 cal-s")) * MOST_STEPS ** rng.random()
    )
    return study.RunConfig(**fields, budget=f"{amount!r} {unit}")


def step_cost(unit: str, config: study.RunConfig) -> float:
    """Return the cost of one step in a unit. For units of time, it is that of the cost table."""
    symbols = config.batch * config.length
    if unit in FLOP_UNITS:
        size = config.string.alphabet_size
        return (
            symbols
            * study.flops_per_symbol(config.cell, size, config.depth, config.units)
            / FLOP_UNITS[unit]
        )
    if unit in WORK_UNITS:
        return symbols * config.family.training_work(config.network_shape) / WORK_UNITS[unit]
    if unit in (*TIME_UNITS, CALIBRATED_UNIT):
        return config.seconds_per_step
    return symbols / config.string.period if unit == "epochs" else 1.0


@contextmanager
def charges() -> Iterator[list[float]]:
    """Collect the charge of every step inside the block, in the unit of the budget."""
    charge = Clock.charge_step
    charged: list[float] = []

    def watched(clock: Clock, symbols: int, nominal_symbols: int) -> None:
        before = clock.spent
        charge(clock, symbols, nominal_symbols)
        charged.append(clock.spent - before)

    Clock.charge_step = watched
    try:
        yield charged
    finally:
        Clock.charge_step = charge


def overrun(config: study.RunConfig) -> Overrun:
    """Run a configuration and return its overrun."""
    with charges() as charged:
        record = study.run(config)
    assert record.overrun > 0 or record.spent == config.budget.amount, "stopped short of its budget"
    # A step that warms up the cell precedes its first run.
    steps = charged[-record.steps :]
    seconds = record.train_wall_seconds / record.steps
    return Overrun(config.budget.unit, record.overrun, median(steps), steps[-1], seconds)


def print_line(unit: str, overruns: list[Overrun]) -> None:
    """Print the results of the runs of one unit."""
    worst = max(overruns, key=lambda run: run.milliseconds)
    of_last = max(run.beyond / run.last_step for run in overruns)
    of_typical = max(run.beyond / run.typical_step for run in overruns)
    violations = sum(run.exceeds(run.last_step) for run in overruns)
    interrupted = sum(run.exceeds(run.typical_step) for run in overruns)
    print(
        f"{unit:8}{len(overruns):6}{worst.beyond:16.4g}{worst.milliseconds:9.2f}"
        f"{of_last:13.3f}{violations:12}{of_typical:14.2f}{interrupted:13}",
        flush=True,
    )


def main() -> None:
    """Print a line for every unit."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=200, help="runs for every unit")
    runs = parser.parse_args().runs
    print(f"{os.cpu_count()} processors, load average {os.getloadavg()[0]:.1f} before\n")
    print(
        f"{'unit':8}{'runs':>6}{'worst overrun':>16}{'in ms':>9}{'of the last':>13}"
        f"{'violations':>12}{'of a typical':>14}{'interrupted':>13}"
    )
    for number, unit in enumerate(UNITS):
        rng = np.random.default_rng([2026, number])
        print_line(unit, [overrun(draw(unit, rng)) for _ in range(runs)])


if __name__ == "__main__":
    main()
