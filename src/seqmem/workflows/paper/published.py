"""Published results beside those measured here: which cell needs more epochs, by complexity."""

from __future__ import annotations

import numpy as np
import pandas as pd

from seqmem.workflows.reproduce.reference import HIGHEST_LOW, published

KEYS = ["level", "learning_rate", "layers"]


def published_epochs() -> pd.DataFrame:
    """Return the ratio of the published epochs of LSTM and GRU for each group.

    Returns
    -------
    pandas.DataFrame
        Columns ``level`` (low, medium), ``learning_rate``, ``layers``; ``octaves``, the log2 ratio
        of the geometric mean epochs of the LSTM over those of the GRU, positive if the GRU needs
        fewer; ``solved_lstm`` and ``solved_gru``, the solved fractions.
    """
    groups = published("groups").set_index([*KEYS, "model"]).unstack("model")
    epochs = groups["geo_ep"]
    solved = groups["solved"]
    ratios = pd.DataFrame(
        {
            "octaves": np.log2(epochs["LSTM"] / epochs["GRU"]),
            "solved_lstm": solved["LSTM"],
            "solved_gru": solved["GRU"],
        }
    )
    return ratios.reset_index()


def level_words(level: str) -> str:
    """Return a published level as a range of complexities.

    Parameters
    ----------
    level : {"low", "medium"}
        The published level.

    Returns
    -------
    str
        The range in words.

    Examples
    --------
    >>> level_words("low"), level_words("medium")
    ('up to 90', 'above 90')
    """
    return f"up to {HIGHEST_LOW}" if level == "low" else f"above {HIGHEST_LOW}"
