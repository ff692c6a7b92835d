"""Build figures, tables, verdicts and the report page of study 1 from its shipped records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fnmatch import fnmatch
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from seqmem.analysis.claims.rules.evidence import Evidence
from seqmem.analysis.claims.rules.verdict import Verdict
from seqmem.analysis.claims.table import parts_table, verdicts
from seqmem.analysis.estimators.importance import count_panels, missing_package
from seqmem.analysis.estimators.worker_pool import worker_pool_for
from seqmem.analysis.figures import BuiltFigure, build_figures
from seqmem.analysis.records.groups import count_groups
from seqmem.analysis.records.provenance import settings
from seqmem.analysis.records.sources import Sources, load_sources, load_timings
from seqmem.analysis.report.build import ESTIMATES, IMPORTANCES, write_report
from seqmem.analysis.report.caution_kinds import Caution
from seqmem.analysis.report.cautions import cautions, run_cautions, search_cautions
from seqmem.analysis.report.page import ReportPage
from seqmem.analysis.tables.report_data import IMPORTANCE, TABLES, ReportData
from seqmem.core.errors import InputError
from seqmem.sweeps.storage.file_names import RECORDS_FILE
from seqmem.workflows.paper.contents import (
    OPEN_GATES,
    PILOTS,
    SECTIONS,
    TIMINGS_FOLDER,
    Section,
)
from seqmem.workflows.paper.exploratory import depth_gains, pooled_rho

COMMAND = "make paper"
POOLED = "pooled"
DEPTH = "depth"
DEPTH_GAINS = "depth-gains"

# Name -> (heading, table).
HeadedTables = dict[str, tuple[str, pd.DataFrame]]


class Paper(NamedTuple):
    """The built report of study 1.

    Attributes
    ----------
    page : Path
        The report page.
    verdicts : dict
        Verdict of each claim.
    tables : dict
        Tables by name. Names of all sections but the first begin with the section's name.
    figures : list of BuiltFigure
        The written figures.
    sources : Sources
        The records without the pilots.
    """

    page: Path
    verdicts: dict[str, Verdict]
    tables: dict[str, pd.DataFrame]
    figures: list[BuiltFigure]
    sources: Sources


def build_paper(records: Path, out: Path) -> Paper:
    """Build everything from the records of study 1 and write it into a folder.

    The same records give the same bytes. A section without sweeps is left out, except the first.

    Parameters
    ----------
    records : Path
        Folder that holds a folder of records for each sweep.
    out : Path
        Folder of the report.

    Returns
    -------
    Paper
        Page, verdicts, tables, figures and records.

    Raises
    ------
    FileNotFoundError
        As `analysis.load`.
    InputError
        As `analysis.load`; if no sweep of the first section exists, or a required package is not
        installed.
    """
    lacking = missing_package()
    if lacking:
        raise InputError(f"the figure of importance in the paper needs {lacking}")
    sources = load_study_1(records)
    names = sorted(sources.frame["sweep"].astype(str).unique())
    chosen = {section: section.choose(names) for section in SECTIONS}
    if not chosen[SECTIONS[0]]:
        raise InputError(f"'{records}' holds no sweep {' or '.join(SECTIONS[0].sweeps)}")
    shown = [section for section in SECTIONS if chosen[section] or not section.sweeps]
    tables: HeadedTables = {}
    figures: list[BuiltFigure] = []
    all_cautions = run_cautions(sources.frame)
    with worker_pool_for(count_groups(sources.frame), count_panels(sources.frame, sources.configs)):
        for section in shown:
            some = sources.only(chosen[section])
            report_data = ReportData.of(some)
            tables |= _tables(section, report_data)
            figures += build_figures(report_data, out / "figures", section.figures)
            all_cautions += _cautions(section, some)
        tables |= _exploratory(sources, chosen)
        outcomes = verdicts(Evidence(sources.frame, sources.configs, sources.timings))
    _check_distinct(figures)
    page = ReportPage(
        title="Study 1",
        rebuild=(COMMAND, "The command reads the records in results/study-1."),
        verdicts=outcomes,
        tables=tables | {"estimates": (ESTIMATES, parts_table(outcomes))},
        cautions=all_cautions,
        frame=sources.frame,
        configs=sources.configs,
        figures=figures,
        provenance=_shared(sources),
    )
    return Paper(
        write_report(page, out),
        outcomes,
        {name: table for name, (_, table) in tables.items()},
        figures,
        sources,
    )


def load_study_1(records: Path) -> Sources:
    """Return all records of study 1 except those of its pilots.

    Parameters
    ----------
    records : Path
        Folder that holds a folder of records for each sweep.

    Returns
    -------
    Sources
        Records, sweep files, manifests and timings.

    Raises
    ------
    InputError
        If the folder holds no records.
    """
    folders = sorted(
        file.parent for file in records.glob(f"*/{RECORDS_FILE}") if not file.parent.match(PILOTS)
    )
    if not folders:
        raise InputError(f"'{records}' holds no records of study 1")
    return replace(load_sources(folders), timings=load_timings([records / TIMINGS_FOLDER]))


def table_name(section: str, table: str) -> str:
    """Return the name of a table of a section, which is also the name of its file.

    Parameters
    ----------
    section : str
        Name of the section.
    table : str
        Name of the table, as in `TABLES`.

    Returns
    -------
    str
        The name of the table alone for the first section.

    Examples
    --------
    >>> table_name("complexity", "rho"), table_name("controls", "rho")
    ('rho', 'controls-rho')
    """
    return table if section == SECTIONS[0].name else f"{section}-{table}"


def _tables(section: Section, report_data: ReportData) -> HeadedTables:
    headings = {name: heading for name, (heading, _) in TABLES.items()} | {IMPORTANCE: IMPORTANCES}
    about = "" if section is SECTIONS[0] else f": {section.title}"
    return {
        table_name(section.name, name): (headings[name] + about, report_data[name])
        for name in section.tables
    }


def _exploratory(sources: Sources, chosen: Mapping[Section, list[str]]) -> HeadedTables:
    """Return the tables that were asked for after the data were seen."""
    low_and_high = [name for section, names in chosen.items() if section.pooled for name in names]
    fixed = [name for section, names in chosen.items() if section.name == DEPTH for name in names]
    opened = [name for name in sources.configs if fnmatch(name, OPEN_GATES)]
    gains = [
        depth_gains(sources.only(names).frame).assign(forget_bias=bias)
        for bias, names in ((0, fixed), (1, opened))
    ]
    return {
        POOLED: (
            "GRU against LSTM over all levels (exploratory)",
            pooled_rho(sources.only(low_and_high).frame),
        ),
        DEPTH_GAINS: (
            "Gain of depth for each cell (exploratory)",
            pd.concat(gains, ignore_index=True),
        ),
    }


def _cautions(section: Section, sources: Sources) -> list[Caution]:
    """Return the cautions about the searches of a section that shows searches."""
    if "levels" not in section.tables:
        return []
    if section is SECTIONS[0]:
        of_runs = run_cautions(sources.frame)
        all_cautions = cautions(sources.frame, sources.configs)
        return [caution for caution in all_cautions if caution not in of_runs]
    about = f"{section.title[0].upper()}{section.title[1:]}: "
    return [
        caution._replace(text=about + caution.text)
        for caution in search_cautions(sources.frame, sources.configs)
    ]


def _check_distinct(figures: list[BuiltFigure]) -> None:
    """Raise `InputError` if two sections write one file; the groups of records name the files."""
    stems = [built.files[0].stem for built in figures]
    twice = sorted({stem for stem in stems if stems.count(stem) > 1})
    if twice:
        raise InputError(
            f"two sections of the paper would write the figure {', '.join(twice)}: "
            "records are missing"
        )


def _shared(sources: Sources) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the settings that are equal in all manifests; the rest lies beside the records."""
    trees = [dict(settings(tree)) for tree in sources.manifests.values()]
    same = [
        (name, value)
        for name, value in trees[0].items()
        if all(tree.get(name) == value for tree in trees)
    ]
    return [(f"Settings shared by the {len(trees)} manifests", same)]
