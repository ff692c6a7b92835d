"""Capacities in one line each, for the terminal and the head of the report."""

from __future__ import annotations

import pandas as pd

from seqmem.analysis.estimators.capacity import AT_LEAST, AT_MOST, UNRESOLVED
from seqmem.analysis.records.groups import Group
from seqmem.analysis.records.kinds import RECORDS
from seqmem.analysis.tables.capacity_tables import capacity_table
from seqmem.core.number_formats import short_number
from seqmem.core.python_arguments import argument_kinds


@argument_kinds(frame=RECORDS)
def capacity_lines(frame: pd.DataFrame) -> list[str]:
    """Describe each capacity in one line.

    A line is for example `gru   76 codes (95 % interval 63–91, LZW, 4 symbols, 2 GF)`.

    Parameters
    ----------
    frame : DataFrame
        Records, as `analysis.load` returns them.

    Returns
    -------
    list of str
        One line per (group, cell). Source, protocol and design are named if the frame has several.

    Examples
    --------
    >>> from seqmem import analysis
    >>> frame = analysis.load("runs/quick")  # doctest: +SKIP
    >>> analysis.capacity_lines(frame)  # doctest: +SKIP
    """
    table = capacity_table(frame)
    width = max((len(cell) for cell in table["cell"]), default=0)
    varying = [column for column in ("source", "protocol", "design") if table[column].nunique() > 1]
    return [
        f"{row['cell']:<{width}}   {capacity_words(row, varying)}" for _, row in table.iterrows()
    ]


def capacity_words(row: pd.Series, varying: list[str]) -> str:
    """Describe one row of `capacity_table`: the finding, then what it holds for.

    Parameters
    ----------
    row : series
        A row of `capacity_table`.
    varying : list of str
        Columns of the group that the text names because they vary.

    Returns
    -------
    str
        Text such as `76 codes (95 % interval 63–91, LZW, 4 symbols, 2 GF)`.
    """
    group = Group(*(row[column] for column in Group._fields))
    setting = [str(row[column]) for column in varying if column != "design"]
    setting += [group.measure_name, f"{group.alphabet_size} symbols", group.budget]
    setting += [group.design] if "design" in varying and group.design else []
    finding, interval = finding_words(row, group.unit)
    return f"{finding} ({', '.join([interval, *setting])})"


def finding_words(row: pd.Series, unit: str = "", value: str = "capacity") -> tuple[str, str]:
    """Describe an estimate and its interval.

    If the levels do not bracket the quantity, only the limit that the data set is stated.

    Parameters
    ----------
    row : series
        A row with `relation`, the estimate, `low` and `high`.
    unit : str, default ""
        Unit of the quantity.
    value : str, default "capacity"
        Column of the estimate.

    Returns
    -------
    finding, interval : str
        The estimate or limit, and what the interval is.

    Examples
    --------
    >>> row = pd.Series({"relation": "=", "capacity": 76.2, "low": 63.4, "high": 90.9})
    >>> finding_words(row, "codes")
    ('76 codes', '95 % interval 63–91')
    >>> row = pd.Series({"relation": ">=", "capacity": 300.0, "low": 171.3, "high": 900.0})
    >>> finding_words(row, "codes")
    ('>= 171 codes', "97.5 % lower limit; the sweep's levels do not bound it above")
    >>> row = pd.Series({"relation": "<=", "capacity": 40.0, "low": 10.0, "high": 52.6})
    >>> finding_words(row, "codes")
    ('<= 53 codes', "97.5 % upper limit; the sweep's levels do not bound it below")
    >>> finding_words(pd.Series({"relation": "unresolved"}))
    ('not resolved', "the sweep's levels bound it on neither side")
    """
    suffix = f" {unit}" if unit else ""
    if row["relation"] == AT_LEAST:
        return (
            f">= {short_number(row['low'])}{suffix}",
            "97.5 % lower limit; the sweep's levels do not bound it above",
        )
    if row["relation"] == AT_MOST:
        return (
            f"<= {short_number(row['high'])}{suffix}",
            "97.5 % upper limit; the sweep's levels do not bound it below",
        )
    if row["relation"] == UNRESOLVED:
        return "not resolved", "the sweep's levels bound it on neither side"
    return (
        f"{short_number(row[value])}{suffix}",
        f"95 % interval {short_number(row['low'])}–{short_number(row['high'])}",
    )


def typeset(text: str) -> str:
    """Replace `>=` and `<=` with single characters, for pages and figures.

    Parameters
    ----------
    text : str
        A text.

    Returns
    -------
    str
        The text with `≥` and `≤`.

    Examples
    --------
    >>> typeset(">= 171 codes")
    '≥ 171 codes'
    """
    return text.replace(">=", "≥").replace("<=", "≤")
