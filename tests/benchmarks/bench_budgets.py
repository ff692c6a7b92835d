"""By how much do runs overrun their budgets? Many varied small runs in every clock unit.

A run stops at the first step that reaches its budget, so it overruns by less than that step: "of the last" is the
largest share of it, and a violation is an overrun of the whole step or more, plus a millisecond under the units of
time. What happens between the last step and the clock's stop is charged too and can make a violation. "Of a typical"
compares with the median of what the run's own steps were charged: under the units of time it is large where a step
was interrupted while it crossed the budget, and the last column counts the runs in which that took over a millisecond.

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
from seqmem.study.budget import CALIBRATED_UNIT, FLOP_UNITS, TIME_UNITS, Clock

UNITS = ("s", "wall-s", "cal-s", "MF", "GF", "steps", "epochs")
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
    """What one run spent beyond its budget and what its steps were charged, in the budget's unit."""

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
        """Whether it is more than a step may be; sums of equal steps are compared up to rounding."""
        return self.beyond >= step + (MILLISECOND if self.unit in TIME_UNITS else 1e-9 * step)


def draw(unit: str, rng: np.random.Generator) -> study.RunConfig:
    """Return a small configuration under a budget of about 1 to 40 steps."""
    fields = {
        "string": STRINGS[rng.integers(len(STRINGS))],
        "cell": str(rng.choice(sorted(study.CELLS))),
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
    """Return what one step costs in a unit; of time, what the cost table says."""
    symbols = config.batch * config.length
    if unit in FLOP_UNITS:
        size = config.string.alphabet_size
        return (
            symbols
            * study.flops_per_symbol(config.cell, size, config.depth, config.units)
            / FLOP_UNITS[unit]
        )
    if unit in (*TIME_UNITS, CALIBRATED_UNIT):
        return config.seconds_per_step
    return symbols / config.string.period if unit == "epochs" else 1.0


@contextmanager
def charges() -> Iterator[list[float]]:
    """Collect what the clock charges for every step inside the block, in the budget's unit."""
    charge, found = Clock.charge_step, []

    def watched(clock: Clock, symbols: int, nominal_symbols: int) -> None:
        before = clock.spent
        charge(clock, symbols, nominal_symbols)
        found.append(clock.spent - before)

    Clock.charge_step = watched
    try:
        yield found
    finally:
        Clock.charge_step = charge


def overrun(config: study.RunConfig) -> Overrun:
    """Run a configuration and return by how much it went over its budget."""
    with charges() as found:
        record = study.run(config)
    assert record.overrun > 0 or record.spent == config.budget.amount, "stopped short of its budget"
    steps = found[
        -record.steps :
    ]  # The first run of a cell is preceded by a step that warms it up.
    seconds = record.train_wall_seconds / record.steps
    return Overrun(config.budget.unit, record.overrun, median(steps), steps[-1], seconds)


def print_line(unit: str, found: list[Overrun]) -> None:
    """Print what the runs of one unit came to."""
    worst = max(found, key=lambda run: run.milliseconds)
    of_last = max(run.beyond / run.last_step for run in found)
    of_typical = max(run.beyond / run.typical_step for run in found)
    violations = sum(run.exceeds(run.last_step) for run in found)
    interrupted = sum(run.exceeds(run.typical_step) for run in found)
    print(
        f"{unit:8}{len(found):6}{worst.beyond:16.4g}{worst.milliseconds:9.2f}{of_last:13.3f}{violations:12}"
        f"{of_typical:14.2f}{interrupted:13}",
        flush=True,
    )


def main() -> None:
    """Print a line for every unit."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=200, help="runs for every unit")
    runs = parser.parse_args().runs
    print(f"{os.cpu_count()} processors, load average {os.getloadavg()[0]:.1f} before\n")
    print(
        f"{'unit':8}{'runs':>6}{'worst overrun':>16}{'in ms':>9}{'of the last':>13}{'violations':>12}"
        f"{'of a typical':>14}{'interrupted':>13}"
    )
    for number, unit in enumerate(UNITS):
        rng = np.random.default_rng([2026, number])
        print_line(unit, [overrun(draw(unit, rng)) for _ in range(runs)])


if __name__ == "__main__":
    main()
