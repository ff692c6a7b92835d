"""Compare the default comparison with the one before it, on real runs of LSTM and GRU.

Everything is kept in runs/bench-compare, so the same command resumes. Budgets are calibrated
seconds, which do not depend on other load. There are three parts:

- *Widths*: 8 comparisons of LSTM with GRU, 4 sets of strings at each of two levels, by the rules
  before (24 trials by TPE, 4 searches, the old space) and by the default (16 shared Sobol points,
  6 searches, batch and length searched). The number is the ratio of the widths of the intervals.
- *Spaces*: the score of the winners on their verdict strings, and the share of trials that
  diverged, at four levels. The old space is searched by 16 shared points too.
- *A/A*: each cell against itself in sweeps that differ only in `first_repeat`. They share strings
  and points. The benchmark stops if any two of their records are equal.

    python tests/benchmarks/bench_compare.py [--out runs/bench-compare] [--jobs 2]
"""

import argparse
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from seqmem import analysis
from seqmem.analysis.records.loading import confirmed, load, load_stored_config
from seqmem.core.progress import progress_for
from seqmem.generators.data.string_files import write_strings
from seqmem.generators.targeting import generate
from seqmem.workflows.compare.differences import Difference, cell_differences
from seqmem.workflows.compare.plans import EARLIER, PAIRED, Plan
from seqmem.workflows.compare.run import prepare, run_prepared

GOAL = 0.5
STRINGS = 24
SETS = 4
# Calibrated seconds of a run by level. The first two levels are compared four times.
BUDGETS = {16: 0.02, 64: 0.06, 128: 0.1, 256: 0.2}
WIDTH_LEVELS = (16, 64)
FEWER_SEARCHES = 2
ARM_SETS = 1
BEFORE = "before: TPE, old space"
OLD_SPACE = "16 points, old space"
DEFAULT = "default: 16 points, new space"
SECOND_ARM = "second arm"
OLD_BOX = ("search.space=1",)
POINT = ["cell", "search", "role", "trial", "replicate"]
SHARED = ["string_id", "depth", "units", "learning_rate", "batch", "length"]


class Job(NamedTuple):
    """One comparison.

    Attributes
    ----------
    kind : str
        Rules and space.
    level : int
        LZW codes of the strings.
    number : int
        Set of strings.
    searches : int or None
        Searches of each cell; the default if None.
    """

    kind: str
    level: int
    number: int
    searches: int | None = None

    @property
    def name(self) -> str:
        """Name of the sweep and of its folder."""
        words = self.kind.split(":")[0].replace(", ", "-").replace(" ", "-")
        return f"{words}-{self.level}-{self.number}"

    @property
    def plan(self) -> Plan:
        """Rules of the comparison."""
        return EARLIER if self.kind == BEFORE else PAIRED

    @property
    def settings(self) -> tuple[str, ...]:
        """Settings of the sweep."""
        if self.kind == SECOND_ARM:
            return ("training.first_repeat=1",)
        return OLD_BOX if self.kind == OLD_SPACE else ()


def jobs() -> Iterator[Job]:
    """Yield all comparisons, in the order of running."""
    for number in range(SETS):
        for level in WIDTH_LEVELS:
            yield Job(BEFORE, level, number)
            yield Job(DEFAULT, level, number)
    for number in range(ARM_SETS):
        for level in WIDTH_LEVELS:
            yield Job(SECOND_ARM, level, number)
    for level in BUDGETS:
        for kind in (BEFORE, OLD_SPACE, DEFAULT):
            yield Job(kind, level, 0, None if level in WIDTH_LEVELS else FEWER_SEARCHES)


def run(job: Job, out: Path, workers: int) -> None:
    """Run a comparison, or its missing runs."""
    prepared = prepare(
        strings_file(out, job.level, job.number),
        f"{BUDGETS[job.level]} cal-s",
        searches=job.searches,
        plan=job.plan,
        settings=job.settings,
    )
    config = prepared.config.model_copy(update={"name": job.name})
    run_prepared(
        replace(prepared, config=config),
        out / job.name,
        jobs=workers,
        progress=progress_for(),
    )


def strings_file(out: Path, level: int, number: int) -> Path:
    """Return the file of a set of strings, which is written if it is missing."""
    path = out / "data" / f"level-{level}-set-{number}.csv"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        seeds = [1000 * number + index for index in range(STRINGS)]
        write_strings(
            path,
            [generate("iid", alphabet_size=4, target=level, seed=seed) for seed in seeds],
        )
    return path


def records(out: Path, job: Job) -> pd.DataFrame:
    """Return the records of a comparison."""
    return load(out / job.name)


def report_widths(out: Path) -> None:
    """Print the widths of the intervals by both rules."""
    print("\n## Widths of the intervals of rho (octaves), by the rules before and by the default")
    print("| level | set | before | default | ratio | training CPU s before | default |")
    print("|---|---|---|---|---|---|---|")
    ratios = []
    for level in WIDTH_LEVELS:
        for number in range(SETS):
            frames = [records(out, Job(kind, level, number)) for kind in (BEFORE, DEFAULT)]
            widths = [width(difference(frame)) for frame in frames]
            seconds = [frame["train_cpu_seconds"].sum() for frame in frames]
            ratios.append(widths[1] / widths[0])
            cells = [*(f"{one:.2f}" for one in (*widths, ratios[-1]))]
            cells += [f"{one:.1f}" for one in seconds]
            print(f"| {level} | {number} | {' | '.join(cells)} |")
    typical = float(np.exp(np.mean(np.log(ratios))))
    print(
        f"geometric mean of the ratios {typical:.2f}, median {np.median(ratios):.2f}; goal {GOAL}"
    )


def difference(frame: pd.DataFrame) -> Difference:
    """Return the difference of GRU and LSTM."""
    [one] = cell_differences(frame)
    return one


def width(one: Difference) -> float:
    """Return the width of the interval of rho, in octaves."""
    low, high = one.rho.interval(one.confidence)
    return high - low


def report_spaces(out: Path) -> None:
    """Print the scores of winners and the share of diverged trials, by level and space."""
    print("\n## Winners and diverged trials, first set of strings")
    print("| level | search | mean score of winners | best winner | trials diverged | trials |")
    print("|---|---|---|---|---|---|")
    for level in BUDGETS:
        searches = None if level in WIDTH_LEVELS else FEWER_SEARCHES
        for kind in (BEFORE, OLD_SPACE, DEFAULT):
            frame = records(out, Job(kind, level, 0, searches))
            means = confirmed(frame).groupby(["cell", "search"])["score"].mean()
            best = means.groupby("cell").max().mean()
            tried = frame[frame["role"] == "tune"]
            lost = (tried["status"] == "diverged").mean()
            numbers = f"{means.mean():.3f} | {best:.3f} | {100 * lost:.1f} % | {len(tried)}"
            print(f"| {level} | {kind} | {numbers} |")


def report_arms(out: Path) -> None:
    """Print each cell against itself, and stop if any two records are equal."""
    print("\n## Each cell against itself, with first_repeat 0 and 1")
    print("| level | set | cell | rho | 95 % interval | excludes 0 | pairs of records |")
    print("|---|---|---|---|---|---|---|")
    for level in WIDTH_LEVELS:
        for number in range(ARM_SETS):
            both = [Job(kind, level, number) for kind in (DEFAULT, SECOND_ARM)]
            frames = [records(out, job) for job in both]
            pairs = check_arms(*frames)
            configs = {job.name: load_stored_config(out / job.name) for job in both}
            table = analysis.arms_table(pd.concat(frames, ignore_index=True), configs)
            for row in table.itertuples():
                excluded = "yes" if row.low > 0 or row.high < 0 else "no"
                interval = f"{row.low:.2f} to {row.high:.2f}"
                numbers = f"{row.rho:+.2f} | {interval} | {excluded} | {pairs}"
                print(f"| {level} | {number} | {row.cell} | {numbers} |")


def check_arms(first: pd.DataFrame, second: pd.DataFrame) -> int:
    """Return how many records have a twin in the other arm, none of them equal to it."""
    tuned = [frame[frame["role"] == "tune"] for frame in (first, second)]
    pairs = tuned[0].merge(tuned[1], on=POINT, suffixes=("", "_other"))
    assert len(pairs) == len(tuned[0]) == len(tuned[1])
    for name in SHARED:
        assert (pairs[name] == pairs[f"{name}_other"]).all(), name
    assert not set(first["run_id"]) & set(second["run_id"])
    equal = [trained(row, "") == trained(row, "_other") for _, row in pairs.iterrows()]
    assert not any(equal), f"{sum(equal)} records are equal"
    return len(pairs)


def trained(row: pd.Series, suffix: str) -> list[Any]:
    """Return what training decides in a record."""
    losses = row[f"checkpoint_nll_bits{suffix}"]
    return [row[f"network_seed{suffix}"], *(float(loss) for loss in losses)]


def main() -> None:
    """Run what is missing, then print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("runs/bench-compare"))
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    planned = list(dict.fromkeys(jobs()))
    for index, job in enumerate(planned, start=1):
        print(f"{index}/{len(planned)} {job.name}", flush=True)
        run(job, options.out, options.jobs)
    report_widths(options.out)
    report_spaces(options.out)
    report_arms(options.out)


if __name__ == "__main__":
    main()
