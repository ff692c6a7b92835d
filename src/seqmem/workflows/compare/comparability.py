"""Whether times of the compared cells may be compared: not if their engines differ."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pandas as pd

from seqmem.study.budget import TIME_UNITS


def time_refusal(runs: pd.DataFrame) -> str | None:
    """Return why no cell can be recommended under a budget of time, in a line; None if one can.

    A budget of seconds gives a cell on a slower engine fewer steps. The comparison would then be
    one of engines, not of cells.

    Parameters
    ----------
    runs : pandas.DataFrame
        Verdict runs, with the columns `cell`, `engine` and `budget_unit`.

    Examples
    --------
    >>> runs = {"cell": ["gru", "mingru"], "engine": ["fused", "torch"], "budget_unit": "s"}
    >>> time_refusal(pd.DataFrame(runs))
    'a budget in s compares engines here (gru on fused, mingru on torch); give it in Gw or steps'
    >>> time_refusal(pd.DataFrame(runs | {"budget_unit": "Gw"})) is None
    True
    """
    engines = runs.groupby("cell")["engine"].first().dropna()
    return engines_refusal(engines.to_dict(), set(runs["budget_unit"]))


def engines_refusal(engines: Mapping[str, str], units: Iterable[str]) -> str | None:
    """Return the refusal of `time_refusal` from engines and units, before any run; None if none.

    Parameters
    ----------
    engines : mapping of {str : str}
        Engine of each cell.
    units : iterable of str
        Units of the budgets.

    Examples
    --------
    >>> engines_refusal({"lstm": "fused", "gru": "fused"}, ["s"]) is None
    True
    """
    timed = sorted(set(units) & set(TIME_UNITS))
    if len(set(engines.values())) < 2 or not timed:
        return None
    listed = ", ".join(f"{cell} on {engine}" for cell, engine in sorted(engines.items()))
    return f"a budget in {timed[0]} compares engines here ({listed}); give it in Gw or steps"
