"""The page of a reproduction, with published and reproduced results side by side."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from seqmem.analysis.figures.parts.saving import save
from seqmem.analysis.records.provenance import settings
from seqmem.analysis.records.result_files import round_significant, write_bytes, write_csv
from seqmem.analysis.report.rendering import figure_context, grid_rows, render_template
from seqmem.core.number_formats import counted
from seqmem.core.structured_text import parse_json_object
from seqmem.workflows.reproduce.compare import TITLES, exact_table, group_table, string_table
from seqmem.workflows.reproduce.figures import draw_groups, draw_strings

# Settings that all runs of a reproduction share, for the provenance.
SHARED_SETTINGS = (
    "units batch length total_length recall_horizon recall_start stopping_loss patience "
    "restore_best_weights optimizer gradient_clip dropout weight_decay budget stop_on_memorized "
    "engine device"
).split()


def build_page(records: pd.DataFrame, out: Path, command: str) -> tuple[Path, list[str]]:
    """Write `report.html`, `figures/` and `tables/` of a reproduction.

    The same records give the same bytes.

    Parameters
    ----------
    records : pandas.DataFrame
        As `seqmem.workflows.reproduce.runs.execute_missing` returns them.
    out : Path
        Folder to write to.
    command : str
        The command that makes the records, for the page.

    Returns
    -------
    page : Path
        Path of `report.html`.
    sentences : list of str
        The verdicts on the page.

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
            "Published means with their tolerance (bars) and the means here. A bar is not an "
            "interval of either mean. Beyond it, the two sets differ by more than 2.6 standard "
            "errors of their difference.",
            save(draw_groups(groups), groups, out / "figures" / "groups"),
        ),
        figure_context(
            "String by string",
            "Median over runs of each string, here against published; they are equal on the line. "
            "There is no interval: with so few runs per string, only group means are compared.",
            save(draw_strings(strings), strings, out / "figures" / "strings"),
        ),
    ]
    sentences = verdict_sentences(groups, exact)
    page = render_template(
        "reproduction.html.j2",
        verdicts=sentences,
        groups=grid_rows(_shown(groups)),
        exact=grid_rows(exact),
        strings=grid_rows(strings.drop(columns="level")),
        runs_per_string=", ".join(map(str, sorted(strings["runs"].unique()))),
        figures=figures,
        settings=settings(_provenance(records)),
        command=command,
    )
    return write_bytes(out / "report.html", page.encode()), sentences


def verdict_sentences(groups: pd.DataFrame, exact: pd.DataFrame) -> list[str]:
    """Return the verdicts as sentences: the number of agreements, and every disagreement.

    Parameters
    ----------
    groups : pandas.DataFrame
        Groups, as `seqmem.workflows.reproduce.compare.group_table` returns them.
    exact : pandas.DataFrame
        Comparisons, as `seqmem.workflows.reproduce.compare.exact_table` returns them.

    Returns
    -------
    list of str
        One sentence each.
    """
    sentences = [
        f"{int(groups['agrees'].sum())} of {len(groups)} group means agree with the published ones "
        "within tolerance."
    ]
    for row in groups[~groups["agrees"]].itertuples():
        layers = f"{counted(row.layers, 'layer')}, learning rate {row.learning_rate:g}"
        published = f"published {row.published:.3g} ± {row.tolerance:.2g}"
        sentences.append(
            f"{row.model}, {row.level} level, {layers}: "
            f"{TITLES[row.quantity]} is {row.reproduced:.3g}, {published}."
        )
    return sentences + [
        f"Equal in {row.equal} of {row.compared}: {row.what}." for row in exact.itertuples()
    ]


def _shown(groups: pd.DataFrame) -> pd.DataFrame:
    titles = {
        "quantity": groups["quantity"].map(TITLES),
        "agrees": groups["agrees"].map({True: "yes", False: "no"}),
    }
    return groups.assign(**titles).drop(columns="difference")


def _provenance(records: pd.DataFrame) -> dict[str, Any]:
    """Return the settings that all runs share, and the environments of the runs."""
    columns = records[SHARED_SETTINGS]
    texts = columns.astype(object).where(columns.notna(), "none").astype(str)
    shared = {name: texts[name].iloc[0] for name in SHARED_SETTINGS if texts[name].nunique() == 1}
    environments = [
        parse_json_object(key, "environment key") for key in sorted(set(records["environment_key"]))
    ]
    return {"runs": len(records), "run": shared, "environment": environments}
