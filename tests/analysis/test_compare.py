"""``seqmem compare`` on tiny budgets, and on records with a known truth."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from seqmem import compare
from seqmem.analysis.records.comparison_result import RESULT, comparison_lines
from seqmem.analysis.records.loading import load
from seqmem.analysis.report.build import Report
from seqmem.cli.app import main
from seqmem.core.errors import InputError
from seqmem.core.exit_codes import BAD_INPUT, DONE, INTERRUPTED, SOME_RUNS_FAILED
from seqmem.generators.data.read_options import ReadOptions
from seqmem.generators.data.string_files import write_strings
from seqmem.generators.targeting import generate
from seqmem.study import kernels
from seqmem.study.config import RunConfig
from seqmem.study.record import TIMES
from seqmem.sweeps.config.conditions import conditions
from seqmem.sweeps.config.sweep_config import NAME
from seqmem.sweeps.config.sweep_file import load_config
from seqmem.sweeps.execution.executors.executor import SerialExecutor
from seqmem.sweeps.execution.launcher import run_sweep
from seqmem.sweeps.execution.machine_speed import TimedRun
from seqmem.sweeps.search.strings import ROLES, strings_of
from seqmem.workflows.compare.choice import Choice
from seqmem.workflows.compare.conclusion import conclude
from seqmem.workflows.compare.config import sweep_name
from seqmem.workflows.compare.curves import bounded_capacities, curve_lines
from seqmem.workflows.compare.data import read_data
from seqmem.workflows.compare.design import LONGEST_STRING, choose_design
from seqmem.workflows.compare.differences import cell_differences
from seqmem.workflows.compare.prepared import prepare
from seqmem.workflows.compare.result import finish

TINY = (
    "search.units={ low = 4, high = 8 }",
    "search.depth={ low = 1, high = 1 }",
    "search.sampler=sobol",
    "training.batch=4",
    "training.length=16",
)


def text_of(count: int, seed: int = 1, letters: str = "ACGT") -> str:
    """Return random letters."""
    return "".join(random.Random(seed).choices(letters, k=count))


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, str], Path]:
    """Return a function that writes a file of the user."""

    def written(name: str, content: str) -> Path:
        path = tmp_path / name
        path.write_text(content, encoding="utf-8")
        return path

    return written


@pytest.fixture
def long_text(write: Callable[[str, str], Path]) -> Path:
    """Return a file with one long string."""
    return write("long.txt", text_of(700))


class Injected(SerialExecutor):
    """An executor that replaces the outcomes of one cell by those of a function."""

    def __init__(self, cell: str, outcome: Callable[[RunConfig], dict[str, Any]]) -> None:
        super().__init__()
        self._cell = cell
        self._outcome = outcome

    def run(self, configs: Sequence[RunConfig]) -> Iterator[tuple[int, dict[str, Any]]]:
        """Yield the outcomes in order."""
        for index, config in enumerate(configs):
            if config.cell == self._cell:
                yield index, self._outcome(config)
            else:
                yield from ((index, outcome) for _, outcome in super().run([config]))


def unmeasured(whole: RunConfig, brief: RunConfig) -> TimedRun:
    """Take a machine on which the cost table holds."""
    return TimedRun(1.0, 1.0, 1.0, 1.0)


def without_time(shown: str) -> str:
    """Return what a comparison printed without the expected times, which are measured."""
    return re.sub(r"\S+ s each|about .* on this machine.*", "", shown)


def executed(config: RunConfig) -> dict[str, Any]:
    """Return the record of a real run."""
    [(_, outcome)] = SerialExecutor().run([config])
    return dict(outcome["record"])


# Reading and splitting the data.


def test_one_long_string_is_cut_into_disjoint_stretches(long_text: Path) -> None:
    data = read_data(long_text)
    design, strings = choose_design(data, seed=0)
    assert (design.searches, design.tune, design.select, design.confirm) == (4, 1, 1, 1)
    assert {len(string) for string in strings} == {58} == {700 // 12}
    starts = sorted(string.parameters["start"] for string in strings)
    assert min(np.diff(starts)) >= 58
    text = long_text.read_text(encoding="utf-8")
    assert all(
        string.text == text[string.parameters["start"] :][: len(string)]
        and string.source == "corpus"
        for string in strings
    )


def test_more_text_gives_more_verdict_strings_and_no_longer_ones_than_the_limit(write: Any) -> None:
    design, strings = choose_design(read_data(write("a.txt", text_of(2000))), seed=0)
    assert (design.searches, design.strings) == (13, 39)
    assert {len(string) for string in strings} == {2000 // 39}
    design, strings = choose_design(read_data(write("b.txt", text_of(100_000))), seed=0)
    assert (design.searches, design.confirm) == (24, 2)
    assert {len(string) for string in strings} == {LONGEST_STRING}
    design, strings = choose_design(
        read_data(write("c.txt", text_of(60_000))), seed=0, searches=6, length=40
    )
    assert (design.searches, design.strings, {len(string) for string in strings}) == (6, 24, {40})


def test_enough_records_stay_whole(write: Any) -> None:
    rows = [text_of(30 + index, seed=index) for index in range(32)]
    prepared = prepare(
        write("lines.txt", "\n".join(rows)), "4 steps", reading=ReadOptions(by_line=True), seed=3
    )
    assert {string.text for string in prepared.strings} < set(rows)
    assert len(prepared.strings) == 30
    assert "strings: 30 of 32 whole records of " in prepared.lines[1]


def test_every_search_gets_strings_of_its_own(long_text: Path) -> None:
    config = prepare(long_text, "4 steps").config
    dealt = [
        strings_of(config, config.strings.levels[0], search)
        for search in range(config.search.searches)
    ]
    everything = [string for sets in dealt for role in ROLES for string in sets[role]]
    assert len(set(everything)) == len(everything) == 12
    assert [len(dealt[0][role]) for role in ROLES] == [1, 1, 1]
    other = prepare(long_text, "4 steps", seed=1).config
    assert strings_of(other, config.strings.levels[0], 0) != dealt[0]


def test_fasta_csv_of_generate_and_words(write: Any, tmp_path: Path) -> None:
    fasta = write(
        "x.fasta", "".join(f">{index}\n{text_of(40, index).lower()}\n" for index in range(12))
    )
    assert read_data(fasta, ReadOptions(upper=True)).lengths == [40] * 12
    made = tmp_path / "strings.csv"
    write_strings(
        made, [generate("iid", alphabet_size=2, target=30, seed=seed) for seed in range(12)]
    )
    prepared = prepare(made, "4 steps")
    assert prepared.data.corpus.column == "column 'string'"
    assert prepared.config.strings.levels == (30,)
    column = write(
        "words.csv", "w\n" + "\n".join(random.Random(0).choices(["to", "be", "or"], k=400))
    )
    assert read_data(column, ReadOptions(cells="symbols")).lengths == [400]


@pytest.mark.parametrize(
    ("bins_by", "said"),
    [("quantiles", "by quantiles"), ("gaussian", "by gaussian"), ("sax", "by SAX")],
)
def test_a_numeric_series_becomes_symbols(bins_by: str, said: str, write: Any) -> None:
    rng = np.random.default_rng(0)
    series = np.convolve(rng.normal(size=1219), np.ones(20), mode="valid")
    path = write(
        "series.csv", "time,load\n" + "\n".join(f"{t},{x:.6f}" for t, x in enumerate(series))
    )
    reading = ReadOptions(column="load", bins_by=bins_by, segment=2)
    prepared = prepare(path, "4 steps", reading=reading, bins=3)
    assert prepared.data.lengths == [600]
    assert (prepared.config.strings.alphabet_size, len(prepared.strings)) == (3, 12)
    assert said in prepared.lines[0]
    chance = next(one for one in prepared.complexity if one.measure == "lzw")
    assert chance.chance is not None
    assert chance.middle < chance.chance  # a smooth series repeats its symbols


def test_stretches_in_which_nothing_happens_are_passed_over(write: Any) -> None:
    walk = np.cumsum(np.random.default_rng(0).normal(size=1200))
    path = write("walk.csv", "x\n" + "\n".join(f"{x:.6f}" for x in walk))
    design, strings = choose_design(read_data(path, ReadOptions(), 4), seed=0)
    assert len(set(strings)) == design.strings == 15
    assert {len(string) for string in strings} < set(range(16, 100))
    assert all(len(set(string.symbols.tolist())) > 1 for string in strings)


def test_the_same_data_elsewhere_or_later_are_noticed(long_text: Path) -> None:
    config = prepare(long_text, "4 steps").config
    long_text.write_text(text_of(700, seed=2), encoding="utf-8")
    with pytest.raises(InputError, match=r"long\.txt has changed \(digest "):
        strings_of(config, config.strings.levels[0], 0)


@pytest.mark.parametrize(
    ("content", "options", "message"),
    [
        (
            text_of(60),
            [],
            "holds 1 string of 60 symbols. A comparison needs at least 6 different strings of 16 "
            "symbols or more (96 for a good interval), or one text that is long enough",
        ),
        (
            "s\nA\nB\nB\n",
            ["--column", "s"],
            "If each row is one symbol, such as a column of words, give --values symbols",
        ),
        ("s\nsun\nrain\n", ["--column", "s"], "holds 2 strings of 3 to 4 symbols, and 16 are"),
        ("AC" * 2000, [], "A string must not repeat a shorter one."),
        (
            text_of(700),
            ["--length", "200"],
            "at least 6 different strings of 200 symbols or more",
        ),
        (text_of(700), ["--length", "5"], "--length 5: at least 16 symbols"),
        (text_of(700), ["--searches", "1"], "--searches 1: at least 2 are needed for an interval"),
        (text_of(700), ["--cells", "lstm"], "--cells lstm: two or more are needed"),
        (
            text_of(700),
            ["--cells", "lstm", "gry"],
            "unknown cell 'gry'; did you mean 'gru'",
        ),
        (text_of(700), ["--cells", "gru", "gru"], "a cell is named twice"),
        (text_of(700), ["--trials", "0"], "--trials 0: at least 1"),
        (
            text_of(700),
            ["--trials", "24"],
            "--trials 24: must be a power of two, so that the points cover the box evenly; "
            "the nearest are 16 and 32",
        ),
        (text_of(700), ["--jobs", "0"], "jobs 0: at least 1"),
        (
            text_of(700),
            ["--values", "words"],
            "unknown values 'words'; valid: numbers, strings, symbols",
        ),
        (text_of(700), ["--format", "pdf"], "unknown format 'pdf'; valid: csv, fasta, fastq, text"),
        (text_of(700), ["--set", "strings.tune=9"], "the strings are those of data.txt"),
        (text_of(700), ["--set", "search.unit=9"], "unknown key 'search.unit'; did you mean"),
        (text_of(700), ["--bins", "9"], "data.txt has 4 distinct ones"),
        ("", [], "data.txt: is empty"),
    ],
)
def test_bad_input_is_one_line_and_writes_nothing(
    content: str,
    options: list[str],
    message: str,
    write: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    write("data.txt", content)
    assert main(["compare", "data.txt", "--budget", "4 steps", *options]) == BAD_INPUT
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.count("\n") == 1
    assert printed.err.startswith("seqmem: error: ")
    assert message in printed.err
    assert [path.name for path in tmp_path.iterdir()] == ["data.txt"]


def test_a_bad_budget_is_one_line(long_text: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", str(long_text), "--budget", "20 years"]) == BAD_INPUT
    assert "years" in capsys.readouterr().err


def test_a_timeout_reaches_the_sweep(long_text: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="timeout -1: must be above 0"):
        compare(long_text, "4 steps", out=tmp_path / "run", timeout=-1)
    assert not (tmp_path / "run").exists()


def test_files_of_other_names_get_other_folders() -> None:
    names = [
        "strings.csv",
        "数据1.csv",
        "结果1.csv",
        "数据.csv",
        "结果.csv",
        "Zürich.csv",
        "Z-rich.csv",
        "a b.txt",
        "a-b.txt",
        "a(b).csv",
        "a  b.csv",
        "-a-b.csv",
        "a-b-.csv",
        "data.csv",
        "-.csv",
    ]
    for plain in ("strings", "a-b", "x_1.2"):
        assert sweep_name(Path(f"{plain}.csv")) == f"compare-{plain}"
    assert len({sweep_name(Path(name)) for name in names}) == len(names)
    assert all(NAME.fullmatch(sweep_name(Path(name))) for name in names)


def test_a_setting_of_one_comparison_stays_out_of_the_next(long_text: Path) -> None:
    plain = prepare(long_text, "4 steps").config
    changed = prepare(long_text, "4 steps", settings=("search.units.high=32",)).config
    assert (plain.search.units.high, changed.search.units.high) == (48, 32)
    assert prepare(long_text, "4 steps").config == plain


def test_a_dry_run_refuses_what_the_comparison_would_refuse(
    long_text: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "note.txt").touch()
    for option, message in (
        (["--timeout", "-1"], "timeout -1: must be above 0"),
        (["--out", str(tmp_path / "files")], "holds no sweep but other files (note.txt"),
    ):
        command = ["compare", str(long_text), "--budget", "4 steps", "--dry-run", *option]
        assert main(command) == BAD_INPUT
        assert message in capsys.readouterr().err


def test_pieces_of_a_study_file(long_text: Path, tmp_path: Path) -> None:
    config = prepare(long_text, "4 steps").config
    (tmp_path / "study.toml").write_text(config.to_toml(), encoding="utf-8")
    assert load_config(tmp_path / "study.toml") == config
    assert "pieces" not in load_config("smoke").to_dict()["strings"]
    for setting in ("strings.levels=[3, 4]", "strings.source=iid", "strings.pieces.longest=15"):
        with pytest.raises(InputError, match=r"pieces|parameter"):
            load_config(tmp_path / "study.toml", (setting,))
    many = load_config(tmp_path / "study.toml", ("search.searches=9",))
    with pytest.raises(
        InputError, match="has 12 different pieces of 16 to 58 symbols, search 5 needs 15; lower"
    ):
        strings_of(many, many.strings.levels[0], 4)


@pytest.mark.slow
def test_an_interrupt_is_130_and_says_how_to_resume(
    long_text: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def interrupted(config: RunConfig) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("seqmem.sweeps.execution.machine_speed.time_briefly", unmeasured)
    monkeypatch.setattr("seqmem.study.runner.run", interrupted)
    folder = tmp_path / "run"
    assert (
        main(
            ["compare", str(long_text), "--budget", "4 steps", "--jobs", "1", "--out", str(folder)]
        )
        == INTERRUPTED
    )
    assert (
        f"interrupted; finished runs are saved in {folder}; the same command resumes"
        in capsys.readouterr().err
    )


def test_a_finished_comparison_times_no_runs(
    long_text: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder = tmp_path / "run"
    prepared = prepare(long_text, "4 steps", trials=1, searches=2, settings=TINY)
    run_sweep(prepared.config, folder)

    def refused(whole: RunConfig, brief: RunConfig) -> TimedRun:
        raise AssertionError("a run is timed, although none is missing")

    monkeypatch.setattr("seqmem.sweeps.execution.machine_speed.time_briefly", refused)
    command = ["compare", str(long_text), "--budget", "4 steps", "--out", str(folder)]
    command += ["--trials", "1", "--searches", "2", "--dry-run"]
    command += [word for setting in TINY for word in ("--set", setting)]
    assert main(command) == DONE
    shown = capsys.readouterr().out.splitlines()
    assert shown[-1] == f"all 16 runs are stored in {folder}; none is left"
    assert not any("about " in line for line in shown)


# From the file to the conclusion.


@pytest.mark.slow
def test_from_file_to_report_and_again(
    long_text: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    command = [
        "compare",
        "long.txt",
        "--budget",
        "6 steps",
        "--cells",
        "lstm",
        "gru",
        "--trials",
        "2",
        "--jobs",
        "1",
    ]
    command += [word for setting in TINY for word in ("--set", setting)] + ["--searches", "2"]
    assert main([*command, "--dry-run"]) == DONE
    before = capsys.readouterr().out
    assert "2 conditions, 4 searches" in before
    assert "about " in before
    assert not Path("runs").exists()
    assert main(command) == DONE
    shown = capsys.readouterr().out
    assert without_time(shown).startswith(without_time(before))
    folder = Path("runs/compare-long")
    assert shown.splitlines()[-1] == f"report: {folder}/report/report.html"
    for start in (
        "complexity: ",
        "memorizes more: ",
        "faster to the same recall: ",
        "conclusion: ",
        "configuration to",
    ):
        assert any(line.startswith(start) for line in shown.splitlines()), start
    page = (folder / "report/report.html").read_bytes()
    result = (folder / RESULT).read_bytes()
    lines = json.loads(result)["lines"]
    planned = shown[shown.index("\ncorpus-") : shown.index("\nLSTM: ")].splitlines()
    printed = [line for line in shown.splitlines()[:-1] if line not in planned]
    # What was read is printed on stderr.
    assert sorted(line for line in lines if "long.txt: " not in line) == sorted(printed)
    assert lines[0].startswith("conclusion: ")
    assert b"Your strings" in page
    assert str(tmp_path).encode() not in page
    assert main(command) == DONE
    again = [line for line in shown.splitlines() if line not in planned]
    left = capsys.readouterr().out.splitlines()
    assert [one for one in left if not one.endswith("none is left")] == again
    assert main(["report", str(folder)]) == DONE
    assert (folder / "report/report.html").read_bytes() == page
    assert (folder / RESULT).read_bytes() == result
    assert main([*command, "--seed", "1"]) == BAD_INPUT
    assert "holds another sweep (seed: 0 -> 1" in capsys.readouterr().err


@pytest.mark.slow
def test_an_interrupted_comparison_resumes_to_the_same_records(
    long_text: Path, tmp_path: Path
) -> None:
    prepared = prepare(long_text, "6 steps", trials=2, searches=2, settings=TINY)
    whole = tmp_path / "whole"
    broken = tmp_path / "broken"
    run_sweep(prepared.config, whole)
    left = 7

    def interrupting(config: RunConfig) -> dict[str, Any]:
        nonlocal left
        left -= 1
        if not left:
            raise KeyboardInterrupt
        return {"record": executed(config)}

    with pytest.raises(KeyboardInterrupt):
        run_sweep(prepared.config, broken, executor=Injected("gru", interrupting))
    result = run_sweep(prepared.config, broken)
    assert 0 < result.executed < result.status.total
    first, second = (load(folder).drop(columns=[*TIMES]) for folder in (whole, broken))
    pd.testing.assert_frame_equal(first, second)
    assert finish(prepared, whole).lines == finish(prepared, broken).lines


@pytest.mark.slow
def test_equal_outcomes_are_no_difference(long_text: Path, tmp_path: Path) -> None:
    def like_gru(config: RunConfig) -> dict[str, Any]:
        twin = config.model_copy(update={"cell": "gru"})
        return {"record": executed(twin) | {"cell": "lstm", "run_id": config.run_id}}

    options: dict[str, Any] = {"trials": 2, "searches": 3, "settings": TINY}
    executor = Injected("lstm", like_gru)
    folder, _, conclusion = compare(
        long_text, "10 steps", out=tmp_path / "run", executor=executor, **options
    )
    assert (folder / RESULT).exists()
    [difference] = conclusion.differences
    assert (difference.more, difference.sooner, difference.bits.estimate) == (None, None, 0)
    assert (conclusion.cell, conclusion.difference_found) == ("gru", False)
    assert (
        "conclusion: GRU and LSTM are equal within 3 % of a string and a factor of 1.11 in time; "
        "GRU is cheaper (at equal units, the weights and FLOPs of its layers are 0.75 of LSTM's)"
    ) in conclusion.lines
    assert any("no verdict string was memorized whole" in line for line in conclusion.verdict)


def test_a_copied_file_gives_the_same_comparison(long_text: Path, tmp_path: Path) -> None:
    copied = tmp_path / "elsewhere" / long_text.name
    copied.parent.mkdir()
    copied.write_bytes(long_text.read_bytes())
    first, second = (
        prepare(path, "6 steps", trials=2, searches=2).config for path in (long_text, copied)
    )
    assert conditions(first) == conditions(second)
    assert strings_of(first, first.strings.levels[0], 1) == strings_of(
        second, second.strings.levels[0], 1
    )


@pytest.mark.slow
def test_a_crippled_cell_is_found_out(long_text: Path, tmp_path: Path) -> None:
    def learns_nothing(config: RunConfig) -> dict[str, Any]:
        record = executed(config)
        checkpoints = len(record["checkpoint_nll_bits"])
        nothing = {
            "checkpoint_nll_bits": [record["reference_bits"]] * checkpoints,
            "checkpoint_exact_prefixes": [0] * checkpoints,
            "exact_prefix": 0,
            "stored_fraction": 0.0,
            "stored_bits": 0.0,
            "memorized": False,
            "status": "budget_spent",
        }
        return {"record": record | nothing}

    options = {
        "trials": 2,
        "searches": 4,
        "cells": ("lstm", "rnn"),
        # The LSTM stores its strings whole, whatever the order in which a machine adds.
        "settings": (
            *TINY,
            "search.units={ low = 8, high = 8 }",
            "search.learning_rate={ low = 0.05, high = 0.1 }",
        ),
    }
    prepared = prepare(long_text, "400 steps", **options)
    run_sweep(prepared.config, tmp_path / "run", executor=Injected("rnn", learns_nothing))
    conclusion = finish(prepared, tmp_path / "run")
    assert (conclusion.cell, conclusion.difference_found) == ("lstm", True)
    assert "conclusion: LSTM: it memorizes more than RNN" in conclusion.lines
    assert str(conclusion).splitlines() == conclusion.lines
    assert any(line.startswith("memorizes more: LSTM by ") for line in conclusion.lines)
    assert any(
        line.startswith("faster to the same recall: unknown for LSTM and RNN; ")
        for line in conclusion.lines
    )
    written = json.loads((tmp_path / "run" / RESULT).read_text(encoding="utf-8"))
    assert written["differences"][0]["memorizes_more"] == "lstm"
    assert written["differences"][0]["rho"]["estimate"] is None


def test_a_comparison_with_a_minimal_cell_searches_more_layers_for_every_cell(
    long_text: Path,
) -> None:
    depths = [
        prepare(long_text, "1 Gw", cells=cells).config.search.depth.high
        for cells in (("lstm", "gru"), ("lstm", "mingru"))
    ]
    assert depths == [2, 4]


def test_a_transformer_is_searched_in_its_own_range_of_learning_rates(long_text: Path) -> None:
    config = prepare(long_text, "1 Gw", cells=("lstm", "transformer")).config
    ranges = [config.search_of(cell).learning_rate for cell in config.memorizer.cells]
    assert [(own.low, own.high, own.log) for own in ranges] == [
        (1e-3, 0.3, True),
        (3e-4, 3e-2, True),
    ]


@pytest.mark.skipif(not kernels.available(), reason="then all cells have one engine")
@pytest.mark.parametrize(
    "budget",
    [pytest.param(one, marks=pytest.mark.slow) for one in ("0.01 s", "0.01 wall-s", "0.2 Mw")],
)
def test_a_budget_of_time_recommends_no_cell_on_different_engines(
    long_text: Path,
    tmp_path: Path,
    budget: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("seqmem.sweeps.execution.machine_speed.time_briefly", unmeasured)
    monkeypatch.setattr(
        "seqmem.analysis.report.build.make_report", lambda folder: Report(folder / "page", [])
    )
    folder = tmp_path / "run"
    command = ["compare", str(long_text), "--budget", budget, "--cells", "gru", "mingru"]
    command += ["--trials", "1", "--searches", "2", "--jobs", "1", "--out", str(folder)]
    settings = (*TINY, "training.block=true")
    command += [word for setting in settings for word in ("--set", setting)]
    unit = budget.split()[1]
    reason = (
        f"a budget in {unit} compares engines here (gru on fused, mingru on torch); "
        "give it in Gw or steps"
    )
    warning = f"no cell will be recommended: {reason}"
    is_refused = unit != "Mw"
    assert main([*command, "--dry-run"]) == DONE
    assert (warning in capsys.readouterr().out.splitlines()) == is_refused
    assert main(command) == DONE
    shown = capsys.readouterr().out.splitlines()
    planned = next(index for index, line in enumerate(shown) if line.startswith("corpus-"))
    assert (warning in shown[:planned]) == is_refused
    assert (f"conclusion: none, {reason}" in shown) == is_refused
    assert any(line.startswith("GRU: ") for line in shown)
    assert shown[-1] == f"report: {folder}/page"
    result = json.loads((folder / RESULT).read_text(encoding="utf-8"))
    assert (result["cell"] is None) == (result["decision"] == "refused") == is_refused


def test_a_cell_whose_runs_all_fail_is_said_so(long_text: Path, tmp_path: Path) -> None:
    prepared = prepare(long_text, "4 steps", trials=1, searches=2, settings=TINY)
    executor = Injected("lstm", lambda config: {"failure": "RuntimeError: no"})
    assert run_sweep(prepared.config, tmp_path / "run", executor=executor).status.failed
    conclusion = finish(prepared, tmp_path / "run")
    assert "LSTM: every verdict run failed" in conclusion.lines
    assert (
        "conclusion: GRU is the only cell with verdict runs that did not fail" in conclusion.lines
    )


def test_when_every_run_fails_nothing_is_concluded(
    long_text: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fails(config: RunConfig) -> None:
        raise RuntimeError("no")

    monkeypatch.setattr("seqmem.study.runner.run", fails)
    command = [
        "compare",
        str(long_text),
        "--budget",
        "4 steps",
        "--trials",
        "1",
        "--searches",
        "2",
        "--jobs",
        "1",
    ]
    assert main([*command, "--out", str(tmp_path / "run")]) == SOME_RUNS_FAILED
    assert capsys.readouterr().out.splitlines()[-1] == "conclusion: none, every verdict run failed"


# Records with a known truth.


def records(
    make_frame: Callable[..., pd.DataFrame], gru: float, lstm: float, **fields: Any
) -> pd.DataFrame:
    return make_frame(
        levels=(96,), capacities=(("gru", gru), ("lstm", lstm)), searches=4, confirm=8, **fields
    )


def test_a_better_cell_in_both_senses(make_frame: Callable[..., pd.DataFrame]) -> None:
    conclusion = conclude(records(make_frame, 40.0, 15.0, tau=0.05), {}, ["lstm", "gru"])
    [difference] = conclusion.differences
    assert difference.more == difference.sooner == "gru"
    assert difference.rho.estimate == pytest.approx(np.log2(40 / 15), abs=0.3)
    assert "conclusion: GRU: it memorizes more than LSTM" in conclusion.lines
    low, high = difference.fraction.interval(difference.confidence)
    assert low < difference.fraction.estimate < high


def test_both_memorize_everything_but_one_is_sooner(
    make_frame: Callable[..., pd.DataFrame],
) -> None:
    conclusion = conclude(records(make_frame, 400.0, 1600.0, tau=0.05), {}, ["lstm", "gru"])
    [difference] = conclusion.differences
    assert (difference.more, difference.sooner) == (None, "lstm")
    assert (difference.bits.estimate, difference.bits.interval()) == (0, (0, 0))
    assert "conclusion: LSTM: it reaches the same recall faster than GRU" in conclusion.lines
    assert (
        "memorizes more: neither; GRU and LSTM recall as much of every verdict string"
        in conclusion.lines
    )
    assert any(
        line.startswith("faster to the same recall: LSTM by a factor of ")
        for line in conclusion.lines
    )


@pytest.mark.slow
def test_the_same_capacity_is_rarely_a_difference(make_frame: Callable[..., pd.DataFrame]) -> None:
    wrong = 0
    for seed in range(40):
        [difference] = cell_differences(records(make_frame, 80.0, 80.0, seed=seed))
        wrong += bool(difference.more or difference.sooner)
    assert wrong <= 6  # at 5 %, more than 6 of 40 happen once in 290 times


@pytest.mark.slow
def test_false_alarms_of_whole_comparisons(make_frame: Callable[..., pd.DataFrame]) -> None:
    differences = [
        cell_differences(records(make_frame, 80.0, 80.0, seed=seed))[0]
        for seed in range(1000, 1400)
    ]
    assert (
        sum(bool(difference.more or difference.sooner) for difference in differences) <= 31
    )  # 5 % of 400, and 2.5 SD


def test_one_search_has_no_interval(make_frame: Callable[..., pd.DataFrame]) -> None:
    frame = make_frame(levels=(96,), searches=1)
    conclusion = conclude(frame, {}, ["lstm", "gru"])
    assert (conclusion.cell, conclusion.difference_found) == ("gru", False)
    assert any("no interval: fewer than 2 searches" in line for line in conclusion.lines)
    assert any("; the largest possible difference is unknown" in line for line in conclusion.lines)


def test_three_cells_share_the_confidence(make_frame: Callable[..., pd.DataFrame]) -> None:
    cells = (("gru", 40.0), ("lstm", 40.0), ("rnn", 6.0))
    frame = make_frame(levels=(96,), capacities=cells, searches=4, confirm=8, tau=0.05)
    conclusion = conclude(frame, {}, ["lstm", "gru", "rnn"])
    assert [(d.first, d.second) for d in conclusion.differences] == [
        ("gru", "lstm"),
        ("gru", "rnn"),
        ("lstm", "rnn"),
    ]
    assert conclusion.differences[0].confidence == pytest.approx(1 - 0.05 / 6)
    assert conclusion.choice == Choice("lstm", "undecided", ("gru",))
    assert any(
        line.startswith("conclusion: undecided between LSTM and GRU; LSTM is recommended: it ")
        for line in conclusion.lines
    )


# The shipped capacities.
HERE = ("2 GF", "stream")


def test_strings_are_placed_on_a_shipped_curve_of_their_alphabet(
    make_frame: Callable[..., pd.DataFrame],
    write_sweep: Callable[[pd.DataFrame, Path], Path],
    tmp_path: Path,
) -> None:
    write_sweep(make_frame(confirm=6, searches=3), tmp_path / "paper-complexity-k4")
    lines = curve_lines(4, [20, 50, 300], *HERE, bounded_capacities(tmp_path))
    assert [line.split()[0] for line in lines] == ["GRU", "LSTM"]
    assert all(
        ": capacity " in line and "1 of 3 of these strings lie above" in line for line in lines
    )
    assert curve_lines(2, [20], *HERE, bounded_capacities(tmp_path))[0].startswith(
        "no shipped capacity for strings over 2 symbols"
    )


def test_there_is_no_curve_for_an_alphabet_that_was_not_run() -> None:
    assert curve_lines(7, [20], *HERE) == ["no shipped capacity for strings over 7 symbols"]


def test_capacities_at_other_budgets_are_not_shown() -> None:
    assert curve_lines(4, [20], "20 s", "stream") == [
        "no shipped capacity at stream, 20 s; there are some at stream, 1 cal-s"
    ]
    assert len(curve_lines(4, [20], "1 cal-s", "stream")) == 2


def test_two_levels_make_no_curve(
    make_frame: Callable[..., pd.DataFrame],
    write_sweep: Callable[[pd.DataFrame, Path], Path],
    tmp_path: Path,
) -> None:
    write_sweep(
        make_frame(levels=(16, 96), confirm=6, searches=3), tmp_path / "paper-complexity-low"
    )
    assert curve_lines(4, [20], *HERE, bounded_capacities(tmp_path))[0].startswith(
        "no shipped capacity for strings over 4 symbols"
    )


def test_a_file_that_is_no_comparison_is_refused(tmp_path: Path) -> None:
    assert comparison_lines([tmp_path]) == []
    (tmp_path / RESULT).write_text("[]", encoding="utf-8")
    with pytest.raises(InputError, match="does not hold a comparison"):
        comparison_lines([tmp_path])


@pytest.mark.slow
def test_six_families_are_compared_at_equal_work(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The example of docs/how-to/own-data.md with shorter strings, and a budget that is small."""
    strings, folder = str(tmp_path / "strings.csv"), tmp_path / "run"
    making = ["generate", "--alphabet", "4", "--measure", "period", "--target", "24"]
    assert main([*making, "--count", "24", "--seed", "1", "--out", strings]) == DONE
    cells = ["lstm", "gru", "mingru", "minlstm", "transformer", "rnn"]
    command = ["compare", strings, "--budget", "0.1 Gw", "--cells", *cells, "--jobs", "1"]
    command += ["--trials", "2", "--searches", "2", "--out", str(folder)]
    capsys.readouterr()
    assert main(command) == DONE
    shown = capsys.readouterr().out.splitlines()
    titles = ["LSTM", "GRU", "minGRU", "minLSTM", "Transformer", "RNN"]
    at = [next(n for n, line in enumerate(shown) if line.startswith(f"{t}: ")) for t in titles]
    assert at == list(range(at[0], at[0] + 6))
    # Two lines for each of the fifteen pairs.
    pairs = [line for line in shown if line.startswith(("memorizes more", "faster to the same"))]
    assert len(pairs) == 30
    assert sum(line.startswith("conclusion: ") for line in shown) == 1
    (doubts,) = (line for line in shown if line.startswith("doubts: ") and "warm-up" in line)
    assert re.search(r"the budget gives Transformer \d steps?, fewer than its warm-up", doubts)
    assert any(line.startswith("configuration to use: ") for line in shown)
    assert not any(name in "\n".join(shown) for name in ("MINGRU", "TRANSFORMER"))
    records = load(folder)
    assert set(records["budget_unit"]) == {"Gw"}
    assert records["depth"].max() > 2
