"""The page of a reproduction: published and reproduced side by side; the same records give the same bytes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd

from seqmem.analysis.figures.parts.saving import save
from seqmem.analysis.records.provenance import settings
from seqmem.analysis.records.result_files import round_significant, write_bytes, write_csv
from seqmem.analysis.report.rendering import figure_context, grid_rows, render_template
from seqmem.workflows.reproduce.compare import TITLES, exact_table, group_table, string_table
from seqmem.workflows.reproduce.figures import draw_groups, draw_strings

# Columns that every run of a reproduction shares, for the provenance.
SHARED = (
    "units batch length total_length recall_horizon recall_start stopping_loss patience restore_best_weights optimizer "
    "gradient_clip dropout weight_decay budget stop_on_memorized engine device"
).split()


def build_page(records: pd.DataFrame, out: Path, command: str) -> tuple[Path, list[str]]:
    """Write `report.html`, `figures/` and `tables/` of a reproduction; return the page's path and its verdicts.

    Parameters
    ----------
    records : as `seqmem.workflows.reproduce.runs.execute_missing` returns them.
    command : what makes the records, for the page.

    Raises
    ------
    InputError
        If runs are missing.
    """
    groups, exact, strings = (
        round_significant(compute(records)) for compute in (group_table, exact_table, string_table)
    )
    for name, table in (("groups", groups), ("exact", exact), ("strings", strings)):
        write_csv(out / "tables" / f"{name}.csv", table)
    figures = [
        figure_context(
            "Group means",
            "Published means with their tolerance (bars) and the means here. Not an interval of either mean: beyond "
            "the bar, the two sets differ by more than 2.6 standard errors of their difference.",
            save(draw_groups(groups), groups, out / "figures" / "groups"),
        ),
        figure_context(
            "String by string",
            "Median over runs of each string, here against published; equal on the line. No interval: with so few runs "
            "a string, only the group means are compared.",
            save(draw_strings(strings), strings, out / "figures" / "strings"),
        ),
    ]
    found = verdicts(groups, exact)
    page = render_template(
        "reproduction.html.j2",
        verdicts=found,
        groups=grid_rows(_shown(groups)),
        exact=grid_rows(exact),
        strings=grid_rows(strings.drop(columns="level")),
        runs_per_string=", ".join(map(str, sorted(strings["runs"].unique()))),
        figures=figures,
        settings=settings(_provenance(records)),
        command=command,
    )
    return write_bytes(out / "report.html", page.encode()), found


def verdicts(groups: pd.DataFrame, exact: pd.DataFrame) -> list[str]:
    """Return the verdicts in sentences: what agrees, and everything that does not."""
    sentences = [
        f"{int(groups['agrees'].sum())} of {len(groups)} group means agree with the published ones within tolerance."
    ]
    for row in groups[~groups["agrees"]].itertuples():
        sentences.append(
            f"{row.model}, {row.level} level, {row.layers} layers, learning rate {row.learning_rate:g}: "
            f"{TITLES[row.quantity]} is {row.reproduced:.3g}, published {row.published:.3g} ± {row.tolerance:.2g}."
        )
    return sentences + [
        f"Equal in {row.equal} of {row.compared}: {row.what}." for row in exact.itertuples()
    ]


def _shown(groups: pd.DataFrame) -> pd.DataFrame:
    words = {
        "quantity": groups["quantity"].map(TITLES),
        "agrees": groups["agrees"].map({True: "yes", False: "no"}),
    }
    return groups.assign(**words).drop(columns="difference")


def _provenance(records: pd.DataFrame) -> dict[str, Any]:
    """Settings that all runs share, and the environments they were made in."""
    shown = (
        records[list(SHARED)]
        .astype(object)
        .where(records[list(SHARED)].notna(), "none")
        .astype(str)
    )
    shared = {name: shown[name].iloc[0] for name in SHARED if shown[name].nunique() == 1}
    environments = [json.loads(key) for key in sorted(set(records["environment_key"]))]
    return {"runs": len(records), "run": shared, "environment": environments}
