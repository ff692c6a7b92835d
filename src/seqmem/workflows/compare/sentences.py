"""Sentences about the records of a comparison: one for each cell, difference and configuration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from seqmem.analysis.estimators.contrasts import Contrast
from seqmem.analysis.estimators.recalled_bits import recalled_fraction
from seqmem.analysis.estimators.time_ratios import learning_curves
from seqmem.analysis.records.checkpoint_curves import memorized_by_budget
from seqmem.core.number_formats import counted, number_range, plain_number
from seqmem.study.memorizers.cells import cell_title
from seqmem.workflows.compare.differences import Difference

# The checkpoints span fewer octaves, so a larger ratio of times cannot be measured.
MANY_TIMES = 100
MOST_OCTAVES = 1000.0
_FIRST_OPTIONS = ("depth", "units", "learning_rate")


def cell_line(runs: pd.DataFrame, cell: str) -> str:
    """Return what a cell recalled of its verdict strings, in a line.

    Parameters
    ----------
    runs : pandas.DataFrame
        Verdict runs of all cells.
    cell : str
        Name of the cell.

    Returns
    -------
    str
        Counts of strings, and bits per string.
    """
    own = runs[runs["cell"] == cell].reset_index(drop=True)
    if own.empty:
        return f"{cell_title(cell)}: every verdict run failed"
    fraction = recalled_fraction(own, learning_curves(own))
    reference = own["reference_bits"].to_numpy(dtype=float)
    bits = (fraction * reference).mean()
    lost = int((own["status"] == "diverged").sum())
    diverged = f", {lost} diverged" if lost else ""
    return (
        f"{cell_title(cell)}: {int(memorized_by_budget(own).sum())} of {len(own)} "
        f"verdict strings memorized{diverged}; "
        f"{bits:.3g} of {reference.mean():.3g} bits per string recalled "
        f"({100 * fraction.mean():.0f} %)"
    )


def more_line(difference: Difference) -> str:
    """Return which of two cells memorizes more, in a line.

    Parameters
    ----------
    difference : Difference
        The difference of the two cells.

    Returns
    -------
    str
        The cell, with bits and percent of a string and their intervals. Limits beyond a whole
        string, which no difference can exceed, are shown as a whole string.
    """
    bits = difference.bits
    pair = _pair(difference)
    if bits.interval(difference.confidence) == (0.0, 0.0):
        return f"memorizes more: neither; {pair} recall as much of every verdict string"
    ahead, sign = _ahead(difference, bits)
    amount = _bits(difference, sign)
    share = _percent(difference, sign)
    size = f"{ahead} by {amount} per string, {share}"
    if difference.more:
        return f"memorizes more: {size}"
    return f"memorizes more: undecided between {pair}; estimate: {size}"


def sooner_line(difference: Difference) -> str:
    """Return which of two cells reaches the same recall sooner, in a line.

    Parameters
    ----------
    difference : Difference
        The difference of the two cells.

    Returns
    -------
    str
        The cell, with the ratio of times and its interval.
    """
    rho = difference.rho
    pair = _pair(difference)
    if not rho.values:
        return (
            f"faster to the same recall: unknown for {pair}; "
            "in every pair of runs, one stored less than 2 % of its string"
        )
    ahead, sign = _ahead(difference, rho)
    factor = times_of(sign * rho.estimate)
    limits = _limits(rho, sign, difference.confidence)
    if limits is None:
        size = f"by a factor of {factor:.2f} (no interval: fewer than 2 searches)"
    else:
        low, high = map(times_of, limits)
        least = f"{low:.2g}" if low >= 1 / MANY_TIMES else f"less than {1 / MANY_TIMES:g}"
        interval = f"interval {least} to {times_text(high)}"
        octaves = f"rho {sign * rho.estimate:.2g} octaves"
        size = f"by a factor of {times_text(factor)} ({interval}; {octaves})"
    notes = []
    if difference.uninformative:
        count = f"{difference.uninformative} of {difference.strings} pairs"
        notes.append(f"; {count} stored too little for a ratio")
    if difference.depends_on_clock:
        notes.append("; at equal FLOPs the other cell is faster")
    lead = ahead if difference.sooner else f"undecided between {pair}; estimate: {ahead}"
    return f"faster to the same recall: {lead} {size}{''.join(notes)}"


def configuration_line(runs: pd.DataFrame, cell: str, configuration: Mapping[str, Any]) -> str:
    """Return the configuration to use, and the range of the winners, in a line.

    Parameters
    ----------
    runs : pandas.DataFrame
        Verdict runs of the cell.
    cell : str
        Name of the cell.
    configuration : mapping
        Depth, units, learning rate and other options to use.

    Returns
    -------
    str
        A line for a terminal.
    """
    winners = runs.drop_duplicates("search")
    depths = winners["depth"].astype(int)
    units = winners["units"].astype(int)
    rates = winners["learning_rate"].astype(float)
    layers = "layer" if depths.max() == 1 else "layers"
    spread = (
        f"winners of {counted(len(winners), 'search', 'searches')}: "
        f"{number_range(depths.min(), depths.max())} {layers}, "
        f"{number_range(units.min(), units.max())} units, "
        f"learning rate {rates.min():.2g} to {rates.max():.2g}"
    )
    others = {name: configuration[name] for name in configuration if name not in _FIRST_OPTIONS}
    further = "".join(f", {name.replace('_', ' ')} {value}" for name, value in others.items())
    depth = int(configuration["depth"])
    size = f"{counted(depth, 'layer')} of {int(configuration['units'])} units"
    rate = f"learning rate {configuration['learning_rate']:.3g}{further}"
    return f"configuration to use: {cell_title(cell)}, {size}, {rate} ({spread})"


def excluded_line(differences: Sequence[Difference]) -> str:
    """Return which differences the intervals exclude, in a clause.

    Parameters
    ----------
    differences : sequence of Difference
        Pairs of cells without a found difference.

    Returns
    -------
    str
        The largest difference inside an interval, as a part of a string and as a ratio of times.
        One that is unknown is left out.
    """
    fractions = [limit for one in differences for limit in one.fraction.interval(one.confidence)]
    octaves = [limit for one in differences for limit in one.rho.interval(one.confidence)]
    sizes = []
    if np.isfinite(fractions).all() and any(fractions):
        sizes.append(f"{100 * min(max(map(abs, fractions)), 1.0):.1f} % of a string")
    if octaves and np.isfinite(octaves).all():
        sizes.append(f"a factor of {times_text(times_of(max(map(abs, octaves))))} in time")
    if not sizes:
        return "the largest possible difference is unknown"
    return f"differences of up to {' or '.join(sizes)} are not excluded"


def times_of(octaves: float) -> float:
    """Return a ratio of times from octaves, at most 2^1000: few searches give limits beyond it.

    Examples
    --------
    >>> times_of(-1.0), times_of(5000.0) == 2.0**1000
    (0.5, True)
    """
    return float(2.0 ** min(octaves, MOST_OCTAVES))


def times_text(factor: float) -> str:
    """Return a ratio of times as text.

    Parameters
    ----------
    factor : float
        The ratio.

    Returns
    -------
    str
        Three significant digits, or that it exceeds 100.

    Examples
    --------
    >>> times_text(1.2345), times_text(4096)
    ('1.23', 'more than 100')
    """
    return f"{factor:.3g}" if factor < MANY_TIMES else f"more than {MANY_TIMES}"


def cell_names(cells: Sequence[str]) -> str:
    """Return names of cells as a list in a sentence.

    Parameters
    ----------
    cells : sequence of str
        At least one name.

    Returns
    -------
    str
        The names as the field writes them.

    Examples
    --------
    >>> cell_names(["gru"]), cell_names(["gru", "lstm", "rnn"])
    ('GRU', 'GRU, LSTM and RNN')
    """
    *first, last = [cell_title(cell) for cell in cells]
    return f"{', '.join(first)} and {last}" if first else last


def _pair(difference: Difference) -> str:
    return cell_names([difference.first, difference.second])


def _ahead(difference: Difference, contrast: Contrast) -> tuple[str, float]:
    """Return the cell with the larger value, and the sign of its lead."""
    if contrast.estimate >= 0:
        return cell_title(difference.first), 1.0
    return cell_title(difference.second), -1.0


def _limits(contrast: Contrast, sign: float, confidence: float) -> tuple[float, float] | None:
    limits = sorted(sign * limit for limit in contrast.interval(confidence))
    return None if np.isnan(limits).any() else (limits[0], limits[1])


def _bits(difference: Difference, sign: float) -> str:
    limits = _limits(difference.bits, sign, difference.confidence)
    interval = "no interval: fewer than 2 searches"
    if limits is not None:
        within = np.clip(limits, -difference.whole_bits, difference.whole_bits)
        low, high = (plain_number(limit, 3, grouped=False) for limit in within.tolist())
        interval = f"interval {low} to {high}"
    return f"{plain_number(sign * difference.bits.estimate, 3, grouped=False)} bits ({interval})"


def _percent(difference: Difference, sign: float) -> str:
    limits = _limits(difference.fraction, sign, difference.confidence)
    interval = ""
    if limits is not None:
        low, high = 100 * np.clip(limits, -1.0, 1.0)
        interval = f" ({low:.1f} to {high:.1f})"
    return f"{100 * sign * difference.fraction.estimate:.1f} %{interval} of it"
