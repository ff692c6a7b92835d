"""The page of a report as text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from seqmem.analysis.claims.rules.verdict import Verdict
from seqmem.analysis.claims.table import claims_table, split_tested
from seqmem.analysis.estimators.capacity import EQUAL, UNRESOLVED
from seqmem.analysis.figures import BuiltFigure, missing_figures
from seqmem.analysis.records.groups import Group
from seqmem.analysis.records.pruning import is_pruned, pruned_sweeps
from seqmem.analysis.report.answer import answer
from seqmem.analysis.report.caution_kinds import Caution, by_kind
from seqmem.analysis.report.rendering import figure_context, grid_rows, render_template
from seqmem.analysis.report.terms import TERMS
from seqmem.analysis.report.verdict_forest import COLOURS, FOREST_STEM, verdict_forest
from seqmem.analysis.tables.summary import finding_words, typeset
from seqmem.core.number_formats import counted, short_number
from seqmem.study.memorizers.cells import cell_title


@dataclass(frozen=True)
class ReportPage:
    """Content of a report, in the order of the page.

    Attributes
    ----------
    title : str
        The heading.
    rebuild : tuple of str
        The command that makes the page again, and a sentence on what it reads.
    verdicts : mapping of str to Verdict
        Verdicts by the name of the claim.
    tables : mapping of str to tuple
        Heading and frame by name. `capacity` and `ratios` are also put into words.
    cautions : sequence of Caution
        Cautions in any order.
    frame : DataFrame
        The records that are counted.
    configs : mapping of str to mapping
        Sweep files by the name of the sweep; missing if unknown.
    figures : sequence of BuiltFigure
        The written figures.
    provenance : sequence of tuple
        Headings and settings from `seqmem.analysis.records.sources.Sources.provenance`.
    comparison : sequence of str
        Sentences of `seqmem compare`, if the records are from it.
    """

    title: str
    rebuild: tuple[str, str]
    verdicts: Mapping[str, Verdict]
    tables: Mapping[str, tuple[str, pd.DataFrame]]
    cautions: Sequence[Caution]
    frame: pd.DataFrame
    configs: Mapping[str, Mapping[str, Any]]
    figures: Sequence[BuiltFigure]
    provenance: Sequence[tuple[str, list[tuple[str, str]]]]
    comparison: Sequence[str] = ()

    def render(self) -> bytes:
        """Return the page in UTF-8."""
        frames = {name: table for name, (_, table) in self.tables.items()}
        tested, untested = split_tested(self.verdicts)
        text = render_template(
            "report.html.j2",
            title=self.title,
            rebuild=self.rebuild,
            answer=answer(
                self.frame,
                self.configs,
                frames["capacity"],
                frames["ratios"],
                self.verdicts,
                self.comparison,
            ),
            comparison=self.comparison,
            forest=verdict_forest(tested),
            forest_stem=FOREST_STEM,
            colours=COLOURS,
            untested=claims_table(untested).to_dict("records"),
            findings=_findings(frames["capacity"]),
            ratios=_ratios(frames["ratios"]),
            cautions=by_kind(self.cautions),
            counts=counts(self.frame),
            statuses=_rows(status_table(self.frame)),
            figures=_figures(self.figures),
            left_out=missing_figures(self.figures),
            tables=[
                (name, heading, _rows(table))
                for name, (heading, table) in self.tables.items()
                if len(table)
            ],
            provenance=self.provenance,
            terms=TERMS,
        )
        return text.encode()


def counts(frame: pd.DataFrame) -> dict[str, int]:
    """Return the numbers of conditions, searches, trials, distinct strings, runs and failed runs.

    Parameters
    ----------
    frame : DataFrame
        Records, one row per run.
    """
    searches = ["sweep", "condition", "search"]
    return {
        "conditions": len(frame[["sweep", "condition"]].drop_duplicates()),
        "searches": len(frame[searches].drop_duplicates()),
        "trials": len(frame.loc[frame["role"] == "tune", [*searches, "trial"]].drop_duplicates()),
        "strings": frame["string_id"].nunique(),
        **_pruned(frame, [*searches, "trial"]),
        "runs": len(frame),
        "failed runs": int((frame["status"] == "failed").sum()),
    }


def _pruned(frame: pd.DataFrame, trial: list[str]) -> dict[str, int]:
    """Return the number of pruned trials and of the courses before recorded ones, if any."""
    pruned = frame[is_pruned(frame)]
    if not len(pruned_sweeps(frame)):
        return {}
    earlier = int(frame["earlier_courses"].sum())
    return {"pruned trials": len(pruned[trial].drop_duplicates()), "earlier courses": earlier}


def status_table(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the number of runs by role (rows, in the order of a search) and end status (columns).

    Parameters
    ----------
    frame : DataFrame
        Records, one row per run.
    """
    table = pd.crosstab(frame["role"], frame["status"])
    roles = [role for role in ("tune", "select", "confirm") if role in table.index]
    table = table.loc[roles].rename_axis(columns=None)
    return table.assign(runs=table.sum(axis=1)).reset_index()


def _findings(table: pd.DataFrame) -> list[dict[str, str]]:
    """Return the capacity table in words, one entry per group and cell."""
    rows = []
    for _, row in table.iterrows():
        group = Group(*(row[column] for column in Group._fields))
        finding, interval = finding_words(row, group.unit)
        rows.append(
            {
                "setting": group.describe(),
                "cell": cell_title(row["cell"]),
                "finding": typeset(finding),
                "interval": interval,
                "continuous": reading_words(row, group.unit),
                "runs": f"{row['memorized']} of {row['runs']}",
                "searches": f"{row['searches']} × {counted(row['levels'], 'level')}",
            }
        )
    return rows


def reading_words(row: pd.Series, unit: str = "") -> str:
    """Return the continuous reading of a row of the capacity table.

    Parameters
    ----------
    row : Series
        Row of the capacity table.
    unit : str
        Unit of the level.
    """
    if row["continuous_relation"] == UNRESOLVED:
        return "–"
    sign = "" if row["continuous_relation"] == EQUAL else f"{row['continuous_relation']} "
    return typeset(f"{sign}{short_number(row['continuous'])} {unit}".strip())


def _ratios(table: pd.DataFrame) -> list[str]:
    """Return the table of ratios in sentences."""
    sentences = []
    for _, row in table.iterrows():
        group = Group(*(row[column] for column in Group._fields))
        finding, interval = finding_words(row, value="ratio")
        cells = f"{cell_title(row['numerator'])} over {cell_title(row['denominator'])}"
        sentences.append(f"{cells}, {group.describe()}: {typeset(finding)} ({interval}).")
    return sentences


def _figures(built: Sequence[BuiltFigure]) -> dict[str, list[dict[str, Any]]]:
    """Return the figures by their title, in the order of the titles' first figures."""
    by_title: dict[str, list[dict[str, Any]]] = {}
    for one in built:
        by_title.setdefault(one.figure.title, []).append(_figure(one))
    return by_title


def _figure(built: BuiltFigure) -> dict[str, Any]:
    setting = "seqmem time" if built.group is None else built.group.describe()
    context = figure_context(built.figure.title, built.caption, built.files)
    return {**context, "setting": setting, "panels": built.figure.panel_by is not None}


def _rows(table: pd.DataFrame) -> dict[str, list[Any]]:
    """Return a table for the template; columns with one common value are left to the CSV."""
    shared = [name for name in Group._fields if name in table and table[name].nunique() == 1]
    return grid_rows(table.drop(columns=shared))
