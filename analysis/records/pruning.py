"""Sweeps with a pruner in their records: which trials were pruned, and which sweeps prune.

A pruned trial was cut before its budget was spent. Its score is a lower bound, so its rank among
the trials is unknown.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd


def is_pruned(frame: pd.DataFrame) -> pd.Series:
    """Return whether the trial of each run was pruned.

    Parameters
    ----------
    frame : DataFrame, n rows
        Records. Those of sweeps without a pruner may lack the column `pruned`.

    Returns
    -------
    Series of bool, length n
        True for pruned trials.

    Examples
    --------
    >>> is_pruned(pd.DataFrame({"sweep": ["a", "b"], "pruned": [True, None]})).tolist()
    [True, False]
    """
    if "pruned" not in frame:
        return pd.Series(False, index=frame.index)
    return frame["pruned"].eq(True)


def pruned_sweeps(
    frame: pd.DataFrame, configs: Mapping[str, Mapping[str, Any]] | None = None
) -> list[str]:
    """Return the names of the sweeps that have a pruner or a pruned trial.

    Parameters
    ----------
    frame : DataFrame
        Records.
    configs : mapping of str to mapping, optional
        Sweep files by the name of the sweep.

    Examples
    --------
    >>> frame = pd.DataFrame({"sweep": ["a", "b"], "pruned": [True, None]})
    >>> pruned_sweeps(frame), pruned_sweeps(frame, {"b": {"search": {"pruner": "median"}}})
    (['a'], ['a', 'b'])
    """
    configured = {
        name for name, config in (configs or {}).items() if config.get("search", {}).get("pruner")
    }
    if not configured and "pruned" not in frame:
        return []
    names = frame["sweep"].astype(str)
    return sorted(set(names[is_pruned(frame)]) | (configured & set(names)))


def without_pruned_sweeps(
    frame: pd.DataFrame, configs: Mapping[str, Mapping[str, Any]] | None = None
) -> pd.DataFrame:
    """Return records without those of `pruned_sweeps`; the frame itself if there are none."""
    pruned = pruned_sweeps(frame, configs)
    return frame[~frame["sweep"].astype(str).isin(pruned)] if pruned else frame
