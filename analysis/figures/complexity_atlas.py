"""Sources in the plane of two complexity measures. This figure needs no sweep."""

from __future__ import annotations

from typing import Any

import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes

from seqmem.analysis.figures.parts.figure import Figure
from seqmem.analysis.figures.parts.placed_names import Named, put_names
from seqmem.analysis.figures.parts.theme import scaled
from seqmem.generators import MEASURES, generate

ATLAS_LENGTH = 2047
STRINGS_PER_SOURCE = 5
_ACROSS = "lzw"
_UP = "min_context"

# Label, source, parameters, side of the dots on which the label is drawn if there is room.
ATLAS_SOURCES: tuple[tuple[str, str, dict[str, Any], str], ...] = (
    ("i.i.d.", "iid", {}, "right"),
    ("i.i.d., 0.9 : 0.1", "iid", {"probabilities": [0.9, 0.1]}, "right"),
    ("Markov, 0.5 bit", "markov", {"order": 3, "entropy_rate": 0.5}, "right"),
    ("Markov, 0.3 bit", "markov", {"order": 3, "entropy_rate": 0.3}, "right"),
    ("automaton", "automaton", {}, "left"),
    ("grammar", "grammar", {}, "right"),
    ("copied words", "bounded_context", {"context": 100, "copied": 0.5}, "left"),
    ("noisy Thue–Morse", "noisy", {"probability": 0.02}, "right"),
    ("logistic map", "logistic_map", {}, "left"),
    ("cellular automaton", "cellular_automaton", {}, "left"),
    ("shift register", "lfsr", {"order": 11}, "left"),
    ("de Bruijn", "de_bruijn", {"order": 11}, "left"),
    ("Rudin–Shapiro", "rudin_shapiro", {}, "right"),
    ("Thue–Morse", "thue_morse", {}, "right"),
    ("period doubling", "period_doubling", {}, "right"),
    ("Sturmian", "sturmian", {}, "left"),
    ("periodic, 16", "periodic", {"period": 16}, "right"),
)
_COLOURS = sns.color_palette("colorblind").as_hex()
_KINDS = {"stochastic": (_COLOURS[0], "o"), "deterministic": (_COLOURS[1], "s")}


def atlas_strings(length: int = ATLAS_LENGTH, strings: int = STRINGS_PER_SOURCE) -> pd.DataFrame:
    """Return strings of equal length over 2 symbols with their measures.

    Parameters
    ----------
    length : int
        Symbols per string.
    strings : int
        Strings per source, with the seeds 0, 1, …

    Returns
    -------
    DataFrame
        One row per string. Columns: `label`, `source`, `kind` (stochastic or deterministic),
        `side`, `seed`, `lzw`, `min_context`, `period`.
    """
    rows = []
    for label, source, parameters, side in ATLAS_SOURCES:
        for seed in range(strings):
            string = generate(
                source,
                alphabet_size=2,
                measure="period",
                target=length,
                seed=seed,
                parameters=parameters,
            )
            kind = "deterministic" if string.reference_kind == "uniform" else "stochastic"
            row = {"label": label, "source": source, "kind": kind, "side": side, "seed": seed}
            rows.append(row | {name: string.complexity(name) for name in (_ACROSS, _UP, "period")})
    return pd.DataFrame(rows)


def compute(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the dots, one row per string.

    Parameters
    ----------
    frame : DataFrame
        Strings, as `atlas_strings` returns them.
    """
    return frame[["label", "source", "kind", "side", "seed", _ACROSS, _UP, "period"]].reset_index(
        drop=True
    )


def draw(data: pd.DataFrame, ax: Axes) -> Axes:
    """Draw every string as a dot, and the name of every source beside its median."""
    ax.set_yscale("log", base=2)
    for kind, (colour, marker) in _KINDS.items():
        rows = data[data["kind"] == kind]
        ax.plot(
            rows[_ACROSS],
            rows[_UP],
            marker,
            color=colour,
            markersize=scaled(3.5),
            alpha=0.7,
            markeredgewidth=0,
            label=kind,
        )
    groups = [
        Named(
            str(label),
            rows[[_ACROSS, _UP]].to_numpy(dtype=float),
            _KINDS[str(rows["kind"].iloc[0])][0],
            rows["side"].iloc[0] == "right",
        )
        for label, rows in data.groupby("label", sort=False)
    ]
    put_names(ax, groups, scaled(6))
    ax.margins(x=0.12, y=0.08)
    ticks = [
        2**power for power in range(1, 17) if data[_UP].min() / 2 < 2**power < data[_UP].max() * 2
    ]
    ax.set_yticks(ticks, [f"{tick:,}" for tick in ticks])
    ax.minorticks_off()
    ax.set(xlabel=MEASURES[_ACROSS].title, ylabel="symbols of context needed")
    return ax


def caption(data: pd.DataFrame) -> str:
    """Return the caption: content and n."""
    each = len(data) // data["label"].nunique()
    return (
        f"Strings of {data['period'].iloc[0]:,} symbols over 2, {each} of every source (seeds 0 to"
        f" {each - 1}). Horizontal axis: LZW codes. Vertical axis: number of symbols of context"
        " that determine the next symbol. Every dot is a string. There are no intervals."
    )


FIGURE = Figure(
    name="complexity_atlas",
    title="Sources by two measures",
    help="sources in the plane of two complexity measures",
    compute=compute,
    draw=draw,
    caption=caption,
    width=5.4,
    height=3.6,
    narrowest=2.0,
    lowest=0.95,
)
