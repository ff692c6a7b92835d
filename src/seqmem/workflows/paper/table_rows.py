"""Rows of the tables on the paper's pages, made of the report's tables and records."""

from __future__ import annotations

from typing import Any

import pandas as pd

from seqmem.analysis.estimators.importance import TOTAL
from seqmem.analysis.records.checkpoint_curves import memorized_by_budget
from seqmem.analysis.records.groups import Group
from seqmem.analysis.report.page import reading_words
from seqmem.analysis.tables.summary import finding_words, typeset
from seqmem.core.number_formats import fixed_interval, fixed_number
from seqmem.study.memorizers.cells import cell_title
from seqmem.workflows.paper.published import level_words, published_epochs

DESIGN_TITLES = {"units": "units as at depth 1", "matched": "parameters matched"}


def capacity_rows(table: pd.DataFrame) -> list[dict[str, str]]:
    """Return the rows of the table of capacities.

    Parameters
    ----------
    table : pandas.DataFrame
        Capacities, as `seqmem.analysis.capacity_table` returns them.

    Returns
    -------
    list of dict
        Keys ``cell``, ``setting``, ``capacity``, ``interval``, ``runs``, ``continuous``.
    """
    rows = []
    for _, row in table.iterrows():
        group = Group(*(row[column] for column in Group._fields))
        finding, interval = finding_words(row, group.unit)
        rows.append(
            {
                "cell": cell_title(row["cell"]),
                "setting": group.describe(),
                "capacity": typeset(finding),
                "interval": interval,
                "runs": f"{row['memorized']} of {row['runs']}",
                "continuous": reading_words(row),
            }
        )
    return rows


def rho_rows(rho: pd.DataFrame, levels: pd.DataFrame, section: str) -> list[dict[str, str]]:
    """Return rho at every level of a section, with the memorized strings of each cell.

    Parameters
    ----------
    rho : pandas.DataFrame
        Rho at every level, on one clock.
    levels : pandas.DataFrame
        Memorized strings at every level.
    section : str
        Name of the section.

    Returns
    -------
    list of dict
        Keys ``what``, ``alphabet``, ``level``, ``budget``, ``rho``, ``strings``, ``gru``,
        ``lstm``.
    """
    columns = [*Group._fields, "level"]
    rows = []
    for _, row in rho.iterrows():
        same = levels[(levels[columns] == row[columns]).all(axis=1)]
        memorized = {
            str(other["cell"]): f"{other['memorized']} of {other['runs']}"
            for _, other in same.iterrows()
        }
        rows.append(
            {
                "what": _label(section, row),
                "alphabet": f"{row['alphabet_size']}",
                "level": f"{Group(*row[[*Group._fields]]).measure_name} {row['level']}",
                "budget": str(row["budget"]),
                "rho": fixed_interval(row["rho"], row["low"], row["high"]),
                "strings": f"{row['strings']}",
                "gru": memorized.get("gru", "–"),
                "lstm": memorized.get("lstm", "–"),
            }
        )
    return rows


def pooled_rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return rho over all levels of each budget, on each clock.

    Parameters
    ----------
    table : pandas.DataFrame
        Mean rho, as `seqmem.workflows.paper.exploratory.pooled_rho` returns it.

    Returns
    -------
    list of dict
        Keys ``budget``, ``levels``, ``searches``, and ``cells`` with a text for each clock.
    """
    return [
        {
            "budget": budget,
            "levels": f"{rows['levels'].iloc[0]}",
            "searches": f"{rows['searches'].iloc[0]}",
            "cells": {
                row["clock"]: fixed_interval(row["rho"], row["low"], row["high"])
                for _, row in rows.iterrows()
            },
        }
        for budget, rows in table.groupby("budget", sort=False)
    ]


def published_rows() -> list[dict[str, str]]:
    """Return the epochs and solved fractions of the published experiments, in words.

    Returns
    -------
    list of dict
        Keys ``level``, ``rate``, ``layers``, ``octaves``, ``lstm``, ``gru``.
    """
    return [
        {
            "level": level_words(row["level"]),
            "rate": f"{row['learning_rate']:g}",
            "layers": f"{row['layers']}",
            "octaves": fixed_number(row["octaves"]),
            "lstm": fixed_number(row["solved_lstm"]),
            "gru": fixed_number(row["solved_gru"]),
        }
        for _, row in published_epochs().iterrows()
    ]


def depth_rows(table: pd.DataFrame) -> list[dict[str, str]]:
    """Return the gain of depth for each cell, at each budget in each design.

    Parameters
    ----------
    table : pandas.DataFrame
        Gains, as `seqmem.workflows.paper.exploratory.depth_gains` returns them, with the forget
        bias.

    Returns
    -------
    list of dict
        Keys ``budget``, ``design``, ``depth``, ``gru``, ``lstm``.
    """
    rows = []
    for (budget, design, bias, depth), some in table.groupby(
        ["budget", "design", "forget_bias", "depth"]
    ):
        cells = {
            row["cell"]: fixed_interval(row["gain"], row["low"], row["high"])
            for _, row in some.iterrows()
        }
        title = f"{DESIGN_TITLES[str(design)]}{', forget bias 1' if bias else ''}"
        rows.append(
            {"budget": str(budget), "design": title, "depth": f"{depth:g}", "gru": "", **cells}
        )
    return rows


def string_rows(runs: pd.DataFrame, section: str) -> list[dict[str, str]]:
    """Return the strings of a section's sweeps, and the part of them that each cell stored.

    Parameters
    ----------
    runs : pandas.DataFrame
        Confirmation runs.
    section : str
        Name of the section.

    Returns
    -------
    list of dict
        Keys ``what`` (part of the sweep's name), ``lzw``, ``symbols``, ``bits``, ``context``,
        ``gru``, ``lstm``, and ``gained``: the bits per symbol that the GRU and the LSTM gained.
    """
    prefix = f"paper-{section}-"
    own = runs[runs["sweep"].str.startswith(prefix)]
    rows = []
    for name, of_sweep in own.groupby("sweep", sort=True):
        cells = {}
        gains = (of_sweep["gain_bits"] / of_sweep["period"]).groupby(of_sweep["cell"]).mean()
        for cell, some in of_sweep.groupby("cell"):
            count = int(memorized_by_budget(some).sum())
            cells[str(cell)] = f"{count} of {len(some)} ({some['stored_fraction'].mean():.2f})"
        rows.append(
            {
                "what": str(name).removeprefix(prefix),
                "lzw": f"{of_sweep['lzw'].mean():.0f}",
                "symbols": f"{of_sweep['period'].mean():.0f}",
                "bits": f"{of_sweep['reference_bits'].mean():.0f}",
                "context": f"{of_sweep['min_context'].mean():.0f}",
                "gained": f"{gains['gru']:.2f}, {gains['lstm']:.2f}",
                **cells,
            }
        )
    return rows


def importance_rows(table: pd.DataFrame) -> list[dict[str, str]]:
    """Return the hyper-parameters by their total Sobol index, for every cell and level.

    Parameters
    ----------
    table : pandas.DataFrame
        Importances of a section.

    Returns
    -------
    list of dict
        Keys ``cell``, ``level``, ``order``.
    """
    table = table[table["evaluator"] == TOTAL].sort_values(
        "importance", ascending=False, kind="stable"
    )
    rows = []
    for (cell, level), some in table.groupby(["cell", "level"], sort=True):
        names = some["hyper_parameter"].str.replace("_", " ")
        order = [
            f"{name} {value:.2f}" for name, value in zip(names, some["importance"], strict=True)
        ]
        rows.append(
            {"cell": cell_title(str(cell)), "level": f"LZW {level}", "order": ", ".join(order)}
        )
    return rows


def _label(section: str, row: pd.Series) -> str:
    """Return a label: the sweep's part of the preset, or the source if all sweeps have one design.

    A part is left out if its name extends the name of the first. It differs from the first in
    levels and budget, which have their own columns.

    Examples
    --------
    >>> design = "paper-controls-x + paper-controls-x-low"
    >>> _label("controls", pd.Series({"design": design, "source": "iid"}))
    'x'
    """
    names = [
        name.removeprefix(f"paper-{section}-")
        for name in str(row["design"] or row["source"]).split(" + ")
    ]
    return " + ".join(name for name in names if not name.startswith(f"{names[0]}-"))
