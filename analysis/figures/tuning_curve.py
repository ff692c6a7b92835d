"""Expected best of n points of a search, of each cell and of their contrast."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes

from seqmem.analysis.estimators.tuning.search_points import PAIRED_SAMPLERS
from seqmem.analysis.estimators.tuning.tuning_curves import CONDITIONAL
from seqmem.analysis.figures.parts.axis_labels import count_range, group_of, log2_ticks
from seqmem.analysis.figures.parts.figure import Figure
from seqmem.analysis.figures.parts.theme import Look, in_order, look, scaled
from seqmem.analysis.tables.effort_words import other_efforts
from seqmem.analysis.tables.tuning_table import ONE_SEARCH, RHO, SCORE

_CONTRAST_COLOUR = "0.25"


def compute(table: pd.DataFrame) -> pd.DataFrame:
    """Return the curves of scores and of rho, with the panel of each.

    Parameters
    ----------
    table : DataFrame
        The table `tuning` of a report.

    Returns
    -------
    DataFrame
        The rows `score`, `score, one random search` and `rho` of the table, with `panel`. A panel
        is a level with one sampler and number of points: of the cells, or of two of them.
    """
    data = table[table["quantity"].isin([SCORE, ONE_SEARCH, RHO])]
    if data.empty:
        return data
    pair = (data["first"] + "-" + data["second"]).where(data["quantity"] == RHO, "")
    place = data["level"].astype(str).str.zfill(9) + data["sampler"] + data["points"].astype(str)
    return data.assign(panel=place + pair).reset_index(drop=True)


def draw(data: pd.DataFrame, ax: Axes) -> Axes:
    """Draw the cells, or the contrast of two cells, at one level."""
    group = group_of(data)
    unit = f" {group.unit}" if group.unit else ""
    title = f"{group.measure_name} {data['level'].iloc[0]:g}{unit}"
    log2_ticks(ax, data["n"])
    ax.set(title=title, xlabel="n, points tried")
    return _draw_rho(data, ax) if data["quantity"].iloc[0] == RHO else _draw_scores(data, ax)


def _draw_scores(data: pd.DataFrame, ax: Axes) -> Axes:
    for cell in in_order(data["first"]):
        style = look(cell)
        own = data[data["first"] == cell]
        for _, search in own[own["quantity"] == ONE_SEARCH].groupby("search", sort=True):
            for limit in ("low", "high"):
                ax.plot(
                    search["n"], search[limit], color=style.colour, linewidth=scaled(0.4), alpha=0.6
                )
        mean = own[own["quantity"] == SCORE]
        _draw_curve(mean, ax, style)
    ax.set_ylabel("expected score")
    return ax


def _draw_rho(data: pd.DataFrame, ax: Axes) -> Axes:
    first, second = (look(str(data[side].iloc[0])).name for side in ("first", "second"))
    _draw_curve(data, ax, Look(f"{first} against {second}", _CONTRAST_COLOUR, "D", "-"))
    ax.axhline(0, color="0.7", linewidth=scaled(0.6), zorder=0)
    ax.set_ylabel(f"rho (octaves, {first} sooner)")
    return ax


def _draw_curve(rows: pd.DataFrame, ax: Axes, style: Look) -> None:
    """Draw a curve with its band; values that support no claim have open marks."""
    name, colour, marker, line = style
    ax.fill_between(rows["n"], rows["low"], rows["high"], color=colour, alpha=0.2, linewidth=0)
    ax.plot(rows["n"], rows["value"], linestyle=line, color=colour)
    conditional = rows["basis"] == CONDITIONAL
    for some, fill in ((rows[conditional], "white"), (rows[~conditional], colour)):
        ax.plot(
            some["n"],
            some["value"],
            marker,
            color=colour,
            markerfacecolor=fill,
            markersize=scaled(3.5),
        )
    ax.plot([], [], linestyle=line, marker=marker, color=colour, label=name)


def caption(data: pd.DataFrame) -> str:
    """Return the caption of one group: content, n, interval and where the answer changes."""
    curves = data[data["quantity"] != ONE_SEARCH]
    sets = {
        PAIRED_SAMPLERS[str(sampler)].format(points)
        for sampler, points in zip(data["sampler"], data["points"], strict=True)
    }
    return (
        f"Expected value of the best of a random n-subset of {' or '.join(sorted(sets))}"
        f" ({group_of(data).describe()}). Curves are means over"
        f" {count_range(curves['searches'])} searches, from their tuning and selection runs. Panels"
        " with the cells show their scores; the others show rho, with cells paired by slot. From"
        " half of the points on, tuning strings rank the points and the finalists' selection"
        " strings give the values. Winners that are no finalist count as the last finalist (at most"
        f" {100 * curves['beyond'].max():.0f} % of the winners)."
        f"{_pruned_words(curves)}{_conditional_words(curves)} Bands: 95 % for all n together,"
        " t intervals with the search"
        f" as unit (studentized maximum modulus).{_random_words(data)} {_answers(data)}"
    ).rstrip()


def _pruned_words(curves: pd.DataFrame) -> str:
    if curves["n"].min() == 1:
        return ""
    return " Points were pruned; n starts above the largest number of them in a search."


def _conditional_words(curves: pd.DataFrame) -> str:
    if not (curves["basis"] == CONDITIONAL).any():
        return " Below that, each tuning string ranks and the others give the values."
    return (
        " Open marks: one tuning string ranks and gives the values. These are conditional on it and"
        " support no claim."
    )


def _random_words(data: pd.DataFrame) -> str:
    if not (data["quantity"] == ONE_SEARCH).any():
        return ""
    return (
        " Thin lines: exact 95 % bands of each random search alone (Lourie, Cho and He 2023),"
        " conditional on its tuning strings."
    )


def _answers(data: pd.DataFrame) -> str:
    """Return, for each contrast, the efforts at which its answer would be another."""
    rho = data[data["quantity"] == RHO]
    name = group_of(data).measure_name
    return " ".join(
        f"{name} {rows['level'].iloc[0]:g}: {other_efforts(rows.sort_values('n'))}"
        for _, rows in rho.groupby("panel", sort=True)
        if rows["low"].notna().all()
    )


FIGURE = Figure(
    name="tuning_curve",
    title="Expected best of n points of a search",
    help="expected best of n points of a search, by cell and for the contrast",
    compute=compute,
    draw=draw,
    caption=caption,
    needs="sweeps with the sampler sobol and a power of two as trials, or with the sampler random",
    source="tuning",
    panel_by="panel",
    share=False,
    width=6.9,
    height=2.0,
)
