"""The page of a report as text, from everything it shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from seqmem.analysis.claims.rules.verdict import Verdict
from seqmem.analysis.claims.table import claims_table
from seqmem.analysis.estimators.capacity import EQUAL, UNRESOLVED
from seqmem.analysis.figures import BuiltFigure, missing_figures
from seqmem.analysis.records.groups import Group
from seqmem.analysis.report.rendering import figure_context, grid_rows, render_template
from seqmem.analysis.tables.summary import finding_words, typeset
from seqmem.core.number_formats import short_number


@dataclass(frozen=True)
class ReportPage:
    """What a report shows, in the order of the page.

    Attributes
    ----------
    title, rebuild : the heading; the command that makes the page again, with a sentence on what it reads.
    comparison : sentences of `seqmem compare`, if the records are its own.
    verdicts : of the claims, by name.
    tables : name -> (heading, frame); `capacity` and `ratios` are told in words too.
    cautions : sentences.
    frame : the records that are counted.
    figures : as they were built.
    provenance : headings and settings, see `seqmem.analysis.records.sources.Sources.provenance`.
    """

    title: str
    rebuild: tuple[str, str]
    verdicts: Mapping[str, Verdict]
    tables: Mapping[str, tuple[str, pd.DataFrame]]
    cautions: Sequence[str]
    frame: pd.DataFrame
    figures: Sequence[BuiltFigure]
    provenance: Sequence[tuple[str, list[tuple[str, str]]]]
    comparison: Sequence[str] = ()

    def render(self) -> bytes:
        """The page in UTF-8."""
        frames = {name: table for name, (_, table) in self.tables.items()}
        text = render_template(
            "report.html.j2",
            title=self.title,
            rebuild=self.rebuild,
            comparison=self.comparison,
            verdicts=claims_table(self.verdicts).to_dict("records"),
            findings=_findings(frames["capacity"]),
            ratios=_ratios(frames["ratios"]),
            cautions=self.cautions,
            counts=counts(self.frame),
            statuses=_rows(status_table(self.frame)),
            figures=[_figure(built) for built in self.figures],
            left_out=missing_figures(self.figures),
            tables=[
                (name, heading, _rows(table))
                for name, (heading, table) in self.tables.items()
                if len(table)
            ],
            provenance=self.provenance,
        )
        return text.encode()


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
                "continuous": reading_words(row, group.unit),
                "runs": f"{row['memorized']} of {row['runs']}",
                "searches": f"{row['searches']} × {row['levels']} levels",
            }
        )
    return rows


def reading_words(row: pd.Series, unit: str = "") -> str:
    """The continuous reading of a row of the capacity table."""
    if row["continuous_relation"] == UNRESOLVED:
        return "–"
    sign = "" if row["continuous_relation"] == EQUAL else f"{row['continuous_relation']} "
    return typeset(f"{sign}{short_number(row['continuous'])} {unit}".strip())


def _ratios(table: pd.DataFrame) -> list[str]:
    """The ratio table in sentences."""
    sentences = []
    for _, row in table.iterrows():
        group = Group(*(row[column] for column in Group._fields))
        finding, interval = finding_words(row, value="ratio")
        cells = f"{row['numerator'].upper()} over {row['denominator'].upper()}"
        sentences.append(f"{cells}, {group.describe()}: {typeset(finding)} ({interval}).")
    return sentences


def _figure(built: BuiltFigure) -> dict[str, Any]:
    setting = "seqmem time" if built.group is None else built.group.describe()
    words = figure_context(built.figure.title, built.caption, built.files)
    return {**words, "setting": setting, "panels": built.figure.panel_by is not None}


def _rows(table: pd.DataFrame) -> dict[str, list[Any]]:
    """A table for the template; what all its groups share is left to the CSV."""
    shared = [name for name in Group._fields if name in table and table[name].nunique() == 1]
    return grid_rows(table.drop(columns=shared))
