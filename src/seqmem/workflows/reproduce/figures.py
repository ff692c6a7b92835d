"""The figures of a reproduction: group means with their tolerance, and single strings."""

from __future__ import annotations

from textwrap import fill

import matplotlib.ticker as ticker
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Page

from seqmem.analysis.figures.parts.theme import in_order, look, theme
from seqmem.core.number_formats import counted
from seqmem.workflows.reproduce.compare import TITLES

READINGS = {"epochs": "epochs", "test_accuracy": "test accuracy"}


def draw_groups(table: pd.DataFrame) -> Page:
    """Draw the group means, one panel per quantity.

    Parameters
    ----------
    table : pandas.DataFrame
        Groups, as `seqmem.workflows.reproduce.compare.group_table` returns them.

    Returns
    -------
    matplotlib.figure.Figure
        The page.
    """
    with theme():
        page = Page(figsize=(6.9, 1.1 + 0.3 * len(table) / len(TITLES)), layout="constrained")
        axes = page.subplots(1, len(TITLES), sharey=True)
        for ax, (quantity, title) in zip(axes, TITLES.items(), strict=True):
            draw_quantity(table[table["quantity"] == quantity], ax).set_title(
                fill(title, 20), loc="left"
            )
        handles, labels = axes[0].get_legend_handles_labels()
        page.legend(handles, labels, loc="outside lower center", ncols=len(handles))
    return page


def draw_quantity(rows: pd.DataFrame, ax: Axes) -> Axes:
    """Draw the published mean of one quantity with its tolerance, and the mean here.

    Parameters
    ----------
    rows : pandas.DataFrame
        Rows of `compare.group_table` of the quantity.
    ax : matplotlib.axes.Axes
        Axes to draw on.

    Returns
    -------
    matplotlib.axes.Axes
        The same axes.
    """
    names = [_group_name(row) for row in rows.itertuples()]
    positions = range(len(rows))
    ax.errorbar(
        rows["published"],
        positions,
        xerr=rows["tolerance"],
        fmt="|",
        color="0.35",
        markersize=9,
        capsize=2.5,
        linewidth=1,
        label="published ± tolerance",
    )
    for model in in_order(rows["model"].str.lower()):
        style = look(model)
        ours = [index for index in positions if rows["model"].iloc[index].lower() == model]
        below = [index + 0.22 for index in ours]
        ax.plot(
            rows["reproduced"].iloc[ours],
            below,
            style.marker,
            color=style.colour,
            label=f"{style.name}, here",
        )
    ax.set_yticks(positions, names)
    ax.set_ylim(len(rows) - 0.4, -0.5)
    ax.xaxis.set_major_locator(ticker.MaxNLocator(3))
    return ax


def draw_strings(table: pd.DataFrame) -> Page:
    """Draw the median of each string, here against published.

    Parameters
    ----------
    table : pandas.DataFrame
        Strings, as `seqmem.workflows.reproduce.compare.string_table` returns them.

    Returns
    -------
    matplotlib.figure.Figure
        The page.
    """
    with theme():
        page = Page(figsize=(6.9, 3.5), layout="constrained")
        axes = page.subplots(1, len(READINGS))
        for ax, (column, title) in zip(axes, READINGS.items(), strict=True):
            draw_reading(table, column, ax).set(
                xlabel=f"{title}, published", ylabel=f"{title}, here"
            )
        handles, labels = axes[0].get_legend_handles_labels()
        page.legend(handles, labels, loc="outside lower center", ncols=len(handles))
    return page


def draw_reading(table: pd.DataFrame, column: str, ax: Axes) -> Axes:
    """Draw one quantity of every string; medians here and published are equal on the diagonal.

    Parameters
    ----------
    table : pandas.DataFrame
        Strings, as `seqmem.workflows.reproduce.compare.string_table` returns them.
    column : {"epochs", "test_accuracy"}
        The quantity.
    ax : matplotlib.axes.Axes
        Axes to draw on.

    Returns
    -------
    matplotlib.axes.Axes
        The same axes.
    """
    for model in in_order(table["model"].str.lower()):
        rows = table[table["model"].str.lower() == model]
        style = look(model)
        ax.plot(
            rows[f"published_{column}"],
            rows[f"reproduced_{column}"],
            style.marker,
            color=style.colour,
            alpha=0.8,
            markerfacecolor="none",
            label=style.name,
        )
    if column == "epochs":
        ax.set(xscale="log", yscale="log")
        for axis in (ax.xaxis, ax.yaxis):
            axis.set_major_locator(ticker.FixedLocator([5, 10, 20, 50, 100, 200, 500]))
            axis.set_major_formatter(ticker.ScalarFormatter())
            axis.set_minor_locator(ticker.NullLocator())
    limits = np.array([ax.get_xlim(), ax.get_ylim()])
    ends = (limits[:, 0].min(), limits[:, 1].max())
    ax.plot(ends, ends, color="0.7", linewidth=0.7, zorder=0)
    ax.set(xlim=ends, ylim=ends, aspect="equal")
    return ax


def _group_name(row: object) -> str:
    layers = counted(row.layers, "layer")  # type: ignore[attr-defined]
    return f"{row.model}, {row.level}, {layers}, {row.learning_rate:g}"  # type: ignore[attr-defined]
