"""The report: figures, tables and one self-contained page.

The same records give the same bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from seqmem.analysis.claims.rules.evidence import Evidence
from seqmem.analysis.claims.table import (
    claims_json,
    claims_table,
    parts_table,
    split_tested,
    verdict_lines,
    verdicts,
)
from seqmem.analysis.estimators.importance import count_panels
from seqmem.analysis.estimators.worker_pool import worker_pool_for
from seqmem.analysis.figures import build_figures
from seqmem.analysis.figures.parts.saving import save
from seqmem.analysis.records.comparison_result import comparison_lines
from seqmem.analysis.records.groups import count_groups
from seqmem.analysis.records.kinds import FOLDERS
from seqmem.analysis.records.result_files import write_bytes, write_csv
from seqmem.analysis.records.sources import load_sources, report_folder, sweep_folders
from seqmem.analysis.report.caution_kinds import Caution, CautionKind
from seqmem.analysis.report.cautions import cautions, package_cautions
from seqmem.analysis.report.forest_picture import draw_forest, forest_table
from seqmem.analysis.report.page import ReportPage
from seqmem.analysis.report.verdict_forest import FOREST_STEM, verdict_forest
from seqmem.analysis.tables.report_data import CONFIGURED_TABLES, IMPORTANCE, TABLES, ReportData
from seqmem.analysis.tables.summary import capacity_lines
from seqmem.core.argument_kinds import FOLDER
from seqmem.core.damage import Damages
from seqmem.core.python_arguments import argument_kinds

_SELF = "self"
ESTIMATES = "Estimates behind the verdicts"
IMPORTANCES = "Importance of hyper-parameters, at the level whose scores differ most"


class Report(NamedTuple):
    """A written report.

    Attributes
    ----------
    page : Path
        Path of `report.html`.
    lines : list of str
        Lines for a terminal: capacities, verdicts, what an optional package would add, and how the
        folders differ in their environments.
    """

    page: Path
    lines: list[str]


@argument_kinds(folder=FOLDERS, out=FOLDER)
def build_report(folder: str | Path | Sequence[str | Path], out: str | Path | None = None) -> Path:
    """Write the report of one or several sweeps and return the path of its page.

    Parameters
    ----------
    folder : str, Path or sequence of them
        Folders of the sweeps, as for `make_report`.
    out : str or Path, optional
        Folder to write to; `report` in the first folder by default.

    Returns
    -------
    Path
        Path of `report.html`.

    Raises
    ------
    FileNotFoundError
        If a folder or its records do not exist.
    InputError
        If a file cannot be used. Nothing is written then.

    Examples
    --------
    >>> from seqmem import build_report
    >>> build_report("runs/quick").name  # doctest: +SKIP
    'report.html'
    """
    return make_report(folder, out).page


def make_report(
    folder: str | Path | Sequence[str | Path],
    out: str | Path | None = None,
    damages: Damages | None = None,
) -> Report:
    """Write the report of one or several sweeps.

    The files are `report.html`, `claims.json`, `figures/` (PDF, SVG, PNG, CSV) and `tables/` (CSV).

    Parameters
    ----------
    folder : str, Path or sequence of them
        Folders with `runs.parquet`. If they exist, `config.toml`, `manifest.json` and the step
        times of `seqmem time` (`timings.parquet` or `.csv`) are used too. Several folders are read
        as one set of records.
    out : str or Path, optional
        Folder to write to; `report` in the first folder by default.
    damages : Damages, optional
        Meets rows that no run could have written. If absent, they are refused. The report says
        what is left out.

    Returns
    -------
    Report
        Path of the page, and lines for a terminal.

    Raises
    ------
    FileNotFoundError, InputError
        As `analysis.load`; nothing is written then.
    """
    folders = sweep_folders(folder)
    damages = damages or Damages()
    sources = load_sources(folders, damages)
    out = Path(out) if out is not None else report_folder(folders[0])
    report_data = ReportData.of(sources)
    with worker_pool_for(count_groups(sources.frame), count_panels(sources.frame, sources.configs)):
        known = TABLES | CONFIGURED_TABLES
        tables = {name: (heading, report_data[name]) for name, (heading, _) in known.items()}
        outcomes = verdicts(Evidence(sources.frame, sources.configs, sources.timings))
        tables |= {
            "estimates": (ESTIMATES, parts_table(outcomes)),
            IMPORTANCE: (IMPORTANCES, report_data[IMPORTANCE]),
        }
        figures = build_figures(report_data, out / "figures")
    title = ", ".join(sorted(sources.frame["sweep"].astype(str).unique()))
    page = ReportPage(
        title=title,
        rebuild=_rebuild(len(sources.configs), title),
        verdicts=outcomes,
        tables=tables,
        cautions=[
            *(
                [Caution(CautionKind.DAMAGED, f"Damaged rows: {damages.line}.")]
                if damages.line
                else []
            ),
            *cautions(sources.frame, sources.configs),
        ],
        frame=sources.frame,
        configs=sources.configs,
        figures=figures,
        provenance=sources.provenance(),
        comparison=comparison_lines(folders),
    )
    written = write_report(page, out)
    left_out = [caution.text for caution in package_cautions(sources.frame, sources.configs)]
    lines = [*capacity_lines(sources.frame), *verdict_lines(outcomes), *left_out, *sources.notes]
    return Report(written, lines)


def write_report(page: ReportPage, out: Path) -> Path:
    """Write the tables, `claims.json`, the forest of the verdicts as a picture, and the page.

    Parameters
    ----------
    page : ReportPage
        Content of the page.
    out : Path
        Folder to write to.

    Returns
    -------
    Path
        Path of the page.
    """
    tables = {name: table for name, (_, table) in page.tables.items()}
    for name, table in (tables | {"claims": claims_table(page.verdicts)}).items():
        if len(table):
            write_csv(out / "tables" / f"{name}.csv", table)
    checks = pd.concat([table for name, table in tables.items() if name.split("-")[-1] == _SELF])
    write_bytes(out / "claims.json", claims_json(page.verdicts, checks))
    forest = verdict_forest(split_tested(page.verdicts)[0])
    if forest.claims:
        save(draw_forest(forest), forest_table(forest), out / "figures" / FOREST_STEM)
    return write_bytes(out / "report.html", page.render())


def _rebuild(folders: int, title: str) -> tuple[str, str]:
    """Return the command that makes the report again, and a sentence on its folders."""
    if folders > 1:
        return "seqmem report DIR …", f"DIR … are the folders of the sweeps {title}."
    return "seqmem report DIR", f"DIR is the folder of the sweep {title}."
