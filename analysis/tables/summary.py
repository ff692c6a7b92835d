"""Capacities in one line each, for the terminal and the head of the report."""

from __future__ import annotations

import pandas as pd

from seqmem.analysis.estimators.capacity import AT_LEAST, AT_MOST, UNRESOLVED
from seqmem.analysis.records.groups import Group
from seqmem.analysis.tables.capacity_tables import capacity_table
from seqmem.core.number_formats import short_number


def capacity_lines(frame: pd.DataFrame) -> list[str]:
    """One short line per (group, cell), such as `gru   76 codes (95 % interval 63–91, LZW, 4 symbols, 2 GF)`.

    Source, protocol and design are named where the frame holds more than one of them.
    """
    table = capacity_table(frame)
    width = max((len(cell) for cell in table["cell"]), default=0)
    varying = [column for column in ("source", "protocol", "design") if table[column].nunique() > 1]
    return [
        f"{row['cell']:<{width}}   {capacity_words(row, varying)}" for _, row in table.iterrows()
    ]


def capacity_words(row: pd.Series, varying: list[str]) -> str:
    """One row of `capacity_table` in words: the finding, then what it holds for."""
    group = Group(*(row[column] for column in Group._fields))
    setting = [str(row[column]) for column in varying if column != "design"]
    setting += [group.measure_name, f"{group.alphabet_size} symbols", group.budget]
    setting += [group.design] if "design" in varying and group.design else []
    finding, interval = finding_words(row, group.unit)
    return f"{finding} ({', '.join([interval, *setting])})"


def finding_words(row: pd.Series, unit: str = "", value: str = "capacity") -> tuple[str, str]:
    """The estimate and its interval in words, from a row with `relation`, `value`, `low` and `high`.

    Where the levels don't bracket the quantity, only the limit that the data set is stated.

    Examples
    --------
    >>> finding_words(pd.Series({"relation": "=", "capacity": 76.2, "low": 63.4, "high": 90.9}), "codes")
    ('76 codes', '95 % interval 63–91')
    >>> finding_words(pd.Series({"relation": ">=", "capacity": 300.0, "low": 171.3, "high": 900.0}), "codes")
    ('>= 171 codes', '97.5 % lower limit, the levels run do not bound it above')
    """
    suffix = f" {unit}" if unit else ""
    if row["relation"] == AT_LEAST:
        return (
            f">= {short_number(row['low'])}{suffix}",
            "97.5 % lower limit, the levels run do not bound it above",
        )
    if row["relation"] == AT_MOST:
        return (
            f"<= {short_number(row['high'])}{suffix}",
            "97.5 % upper limit, the levels run do not bound it below",
        )
    if row["relation"] == UNRESOLVED:
        return "not resolved", "the levels run bound it on neither side"
    return (
        f"{short_number(row[value])}{suffix}",
        f"95 % interval {short_number(row['low'])}–{short_number(row['high'])}",
    )


def typeset(text: str) -> str:
    """`>=` and `<=` as single characters, for pages and figures."""
    return text.replace(">=", "≥").replace("<=", "≤")
