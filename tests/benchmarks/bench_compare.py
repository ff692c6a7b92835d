"""Compare the default comparison with the ones before it, on real runs of LSTM and GRU.

Everything is kept in runs/bench-compare, so the same command resumes. Budgets are calibrated
seconds, which do not depend on other load. There are three parts:

- *Widths*: 8 comparisons of LSTM with GRU, 4 sets of strings at each of two levels, by the first
  rules (24 trials by TPE, 4 searches, the old space), by the wide box (16 shared Sobol points, 6
  searches, batch and length searched) and by the default. The numbers are ratios of the widths of
  the intervals.
- *Spaces*: the score of the winners on their verdict strings, and the share of trials that
  diverged, at four levels. The old space is searched by 16 shared points too.
- *A/A*: each cell against itself in sweeps that differ only in `first_repeat`. They share strings
  and points. The benchmark stops if any two of their records are equal.

    python tests/benchmarks/bench_compare.py [--out runs/bench-compare] [--jobs 2] [--only default]
"""

import argparse
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from seqmem import analysis
from seqmem.analysis.records.loading import confirmed, load
from seqmem.analysis.records.sweep_files import (
    load_stored_config,
)
from seqmem.core.progress import progress_for
from seqmem.generators.data.string_files import write_strings
from seqmem.generators.targeting import generate
from seqmem.workflows.compare.differences import Difference, cell_differences
from seqmem.workflows.compare.plans import DEFAULT, GUIDED, WIDE, Plan
from seqmem.workflows.compare.prepared import prepare
from seqmem.workflows.compare.run import run_prepared

GOAL = 0.5
# The default takes 96 strings. The plans before it take 24, which are the first of these.
STRINGS = 96
FEWER_STRINGS = 24
SETS = 4
# Calibrated seconds of a run by level. The first two levels are compared four times.
BUDGETS = {16: 0.02, 64: 0.06, 128: 0.1, 256: 0.2}
WIDTH_LEVELS = (16, 64)
# Searches at the other levels: 32 points of each plan.
FEWER_SEARCHES = 2
FEWER_BY_DEFAULT = 8
ARM_SETS = 1
BEFORE = "before: TPE, old space"
OLD_SPACE = "16 points, old space"
WIDE_BOX = "wide: 16 points, new space"
BY_DEFAULT = "default: 4 points, box by level"
KINDS = (BEFORE, OLD_SPACE, WIDE_BOX, BY_DEFAULT)
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
        if self.kind == BEFORE:
            return GUIDED
        return WIDE if self.kind in (OLD_SPACE, WIDE_BOX) else DEFAULT

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
            yield Job(WIDE_BOX, level, number)
            yield Job(BY_DEFAULT, level, number)
    for number in range(ARM_SETS):
        for level in WIDTH_LEVELS:
            yield Job(SECOND_ARM, level, number)
    for level in BUDGETS:
        for kind in KINDS:
            yield Job(kind, level, 0, searches_at(level, kind))


def searches_at(level: int, kind: str) -> int | None:
    """Return the searches of a comparison at a level; None for those of its plan."""
    if level in WIDTH_LEVELS:
        return None
    return FEWER_BY_DEFAULT if kind == BY_DEFAULT else FEWER_SEARCHES


def run(job: Job, out: Path, workers: int) -> None:
    """Run a comparison, or its missing runs."""
    prepared = prepare(
        strings_file(out, job),
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


def strings_file(out: Path, job: Job) -> Path:
    """Return the file of the strings of a comparison, which is written if it is missing."""
    count = STRINGS if job.plan is DEFAULT else FEWER_STRINGS
    path = out / "data" / f"level-{job.level}-set-{job.number}-{count}.csv"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        seeds = [1000 * job.number + index for index in range(count)]
        write_strings(
            path,
            [generate("iid", alphabet_size=4, target=job.level, seed=seed) for seed in seeds],
        )
    return path


def records(out: Path, job: Job) -> pd.DataFrame:
    """Return the records of a comparison."""
    return load(out / job.name)


def report_widths(out: Path) -> None:
    """Print the widths of the intervals by each plan."""
    print("\n## Widths of the intervals of rho (octaves), and CPU seconds of training")
    print("| level | set | before | wide box | default | CPU s before | wide box | default |")
    print("|---|---|---|---|---|---|---|---|")
    kinds = (BEFORE, WIDE_BOX, BY_DEFAULT)
    widths: dict[str, list[float]] = {kind: [] for kind in kinds}
    for level in WIDTH_LEVELS:
        for number in range(SETS):
            frames = [records(out, Job(kind, level, number)) for kind in kinds]
            for kind, frame in zip(kinds, frames, strict=True):
                widths[kind].append(width(difference(frame)))
            seconds = [frame["train_cpu_seconds"].sum() for frame in frames]
            cells = [f"{widths[kind][-1]:.2f}" for kind in kinds]
            cells += [f"{one:.1f}" for one in seconds]
            print(f"| {level} | {number} | {' | '.join(cells)} |")
    for kind in kinds[1:]:
        ratios = np.divide(widths[kind], widths[BEFORE])
        typical = float(np.exp(np.mean(np.log(ratios))))
        print(f"{kind}: geometric mean of the ratios {typical:.2f}, goal {GOAL}")


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
        for kind in KINDS:
            frame = records(out, Job(kind, level, 0, searches_at(level, kind)))
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
            both = [Job(kind, level, number) for kind in (BY_DEFAULT, SECOND_ARM)]
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
    parser.add_argument("--only", help="run the comparisons of one kind, without tables")
    options = parser.parse_args()
    planned = list(dict.fromkeys(jobs()))
    if options.only:
        planned = [job for job in planned if job.kind.startswith(options.only)]
    for index, job in enumerate(planned, start=1):
        print(f"{index}/{len(planned)} {job.name}", flush=True)
        run(job, options.out, options.jobs)
    if options.only:
        return
    report_widths(options.out)
    report_spaces(options.out)
    report_arms(options.out)


if __name__ == "__main__":
    main()
