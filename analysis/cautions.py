"""What a reader should know before believing a sweep's numbers: one sentence each, counted from the records."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import pandas as pd

from analysis.capacity import EQUAL
from analysis.groups import Group
from analysis.records import confirmed
from analysis.tables import capacity_table, winner_table

EDGE = 0.05
GIVEN_SHARE = 0.10
EDGE_SHARE = 1 / 3
NOT_REPEATABLE = ("s", "wall-s")


def cautions(frame: pd.DataFrame, config: dict[str, Any]) -> list[str]:
    """Every caution that applies to the records of a sweep and its study file (empty where unknown)."""
    return [
        *_failures(frame),
        *_early_stops(frame),
        *_environments(frame),
        *_unbounded(frame),
        *_few_searches(frame),
        *_strings(frame),
        *_edges(frame, config.get("search", {})),
        *_clocks(frame),
    ]


def edge_counts(winners: pd.DataFrame, space: dict[str, Any]) -> dict[str, int]:
    """How many winners lie within 5 % of an edge of each searched range (of its logarithm for log ranges).

    A range of whole numbers or a list of choices counts its first and last value; depth 1 is no edge, since nothing
    lies below it. Parameters that are not searched are left out.

    Examples
    --------
    >>> edge_counts(pd.DataFrame({"units": [8, 16, 32]}), {"units": {"low": 8, "high": 64}})
    {'units': 1}
    """
    return {
        name: int(sum(_near_edge(name, float(value), limits) for value in winners[name]))
        for name, setting in space.items()
        if name in winners and (limits := _limits(setting)) is not None
    }


def _limits(setting: Any) -> tuple[float, float, bool] | None:
    """(low, high, log) of a searched range or list of numbers; None for anything else."""
    if isinstance(setting, dict) and {"low", "high"} <= setting.keys():
        low, high, log = float(setting["low"]), float(setting["high"]), bool(setting.get("log", False))
        return (low, high, log) if low < high else None
    choices = setting.get("choices") if isinstance(setting, dict) else setting
    if isinstance(choices, list) and len(choices) > 1 and all(isinstance(c, (int, float)) for c in choices):
        return float(min(choices)), float(max(choices)), False
    return None


def _near_edge(name: str, value: float, limits: tuple[float, float, bool]) -> bool:
    low, high, log = limits
    if name == "depth" and value == 1:
        return False
    if log:
        low, high, value = math.log(low), math.log(high), math.log(value)
    position = (value - low) / (high - low)
    return position <= EDGE or position >= 1 - EDGE


def _failures(frame: pd.DataFrame) -> Iterator[str]:
    failed = frame[frame["status"] == "failed"]
    if len(failed):
        confirm = (failed["role"] == "confirm").sum()
        yield f"{len(failed)} of {len(frame)} runs failed ({confirm} of them confirmation runs); they enter no figure."
    diverged = (confirmed(frame)["status"] == "diverged").sum()
    if diverged:
        why = "a loss not finite, or at the end worse than twice that of a guess"
        yield f"{diverged} confirmation runs diverged ({why}); they count as not memorized."


def _early_stops(frame: pd.DataFrame) -> Iterator[str]:
    runs = confirmed(frame)
    stopped = runs["status"].isin(["converged", "stalled"]).sum()
    if stopped:
        yield (
            f"{stopped} of {len(runs)} confirmation runs were ended by early stopping, before their budget and without"
            " having memorized: what is said about the budget holds for training with that rule."
        )


def _environments(frame: pd.DataFrame) -> Iterator[str]:
    keys = frame["environment_key"].nunique()
    if keys > 1 or frame["environment_changed"].any():
        changed = int(frame["environment_changed"].sum())
        yield (
            f"The records come from {keys} environment keys ({changed} runs marked as changed):"
            " identical results are promised only within one."
        )


def _unbounded(frame: pd.DataFrame) -> Iterator[str]:
    table = capacity_table(frame)
    for _, row in table[table["relation"] != EQUAL].iterrows():
        group = Group(*(row[column] for column in Group._fields))
        yield f"The levels run do not bracket the capacity of {row['cell']} ({group.describe()})."


def _few_searches(frame: pd.DataFrame) -> Iterator[str]:
    winners = winner_table(frame)
    if winners.empty:
        yield "No confirmation run can be used, so nothing can be inferred."
        return
    fewest = winners.groupby([*Group._fields, "level", "cell"]).size().min()
    if fewest < 2:
        yield (
            "Some conditions were searched only once: how much the luck of a search matters is then known only from"
            " the prior, and intervals over strings leave it out. At least 2 searches are needed, 3 for a claim."
        )


def _strings(frame: pd.DataFrame) -> Iterator[str]:
    runs = confirmed(frame)
    copying = int(runs["copies_in_context"].sum())
    if copying:
        yield f"{copying} of {len(runs)} confirmation runs copy a fresh string in context instead of remembering one."
    strings = runs.drop_duplicates("string_id")
    given = int((strings["given_bits"] > GIVEN_SHARE * strings["reference_bits"]).sum())
    if given:
        yield (
            f"For {given} of {len(strings)} confirmation strings the prompt alone gives more than 10 % of the string"
            " (given_bits > 10 % of reference_bits): they are barred from claims in bits."
        )


def _edges(frame: pd.DataFrame, space: dict[str, Any]) -> Iterator[str]:
    winners = winner_table(frame)
    if winners.empty:
        return
    for name, count in edge_counts(winners, space).items():
        if count:
            share = ", more than a third: comparisons are inconclusive" if count > EDGE_SHARE * len(winners) else ""
            edge = "the upper edge" if name == "depth" else "an edge"
            which = f"{count} of {len(winners)} winners lie within 5 % of {edge}"
            yield f"{which} of the range searched for {name.replace('_', ' ')}{share}."


def _clocks(frame: pd.DataFrame) -> Iterator[str]:
    units = sorted(set(frame["budget_unit"]) & set(NOT_REPEATABLE))
    if units:
        clock = f"Budgets in {' and '.join(units)} depend on the machine and its load"
        yield f"{clock}: the runs cannot be repeated exactly."
