"""Where strings lie on the capacity curves that ship with the project, if one fits them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pandas as pd

from analysis.groups import Group
from analysis.records import RECORDS, load
from analysis.summary import finding_words, typeset
from analysis.tables import capacity_table
from generators.errors import InputError

SHIPPED = Path(__file__).parent.parent / "results"
MEASURE = "lzw"


def curve_lines(alphabet_size: int, values: Sequence[float], shipped: Path = SHIPPED) -> list[str]:
    """Return a line for each shipped capacity over this alphabet, or one that says there is none.

    Parameters
    ----------
    values : LZW codes of the strings.
    """
    lines = [
        _words(name, row, values)
        for name, table in _shipped_tables(shipped)
        for _, row in table.iterrows()
        if row["measure"] == MEASURE and row["alphabet_size"] == alphabet_size
    ]
    return lines or [f"no shipped curve for {alphabet_size} symbols: where these strings lie on one is not known"]


def _shipped_tables(shipped: Path) -> Iterator[tuple[str, pd.DataFrame]]:
    for file in sorted(shipped.glob(f"*/{RECORDS}")):
        try:
            yield file.parent.name, capacity_table(load(file))
        except InputError:
            # Records without confirmation runs, as those of the reproduction: no capacity follows from them.
            continue


def _words(name: str, row: pd.Series, values: Sequence[float]) -> str:
    group = Group(*(row[column] for column in Group._fields))
    finding, interval = finding_words(row, group.unit)
    above = sum(value > row["capacity"] for value in values)
    place = f"{above} of {len(values)} of these strings lie above" if row["relation"] == "=" else "not placed"
    return f"{row['cell']} on {group.describe()} ({name}): capacity {typeset(finding)} ({interval}); {place}"
