"""The published results, as frames."""

from __future__ import annotations

from importlib.resources import files

import pandas as pd

LEVELS = ("low", "medium")
LAYERS = (1, 2, 3)
LEARNING_RATES = (1e-3, 1e-4)
# The largest complexity of the low level.
HIGHEST_LOW = 90
# Parameters that were published for 2 symbols and 1 layer of 128 units.
PARAMETERS = {"LSTM": 67_842, "GRU": 50_946}


def published(name: str) -> pd.DataFrame:
    """Return a published table.

    Parameters
    ----------
    name : {"strings", "cells", "groups"}
        Name of the table.

    Returns
    -------
    pandas.DataFrame
        The table; `strings` and `cells` also have the ``level`` of each complexity.

    Examples
    --------
    >>> row = published("strings").query("symbols == 2 and complexity == 10")
    >>> row[["length", "string", "level"]].values.tolist()
    [[21, 'BAAABAAAAABAAAAAAABAB', 'low']]
    """
    with (files("seqmem.analysis.reference") / f"published_{name}.csv").open() as file:
        frame = pd.read_csv(file)
    return frame.assign(level=level_of(frame["complexity"])) if "complexity" in frame else frame


def level_of(complexity: pd.Series) -> pd.Series:
    """Return the published level of every complexity.

    Parameters
    ----------
    complexity : pandas.Series, length n
        LZW complexities.

    Returns
    -------
    pandas.Series, length n
        "low" or "medium".

    Examples
    --------
    >>> level_of(pd.Series([90, 110])).tolist()
    ['low', 'medium']
    """
    return complexity.le(HIGHEST_LOW).map({True: "low", False: "medium"})
