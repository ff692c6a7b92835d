"""Built studies from the files of shipped reports, so that pages are made without the records."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from seqmem.analysis.claims.rules.verdict import Verdict, VerdictPart
from seqmem.analysis.figures import FIGURES, BuiltFigure
from seqmem.analysis.records.groups import Group
from seqmem.analysis.records.sources import Sources, load_sources
from seqmem.workflows.paper.build import BuiltStudy
from seqmem.workflows.paper.contents import REPORT
from seqmem.workflows.paper.sections import Study
from tests.pages import ROOT

TABLES = ("capacity", "matched-rho")
READ = ("paper-complexity-k4", "paper-complexity-k?-low")


def shipped_study(study: Study) -> BuiltStudy:
    """Return what `build_study` gives, as far as RESULTS.md and README.md need it."""
    folder = ROOT / study.folder / REPORT
    claims = json.loads((folder / "claims.json").read_text(encoding="utf-8"))["claims"]
    verdicts = {claim["claim"]: _verdict(claim) for claim in claims}
    tables = {
        name: pd.read_csv(folder / "tables" / f"{name}.csv", keep_default_na=False, na_values=[""])
        for name in TABLES
        if (folder / "tables" / f"{name}.csv").exists()
    }
    runs = sum(
        len(pd.read_parquet(file, columns=["run_id"]))
        for file in (ROOT / study.folder).glob("*/runs.parquet")
        if not file.parent.match(study.pilots)
    )
    sources = _shipped_sources(ROOT / study.folder, runs)
    return BuiltStudy(study, folder / "report.html", verdicts, tables, _figures(folder), sources)


def _shipped_sources(records: Path, runs: int) -> Sources:
    """Return the records of the sweeps that the pages read, and as many others as are shipped."""
    folders = [folder for pattern in READ for folder in sorted(records.glob(pattern))]
    if not folders:
        return Sources(pd.DataFrame(index=range(runs)), {}, {}, None)
    read = load_sources(folders)
    others = read.frame.iloc[np.arange(runs - len(read.frame)) % len(read.frame)]
    frame = pd.concat([read.frame, others.assign(sweep="other")], ignore_index=True)
    return replace(read, frame=frame)


def built_figure(name: str, png: Path) -> BuiltFigure:
    """Return a written figure by its PNG, whose CSV lies beside it."""
    data = pd.read_csv(png.with_suffix(".csv"), keep_default_na=False, na_values=[""])
    group = None
    if FIGURES[name].grouped:
        first = data.iloc[0]
        values = {field: first[field] for field in Group._fields if field in data}
        group = Group(**{**values, "alphabet_size": int(values["alphabet_size"])})
    files = [png.with_suffix(f".{kind}") for kind in ("pdf", "svg", "png", "csv")]
    return BuiltFigure(FIGURES[name], group, "", files)


def _figures(folder: Path) -> list[BuiltFigure]:
    return [
        built_figure(name, png)
        for name in FIGURES
        for png in sorted((folder / "figures").glob("*.png"))
        if png.stem == name or png.stem.startswith(f"{name}-")
    ]


def _verdict(claim: dict[str, Any]) -> Verdict:
    parts = {
        key: tuple(VerdictPart(**_known(part)) for part in claim[key])
        for key in ("parts", "against_itself")
    }
    texts = {key: tuple(claim[key]) for key in ("aside", "needs", "notes")}
    plain = {key: claim[key] for key in ("verdict", "tag", "setting")}
    return Verdict(**plain, **parts, **texts)


def _known(part: dict[str, Any]) -> dict[str, Any]:
    return {key: math.nan if value is None else value for key, value in part.items()}
