"""What was published, beside what was measured here: who needs more epochs, by level of complexity."""

from __future__ import annotations

from importlib.resources import files

import numpy as np
import pandas as pd

KEYS = ["level", "learning_rate", "layers"]


def published_table() -> list[dict[str, str]]:
    """Log2 ratio of the LSTM's over the GRU's epochs (geometric means), and solved fractions, by published group."""
    with files("analysis.reference").joinpath("published_groups.csv").open(encoding="utf-8") as file:
        groups = pd.read_csv(file)
    lstm, gru = (groups[groups["model"] == name].set_index(KEYS) for name in ("LSTM", "GRU"))
    rows = []
    for place in lstm.index:
        level, rate, layers = place
        ratio = float(np.log2(lstm.loc[place, "geo_ep"] / gru.loc[place, "geo_ep"]))
        rows.append(
            {
                "level": {"low": "10–90", "medium": "110–190"}[level],
                "rate": f"{rate:g}",
                "layers": f"{layers}",
                "octaves": f"{ratio:.2f}".replace("-", "−"),
                "lstm": f"{lstm.loc[place, 'solved']:.2f}",
                "gru": f"{gru.loc[place, 'solved']:.2f}",
            }
        )
    return rows
