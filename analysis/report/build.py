"""The report: figures, tables and one self-contained page; the same records give the same bytes."""

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
    verdict_lines,
    verdicts,
)
from seqmem.analysis.estimators.importance import count_panels
from seqmem.analysis.estimators.worker_pool import worker_pool_for
from seqmem.analysis.figures import build_figures
from seqmem.analysis.records.comparison_result import comparison_lines
from seqmem.analysis.records.groups import count_groups
from seqmem.analysis.records.result_files import write_bytes, write_csv
from seqmem.analysis.records.sources import load_sources
from seqmem.analysis.report.cautions import cautions, package_cautions
from seqmem.analysis.report.page import ReportPage
from seqmem.analysis.tables.report_data import IMPORTANCE, TABLES, ReportData
from seqmem.analysis.tables.summary import capacity_lines

_SELF, ESTIMATES = "self", "Estimates behind the verdicts"
IMPORTANCES = "Importance of hyper-parameters, at the level whose scores differ most"


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
    Path of the written `report.html`; lines with the capacities, the verdicts and what an optional package would add.

    Raises
    ------
    FileNotFoundError, InputError
        As `analysis.load`; nothing is written then.
    """
    folders = [Path(folder)] if isinstance(folder, str | Path) else [Path(name) for name in folder]
    sources = load_sources(folders)
    out = Path(out) if out is not None else folders[0] / "report"
    report_data = ReportData.of(sources)
    with worker_pool_for(count_groups(sources.frame), count_panels(sources.frame, sources.configs)):
        tables = {name: (heading, report_data[name]) for name, (heading, _) in TABLES.items()}
        found = verdicts(Evidence(sources.frame, sources.configs, sources.timings))
        tables |= {
            "estimates": (ESTIMATES, parts_table(found)),
            IMPORTANCE: (IMPORTANCES, report_data[IMPORTANCE]),
        }
        figures = build_figures(report_data, out / "figures")
    title = ", ".join(sorted(sources.frame["sweep"].astype(str).unique()))
    page = ReportPage(
        title=title,
        rebuild=_rebuild(len(sources.configs), title),
        verdicts=found,
        tables=tables,
        cautions=cautions(sources.frame, sources.configs),
        frame=sources.frame,
        figures=figures,
        provenance=sources.provenance(),
        comparison=comparison_lines(folders),
    )
    written = write_report(page, out)
    left_out = package_cautions(sources.frame, sources.configs)
    return Report(written, [*capacity_lines(sources.frame), *verdict_lines(found), *left_out])


def write_report(page: ReportPage, out: Path) -> Path:
    """Write the tables, `claims.json` and the page into a folder; return the path of the page."""
    tables = {name: table for name, (_, table) in page.tables.items()}
    for name, table in (tables | {"claims": claims_table(page.verdicts)}).items():
        if len(table):
            write_csv(out / "tables" / f"{name}.csv", table)
    checks = pd.concat([table for name, table in tables.items() if name.split("-")[-1] == _SELF])
    write_bytes(out / "claims.json", claims_json(page.verdicts, checks))
    return write_bytes(out / "report.html", page.render())


def _rebuild(folders: int, title: str) -> tuple[str, str]:
    """The command that makes a report again, and what it reads."""
    many = folders > 1
    are = "The folders are those" if many else "DIR is the folder"
    return (
        f"seqmem report {'DIR …' if many else 'DIR'}",
        f"{are} of the sweep{'s' if many else ''} {title}.",
    )
