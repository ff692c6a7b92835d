"""What was published, beside what was measured here: which cell needs more epochs, by level of complexity."""

from __future__ import annotations

import numpy as np
import pandas as pd

from seqmem.workflows.reproduce.reference import HIGHEST_LOW, published

KEYS = ["level", "learning_rate", "layers"]


def published_epochs() -> pd.DataFrame:
    """Log2 ratio of the LSTM's over the GRU's epochs (geometric means), with the solved fractions: a row per group.

    Columns: `level` (low, medium), `learning_rate`, `layers`, `octaves` (positive where the GRU needs fewer epochs),
    `solved_lstm`, `solved_gru`.
    """
    groups = published("groups").set_index([*KEYS, "model"]).unstack("model")
    epochs, solved = groups["geo_ep"], groups["solved"]
    found = pd.DataFrame(
        {
            "octaves": np.log2(epochs["LSTM"] / epochs["GRU"]),
            "solved_lstm": solved["LSTM"],
            "solved_gru": solved["GRU"],
        }
    )
    return found.reset_index()


def level_words(level: str) -> str:
    """A published level as complexities.

    Examples
    --------
    >>> level_words("low"), level_words("medium")
    ('up to 90', 'above 90')
    """
    return f"up to {HIGHEST_LOW}" if level == "low" else f"above {HIGHEST_LOW}"
