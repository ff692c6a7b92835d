"""Sentences about effort: what the searches could find, and whether fewer trials answer alike."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from seqmem.analysis.estimators.tuning.search_points import PAIRED_SAMPLERS, paired_sweeps
from seqmem.analysis.estimators.tuning.tuning_curves import CONDITIONAL
from seqmem.analysis.estimators.two_samples import POWER, smallest_found
from seqmem.analysis.estimators.winner_values import winner_values
from seqmem.analysis.records.search_spaces import box_words, space_of
from seqmem.analysis.tables.effort_words import other_efforts
from seqmem.analysis.tables.tuning_table import RHO, tuning_table
from seqmem.study.memorizers.cells import cell_title
from seqmem.sweeps.config.search_section import NEW_SPACE
from seqmem.workflows.compare.differences import Difference
from seqmem.workflows.compare.sentences import cell_names, times_text

Configs = Mapping[str, Mapping[str, Any]]


def is_paired(frame: pd.DataFrame, configs: Configs) -> bool:
    """Return whether all cells of a comparison tried the same points.

    Comparisons that were begun before points were paired are not.

    Parameters
    ----------
    frame : pandas.DataFrame
        Records of one comparison.
    configs : mapping
        Its sweep file, by the name of the sweep.
    """
    new = [config.get("search", {}).get("space") == NEW_SPACE for config in configs.values()]
    return bool(new) and all(new) and bool(paired_sweeps(frame, configs))


def box_line(frame: pd.DataFrame, configs: Configs, cells: Sequence[str]) -> str:
    """Return what is estimated: the best of so many points of which box.

    Parameters
    ----------
    frame : pandas.DataFrame
        Records of a paired comparison.
    configs : mapping
        Its sweep file, by the name of the sweep.
    cells : sequence of str
        Names of the cells.

    Returns
    -------
    str
        A line for a terminal. It names each box if cells have their own.
    """
    [config] = configs.values()
    level = int(frame["level"].iloc[0])
    boxes = {cell: box_words(space_of(config, level, cell)) for cell in cells}
    search = config["search"]
    points = PAIRED_SAMPLERS[search["sampler"]].format(search["trials"])
    if len(set(boxes.values())) == 1:
        box = next(iter(boxes.values()))
    else:
        own = "; ".join(f"{cell_title(cell)}: {words}" for cell, words in boxes.items())
        box = f"{own} (points are paired by slot)"
    return f"estimand: the best of {points}, which the cells share, in the box {box}"


def found_line(difference: Difference) -> str | None:
    """Return the difference of two cells that the searches could have found, in a line.

    Parameters
    ----------
    difference : Difference
        The difference of the two cells.

    Returns
    -------
    str or None
        A line for a terminal; None without intervals, or if nothing varied.
    """
    sizes = []
    for contrast in (difference.fraction, difference.rho):
        found = smallest_found(contrast, 0.0, difference.confidence)
        if not found > 0:
            continue
        is_time = contrast is difference.rho
        sizes.append(
            f"a factor of {times_text(2**found)} in time"
            if is_time
            else f"{100 * min(found, 1.0):.1f} % of a string"
        )
    if not sizes:
        return None
    return (
        f"could have been found with {100 * POWER:.0f} % power between "
        f"{cell_names(difference.cells)}: {' or '.join(sizes)}"
    )


def effort_lines(frame: pd.DataFrame, configs: Configs) -> Iterator[str]:
    """Yield the tuning curve of every two cells, and at which effort the answer would be another.

    Parameters
    ----------
    frame : pandas.DataFrame
        Records of a paired comparison.
    configs : mapping
        Its sweep file, by the name of the sweep.

    Yields
    ------
    str
        Lines for a terminal; none if no searches can be paired.
    """
    table = tuning_table(frame, configs)
    for (first, second), rows in table[table["quantity"] == RHO].groupby(["first", "second"]):
        curve = rows.sort_values("n")
        if curve["low"].isna().any():
            continue
        points = "; ".join(_point_words(row) for _, row in curve.iterrows())
        names = f"{cell_title(str(first))} against {cell_title(str(second))}"
        yield f"tuning curve of {names} (rho in octaves, 95 % for all n together): {points}"
        yield f"effort, by the tuning curve: {other_efforts(curve)}"


def winner_lines(frame: pd.DataFrame, configs: Configs) -> Iterator[str]:
    """Yield how many winners of each cell have each depth, batch and length.

    Parameters
    ----------
    frame : pandas.DataFrame
        Records of a paired comparison.
    configs : mapping
        Its sweep file, by the name of the sweep.

    Yields
    ------
    str
        A line for each cell.
    """
    for cell, rows in winner_values(frame, configs).groupby("cell", sort=True):
        options = []
        for option, own in rows.groupby("option", sort=False):
            counts = zip(own["value"], own["winners"], strict=True)
            options.append(f"{option} {', '.join(f'{value} ({count})' for value, count in counts)}")
        name = cell_title(str(cell))
        searches = rows["searches"].iloc[0]
        yield f"winners of {name} (of {searches} searches): {'; '.join(options)}"


def _point_words(row: pd.Series) -> str:
    doubt = f", {CONDITIONAL}" if row["basis"] == CONDITIONAL else ""
    interval = f"{row['low']:.2g} to {row['high']:.2g}{doubt}"
    return f"n = {row['n']}: {row['value']:.2g} ({interval})"
