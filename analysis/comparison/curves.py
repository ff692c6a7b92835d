"""Where strings lie on the capacity curves that ship with the project, if one fits them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import pandas as pd

from analysis.groups import Group
from analysis.records import RECORDS
from analysis.sources import load_sources
from analysis.summary import finding_words, typeset
from analysis.tables import capacity_table

SHIPPED = Path(__file__).parent.parent / "results" / "paper"
CURVES = "paper-complexity*"
MEASURE = "lzw"
FEWEST_LEVELS = 3


def curve_lines(alphabet_size: int, values: Sequence[float], shipped: Path = SHIPPED) -> list[str]:
    """Return a line for each shipped capacity over this alphabet, or one that says there is none.

    Parameters
    ----------
    values : LZW codes of the strings.
    """
    table = _shipped_table(shipped)
    lines = [
        _words(row, values)
        for _, row in table.iterrows()
        if row["measure"] == MEASURE and row["alphabet_size"] == alphabet_size
    ]
    return lines or [f"no shipped curve for {alphabet_size} symbols: where these strings lie on one is not known"]


@cache
def _shipped_table(shipped: Path) -> pd.DataFrame:
    """Capacities by the shipped records, where enough levels bound them on both sides."""
    folders = sorted(file.parent for file in shipped.glob(f"{CURVES}/{RECORDS}"))
    if not folders:
        return pd.DataFrame()
    table = capacity_table(load_sources(folders).frame)
    return table[(table["relation"] == "=") & (table["levels"] >= FEWEST_LEVELS)]


def _words(row: pd.Series, values: Sequence[float]) -> str:
    group = Group(*(row[column] for column in Group._fields))
    finding, interval = finding_words(row, group.unit)
    above = sum(value > row["capacity"] for value in values)
    place = f"{above} of {len(values)} of these strings lie above"
    return f"{row['cell'].upper()} on {group.describe()}: capacity {typeset(finding)} ({interval}); {place}"
