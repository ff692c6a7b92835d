"""Time to store 90 % of a string against the context it needs, for strings of few or many bits.

The definition of the time is that of claim C11 of study 2 (docs/preregistration/study-2.md).
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from seqmem.analysis.estimators.contrasts import clustered_contrast
from seqmem.analysis.estimators.stored_times import log2_stored_times
from seqmem.analysis.estimators.time_ratios import learning_curves
from seqmem.analysis.records.groups import search_labels
from seqmem.analysis.records.loading import confirmed

# Fewer conditions make no curve.
FEWEST_CONDITIONS = 4
# Conditions whose bits spread less are one class.
LEAST_SPREAD_OCTAVES = 1.0
FEW, MANY, ALL = "few", "many", "all"
CONTEXT_COLUMNS = (
    "source alphabet_size cell string_condition budget budget_unit bits_class context bits time low"
    " high reached strings searches"
).split()
_ALIKE = ["source", "alphabet_size", "measure", "level", "protocol", "budget_unit"]


def times_by_context(frame: pd.DataFrame, stored: float) -> pd.DataFrame:
    """Return the time to store a share of the strings of each condition, by context and bits.

    Conditions are sets of strings with the same source, alphabet and level that differ in the
    parameters of the source.

    Parameters
    ----------
    frame : DataFrame
        Records, as `analysis.load` returns them.
    stored : float
        Share of the bits of a string.

    Returns
    -------
    DataFrame
        One row per (condition, cell). `context` (symbols) and `bits` are geometric means over
        strings, `time` is that over searches in the unit of the budget, with its 95 % t interval
        (`low`, `high`). A run that did not get there counts with its budget; `reached` of `strings`
        did. `bits_class` tells conditions of few from those of many bits, divided halfway between
        the least and the most on a logarithmic scale; it is "all" if they spread less than an
        octave. Sources with fewer than 4 conditions are left out.
    """
    runs = confirmed(frame)
    if runs.empty or "min_context" not in runs or "checkpoint_nll_bits" not in runs:
        return pd.DataFrame(columns=CONTEXT_COLUMNS)
    times, censored = log2_stored_times(runs, learning_curves(runs), stored)
    runs = runs.assign(log2_time=times, censored=censored)
    runs = runs[runs["min_context"] > 0]
    conditions = runs.groupby(_ALIKE)["string_condition"].transform("nunique")
    tables = [
        _table(rows) for _, rows in runs[conditions >= FEWEST_CONDITIONS].groupby(_ALIKE, sort=True)
    ]
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=CONTEXT_COLUMNS)


def _table(runs: pd.DataFrame) -> pd.DataFrame:
    """Return the conditions of one source, for each cell."""
    rows = []
    keys = ["string_condition", "budget", "cell"]
    for (condition, budget, cell), own in runs.groupby(keys, sort=True):
        mean = clustered_contrast(own["log2_time"], [""] * len(own), search_labels(own).tolist())
        low, high = mean.interval()
        strings = own.drop_duplicates("string_id")
        rows.append(
            {
                "source": own["source"].iloc[0],
                "alphabet_size": int(own["alphabet_size"].iloc[0]),
                "cell": cell,
                "string_condition": condition,
                "budget": budget,
                "budget_unit": own["budget_unit"].iloc[0],
                "context": 2 ** float(np.log2(strings["min_context"].astype(float)).mean()),
                "bits": 2 ** float(np.log2(strings["reference_bits"].astype(float)).mean()),
                "time": 2**mean.estimate,
                "low": 2**low,
                "high": 2**high,
                "reached": int((~own["censored"]).sum()),
                "strings": len(own),
                "searches": mean.clusters,
            }
        )
    table = pd.DataFrame(rows)
    return table.assign(bits_class=_bits_classes(table["bits"]))[CONTEXT_COLUMNS]


def _bits_classes(bits: pd.Series) -> np.ndarray:
    logs = np.log2(bits.to_numpy(dtype=float))
    if np.ptp(logs) < LEAST_SPREAD_OCTAVES:
        return np.full(len(logs), ALL)
    return np.where(logs < (logs.min() + logs.max()) / 2, FEW, MANY)
