"""The study: what ships with the project is what is made from its records, and its pages say what was found."""

from __future__ import annotations

import json
import platform
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from analysis.figures import FIGURES
from analysis.material import IMPORTANCE, TABLES
from analysis.paper.build import build_paper, load_study
from analysis.paper.collect import collect, different_columns
from analysis.paper.contents import PRESETS, RECORDS, REPORT, SECTIONS
from analysis.paper.results import write_results
from generators.errors import InputError
from study.config import RunConfig
from sweeps.executors.serial import SerialExecutor
from sweeps.launcher import run_sweep
from sweeps.study_file import load_config, load_configs, preset_names

ROOT = RECORDS.parents[2]
SHIPPED = RECORDS / REPORT
RESULTS = ROOT / "RESULTS.md"
PAGES = ("RESULTS.md", "README.md")
NUMBER = re.compile(r"[−-]?\d+(?:[.,]\d+)*")


def test_every_preset_of_the_study_is_run_and_shown() -> None:
    assert set(PRESETS) == {name for name in preset_names() if name.startswith("paper-")}
    sweeps = {config.name for preset in PRESETS for config in load_configs(preset)}
    for section in SECTIONS:
        assert bool(section.choose(sweeps)) == bool(section.sweeps)
    assert {name for section in SECTIONS for name in section.figures} == set(FIGURES)
    assert {name for section in SECTIONS for name in section.tables} <= {*TABLES, IMPORTANCE}


def test_all_records_of_the_study_are_shipped() -> None:
    shipped = {file.parent.name for file in RECORDS.glob("*/runs.parquet")}
    assert shipped == {config.name for preset in PRESETS for config in load_configs(preset)}


def test_the_pilots_are_no_evidence() -> None:
    assert not [name for name in load_study(RECORDS).configs if "pilot" in name]


def test_results_state_the_verdicts_of_claims_json() -> None:
    text = RESULTS.read_text(encoding="utf-8")
    claims = json.loads((SHIPPED / "claims.json").read_text(encoding="utf-8"))["claims"]
    for claim in claims:
        (row,) = re.findall(rf"^\| {claim['claim']} \|.*$", text, re.MULTILINE)
        assert f"**{claim['words']}**" in row
        for part in claim["parts"]:
            if part["name"] not in claim["aside"] and part["low"] is not None:
                written = [float(number.replace("−", "-").replace(",", "")) for number in NUMBER.findall(row)]
                for value in (part["estimate"], part["low"], part["high"]):
                    assert any(abs(value - number) <= max(0.0051, 0.0051 * abs(value)) for number in written), part


def test_no_cell_differs_from_itself() -> None:
    claims = json.loads((SHIPPED / "claims.json").read_text(encoding="utf-8"))["claims"]
    parts = [part for claim in claims for part in claim["against_itself"]]
    assert parts
    assert {part["verdict"] for part in parts} <= {"agrees", "no interval"}


@pytest.mark.parametrize("page", PAGES)
def test_pictures_and_links_of_the_pages_are_there(page: str) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", (ROOT / page).read_text(encoding="utf-8")):
        if not target.startswith("https://"):
            assert (ROOT / target).exists(), target


def test_records_that_differ_are_named() -> None:
    first = pd.DataFrame({"steps": [1, 2], "train_cpu_seconds": [0.1, 0.2], "losses": [[1.0], [2.0]]})
    assert different_columns(first, first.assign(train_cpu_seconds=9.0)) == []
    assert different_columns(first, first.assign(losses=[[1.0], [3.0]])) == ["losses"]
    assert different_columns(first, first.iloc[:1]) == ["rows"]
    assert different_columns(first, first.assign(other=1)) == ["other"]


def test_a_folder_without_the_first_part_is_refused(tmp_path: Path) -> None:
    (tmp_path / "paper-curves-own").symlink_to(RECORDS / "paper-curves-own")
    with pytest.raises(InputError, match="holds no sweep paper-complexity-k"):
        build_paper(tmp_path, tmp_path / "out")


class Interrupted(SerialExecutor):
    """Stops before its first run."""

    def run(self, configs: Sequence[RunConfig]) -> Iterator[tuple[int, dict[str, Any]]]:
        raise KeyboardInterrupt


def test_finished_sweeps_are_collected_and_compared(tmp_path: Path) -> None:
    runs, shipped = tmp_path / "runs", tmp_path / "shipped"
    config = load_config("smoke", ("strings.levels=[6]",))
    with pytest.raises(KeyboardInterrupt):
        run_sweep(config, runs / "begun", executor=Interrupted())
    result = run_sweep(config, runs / "done")
    (runs / "empty").mkdir()
    words = f"done: {result.status.total} runs"
    lines = ["begun: not finished, left out", f"{words}, new", "empty: no records"]
    assert list(collect(runs, shipped)) == lines
    lines[1] = f"{words}, equal to the shipped ones"
    assert list(collect(runs, shipped)) == lines
    frame = pd.read_parquet(shipped / "done" / "runs.parquet")
    frame.assign(steps=0).to_parquet(shipped / "done" / "runs.parquet")
    lines[1] = f"{words}, different from the shipped ones in steps"
    assert list(collect(runs, shipped)) == lines


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_make_paper_gives_what_is_committed(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_bytes((ROOT / "README.md").read_bytes())
    paper = build_paper(RECORDS, tmp_path / REPORT)
    write_results(paper, tmp_path)
    built = sorted(file.relative_to(tmp_path / REPORT) for file in (tmp_path / REPORT).rglob("*") if file.is_file())
    assert built == sorted(file.relative_to(SHIPPED) for file in SHIPPED.rglob("*") if file.is_file())
    same_platform = (platform.system(), platform.machine()) == ("Linux", "x86_64")
    for name in built:
        made, shipped = tmp_path / REPORT / name, SHIPPED / name
        if same_platform:
            assert made.read_bytes() == shipped.read_bytes(), name
        elif name.suffix == ".csv":
            pd.testing.assert_frame_equal(pd.read_csv(made), pd.read_csv(shipped), rtol=1e-6)
    for page in PAGES if same_platform else ():
        assert (tmp_path / page).read_bytes() == (ROOT / page).read_bytes(), page
