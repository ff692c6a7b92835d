"""The report: figures, tables and one self-contained page; the same records give the same bytes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from analysis.capacity import EQUAL, UNRESOLVED
from analysis.cautions import cautions
from analysis.claims.evidence import Evidence
from analysis.claims.table import claims_json, claims_table, parts_table, verdict_lines, verdicts
from analysis.comparison.result import comparison_lines
from analysis.figures import Built, build_figures, missing_figures
from analysis.files import write_bytes, write_csv
from analysis.groups import Group, count_groups
from analysis.helpers import helpers_for
from analysis.importance import count_panels
from analysis.material import IMPORTANCE, TABLES, Material
from analysis.page import figure_context, grid_rows, render_template
from analysis.sources import Sources, load_sources
from analysis.summary import capacity_lines, finding_words, number, typeset

LATER_TABLES = {
    "claims": "Verdicts",
    "estimates": "Estimates behind the verdicts",
    "importance": "Importance of hyper-parameters, at the level whose scores differ most",
}


class Report(NamedTuple):
    """A written report: its page, and what a terminal should show of it."""

    page: Path
    lines: list[str]


def build_report(folder: str | Path | Sequence[str | Path], out: str | Path | None = None) -> Path:
    """Write the report of one or several sweeps, see `make_report`, and return the path of its page."""
    return make_report(folder, out).page


def make_report(folder: str | Path | Sequence[str | Path], out: str | Path | None = None) -> Report:
    """Write the report of one or several sweeps.

    `report.html`, `claims.json`, `figures/` (PDF, SVG, PNG, CSV) and `tables/` (CSV).

    Parameters
    ----------
    folder : the sweep's folder, with `runs.parquet`; `config.toml`, `manifest.json` and what `seqmem time` wrote
        (`timings.parquet` or `.csv`) are used where they exist. Several folders are read as one body of records.
    out : folder to write to; `report` in the first folder by default.

    Returns
    -------
    Path of the written `report.html`; lines with the capacities and the verdicts.

    Raises
    ------
    FileNotFoundError, InputError
        As `analysis.load`; nothing is written then.
    """
    folders = [Path(folder)] if isinstance(folder, str | Path) else [Path(name) for name in folder]
    sources = load_sources(folders)
    out = Path(out) if out is not None else folders[0] / "report"
    material = Material.of(sources)
    with helpers_for(count_groups(sources.frame), count_panels(sources.frame, sources.configs)):
        tables = {name: material[name] for name in TABLES}
        found = verdicts(Evidence(sources.frame, sources.configs, sources.timings))
        tables |= {"claims": claims_table(found), "estimates": parts_table(found), IMPORTANCE: material[IMPORTANCE]}
        figures = build_figures(material, out / "figures")
    for name, table in tables.items():
        if len(table):
            write_csv(out / "tables" / f"{name}.csv", table)
    write_bytes(out / "claims.json", claims_json(found, tables["self"]))
    page = write_bytes(out / "report.html", render_page(sources, tables, figures, comparison_lines(folders)).encode())
    return Report(page, [*capacity_lines(sources.frame), *verdict_lines(found)])


def render_page(
    sources: Sources, tables: dict[str, pd.DataFrame], figures: list[Built], comparison: Sequence[str] = ()
) -> str:
    """The page as text, from everything it shows; first what `seqmem compare` found, if the records are its own."""
    frame = sources.frame
    shown = {name: table for name, table in tables.items() if name != "claims" and len(table)}
    headings = {name: title for name, (title, _) in TABLES.items()} | LATER_TABLES
    return render_template(
        "report.html.j2",
        title=", ".join(sorted(frame["sweep"].astype(str).unique())),
        folders=len(sources.configs),
        comparison=comparison,
        verdicts=tables["claims"].to_dict("records"),
        findings=_findings(tables["capacity"]),
        ratios=_ratios(tables["ratios"]),
        lines=capacity_lines(frame),
        cautions=cautions(frame, sources.configs),
        counts=counts(frame),
        statuses=_rows(status_table(frame)),
        figures=[_figure(built) for built in figures],
        left_out=missing_figures(figures),
        tables=[(name, headings[name], _rows(table)) for name, table in shown.items()],
        provenance=sources.provenance(),
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


def _figure(built: Built) -> dict[str, Any]:
    setting = "seqmem time" if built.group is None else built.group.describe()
    words = figure_context(built.figure.title, built.caption, built.files)
    return {**words, "setting": setting, "panels": built.figure.panel_by is not None}


def _rows(table: pd.DataFrame) -> dict[str, list[Any]]:
    """A table for the template; what all its groups share is left to the CSV."""
    shared = [name for name in Group._fields if name in table and table[name].nunique() == 1]
    return grid_rows(table.drop(columns=shared))
