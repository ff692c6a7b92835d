"""The report: figures, tables and one self-contained page; the same records give the same bytes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.capacity import EQUAL, UNRESOLVED
from analysis.cautions import cautions
from analysis.figures import Built, build_figures
from analysis.files import write_bytes, write_csv
from analysis.groups import Group
from analysis.page import figure_context, grid_rows, render_template
from analysis.provenance import settings
from analysis.records import load, load_config, load_manifest
from analysis.summary import capacity_lines, finding_words, number, typeset
from analysis.tables import capacity_table, level_table, ratio_table, winner_table

TABLES: dict[str, tuple[str, Callable[[pd.DataFrame], pd.DataFrame]]] = {
    "capacity": ("Capacity of each cell", capacity_table),
    "ratios": ("Ratio of capacities", ratio_table),
    "levels": ("What happened at each level", level_table),
    "winners": ("Configurations that won their search", winner_table),
}


def build_report(folder: str | Path, out: str | Path | None = None) -> Path:
    """Write the report of a sweep: `report.html`, `figures/` (PDF, SVG, PNG, CSV) and `tables/` (CSV).

    Parameters
    ----------
    folder : the sweep's folder, with `runs.parquet`; `config.toml` and `manifest.json` are used where they exist.
    out : folder to write to; `folder`/report by default.

    Returns
    -------
    Path of the written `report.html`.

    Raises
    ------
    FileNotFoundError, InputError
        As `analysis.load`; nothing is written then.
    """
    folder = Path(folder)
    frame = load(folder)
    config, manifest = load_config(folder), load_manifest(folder)
    out = Path(out) if out is not None else folder / "report"
    tables = {name: compute(frame) for name, (_, compute) in TABLES.items()}
    figures = build_figures(frame, out / "figures")
    for name, table in tables.items():
        write_csv(out / "tables" / f"{name}.csv", table)
    page = render_page(frame, config, manifest, tables, figures)
    return write_bytes(out / "report.html", page.encode())


def render_page(
    frame: pd.DataFrame,
    config: dict[str, Any],
    manifest: dict[str, Any],
    tables: dict[str, pd.DataFrame],
    figures: list[Built],
) -> str:
    """The page as text, from everything it shows."""
    return render_template(
        "report.html.j2",
        title=", ".join(sorted(frame["sweep"].astype(str).unique())),
        findings=_findings(tables["capacity"]),
        ratios=_ratios(tables["ratios"]),
        lines=capacity_lines(frame),
        cautions=cautions(frame, config),
        counts=counts(frame),
        statuses=_rows(status_table(frame)),
        figures=[_figure(built) for built in figures],
        tables=[(name, title, _rows(tables[name])) for name, (title, _) in TABLES.items()],
        config=settings(config),
        manifest=settings(manifest),
    )


def counts(frame: pd.DataFrame) -> dict[str, int]:
    """How much was run: conditions, searches, trials, distinct strings, runs, failures."""
    searches = ["sweep", "condition", "search"]
    return {
        "conditions": len(frame[["sweep", "condition"]].drop_duplicates()),
        "searches": len(frame[searches].drop_duplicates()),
        "trials": len(frame.loc[frame["role"] == "tune", [*searches, "trial"]].drop_duplicates()),
        "strings": frame["string_id"].nunique(),
        "runs": len(frame),
        "failed runs": int((frame["status"] == "failed").sum()),
    }


def status_table(frame: pd.DataFrame) -> pd.DataFrame:
    """Runs by role (rows, in the order of a search) and end status (columns)."""
    table = pd.crosstab(frame["role"], frame["status"])
    roles = [role for role in ("tune", "select", "confirm") if role in table.index]
    table = table.loc[roles].rename_axis(columns=None)
    return table.assign(runs=table.sum(axis=1)).reset_index()


def _findings(table: pd.DataFrame) -> list[dict[str, str]]:
    """The capacity table in words, one entry per (group, cell)."""
    rows = []
    for _, row in table.iterrows():
        group = Group(*(row[column] for column in Group._fields))
        finding, interval = finding_words(row, group.unit)
        rows.append(
            {
                "setting": group.describe(),
                "cell": row["cell"].upper(),
                "finding": typeset(finding),
                "interval": interval,
                "continuous": _reading_words(row, group.unit),
                "runs": f"{row['memorized']} of {row['runs']}",
                "searches": f"{row['searches']} × {row['levels']} levels",
            }
        )
    return rows


def _reading_words(row: pd.Series, unit: str) -> str:
    """The continuous reading of a row of the capacity table."""
    if row["continuous_relation"] == UNRESOLVED:
        return "–"
    sign = "" if row["continuous_relation"] == EQUAL else f"{row['continuous_relation']} "
    return typeset(f"{sign}{number(row['continuous'])} {unit}".strip())


def _ratios(table: pd.DataFrame) -> list[str]:
    """The ratio table in sentences."""
    sentences = []
    for _, row in table.iterrows():
        group = Group(*(row[column] for column in Group._fields))
        finding, interval = finding_words(row, value="ratio")
        cells = f"{row['numerator'].upper()} over {row['denominator'].upper()}"
        sentences.append(f"{cells}, {group.describe()}: {typeset(finding)} ({interval}).")
    return sentences


def _figure(built: Built) -> dict[str, str]:
    return figure_context(built.figure.title, built.caption, built.files) | {"setting": built.group.describe()}


def _rows(table: pd.DataFrame) -> dict[str, list[Any]]:
    """A table for the template; what all its groups share is left to the CSV."""
    shared = [name for name in Group._fields if name in table and table[name].nunique() == 1]
    return grid_rows(table.drop(columns=shared))
