"""Build figures, tables, verdicts and the report page of a study from its shipped records."""

from __future__ import annotations

from dataclasses import replace
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
from seqmem.analysis.tables.report_data import CONFIGURED_TABLES, IMPORTANCE, TABLES, ReportData
from seqmem.core.errors import InputError
from seqmem.sweeps.storage.file_names import RECORDS_FILE
from seqmem.workflows.paper.sections import HeadedTables, Section, Study

COMMAND = "make paper"


class BuiltStudy(NamedTuple):
    """The built report of a study.

    Attributes
    ----------
    study : Study
        The study.
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

    study: Study
    page: Path
    verdicts: dict[str, Verdict]
    tables: dict[str, pd.DataFrame]
    figures: list[BuiltFigure]
    sources: Sources


def build_study(study: Study, records: Path, out: Path) -> BuiltStudy:
    """Build everything from the records of a study and write it into a folder.

    The same records give the same bytes. A section without sweeps is left out, except the first.

    Parameters
    ----------
    study : Study
        What to show of the records.
    records : Path
        Folder that holds a folder of records for each sweep.
    out : Path
        Folder of the report.

    Returns
    -------
    BuiltStudy
        Page, verdicts, tables, figures and records.

    Raises
    ------
    FileNotFoundError
        As `analysis.load`.
    InputError
        As `analysis.load`; if no sweep of the first section exists, or a required package is not
        installed.
    """
    return build_from(study, load_study(study, records), out)


def build_from(study: Study, sources: Sources, out: Path) -> BuiltStudy:
    """Build everything from loaded records, as `build_study` does.

    Parameters
    ----------
    study : Study
        What to show of the records.
    sources : Sources
        Records without the pilots.
    out : Path
        Folder of the report.

    Returns
    -------
    BuiltStudy
        Page, verdicts, tables, figures and records.

    Raises
    ------
    InputError
        If no sweep of the first section exists, or a required package is not installed.
    """
    figure_names = {name for section in study.sections for name in section.figures}
    if (lacking := missing_package()) and IMPORTANCE in figure_names:
        raise InputError(f"the figure of importance in the paper needs {lacking}")
    names = sorted(sources.frame["sweep"].astype(str).unique())
    chosen = {section: section.choose(names) for section in study.sections}
    first = study.sections[0]
    if not chosen[first]:
        raise InputError(f"the records hold no sweep {' or '.join(first.sweeps)}")
    shown = [section for section in study.sections if chosen[section] or not section.sweeps]
    tables: HeadedTables = {}
    figures: list[BuiltFigure] = []
    all_cautions = run_cautions(sources.frame)
    with worker_pool_for(count_groups(sources.frame), count_panels(sources.frame, sources.configs)):
        for section in shown:
            some = sources.only(chosen[section])
            report_data = ReportData.of(some)
            tables |= _tables(study, section, report_data)
            figures += build_figures(report_data, out / "figures", section.figures)
            all_cautions += _cautions(section, some, section is first)
        tables |= study.later_tables(sources, chosen)
        outcomes = verdicts(Evidence(sources.frame, sources.configs, sources.timings))
    _check_distinct(figures)
    page = ReportPage(
        title=study.title,
        rebuild=(COMMAND, f"The command reads the records in {study.folder}."),
        verdicts=outcomes,
        tables=tables | {"estimates": (ESTIMATES, parts_table(outcomes))},
        cautions=all_cautions,
        frame=sources.frame,
        configs=sources.configs,
        figures=figures,
        provenance=_shared(sources),
    )
    return BuiltStudy(
        study,
        write_report(page, out),
        outcomes,
        {name: table for name, (_, table) in tables.items()},
        figures,
        sources,
    )


def load_study(study: Study, records: Path) -> Sources:
    """Return all records of a study except those of its pilots.

    Parameters
    ----------
    study : Study
        The study.
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
        file.parent
        for file in records.glob(f"*/{RECORDS_FILE}")
        if not file.parent.match(study.pilots)
    )
    if not folders:
        raise InputError(f"'{records}' holds no records of study {study.number}")
    timings = load_timings([*folders, records / study.timings])
    return replace(load_sources(folders), timings=timings)


def _tables(study: Study, section: Section, report_data: ReportData) -> HeadedTables:
    known = TABLES | CONFIGURED_TABLES
    headings = {name: heading for name, (heading, _) in known.items()} | {IMPORTANCE: IMPORTANCES}
    about = "" if section is study.sections[0] else f": {section.title}"
    return {
        study.table_name(section.name, name): (headings[name] + about, report_data[name])
        for name in section.tables
    }


def _cautions(section: Section, sources: Sources, is_first: bool) -> list[Caution]:
    """Return the cautions about the searches of a section that shows searches."""
    if "levels" not in section.tables:
        return []
    if is_first:
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
        for name, value in (trees[0].items() if trees else ())
        if all(tree.get(name) == value for tree in trees)
    ]
    return [(f"Settings shared by the {len(trees)} manifests", same)]
