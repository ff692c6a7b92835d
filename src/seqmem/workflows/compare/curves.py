"""Where strings lie on the capacity curves that ship with the project, if one fits them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path

import pandas as pd

from seqmem.analysis.records.groups import Group
from seqmem.analysis.records.sources import load_sources
from seqmem.analysis.tables.capacity_tables import capacity_table
from seqmem.analysis.tables.summary import finding_words, typeset
from seqmem.sweeps.storage.file_names import RECORDS_FILE

# Made from the shipped records by `make paper`, so that an installed package has it.
SHIPPED = "shipped_capacities.csv"
CURVES = "paper-complexity*"
MEASURE = "lzw"
FEWEST_LEVELS = 3


def curve_lines(
    alphabet_size: int, values: Sequence[float], capacities: pd.DataFrame | None = None
) -> list[str]:
    """Return a line for each shipped capacity over this alphabet, or one that says there is none.

    Parameters
    ----------
    values : LZW codes of the strings.
    capacities : as of `bounded_capacities`; those that ship with the package if not given.
    """
    table = shipped_capacities() if capacities is None else capacities
    lines = [
        _words(row, values)
        for _, row in table.iterrows()
        if row["measure"] == MEASURE and row["alphabet_size"] == alphabet_size
    ]
    return lines or [
        f"no shipped curve for {alphabet_size} symbols: where these strings lie on one is not known"
    ]


@cache
def shipped_capacities() -> pd.DataFrame:
    """Return the capacities that ship with the package."""
    with (files("seqmem.workflows.compare") / SHIPPED).open(encoding="utf-8") as file:
        return pd.read_csv(file, keep_default_na=False, na_values=[""])


def bounded_capacities(records: Path) -> pd.DataFrame:
    """Return the capacities of the study of complexity, where enough levels bound them on both sides.

    Parameters
    ----------
    records : folder of the study's records.
    """
    folders = sorted(file.parent for file in records.glob(f"{CURVES}/{RECORDS_FILE}"))
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
