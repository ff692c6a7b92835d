"""RESULTS.md: its length, what it links to, and that study 2 stays blinded."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from seqmem.analysis.claims import CLAIMS, STUDIES
from seqmem.analysis.claims.rules.claim import claim_label
from seqmem.analysis.claims.rules.verdict import Verdict, VerdictPart, not_tested
from seqmem.analysis.figures import FIGURES
from seqmem.analysis.records.result_files import write_bytes, write_csv
from seqmem.analysis.records.sources import Sources, with_designs
from seqmem.analysis.tables.report_data import ReportData
from seqmem.sweeps.config.search_counts import with_searches
from seqmem.sweeps.config.sweep_config import SweepConfig
from seqmem.sweeps.config.sweep_file import load_config, load_configs
from seqmem.workflows.paper import install_outputs, results
from seqmem.workflows.paper.build import BuiltStudy, build_from
from seqmem.workflows.paper.claim_texts import claim_name
from seqmem.workflows.paper.contents import REPORT, STUDY_1
from seqmem.workflows.paper.contents_2 import STUDY_2
from seqmem.workflows.paper.results import (
    MOST_WORDS,
    page_context,
    rendered,
    results_page,
    write_forest,
)
from seqmem.workflows.study_2.presets import SCALING, frozen_presets
from seqmem.workflows.study_2.state import (
    EXPECTED_CORE_HOURS,
    StudyState,
    is_whole,
    missing_words,
    study_state,
)
from tests.analysis.shipped_pages import built_figure, shipped_study
from tests.analysis.study_2_designs import capacity_sweeps, source_sweeps
from tests.analysis.study_2_records import joined, scaling_sweeps
from tests.pages import ROOT, anchors

MOST_ABSTRACT_WORDS = 150
PAGE = "RESULTS.md"
README = "README.md"
LEVELS = {level: 0.3 for level in (16, 64, 512, 2048)}


def abstract(page: str) -> str:
    return page.split("## Abstract\n")[1].split("\n\n`make paper`")[0]


def shipped_studies() -> dict[int, BuiltStudy]:
    """Return the studies with a shipped report."""
    return {
        study.number: shipped_study(study)
        for study in (STUDY_1, STUDY_2)
        if (ROOT / study.folder / REPORT).is_dir()
    }


@pytest.fixture(scope="module")
def first() -> BuiltStudy:
    return shipped_study(STUDY_1)


@pytest.fixture(scope="module")
def state() -> StudyState:
    return study_state(ROOT / STUDY_2.folder)


def wordy_verdict(label: str) -> Verdict:
    """Return a verdict with as many estimates as most claims; two kinds decide three claims."""

    def part(name: str, quantity: str, value: float) -> VerdictPart:
        limits = value - 0.123, value + 0.123, value - 0.1, value + 0.1
        return VerdictPart(name, quantity, value, *limits, 0.15, "inconclusive")

    deciding = [
        part(f"in calibrated time, {place}", quantity, 0.1234 * place)
        for quantity in ("GRU sooner by octaves", "log2 of LSTM's over GRU's bits")
        if quantity.startswith("GRU") or claim_name(label) in ("C2", "C8", "C11")
        for place in (1, 2)
    ]
    beside = [part(f"control: forget bias 1, level {n}", "GRU sooner by octaves", n / 9)
              for n in range(4)]  # fmt: skip
    return Verdict("inconclusive", "depends on the clock", (*deciding, *beside),
                   tuple(one.name for one in beside))  # fmt: skip


@pytest.fixture(scope="module")
def second(tmp_path_factory) -> BuiltStudy:
    """Return study 2 with all of its claims tested and all of its figures, of simulated records."""
    folder = tmp_path_factory.mktemp("second")
    records = {
        "time_by_bits": scaling_sweeps(LEVELS, alphabets=(4,), searches=2),
        "winners_by_budget": scaling_sweeps(LEVELS, alphabets=(4,), searches=2),
        "tuning_curve": scaling_sweeps({64: 0.3}, alphabets=(4,)),
        "bits_by_exposure": capacity_sweeps(),
        "time_by_context": source_sweeps(0.5, 0.1),
    }
    figures = []
    for name, (frame, configs) in records.items():
        figure = FIGURES[name]
        data = figure.compute(ReportData(frame.assign(design=""), configs)[figure.source])
        write_csv(folder / f"{name}.csv", data)
        figures.append(built_figure(name, folder / f"{name}.png"))
    verdicts = {claim_label(name, 2): wordy_verdict(name) for name in STUDIES[2]}
    sources = Sources(pd.DataFrame(index=range(44_444)), {}, {}, None)
    return BuiltStudy(STUDY_2, folder / "report.html", verdicts, {}, figures, sources)


def test_pages_are_what_the_reports_give(state):
    studies = shipped_studies()
    assert set(studies) == ({1, 2} if state.is_open else {1})
    stem = "verdicts" if len(studies) == 1 else results.BOTH_STEM
    folder = studies[max(studies)].study.folder
    context = page_context(studies, state, f"{folder}/report/figures/{stem}.png")
    assert results_page(context) == (ROOT / PAGE).read_text(encoding="utf-8")
    part = rendered(README, context)
    assert f"<!-- results -->\n{part}\n<!-- end results -->" in (ROOT / README).read_text("utf-8")


def test_the_page_is_short():
    page = (ROOT / PAGE).read_text(encoding="utf-8")
    assert len(page.split()) <= MOST_WORDS
    assert len(abstract(page).split()) <= MOST_ABSTRACT_WORDS


def test_the_whole_page_of_both_studies_is_short_too(first, second, state):
    context = page_context({1: first, 2: second}, state, "forest.png")
    page = results_page(context)
    assert len(page.split()) <= MOST_WORDS
    assert len(abstract(page).split()) <= MOST_ABSTRACT_WORDS
    assert page == results_page(page_context({1: first, 2: second}, state, "forest.png"))
    assert "Waits for" not in page
    for name in STUDIES[2]:
        assert re.search(rf"^\| \[{name}\]\(#{name.lower()}\)[^|]*\| 2 \|", page, re.M), name
        (section,) = re.findall(rf"^### {name}\n.*?(?=^##)", page, re.M | re.S)
        assert "Study 2: **inconclusive (depends on the clock)**; in calibrated time" in section
    known = anchors(page)
    assert {target for target in re.findall(r"\]\(#([^)]+)\)", page)} <= set(known)
    assert "results/study-2/report/figures/time_by_bits.png" in rendered(README, context)


def test_an_untested_claim_says_what_it_needs(first, second, state):
    verdicts = {label: not_tested(["runs of study2-depth"]) for label in second.verdicts}
    page = results_page(page_context({1: first, 2: second._replace(verdicts=verdicts)}, state, ""))
    assert page.count("Study 2: **not tested**, because it needs runs of study2-depth.") == 13
    assert len(page.split()) <= MOST_WORDS


def test_a_blinded_page_tells_no_verdict_of_study_2(first, state):
    page = results_page(page_context({1: first}, state, "forest.png"))
    assert "Study 2: " not in page
    assert not re.search(r"^\|[^|]*\| 2 \|", page, re.M)
    assert "computes no verdict and no contrast of study 2 before both parts" in page
    for name in ("tuning_curve", "bits_by_exposure", "time_by_context"):
        assert page_context({1: first}, state, "")["pictures"][name] is None
    assert page.count("Waits for `study2-") == 3


def test_the_forest_of_both_studies_is_one_picture(first, second, monkeypatch, tmp_path):
    drawn = []
    monkeypatch.setattr(results, "save", lambda page, table, stem: drawn.append((table, stem)))
    monkeypatch.setattr(results, "draw_forest", lambda forest: None)
    assert write_forest({1: first}, tmp_path) == "results/study-1/report/figures/verdicts.png"
    assert drawn == []
    path = write_forest({1: first, 2: second}, tmp_path)
    ((table, stem),) = drawn
    assert (tmp_path / path).with_suffix("") == stem
    assert list(dict.fromkeys(table["claim"]))[:3] == ["C1", "C1 (study 2)", "C2"]


def test_the_pilots_are_shown_and_expected_hours_are_those_of_the_rules():
    rules = (ROOT / "docs" / "preregistration" / "study-2.md").read_text(encoding="utf-8")
    table = dict(re.findall(r"^\| (study2-\w+) \|.*\| (\.?[\d.]+) \|$", rules, re.M))
    expected = {name: hours for name, hours in EXPECTED_CORE_HOURS.items() if hours == hours}
    assert {name: float(hours) for name, hours in table.items()} == expected
    assert set(EXPECTED_CORE_HOURS) == {*frozen_presets(), "study2-pilot", "study2-pilot-capacity"}


def write_whole(config: SweepConfig, records: Path) -> pd.DataFrame:
    """Write the files of a sweep with all of its confirmation runs, and return the runs."""
    places = [
        (level, cell, search, "confirm", 3600.0)
        for level in config.strings.levels
        for cell in config.memorizer.cells
        for search in range(config.at_level(level).search.searches)
        for _ in range(config.strings.confirm)
    ]
    runs = pd.DataFrame(places, columns="level cell search role train_cpu_seconds".split())
    write_bytes(records / config.name / "config.toml", config.resolved().to_toml().encode())
    runs.to_parquet(records / config.name / "runs.parquet")
    return runs


def test_study_2_opens_with_both_parts_of_the_scaling(tmp_path):
    configs = {config.name: config for config in load_configs(SCALING)}
    assert not study_state(tmp_path).is_open
    runs = write_whole(configs["study2-scaling-k4"], tmp_path)
    half = study_state(tmp_path)
    assert not half.is_open
    assert missing_words(half.presets)[2] == "study2-scaling-k2"
    write_whole(configs["study2-scaling-k2"], tmp_path)
    whole = study_state(tmp_path)
    assert whole.is_open
    assert whole.added == ()
    (scaling,) = [one for one in whole.presets if one.preset == SCALING]
    assert scaling.planned == 14_272
    assert scaling.hours == scaling.shipped > len(runs)
    assert not is_whole(configs["study2-scaling-k4"], runs.iloc[1:])


def test_half_of_the_searches_do_not_open_study_2(tmp_path):
    for config in load_configs(SCALING):
        write_whole(config, tmp_path)
    write_whole(with_searches(load_config(f"{SCALING}:k2"), ["16=6"]), tmp_path)
    assert not study_state(tmp_path).is_open


def test_a_scaling_sweep_with_other_settings_does_not_open_study_2(tmp_path):
    write_whole(load_config(f"{SCALING}:k4"), tmp_path)
    write_whole(load_config(f"{SCALING}:k2", ["search.trials=16"]), tmp_path)
    assert not study_state(tmp_path).is_open


def test_added_searches_are_told(tmp_path):
    write_whole(with_searches(load_config(f"{SCALING}:k2"), ["2048=8"]), tmp_path)
    state = study_state(tmp_path)
    assert state.added == ("study2-scaling-k2, level 2048: 8 (6)",)
    assert state.added_hours == pytest.approx(2 * 2 * 50 * 4 / 3600)


@pytest.mark.parametrize("is_open", [False, True])
def test_study_2_is_built_only_when_it_is_open(is_open, monkeypatch, tmp_path, state):
    built = []
    presets = tuple(
        one._replace(missing=() if is_open else ("study2-scaling-k2",))
        if one.preset == SCALING
        else one
        for one in state.presets
    )
    monkeypatch.setattr(
        install_outputs, "study_state", lambda folder: state._replace(presets=presets)
    )
    monkeypatch.setattr(
        install_outputs, "build_study", lambda study, records, out: built.append(study.number)
    )
    monkeypatch.setattr(install_outputs, "write_results", lambda studies, state, root: None)
    write_bytes(tmp_path / README, b"")
    assert set(install_outputs.build_pages(tmp_path, tmp_path / "made")) == set(built)
    assert built == ([1, 2] if is_open else [1])


def simulated_sources() -> Sources:
    """Return small simulated records of most presets of study 2."""
    scaling = []
    for alphabet in (2, 4):
        frame, configs = scaling_sweeps(LEVELS, alphabets=(alphabet,), searches=3)
        name = f"study2-scaling-k{alphabet}"
        config = {**next(iter(configs.values())), "name": name}
        scaling.append((frame.assign(sweep=name), {name: config}))
    frame, configs = joined(*scaling, source_sweeps(0.5, 0.1), capacity_sweeps())
    for column, total in (("checkpoint_spent", "budget_amount"), ("checkpoint_steps", "steps")):
        frame[column] = [
            given if isinstance(given, list) else (np.array(fractions) * amount).tolist()
            for given, fractions, amount in zip(
                frame[column], frame["checkpoint_fractions"], frame[total], strict=True
            )
        ]
    frame = frame.assign(flops=frame["flops"].fillna(1e9))
    return Sources(with_designs(frame, configs), configs, {}, None)


@pytest.mark.slow
def test_a_report_of_study_2_is_built_from_simulated_records(first, state, tmp_path, write_only):
    sources = simulated_sources()
    pages = []
    for place in ("one", "two"):
        root = tmp_path / place
        if place == "two":
            write_only("svg", "png")  # PDF takes a third of the time
        built = build_from(STUDY_2, sources, root / STUDY_2.folder / REPORT)
        studies = {1: first, 2: built}
        page = results_page(page_context(studies, state, write_forest(studies, root)))
        pages.append({
            **{file.relative_to(root): file.read_bytes()
               for file in root.rglob("*") if file.is_file()},
            Path(PAGE): page.encode(),
        })  # fmt: skip
    assert pages[1].items() <= pages[0].items()
    assert {file.suffix for file in pages[0].keys() - pages[1].keys()} <= {".pdf"}
    page = pages[0][Path(PAGE)].decode()
    assert len(page.split()) <= MOST_WORDS
    for target in re.findall(r"\]\((results/study-2/[^)#]+)\)", page):
        assert Path(target) in pages[0], target
    assert "### C11" in page
    assert built.verdicts["C11 (study 2)"].verdict == "supported"
    assert {one.figure.name for one in built.figures} >= {
        "time_by_bits", "winners_by_budget", "tuning_curve", "bits_by_exposure", "time_by_context",
    }  # fmt: skip
    assert set(built.verdicts) <= set(CLAIMS)
