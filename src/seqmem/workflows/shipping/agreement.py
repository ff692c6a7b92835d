"""Compare records from another environment with the shipped ones."""

from __future__ import annotations

from itertools import product

import pandas as pd

from seqmem.analysis.estimators.search_quality import SEARCH, winners
from seqmem.analysis.records.joining import PLACE
from seqmem.analysis.tables.capacity_tables import CONFIGURATION
from seqmem.study.environment_keys import environment_difference

# Results of a run, in the order in which differences are listed.
COMPARED_RESULTS = (
    "score",
    "stored_fraction",
    "symbol_accuracy",
    "nll_bits",
    "loss_final",
    "steps",
)


def environment_changes(frame: pd.DataFrame, shipped: pd.DataFrame) -> list[str]:
    """Return the differences between the environment keys of two sets of records.

    Parameters
    ----------
    frame : pandas.DataFrame
        New records.
    shipped : pandas.DataFrame
        Shipped records.

    Returns
    -------
    list of str
        Each difference once; empty if the keys are the same.

    Examples
    --------
    >>> keys = [f'{{"torch": "{number}"}}' for number in ("2.13", "2.12")]
    >>> new, old = (pd.DataFrame({"environment_key": [key]}) for key in keys)
    >>> environment_changes(new, old), environment_changes(new, new)
    (['torch 2.12 -> 2.13'], [])
    """
    ours = set(frame["environment_key"].dropna())
    theirs = set(shipped["environment_key"].dropna())
    if ours == theirs:
        return []
    changes = [
        change
        for old, new in product(sorted(theirs - ours), sorted(ours - theirs))
        for change in environment_difference(old, new)
    ]
    return list(dict.fromkeys(changes)) or ["a part of the environment keys"]


def agreement_lines(frame: pd.DataFrame, shipped: pd.DataFrame) -> list[str]:
    """Return how far two sets of records agree, as lines for a terminal.

    Parameters
    ----------
    frame : pandas.DataFrame
        New records.
    shipped : pandas.DataFrame
        Shipped records.

    Returns
    -------
    list of str
        Statuses, winners, and the largest differences between runs of the same configuration.
    """
    return [
        _status_line(frame, shipped),
        _winner_line(frame, shipped),
        _difference_line(frame, shipped),
    ]


def _status_line(frame: pd.DataFrame, shipped: pd.DataFrame) -> str:
    ours = frame["status"].value_counts()
    theirs = shipped["status"].value_counts()
    counts = [
        f"{name} {ours.get(name, 0)} ({theirs.get(name, 0)})"
        for name in sorted({*ours.index, *theirs.index})
    ]
    return f"runs by status, shipped ones in brackets: {', '.join(counts)}"


def _winner_line(frame: pd.DataFrame, shipped: pd.DataFrame) -> str:
    ours, theirs = (
        winners(some).set_index(SEARCH)[list(CONFIGURATION)] for some in (frame, shipped)
    )
    shared = ours.index.intersection(theirs.index)
    same = (ours.loc[shared].astype(object) == theirs.loc[shared].astype(object)).all(axis=1)
    return f"winners: the same configuration in {int(same.sum())} of {len(shared)} searches"


def _difference_line(frame: pd.DataFrame, shipped: pd.DataFrame) -> str:
    keys = [*PLACE, "run_id"]
    columns = [name for name in COMPARED_RESULTS if name in frame and name in shipped]
    pairs = frame[[*keys, *columns]].merge(
        shipped[[*keys, *columns]], on=keys, suffixes=("", "_shipped")
    )
    differences = {
        name: (pairs[name].astype(float) - pairs[f"{name}_shipped"].astype(float)).abs()
        for name in columns
    }
    largest = {name: values.max() for name, values in differences.items()}
    listed = [f"{name} {value:.3g}" for name, value in largest.items() if value == value]
    shared = f"the {len(pairs)} runs with the same configuration in both"
    return f"largest differences over {shared}: {', '.join(listed) or 'unknown'}"
