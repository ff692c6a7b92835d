"""Study 1: the shipped report is what its records give, and the pages state its numbers."""

from __future__ import annotations

import json
import math
import platform
import re
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from seqmem.analysis.claims.study_1 import CLAIMS
from seqmem.analysis.figures import FIGURES
from seqmem.analysis.records.loading import load
from seqmem.analysis.records.result_files import write_bytes
from seqmem.analysis.tables.report_data import CONFIGURED_TABLES, IMPORTANCE, TABLES
from seqmem.analysis.tables.time_ratio_table import rho_table
from seqmem.cli import paper as command
from seqmem.cli.paper import PROGRAM, app, run_study_1
from seqmem.core.command_line import run_app
from seqmem.core.errors import InputError
from seqmem.core.exit_codes import BAD_INPUT, DONE, SOME_RUNS_FAILED
from seqmem.study.config import RunConfig
from seqmem.study.engine import resolve_engine
from seqmem.study.environment import environment_key
from seqmem.study.environment_keys import environment_difference
from seqmem.sweeps.config.sweep_file import load_config, load_configs, preset_names
from seqmem.sweeps.execution.executors.executor import SerialExecutor
from seqmem.sweeps.execution.launcher import run_sweep
from seqmem.workflows.paper import contents_2, install_outputs, sweeps
from seqmem.workflows.paper.build import build_study, load_study
from seqmem.workflows.paper.checkout import ROOT, STUDY_1
from seqmem.workflows.paper.collecting import collect_study_1
from seqmem.workflows.paper.contents import PRESETS, REPORT, SECTIONS, TIMINGS_FILE, TIMINGS_FOLDER
from seqmem.workflows.paper.contents import STUDY_1 as FIRST
from seqmem.workflows.paper.exploratory import depth_gains, pooled_rho
from seqmem.workflows.paper.published import published_epochs
from seqmem.workflows.paper.results import DISCUSSION_PAGE, TEMPLATES
from seqmem.workflows.shipping.collecting import different_columns
from seqmem.workflows.study_2.presets import frozen_presets

SHIPPED = STUDY_1 / REPORT
RESULTS = ROOT / "RESULTS.md"
# Numbers that templates may contain: levels, budgets, margins, trials, years and sources.
DESIGN = set(
    "0 1 2 3 4 5 6 8 12 16 24 32 64 90 95 99.4 100 512 1024 2048 4096 60,000 "
    ".03 .05 .15 0.001 0.03 0.1 0.125 0.5 1.41 3.84 2021 2023 2025 2107.02248".split()
)
PAGES = ("RESULTS.md", "README.md", DISCUSSION_PAGE)


def test_every_preset_of_the_study_is_run_and_shown() -> None:
    assert set(PRESETS) == {name for name in preset_names() if name.startswith("paper-")}
    sweep_names = {config.name for preset in PRESETS for config in load_configs(preset)}
    for section in SECTIONS:
        assert bool(section.choose(sweep_names)) == bool(section.sweeps)
    hidden = {
        name for name in sweep_names if not any(section.choose([name]) for section in SECTIONS)
    }
    # Only verdicts use matched learning rates, the open gate and points with several strings.
    assert hidden == {
        "paper-pilot",
        "paper-pilot-further",
        "paper-curves-rate-0.003",
        "paper-curves-rate-0.01",
        "paper-curves-rate-0.03",
        "paper-gradients-open-gate",
        "paper-importance-again-gru",
        "paper-importance-again-lstm",
    }
    shown = {name for section in SECTIONS for name in section.figures}
    # Study 1 has no records for these.
    assert set(FIGURES) - shown == {"tuning_curve", "time_by_context", "bits_by_exposure"}
    assert shown <= set(FIGURES)
    assert {name for section in SECTIONS for name in section.tables} <= {*TABLES, IMPORTANCE}


def test_every_preset_of_study_2_is_shown() -> None:
    sections = contents_2.SECTIONS
    for preset in frozen_presets():
        names = {config.name for config in load_configs(preset)}
        assert any(section.choose(names) for section in sections), preset
    tables = {name for section in sections for name in section.tables}
    assert tables <= {*TABLES, *CONFIGURED_TABLES}
    assert {name for section in sections for name in section.figures} <= set(FIGURES)


def test_all_records_of_the_study_are_shipped() -> None:
    shipped = {file.parent.name for file in STUDY_1.glob("*/runs.parquet")}
    assert shipped == {name for _, name in sweeps.study_1_sweeps()}
    assert (STUDY_1 / TIMINGS_FOLDER / TIMINGS_FILE).exists()


@pytest.mark.slow
def test_the_pilots_are_no_evidence() -> None:
    assert not [name for name in load_study(FIRST, STUDY_1).configs if "pilot" in name]


@pytest.mark.parametrize("name", CLAIMS)
def test_results_state_what_claims_json_holds(name: str) -> None:
    text = RESULTS.read_text(encoding="utf-8")
    claims = json.loads((SHIPPED / "claims.json").read_text(encoding="utf-8"))["claims"]
    (claim,) = [claim for claim in claims if claim["claim"] == name]
    (row,) = re.findall(rf"^\| \[{name}\]\(.*\| 1 \|.*$", text, re.MULTILINE)
    assert f"**{claim['words']}**" in row
    section = text[text.index(f"### {name}\n") :].split("\n### ")[0]
    assert f"Study 1: **{claim['words']}**" in section
    table = pd.read_csv(SHIPPED / "tables" / "estimates.csv")
    listed = set(table.loc[table["claim"] == name, "name"])
    assert listed == {part["name"] for part in (*claim["parts"], *claim["against_itself"])}


def test_no_cell_differs_from_itself() -> None:
    claims = json.loads((SHIPPED / "claims.json").read_text(encoding="utf-8"))["claims"]
    parts = [part for claim in claims for part in claim["against_itself"]]
    assert parts
    assert {part["verdict"] for part in parts} <= {"agrees", "no interval"}


@pytest.mark.parametrize("template", TEMPLATES.values())
def test_templates_hold_no_measured_number(template: str) -> None:
    text = (ROOT / "analysis" / "report" / "templates" / template).read_text(encoding="utf-8")
    text = re.sub(r"\{\{.*?\}\}|\{%.*?%\}|\]\([^)]*\)|`[^`]*`", "", text, flags=re.DOTALL)
    assert set(re.findall(r"(?<![\w.])\.?\d[\d.,–]*\d|(?<![\w.])\d\b", text)) <= DESIGN


@pytest.mark.parametrize("page", PAGES)
def test_pictures_and_links_of_the_pages_are_there(page: str) -> None:
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", (ROOT / page).read_text(encoding="utf-8")):
        if not target.startswith("https://"):
            assert (ROOT / page).parent.joinpath(target).exists(), target


def test_records_that_differ_are_named() -> None:
    first = pd.DataFrame(
        {"steps": [1, 2], "train_cpu_seconds": [0.1, 0.2], "losses": [[1.0], [2.0]]}
    )
    assert different_columns(first, first.assign(train_cpu_seconds=9.0)) == []
    assert different_columns(first, first.assign(losses=[[1.0], [3.0]])) == ["losses"]
    assert different_columns(first, first.iloc[:1]) == ["rows"]
    assert different_columns(first, first.assign(other=1)) == ["other"]


def test_a_folder_without_the_first_part_is_refused(tmp_path: Path) -> None:
    (tmp_path / "paper-curves-own").symlink_to(STUDY_1 / "paper-curves-own")
    with pytest.raises(InputError, match="hold no sweep paper-complexity-k"):
        build_study(FIRST, tmp_path, tmp_path / "out")


def test_lists_of_records_are_compared_whole(tmp_path: Path) -> None:
    long = np.linspace(0, 1, 2000)
    frames = []
    for name, middle in (("first", 0.5), ("second", 0.5 + 1e-12)):
        pd.DataFrame({"losses": [np.where(np.arange(2000) == 1000, middle, long)]}).to_parquet(
            tmp_path / name
        )
        frames.append(pd.read_parquet(tmp_path / name))
    assert different_columns(*frames) == ["losses"]
    assert different_columns(frames[0], frames[0].copy()) == []


@pytest.fixture
def small_study(monkeypatch: pytest.MonkeyPatch) -> str:
    """Make study 1 one small sweep, and its timings a file."""

    def timed(*, cell: tuple[str, ...], out: Path) -> int:
        out.write_bytes(b"timings")
        return DONE

    monkeypatch.setattr(sweeps, "PRESETS", ("smoke",))
    monkeypatch.setattr(
        command, "sweep_command", partial(command.sweep_command, settings=("strings.levels=[6]",))
    )
    monkeypatch.setattr(command, "time_command", timed)
    return "smoke"


@pytest.mark.slow
def test_the_study_runs_and_is_collected(small_study: str, tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    shipped = tmp_path / "shipped"
    assert run_study_1(runs, 1) == DONE
    count = len(load(runs / small_study))
    (runs / "stranger").mkdir()
    timings = (
        "paper-cost: timings, new",
        "paper-cost: the shipped timings are kept; remove them to collect others",
    )
    assert list(collect_study_1(runs, shipped)) == [
        (f"smoke: {count} runs, new", True),
        (timings[0], True),
    ]
    equal = (f"smoke: {count} runs, equal to the shipped ones", True)
    assert list(collect_study_1(runs, shipped)) == [equal, (timings[1], True)]
    records = shipped / small_study / "runs.parquet"
    pd.read_parquet(records).assign(steps=0).to_parquet(records)
    different = (f"smoke: {count} runs, different from the shipped ones in steps", True)
    assert list(collect_study_1(runs, shipped)) == [different, (timings[1], True)]
    assert list(collect_study_1(runs, shipped)) == [equal, (timings[1], True)]


def test_a_study_that_was_stopped_is_neither_timed_nor_collected(
    small_study: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    class Stopped(SerialExecutor):
        def run(self, configs: Sequence[RunConfig]) -> Iterator[tuple[int, dict[str, Any]]]:
            raise KeyboardInterrupt

    def stopped(study: str, *, out: Path, jobs: int) -> int:
        with pytest.raises(KeyboardInterrupt):
            run_sweep(load_config(study), out, executor=Stopped())
        return SOME_RUNS_FAILED

    monkeypatch.setattr(command, "sweep_command", stopped)
    assert run_study_1(tmp_path, 1) == SOME_RUNS_FAILED
    assert not (tmp_path / "paper-cost").exists()
    assert list(collect_study_1(tmp_path, tmp_path / "shipped")) == [
        ("smoke: not finished, left out", False),
        ("paper-cost: not run", False),
    ]


@pytest.mark.parametrize(
    ("command_line", "message"),
    [
        ("collect no/such", "no/such: no such folder"),
        ("biuld", "unknown command 'biuld'; did you mean 'build'"),
    ],
)
def test_bad_input_is_one_line(
    command_line: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_app(app, PROGRAM, command_line.split()) == BAD_INPUT
    (line,) = capsys.readouterr().err.splitlines()
    assert message in line


def test_what_is_no_longer_built_is_removed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    report = f"{FIRST.folder}/{REPORT}"

    def built(root: Path, made: Path) -> dict[int, None]:
        write_bytes(made / report / "claims.json", b"new")
        write_bytes(made / report / "figures" / "same.csv", b"same")
        write_bytes(made / "RESULTS.md", b"results")
        return {}

    monkeypatch.setattr(install_outputs, "build_pages", built)
    monkeypatch.setattr(
        install_outputs, "bounded_capacities", lambda records: pd.DataFrame({"cell": ["gru"]})
    )
    for name, content in (
        (f"{report}/claims.json", b"old"),
        (f"{report}/figures/same.csv", b"same"),
        (f"{report}/figures/old.png", b"old"),
        (f"results/study-2/{REPORT}/claims.json", b"blinded again"),
    ):
        write_bytes(tmp_path / name, content)
    _, changes, files = install_outputs.rebuild(tmp_path)
    assert changes == [
        f"removed {report}/figures/old.png",
        f"removed results/study-2/{REPORT}/claims.json",
        "new RESULTS.md",
        f"changed {report}/claims.json",
        "new src/seqmem/workflows/compare/shipped_capacities.csv",
    ]
    assert files == 4
    assert not (tmp_path / report / "figures" / "old.png").exists()
    assert install_outputs.rebuild(tmp_path)[1] == []


@pytest.mark.slow
def test_rho_over_all_levels_weighs_them_alike() -> None:
    sources = load_study(FIRST, STUDY_1).only(
        ["paper-complexity-k2-low", "paper-complexity-k4-low"]
    )
    assert set(sources.configs) == {"paper-complexity-k2-low", "paper-complexity-k4-low"}
    assert set(sources.frame["design"]) == {""}
    table = pooled_rho(sources.frame)
    levels = rho_table(sources.frame)
    for clock, row in table[table["budget"] == "all"].set_index("clock").iterrows():
        assert row["rho"] == pytest.approx(levels.loc[levels["clock"] == clock, "rho"].mean())
        assert (row["levels"], row["searches"], row["strings"]) == (4, 12, 96)
        assert row["low"] < row["rho"] < row["high"]


@pytest.mark.slow
def test_the_gain_of_depth_is_within_strings() -> None:
    sources = load_study(FIRST, STUDY_1).only(["paper-depth-d1", "paper-depth-d4"])
    runs = sources.frame[sources.frame["role"] == "confirm"]
    best = [
        1 - min(nll) / bits
        for nll, bits in zip(runs["checkpoint_nll_bits"], runs["reference_bits"], strict=True)
    ]
    means = runs.assign(best=best).groupby(["cell", "depth"])["best"].mean().unstack()
    table = depth_gains(sources.frame).set_index("cell")
    assert table["searches"].tolist() == [12, 12]
    for cell, row in table.iterrows():
        assert row["gain"] == pytest.approx(means.loc[cell, 4] - means.loc[cell, 1])
        assert row["low"] < row["gain"] < row["high"]


def test_published_epochs() -> None:
    table = published_epochs().set_index(["level", "learning_rate", "layers"])
    assert len(table) == 12
    assert table.loc[("low", 0.001, 1), "octaves"] == pytest.approx(math.log2(39.1 / 30.7))
    assert table.loc[("low", 0.001, 1), ["solved_lstm", "solved_gru"]].tolist() == [0.54, 0.7]


@pytest.mark.slow
def test_a_part_run_again_gives_the_shipped_records(tmp_path: Path) -> None:
    config = load_config("paper-controls:batch-8-low")
    shipped = load(STUDY_1 / config.name)
    here = environment_key(resolve_engine(config.training.engine, "cpu", config.memorizer.cells))
    differences = environment_difference(shipped["environment_key"].iloc[0], here)
    if differences:
        pytest.skip(
            f"another environment than that of the shipped records: {', '.join(differences)}"
        )
    run_sweep(config, tmp_path / config.name, jobs=2)
    assert different_columns(load(tmp_path / config.name), shipped) == []


@pytest.mark.slow
def test_make_paper_gives_what_is_committed(tmp_path: Path) -> None:
    studies = install_outputs.build_pages(ROOT, tmp_path)
    reports = [Path(one.study.folder) / REPORT for one in studies.values()]
    built, shipped = (
        sorted(
            file.relative_to(root)
            for report in reports
            for file in (root / report).rglob("*")
            if file.is_file()
        )
        for root in (tmp_path, ROOT)
    )
    assert built == shipped
    same_platform = (platform.system(), platform.machine()) == ("Linux", "x86_64")
    for name in built:
        made, there = tmp_path / name, ROOT / name
        if same_platform:
            assert made.read_bytes() == there.read_bytes(), name
        elif name.suffix == ".csv":
            pd.testing.assert_frame_equal(pd.read_csv(made), pd.read_csv(there), rtol=1e-6)
    for page in PAGES if same_platform else ():
        assert (tmp_path / page).read_bytes() == (ROOT / page).read_bytes(), page
