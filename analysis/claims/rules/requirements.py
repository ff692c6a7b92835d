"""Checks whether a design is large enough to test a claim, with its gaps in words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pandas as pd

from seqmem.analysis.claims.rules.evidence import Pairs
from seqmem.study.memorizers.cells import cell_title


def missing_cells(rows: pd.DataFrame, cells: Iterable[str]) -> list[str]:
    """Return a phrase that names the cells without runs, in a list; else an empty list."""
    absent = [cell_title(cell) for cell in cells if cell not in set(rows["cell"])]
    return [f"confirmation runs of {' and '.join(absent)}"] if absent else []


def missing_levels(rows: pd.DataFrame, levels: Sequence[int]) -> list[str]:
    """Return a phrase that names the levels without runs, in a list; else an empty list."""
    absent = [str(level) for level in levels if level not in set(rows["level"])]
    return [f"level {' and '.join(absent)}"] if absent else []


def fewer(rows: pd.DataFrame, column: str, least: int, noun: str) -> list[str]:
    """Return a phrase if a column has fewer distinct values than needed, in a list.

    Parameters
    ----------
    rows : DataFrame
        The runs.
    column : str
        Column whose distinct values are counted.
    least : int
        Number of values that are needed.
    noun : str
        Plural noun for the values.

    Examples
    --------
    >>> fewer(pd.DataFrame({"level": [16, 16]}), "level", 2, "levels")
    ['2 levels (there is 1)']
    """
    count = int(rows[column].nunique())
    return (
        []
        if count >= least
        else [f"{least} {noun} (there {'is' if count == 1 else 'are'} {count})"]
    )


def fewer_within(
    rows: pd.DataFrame, within: Sequence[str], columns: Sequence[str], least: int, noun: str
) -> list[str]:
    """Return a phrase if some group has fewer distinct rows than needed, in a list.

    Parameters
    ----------
    rows : DataFrame
        The runs.
    within : sequence of str
        Columns that define the groups.
    columns : sequence of str
        Columns whose distinct rows are counted in each group.
    least : int
        Number of rows that are needed in each group.
    noun : str
        Plural noun for the rows.

    Examples
    --------
    >>> rows = pd.DataFrame({"level": [16, 16, 64], "search": [0, 1, 0]})
    >>> fewer_within(rows, ["level"], ["search"], 2, "searches per level")
    ['2 searches per level (somewhere there is only 1)']
    """
    if rows.empty:
        return [f"{least} {noun}"]
    distinct = rows[[*within, *columns]].drop_duplicates()
    count = int(distinct.groupby(list(within)).size().min())
    return (
        []
        if count >= least
        else [f"{least} {noun} (somewhere there {'is' if count == 1 else 'are'} only {count})"]
    )


def missing_searches(rows: pd.DataFrame, searches: int, strings: int = 1) -> list[str]:
    """Return phrases for too few searches per stratum and cell, and too few strings per search.

    Failed runs count as planned: they reduce what is known, not the design.

    Parameters
    ----------
    rows : DataFrame
        Planned confirmation runs.
    searches : int
        Number of independent searches needed per stratum and cell.
    strings : int
        Number of confirmation strings needed per search.
    """
    phrases = fewer_within(
        rows, ["stratum", "cell"], ["cluster"], searches, "independent searches per level"
    )
    if strings > 1:
        keys = ["stratum", "cell", "cluster"]
        phrases += fewer_within(
            rows, keys, ["replicate"], strings, "confirmation strings per search"
        )
    return phrases


def missing_pairs(pairs: Pairs, strata: Iterable[str], searches: int) -> list[str]:
    """Return a phrase if some stratum has too few searches with a pair of runs, in a list.

    A failed run removes a string, not the search. A search that lost all of its runs does not
    count.

    Parameters
    ----------
    pairs : Pairs
        Pairs of runs of both cells on the same string.
    strata : iterable of str
        Planned strata.
    searches : int
        Number of searches needed per stratum.
    """
    if not len(pairs):
        return ["runs that did not fail"]
    searches_per_stratum = (
        pd.DataFrame({"stratum": pairs.strata, "cluster": pairs.clusters})
        .groupby("stratum")["cluster"]
        .nunique()
    )
    fewest = int(searches_per_stratum.reindex(sorted(set(strata)), fill_value=0).min())
    if fewest >= searches:
        return []
    number = f"{'is' if fewest == 1 else 'are'} only {fewest}"
    return [
        f"{searches} searches per level with pairs of runs that did not fail"
        f" (somewhere there {number})"
    ]
