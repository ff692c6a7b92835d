"""The published figures, as frames."""

from __future__ import annotations

from importlib.resources import files

import pandas as pd

LEVELS, LAYERS, LEARNING_RATES = ("low", "medium"), (1, 2, 3), (1e-3, 1e-4)
# Complexities up to here are the low level.
HIGHEST_LOW = 90
# Published for 2 symbols, 1 layer of 128 units.
PARAMETERS = {"LSTM": 67_842, "GRU": 50_946}


def published(name: str) -> pd.DataFrame:
    """Return the published table `strings`, `cells` or `groups`; `strings` and `cells` with their level.

    Examples
    --------
    >>> published("strings").query("symbols == 2 and complexity == 10")[["length", "string", "level"]].values.tolist()
    [[21, 'BAAABAAAAABAAAAAAABAB', 'low']]
    """
    with (files("seqmem.analysis.reference") / f"published_{name}.csv").open() as file:
        frame = pd.read_csv(file)
    return frame.assign(level=level_of(frame["complexity"])) if "complexity" in frame else frame


def level_of(complexity: pd.Series) -> pd.Series:
    """Return the published level, `low` or `medium`, of every complexity."""
    return complexity.le(HIGHEST_LOW).map({True: "low", False: "medium"})
