"""How far records of the study made in another environment agree with the shipped ones."""

from __future__ import annotations

import pandas as pd

from seqmem.analysis.estimators.search_quality import SEARCH, winners
from seqmem.analysis.records.sources import PLACE
from seqmem.analysis.tables.capacity_tables import CONFIGURATION
from seqmem.study.environment import environment_difference

# What a run came to, in the order in which differences are listed.
RESULTS = ("score", "stored_fraction", "symbol_accuracy", "nll_bits", "loss_final", "steps")


def environment_changes(frame: pd.DataFrame, shipped: pd.DataFrame) -> list[str]:
    """What differs between the environment keys of two bodies of records; empty if they were made under the same keys.

    Examples
    --------
    >>> new, old = (pd.DataFrame({"environment_key": [f'{{"torch": "{number}"}}']}) for number in ("2.13", "2.12"))
    >>> environment_changes(new, old), environment_changes(new, new)
    (['torch 2.12 -> 2.13'], [])
    """
    ours, theirs = (set(some["environment_key"].dropna()) for some in (frame, shipped))
    changes = [change for old in sorted(theirs - ours) for new in sorted(ours - theirs) for change in
               environment_difference(old, new)]  # fmt: skip
    return list(dict.fromkeys(changes)) or (
        ["a part of the environment keys"] if ours != theirs else []
    )


def agreement_lines(frame: pd.DataFrame, shipped: pd.DataFrame) -> list[str]:
    """Lines for a terminal: statuses, winners and the largest differences between runs of the same configuration."""
    return [
        _status_line(frame, shipped),
        _winner_line(frame, shipped),
        _difference_line(frame, shipped),
    ]


def _status_line(frame: pd.DataFrame, shipped: pd.DataFrame) -> str:
    ours, theirs = (some["status"].value_counts() for some in (frame, shipped))
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
    keys, columns = (
        [*PLACE, "run_id"],
        [name for name in RESULTS if name in frame and name in shipped],
    )
    pairs = frame[[*keys, *columns]].merge(
        shipped[[*keys, *columns]], on=keys, suffixes=("", "_shipped")
    )
    apart = {
        name: (pairs[name].astype(float) - pairs[f"{name}_shipped"].astype(float)).abs()
        for name in columns
    }
    largest = {name: values.max() for name, values in apart.items()}
    words = ", ".join(f"{name} {value:.3g}" for name, value in largest.items() if value == value)
    return f"largest differences over the {len(pairs)} runs of one configuration in both: {words or 'none is known'}"
