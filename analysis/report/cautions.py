"""Cautions about a sweep's numbers, counted from the records."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from seqmem.analysis.estimators.capacity import AT_LEAST, AT_MOST, EQUAL, UNRESOLVED
from seqmem.analysis.estimators.importance import missing_package
from seqmem.analysis.estimators.importance_points import enough_points
from seqmem.analysis.estimators.search_gates import edge_shares, of_paired_sweeps
from seqmem.analysis.estimators.search_quality import (
    EDGE_SHARE,
    by_search_space,
    edge_counts,
    winners,
)
from seqmem.analysis.estimators.tuning.random_search import missing_bands
from seqmem.analysis.estimators.tuning.search_points import paired_sweeps
from seqmem.analysis.records.checkpoint_curves import answers_smaller_budgets
from seqmem.analysis.records.groups import GIVEN_SHARE, Group
from seqmem.analysis.records.loading import confirmed
from seqmem.analysis.records.pruning import is_pruned, pruned_sweeps
from seqmem.analysis.report.caution_kinds import Caution, CautionKind
from seqmem.analysis.tables.capacity_tables import capacity_table, winner_table
from seqmem.analysis.tables.summary import finding_words
from seqmem.core.errors import listed
from seqmem.core.number_formats import counted, short_number
from seqmem.study.memorizers.cells import cell_title

NOT_REPEATABLE = ("s", "wall-s")
# By the relation of a capacity that the levels do not bracket: what is known, and what would help.
_LIMITS = {
    AT_MOST: ("it is at most", "Add lower levels, or give a larger budget."),
    AT_LEAST: ("it is at least", "Add higher levels, or give a smaller budget."),
    UNRESOLVED: ("", "Add lower and higher levels, or more searches."),
}


def cautions(frame: pd.DataFrame, configs: Mapping[str, Mapping[str, Any]]) -> list[Caution]:
    """Return every caution that applies to the records.

    Parameters
    ----------
    frame : DataFrame
        Records, one row per run.
    configs : mapping of str to mapping
        Resolved configuration of each sweep, by name; missing if unknown.
    """
    return [
        *package_cautions(frame, configs),
        *run_cautions(frame),
        *_unbounded(frame),
        *search_cautions(frame, configs),
    ]


def package_cautions(
    frame: pd.DataFrame, configs: Mapping[str, Mapping[str, Any]]
) -> list[Caution]:
    """Return what was left out because an optional package is missing, and how to install it.

    Parameters
    ----------
    frame, configs
        As for `cautions`.
    """
    sentences = []
    lacking = missing_package()
    if lacking and next(enough_points(frame, configs), None) is not None:
        sentences.append(
            "The figure, the table and claim C4 on the importance of hyper-parameters are left out."
            f" They need {lacking}."
        )
    if missing_bands() and "random" in paired_sweeps(frame, configs).values():
        sentences.append(
            "The exact bands of random search are left out of the tuning curves."
            f" They need {missing_bands()}."
        )
    return [Caution(CautionKind.PACKAGE_MISSING, sentence) for sentence in sentences]


def run_cautions(frame: pd.DataFrame) -> list[Caution]:
    """Return cautions about how runs ended and where they were made.

    Parameters
    ----------
    frame : DataFrame
        Records, one row per run.
    """
    return [
        *_failures(frame),
        *_early_stops(frame),
        *_environments(frame),
        *_restored(frame),
        *_clocks(frame),
    ]


def search_cautions(frame: pd.DataFrame, configs: Mapping[str, Mapping[str, Any]]) -> list[Caution]:
    """Return cautions about the searches.

    Parameters
    ----------
    frame, configs
        As for `cautions`.
    """
    return [
        *_pruning(frame, configs),
        *_few_searches(frame),
        *_strings(frame),
        *_split_budgets(frame, configs),
        *_edges(frame, configs),
        *_paired_edges(frame, configs),
        *_unbalanced(frame, configs),
    ]


def _pruning(frame: pd.DataFrame, configs: Mapping[str, Mapping[str, Any]]) -> Iterator[Caution]:
    for sweep in pruned_sweeps(frame, configs):
        rows = frame[frame["sweep"].astype(str) == sweep]
        trials = rows[rows["role"] == "tune"].assign(pruned=is_pruned(rows))
        by_trial = trials.groupby(["condition", "search", "trial"])["pruned"].any()
        most = int(by_trial.groupby(level=["condition", "search"]).sum().max())
        cut = rows.loc[is_pruned(rows), "train_cpu_seconds"].sum() + _earlier_seconds(rows)
        spent = rows["train_cpu_seconds"].sum() + _earlier_seconds(rows)
        yield Caution(
            CautionKind.PRUNED,
            f"{sweep}: {int(by_trial.sum())} of {len(by_trial)} trials were pruned, at most {most}"
            " of one search. The score of a pruned trial is a lower bound, so its rank is unknown."
            f" The best of n trials is known from n = {most + 1} on. The sweep supports no claim"
            f" and no importance. Courses that were cut took {short_number(cut)} of"
            f" {short_number(spent)} CPU seconds of training.",
        )


def _earlier_seconds(rows: pd.DataFrame) -> float:
    name = "earlier_train_cpu_seconds"
    return float(rows[name].sum()) if name in rows else 0.0


def _unbalanced(frame: pd.DataFrame, configs: Mapping[str, Mapping[str, Any]]) -> Iterator[Caution]:
    for sweep in sorted(set(frame["sweep"].astype(str)) & set(configs)):
        search = configs[sweep].get("search", {})
        trials = int(search.get("trials", 0))
        if search.get("sampler") == "sobol" and trials.bit_count() > 1:
            lower = 2 ** (trials.bit_length() - 1)
            yield Caution(
                CautionKind.UNBALANCED,
                f"{sweep}: {trials} trials are no power of two, so the Sobol points are not"
                " balanced and the sweep has no tuning curve. The nearest powers of two are"
                f" {lower} and {2 * lower}.",
            )


def _failures(frame: pd.DataFrame) -> Iterator[Caution]:
    failed = frame[frame["status"] == "failed"]
    if len(failed):
        confirm = (failed["role"] == "confirm").sum()
        yield Caution(
            CautionKind.FAILED,
            f"{len(failed)} of {len(frame)} runs failed ({confirm} of them confirmation runs)."
            " No figure uses them.",
        )
    diverged = (confirmed(frame)["status"] == "diverged").sum()
    if diverged:
        yield Caution(
            CautionKind.DIVERGED,
            f"{counted(diverged, 'confirmation run')} diverged: a loss was not finite, or at the"
            " end both loss and recall were worse than twice those of a uniform guess. Such a run"
            " counts as memorized only if it had memorized before.",
        )


def _early_stops(frame: pd.DataFrame) -> Iterator[Caution]:
    runs = confirmed(frame)
    stopped = runs["status"].isin(["converged", "stalled"]).sum()
    if stopped:
        yield Caution(
            CautionKind.STOPPED_EARLY,
            f"Early stopping ended {stopped} of {len(runs)} confirmation runs before their budget"
            " and before they had memorized. Results for the budget hold for training with that"
            " rule.",
        )


def _environments(frame: pd.DataFrame) -> Iterator[Caution]:
    keys = frame["environment_key"].nunique()
    # A sweep may have one engine, and so one key, for some cells and another for others.
    engines = frame.groupby("sweep")["engine"].nunique().max()
    if keys > max(engines, 1) or frame["environment_changed"].any():
        changed = int(frame["environment_changed"].sum())
        yield Caution(
            CautionKind.NOT_REPEATABLE,
            f"The records come from {keys} environment keys ({counted(changed, 'run')} marked as"
            " changed). Identical results are promised only within one key.",
        )


def _unbounded(frame: pd.DataFrame) -> Iterator[Caution]:
    table = capacity_table(frame)
    for _, row in table[table["relation"] != EQUAL].iterrows():
        group = Group(*(row[column] for column in Group._fields))
        finding, _ = finding_words(row, group.unit)
        limit, remedy = _LIMITS[row["relation"]]
        bound = f": {limit} {finding.split(' ', 1)[1]}" if limit else ""
        yield Caution(
            CautionKind.NOT_BRACKETED,
            f"The levels of the sweep do not bracket the capacity of {cell_title(row['cell'])}"
            f" ({group.describe()}){bound}. {row['memorized']} of {row['runs']} confirmation runs"
            f" memorized their string. {remedy}",
        )


def _few_searches(frame: pd.DataFrame) -> Iterator[Caution]:
    winners = winner_table(frame)
    if winners.empty:
        yield Caution(
            CautionKind.NO_RESULT,
            "There is no usable confirmation run, so nothing can be inferred.",
        )
        return
    fewest = winners.groupby([*Group._fields, "level", "cell"]).size().min()
    if fewest < 2:
        yield Caution(
            CautionKind.FEW_SEARCHES,
            "Some conditions were searched only once. The variation between searches then comes"
            " from the prior alone, and intervals over strings leave it out. Run at least 2"
            " searches, and 3 for a claim.",
        )


def _strings(frame: pd.DataFrame) -> Iterator[Caution]:
    runs = confirmed(frame)
    copying = int(runs["copies_in_context"].sum())
    if copying:
        yield Caution(
            CautionKind.EASY_STRINGS,
            f"{copying} of {len(runs)} confirmation runs copy a new string from their context"
            " instead of remembering one.",
        )
    short = int(runs["context_too_short"].sum()) if "context_too_short" in runs else 0
    if short:
        yield Caution(
            CautionKind.EASY_STRINGS,
            f"In {short} of {len(runs)} confirmation runs the context is shorter than the symbols"
            " that determine the next one (context_too_short). No verdict uses them.",
        )
    strings = runs.drop_duplicates("string_id")
    given = int((strings["given_bits"] > GIVEN_SHARE * strings["reference_bits"]).sum())
    if given:
        yield Caution(
            CautionKind.EASY_STRINGS,
            f"For {given} of {len(strings)} confirmation strings, the prompt alone gives more than"
            " 10 % of the string (given_bits > 10 % of reference_bits). Claims in bits do not use"
            " them.",
        )


def _paired_edges(
    frame: pd.DataFrame, configs: Mapping[str, Mapping[str, Any]]
) -> Iterator[Caution]:
    """Yield winners at edges of searches with paired points, see `search_gates`."""
    for row in edge_shares(of_paired_sweeps(frame, configs), configs).itertuples():
        if row.winners:
            yield _edge_caution(row.option, row.winners, row.searches, f" of {row.cell}")


def _edges(frame: pd.DataFrame, configs: Mapping[str, Mapping[str, Any]]) -> Iterator[Caution]:
    paired = paired_sweeps(frame, configs)
    for sweep, chosen in winners(frame).groupby("sweep", sort=True):
        if str(sweep) in paired:
            continue
        of_sweep = f" of {sweep}" if len(configs) > 1 else ""
        counts: Counter[tuple[str, str]] = Counter()
        totals: Counter[tuple[str, str]] = Counter()
        for cell, own, space in by_search_space(chosen, configs.get(str(sweep), {})):
            for name, count in edge_counts(own, space).items():
                counts[cell, name] += count
                totals[cell, name] += len(own)
        for (cell, name), count in counts.items():
            of_cell = f" of {cell_title(cell)}" if cell else ""
            if count:
                yield _edge_caution(name, count, totals[cell, name], of_cell + of_sweep)


def _edge_caution(name: str, count: int, total: int, of_which: str) -> Caution:
    edge = "the upper edge" if name == "depth" else "an edge"
    sentence = (
        f"{count} of {total} winners{of_which} lie within 5 % of {edge} of the"
        f" range searched for {name.replace('_', ' ')}"
    )
    if count > EDGE_SHARE * total:
        return Caution(
            CautionKind.MANY_AT_EDGE,
            f"{sentence}. This is more than a third, so comparisons are inconclusive.",
        )
    return Caution(CautionKind.SOME_AT_EDGE, f"{sentence}.")


def _split_budgets(
    frame: pd.DataFrame, configs: Mapping[str, Mapping[str, Any]]
) -> Iterator[Caution]:
    """Yield why levels of one sweep share no curve of capacity."""
    for sweep, own in confirmed(frame).groupby("sweep", sort=True):
        budgets = own.groupby("level", sort=True)["budget"].first()
        if budgets.nunique() > 1:
            listed_budgets = listed([f"{level}: {budget}" for level, budget in budgets.items()])
            of_sweep = f" of {sweep}" if len(configs) > 1 else ""
            yield Caution(
                CautionKind.SPLIT_BUDGETS,
                f"The levels{of_sweep} have different budgets ({listed_budgets}). A capacity is one"
                " at one budget, so each curve has the levels of one budget only. Smaller budgets"
                " that larger ones answer by their checkpoints join no curve, because the"
                " configurations of those runs were chosen for the larger budget.",
            )


def _restored(frame: pd.DataFrame) -> Iterator[Caution]:
    runs = confirmed(frame)
    count = int((~answers_smaller_budgets(runs)).sum())
    if count:
        yield Caution(
            CautionKind.RESTORED,
            f"{count} of {len(runs)} confirmation runs ended on restored best weights. Their"
            " checkpoints do not show the result of a smaller budget, so no ratio of times uses"
            " them.",
        )


def _clocks(frame: pd.DataFrame) -> Iterator[Caution]:
    units = sorted(set(frame["budget_unit"]) & set(NOT_REPEATABLE))
    if units:
        clock = f"Budgets in {' and '.join(units)} depend on the machine and its load"
        yield Caution(
            CautionKind.NOT_REPEATABLE, f"{clock}, so the runs cannot be repeated exactly."
        )
