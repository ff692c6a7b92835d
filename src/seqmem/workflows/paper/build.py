"""Figures, tables, verdicts and the page of the study, all from its shipped records."""

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
from seqmem.analysis.report.cautions import cautions, run_cautions, search_cautions
from seqmem.analysis.report.page import ReportPage
from seqmem.analysis.tables.report_data import IMPORTANCE, TABLES, ReportData
from seqmem.core.errors import InputError
from seqmem.sweeps.storage.file_names import RECORDS_FILE
from seqmem.workflows.paper.contents import OPEN_GATES, PILOTS, SECTIONS, TIMINGS_FOLDER, Section
from seqmem.workflows.paper.exploratory import depth_gains, pooled_rho

COMMAND, POOLED, DEPTH, DEPTH_GAINS = "make paper", "pooled", "depth", "depth-gains"


class Paper(NamedTuple):
    """What was made.

    Attributes
    ----------
    page : path of the report.
    verdicts : by claim.
    tables : by name, those of all sections but the first with the section's name before it.
    figures : as they were written.
    sources : the records without the pilots.
    """

    page: Path
    verdicts: dict[str, Verdict]
    tables: dict[str, pd.DataFrame]
    figures: list[BuiltFigure]
    sources: Sources


def build_paper(records: Path, out: Path) -> Paper:
    """Make everything from the folders of records in `records`, and write it into the folder `out`.

    The same records give the same bytes; sections whose sweeps are not there are left out, but for the first.

    Raises
    ------
    FileNotFoundError, InputError
        As `analysis.load`; no sweep of the first section; a package that the whole study needs is not installed.
    """
    lacking = missing_package()
    if lacking:
        raise InputError(f"the study's importance figure needs {lacking}")
    sources = load_study(records)
    names = sorted(sources.frame["sweep"].astype(str).unique())
    chosen = {section: section.choose(names) for section in SECTIONS}
    if not chosen[SECTIONS[0]]:
        raise InputError(f"'{records}' holds no sweep {' or '.join(SECTIONS[0].sweeps)}")
    shown = [section for section in SECTIONS if chosen[section] or not section.sweeps]
    tables, figures, words = (
        dict[str, tuple[str, pd.DataFrame]](),
        list[BuiltFigure](),
        run_cautions(sources.frame),
    )
    with worker_pool_for(count_groups(sources.frame), count_panels(sources.frame, sources.configs)):
        for section in shown:
            some = sources.only(chosen[section])
            report_data = ReportData.of(some)
            tables |= _tables(section, report_data)
            figures += build_figures(report_data, out / "figures", section.figures)
            words += _cautions(section, some)
        tables |= _exploratory(sources, chosen)
        found = verdicts(Evidence(sources.frame, sources.configs, sources.timings))
    _check_distinct(figures)
    page = ReportPage(
        title="The study",
        rebuild=(COMMAND, "It reads the records in results/study-1."),
        verdicts=found,
        tables=tables | {"estimates": (ESTIMATES, parts_table(found))},
        cautions=words,
        frame=sources.frame,
        figures=figures,
        provenance=_shared(sources),
    )
    return Paper(
        write_report(page, out),
        found,
        {name: table for name, (_, table) in tables.items()},
        figures,
        sources,
    )


def load_study(records: Path) -> Sources:
    """Everything that was recorded in the study but its pilots."""
    folders = sorted(
        file.parent for file in records.glob(f"*/{RECORDS_FILE}") if not file.parent.match(PILOTS)
    )
    if not folders:
        raise InputError(f"'{records}' holds no records of the study")
    return replace(load_sources(folders), timings=load_timings([records / TIMINGS_FOLDER]))


def _tables(section: Section, report_data: ReportData) -> dict[str, tuple[str, pd.DataFrame]]:
    headings = {name: heading for name, (heading, _) in TABLES.items()} | {IMPORTANCE: IMPORTANCES}
    about = "" if section is SECTIONS[0] else f": {section.title}"
    return {
        table_name(section.name, name): (headings[name] + about, report_data[name])
        for name in section.tables
    }


def _exploratory(
    sources: Sources, chosen: Mapping[Section, list[str]]
) -> dict[str, tuple[str, pd.DataFrame]]:
    """The tables that were thought of after the data were seen."""
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


def table_name(section: str, table: str) -> str:
    """What a table of a section is called, here and in the report's folder.

    Examples
    --------
    >>> table_name("complexity", "rho"), table_name("controls", "rho")
    ('rho', 'controls-rho')
    """
    return table if section == SECTIONS[0].name else f"{section}-{table}"


def _cautions(section: Section, sources: Sources) -> list[str]:
    """What should be known of the searches of a section, if it shows any."""
    if "levels" not in section.tables:
        return []
    if section is SECTIONS[0]:
        said = run_cautions(sources.frame)
        return [words for words in cautions(sources.frame, sources.configs) if words not in said]
    about = f"{section.title[0].upper()}{section.title[1:]}: "
    return [about + words for words in search_cautions(sources.frame, sources.configs)]


def _check_distinct(figures: list[BuiltFigure]) -> None:
    """Two sections must not write one file: which groups there are decides how files are called."""
    stems = [built.files[0].stem for built in figures]
    twice = sorted({stem for stem in stems if stems.count(stem) > 1})
    if twice:
        raise InputError(
            f"two parts of the study would write the figure {', '.join(twice)}: records are missing"
        )


def _shared(sources: Sources) -> list[tuple[str, list[tuple[str, str]]]]:
    """What all manifests agree on; study files and manifests themselves lie beside the records."""
    trees = [dict(settings(tree)) for tree in sources.manifests.values()]
    same = [
        (name, value)
        for name, value in trees[0].items()
        if all(tree.get(name) == value for tree in trees)
    ]
    return [(f"What the {len(trees)} manifests agree on", same)]
