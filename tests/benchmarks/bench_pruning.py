"""Measure what pruners gain: regret against no pruner at equal training seconds.

Four conditions are searched: two levels, LSTM and GRU. Seconds are calibrated, so the table does
not depend on the machine's load. The regret of a search is the best known score on its tuning
string, minus the best score among its own complete trials. A sixth of a score is an octave of the
time to memorize. The best known score is that of all 64 points, and with TPE that of all searches.

- *Halving*: every search has 64 Sobol points that are all run to the end. A run that goes on after
  a rung has the record of the unpruned run, so halving is read off these records: 32 points in
  random order, 100 orders, both cells deciding together. "No pruner" takes the points of the same
  order until the seconds of halving are spent.
  An eighth of the budget is read off the same records. There the best points memorize late.
- *Median*: TPE with and without the pruner, both executed. The search with the pruner is longer,
  and is cut off where the seconds of the other are spent.

"Seconds" is the share of the seconds that all trials would take without the pruner. Differences are
means over searches with their standard errors; a positive one favours the pruner.

    python tests/benchmarks/bench_pruning.py [--searches 8] [--jobs 2] [--out runs/pruning]

The sweeps stay in the folder, and the same command goes on with them.
"""

import argparse
from collections.abc import Iterator, Sequence
from math import log2
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from seqmem import sweeps
from seqmem.core.progress import progress_for
from seqmem.sweeps.config.pruner_checks import better_half
from seqmem.sweeps.search.score import score_run, score_run_at

POOL = 64
POINTS = 32
ORDERS = 100
RUNG_SETS = ((0.25,), (0.5,), (0.125, 0.5), (0.125, 0.25, 0.5))
MEDIAN_RUNGS = (0.25,)
TPE_TRIALS = 24
LONGER_TPE_TRIALS = 48
COMMON = (
    "name=pruning",
    "seed=17",
    "strings={alphabet_size=4, levels=[32], tune=1, select=1, confirm=1}",
    "training={batch=16, length=32, recall_horizon=64}",
    "search={depth={low=1, high=2}, units={low=4, high=64}, finalists=1}",
    "search.learning_rate={low=1e-3, high=0.2, log=true}",
)
LEVELS = {32: "0.05 cal-s", 128: "0.2 cal-s"}
# Parts of the budget for which halving is read off.
PARTS = (1.0, 0.125)


class Found(NamedTuple):
    """Training seconds and best score of a search."""

    seconds: float
    best: float


class Trials(NamedTuple):
    """The trials of one search of one cell, in the order of the slots.

    Attributes
    ----------
    scores : array of float, shape (trials,)
        Final scores; NaN for pruned trials.
    seconds : array of float, shape (trials,)
        Calibrated seconds of all courses.
    at_rungs : array of float, shape (3, trials)
        Score at each of `FRACTIONS` of the budget.
    spent_at_rungs : array of float, shape (3, trials)
        Calibrated seconds of a course that is cut there.
    """

    scores: np.ndarray
    seconds: np.ndarray
    at_rungs: np.ndarray
    spent_at_rungs: np.ndarray


FRACTIONS = (0.125, 0.25, 0.5)


def swept(
    out: Path, level: int, searches: int, jobs: int, name: str, *settings: str
) -> pd.DataFrame:
    """Return the tuning records of a sweep of both cells at one level."""
    own = (f"strings.levels=[{level}]", f"training.budget='{LEVELS[level]}'")
    config = sweeps.load_config("smoke", (*COMMON, *own, f"search.searches={searches}", *settings))
    folder = out / f"{name}-{level}"
    sweeps.run_sweep(config, folder, jobs=jobs, progress=progress_for())
    frame = pd.read_parquet(folder / "runs.parquet")
    return frame[frame["role"] == "tune"]


def searches_of(frame: pd.DataFrame, part: float = 1.0) -> dict[tuple[str, int], Trials]:
    """Return the trials of every search by cell and number, under a part of the budget."""
    return {
        (str(cell), int(search)): trials_of(rows.sort_values("trial"), part)
        for (cell, search), rows in frame.groupby(["cell", "search"], sort=True)
    }


def trials_of(rows: pd.DataFrame, part: float) -> Trials:
    """Return the trials of one search under a part of its budget."""
    per_step = (rows["spent"] / rows["steps"]).to_numpy()
    pruned = rows["pruned"].to_numpy(bool) if "pruned" in rows else np.zeros(len(rows), bool)
    earlier = rows["earlier_steps"].to_numpy() if "earlier_steps" in rows else 0
    records = rows.astype(object).where(rows.notna(), None).to_dict("records")
    spent = [spent_until(record, part) for record in records]
    rungs = [part * fraction for fraction in FRACTIONS]
    return Trials(
        np.where(pruned, np.nan, [score_at(record, part, part) for record in records]),
        np.array(spent) + earlier * per_step,
        np.array([[score_at(record, rung, part) for record in records] for rung in rungs]),
        np.array([[spent_until(record, rung) for record in records] for rung in rungs]),
    )


def score_at(record: dict[str, object], fraction: float, part: float) -> float:
    """Return the score at a fraction of the budget of a run with a part of the budget."""
    score = score_run(record) if fraction == 1 else score_run_at(record, fraction)
    # The sixths of a score count from the end of the budget.
    return score - log2(1 / part) / 6 if score >= 1 else score


def spent_until(record: dict[str, object], fraction: float) -> float:
    """Return the seconds of a course up to a fraction, or of the whole run if it ends before."""
    reached = zip(record["checkpoint_fractions"], record["checkpoint_spent"], strict=True)
    return next((spent for part, spent in reached if part >= fraction), record["spent"])


def halve(cells: Sequence[Trials], points: np.ndarray, rungs: Sequence[float]) -> list[Found]:
    """Return what halving finds in each cell, from the records of the unpruned runs."""
    left = [int(point) for point in points]
    seconds = np.zeros(len(cells))
    cut = np.zeros((len(cells), POOL))
    for rung in rungs:
        at = FRACTIONS.index(rung)
        places = better_half(len(left))
        kept: set[int] = set()
        for index, cell in enumerate(cells):
            # A run that ended before an earlier rung has no further course.
            going = [point for point in left if cut[index, point] < cell.seconds[point]]
            cut[index, going] = cell.spent_at_rungs[at, going]
            seconds[index] += cut[index, going].sum()
            kept |= set(sorted(left, key=lambda point: -cell.at_rungs[at, point])[:places])
        left = [point for point in left if point in kept]
    found = []
    for index, cell in enumerate(cells):
        going = [point for point in left if cut[index, point] < cell.seconds[point]]
        total = float(seconds[index] + cell.seconds[going].sum())
        found.append(Found(total, float(cell.scores[left].max())))
    return found


def best_within(trials: Trials, order: np.ndarray, seconds: float) -> float:
    """Return the best score of the trials, in an order, that fit into some seconds.

    The trial that does not fit whole counts in proportion.
    """
    spent = np.cumsum(trials.seconds[order])
    best = np.fmax.accumulate(trials.scores[order])
    fitting = int(np.searchsorted(spent, seconds, side="right"))
    if fitting == 0 or fitting == len(order):
        return float(best[max(fitting - 1, 0)])
    share = (seconds - spent[fitting - 1]) / (spent[fitting] - spent[fitting - 1])
    return float(best[fitting - 1] + share * (best[fitting] - best[fitting - 1]))


def halving_rows(
    pool: dict[tuple[str, int], Trials], known: dict[tuple[str, int], float]
) -> Iterator[tuple[str, str, list[list[float]]]]:
    """Yield pruner, cell, and (seconds, regret without, regret with) of every search."""
    names = sorted({cell for cell, _ in pool})
    for rungs in RUNG_SETS:
        results: dict[str, list[list[float]]] = {cell: [] for cell in names}
        for search in sorted({number for _, number in pool}):
            cells = [pool[cell, search] for cell in names]
            rng = np.random.default_rng(search)
            found = {cell: [] for cell in names}
            for _ in range(ORDERS):
                order = rng.permutation(POOL)
                for cell, trials, pruned in zip(
                    names, cells, halve(cells, order[:POINTS], rungs), strict=True
                ):
                    share = pruned.seconds / trials.seconds[order[:POINTS]].sum()
                    plain = best_within(trials, order, pruned.seconds)
                    best = known[cell, search]
                    found[cell].append([share, best - plain, best - pruned.best])
            for cell in names:
                results[cell].append(np.mean(found[cell], axis=0).tolist())
        for cell in names:
            yield f"halving at {', '.join(f'{rung:g}' for rung in rungs)}", cell, results[cell]


def median_rows(
    plain: dict[tuple[str, int], Trials],
    pruned: dict[tuple[str, int], Trials],
    known: dict[tuple[str, int], float],
) -> Iterator[tuple[str, str, list[list[float]]]]:
    """Yield the same for TPE; the seconds are those of as many trials as without the pruner."""
    for cell in sorted({name for name, _ in plain}):
        rows = []
        for (name, search), trials in plain.items():
            if name != cell:
                continue
            total = float(trials.seconds.sum())
            other = pruned[cell, search]
            best = known[cell, search]
            with_pruner = best_within(other, np.arange(len(other.scores)), total)
            share = other.seconds[:TPE_TRIALS].sum() / total
            rows.append([share, best - float(trials.scores.max()), best - with_pruner])
        yield f"median at {', '.join(f'{rung:g}' for rung in MEDIAN_RUNGS)}", cell, rows


def main() -> None:
    """Run the sweeps that are missing and print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--searches", type=int, default=8)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--out", type=Path, default=Path("runs/pruning"))
    options = parser.parse_args()
    print("| level | budget | cell | pruner | seconds | regret without | with | difference |")
    print("|---|---|---|---|---|---|---|---|")
    median = (f"search.rungs={list(MEDIAN_RUNGS)}", "search.pruner=median")
    for level, budget in LEVELS.items():
        where = (options.out, level, options.searches, options.jobs)
        pool = swept(*where, "pool", "search.sampler=sobol", f"search.trials={POOL}")
        for part in PARTS:
            trials = searches_of(pool, part)
            known = {key: float(found.scores.max()) for key, found in trials.items()}
            print_rows(level, of_budget(budget, part), halving_rows(trials, known))
        tpe = "search.startup=8", "search.generation=4"
        plain = searches_of(swept(*where, "tpe", *tpe, f"search.trials={TPE_TRIALS}"))
        pruned = searches_of(
            swept(*where, "median", *tpe, *median, f"search.trials={LONGER_TPE_TRIALS}")
        )
        every = (searches_of(pool), plain, pruned)
        known = {
            key: float(np.nanmax([np.nanmax(found[key].scores) for found in every]))
            for key in plain
        }
        print_rows(level, budget, median_rows(plain, pruned, known))


def of_budget(budget: str, part: float) -> str:
    """Return a part of a budget as text."""
    amount, unit = budget.split()
    return f"{part * float(amount):g} {unit}"


def print_rows(level: int, budget: str, rows: Iterator[tuple[str, str, list[list[float]]]]) -> None:
    """Print the rows of one level and budget."""
    for name, cell, results in rows:
        share, without, with_pruner = np.mean(results, axis=0)
        gains = np.array([row[1] - row[2] for row in results])
        error = gains.std(ddof=1) / np.sqrt(len(gains)) if len(gains) > 1 else np.nan
        print(
            f"| {level} | {budget} | {cell.upper()} | {name} | {share:.0%} | {without:.3f} | "
            f"{with_pruner:.3f} | {gains.mean():+.3f} ± {error:.3f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
