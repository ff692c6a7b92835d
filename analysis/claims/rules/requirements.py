"""Whether a design is large enough to test a claim, and in words what it lacks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pandas as pd

from seqmem.analysis.claims.rules.evidence import Pairs


def missing_cells(rows: pd.DataFrame, cells: Iterable[str]) -> list[str]:
    """What is missing of runs with these cells."""
    absent = [cell.upper() for cell in cells if cell not in set(rows["cell"])]
    return [f"confirmation runs of {' and '.join(absent)}"] if absent else []


def missing_levels(rows: pd.DataFrame, levels: Sequence[int]) -> list[str]:
    """What is missing of these levels."""
    absent = [str(level) for level in levels if level not in set(rows["level"])]
    return [f"level {' and '.join(absent)}"] if absent else []


def fewer(rows: pd.DataFrame, column: str, least: int, words: str) -> list[str]:
    """What is missing where a column has fewer distinct values than `least`.

    Examples
    --------
    >>> fewer(pd.DataFrame({"level": [16, 16]}), "level", 2, "levels")
    ['2 levels (there is 1)']
    """
    found = int(rows[column].nunique())
    return (
        []
        if found >= least
        else [f"{least} {words} (there {'is' if found == 1 else 'are'} {found})"]
    )


def fewer_within(
    rows: pd.DataFrame, within: Sequence[str], columns: Sequence[str], least: int, words: str
) -> list[str]:
    """What is missing where some group of `within` has fewer than `least` distinct rows of `columns`."""
    if rows.empty:
        return [f"{least} {words}"]
    distinct = rows[[*within, *columns]].drop_duplicates()
    found = int(distinct.groupby(list(within)).size().min())
    return (
        []
        if found >= least
        else [f"{least} {words} (somewhere there {'is' if found == 1 else 'are'} only {found})"]
    )


def missing_searches(rows: pd.DataFrame, searches: int, strings: int = 1) -> list[str]:
    """What is missing of independent searches per (stratum, cell), and of confirmation strings in each.

    Runs that failed count as planned: they shrink what is known, not the design.
    """
    found = fewer_within(
        rows, ["stratum", "cell"], ["cluster"], searches, "independent searches per level"
    )
    if strings > 1:
        keys = ["stratum", "cell", "cluster"]
        found += fewer_within(rows, keys, ["replicate"], strings, "confirmation strings per search")
    return found


def missing_pairs(pairs: Pairs, strata: Iterable[str], searches: int) -> list[str]:
    """What is missing of searches in each planned stratum in which both cells have a run on some string.

    A run that failed takes a string away, not the design; a search that lost all of its runs is no search.
    """
    if not len(pairs):
        return ["runs that did not fail"]
    found = (
        pd.DataFrame({"stratum": pairs.strata, "cluster": pairs.clusters})
        .groupby("stratum")["cluster"]
        .nunique()
    )
    fewest = int(found.reindex(sorted(set(strata)), fill_value=0).min())
    if fewest >= searches:
        return []
    number = f"{'is' if fewest == 1 else 'are'} only {fewest}"
    return [
        f"{searches} searches per level with pairs of runs that did not fail (somewhere there {number})"
    ]
