"""Compare strings with the capacities that ship with the project."""

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
from seqmem.study.memorizers.cells import cell_title
from seqmem.sweeps.storage.file_names import RECORDS_FILE

# `make paper` computes it from the shipped records; an installed package contains it.
SHIPPED = "shipped_capacities.csv"
CURVES = "paper-complexity*"
MEASURE = "lzw"
FEWEST_LEVELS = 3


def curve_lines(
    alphabet_size: int,
    values: Sequence[float],
    budget: str,
    protocol: str,
    capacities: pd.DataFrame | None = None,
) -> list[str]:
    """Return a line for each shipped capacity over an alphabet, at one budget.

    A capacity at another budget says nothing about these strings.

    Parameters
    ----------
    alphabet_size : int
        Distinct symbols of the strings.
    values : sequence of float
        LZW codes of the strings.
    budget, protocol : str
        Budget and protocol of the comparison.
    capacities : pandas.DataFrame, optional
        Capacities, as `bounded_capacities` returns them. If absent, the capacities that ship with
        the package.

    Returns
    -------
    list of str
        One line for each capacity; a single line says so if the alphabet has none.
    """
    table = shipped_capacities() if capacities is None else capacities
    rows = [
        row
        for _, row in table.iterrows()
        if row["measure"] == MEASURE and row["alphabet_size"] == alphabet_size
    ]
    if not rows:
        return [f"no shipped capacity for strings over {alphabet_size} symbols"]
    here = protocol, budget
    lines = [
        _capacity_line(row, values) for row in rows if (row["protocol"], row["budget"]) == here
    ]
    known = ", ".join(dict.fromkeys(f"{row['protocol']}, {row['budget']}" for row in rows))
    return lines or [f"no shipped capacity at {protocol}, {budget}; there are some at {known}"]


@cache
def shipped_capacities() -> pd.DataFrame:
    """Return the capacities that ship with the package.

    Returns
    -------
    pandas.DataFrame
        One row per (group, cell). See `seqmem.analysis.capacity_table`.
    """
    with (files("seqmem.workflows.compare") / SHIPPED).open(encoding="utf-8") as file:
        return pd.read_csv(file, keep_default_na=False, na_values=[""])


def bounded_capacities(records: Path) -> pd.DataFrame:
    """Return the capacities of study 1 that enough levels bound on both sides.

    Parameters
    ----------
    records : Path
        Folder of the records of study 1.

    Returns
    -------
    pandas.DataFrame
        One row per (group, cell). See `seqmem.analysis.capacity_table`. Without records the
        table is empty.
    """
    folders = sorted(file.parent for file in records.glob(f"{CURVES}/{RECORDS_FILE}"))
    if not folders:
        return pd.DataFrame()
    table = capacity_table(load_sources(folders).frame)
    return table[(table["relation"] == "=") & (table["levels"] >= FEWEST_LEVELS)]


def _capacity_line(row: pd.Series, values: Sequence[float]) -> str:
    group = Group(*(row[column] for column in Group._fields))
    finding, interval = finding_words(row, group.unit)
    above = sum(value > row["capacity"] for value in values)
    share = f"{above} of {len(values)} of these strings lie above"
    capacity = f"capacity {typeset(finding)} ({interval})"
    return f"{cell_title(row['cell'])} on {group.describe()}: {capacity}; {share}"
