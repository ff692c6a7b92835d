"""The command line as users meet it: results, errors of one line, exit codes and quick help."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pandas as pd
import pytest

from seqmem.analysis.figures import ATLASES, FIGURES
from seqmem.cli.app import COMMANDS, main
from seqmem.core.exit_codes import BAD_INPUT, DONE, INTERRUPTED
from seqmem.generators.complexity import COUNTERS, MEASURES
from seqmem.generators.data.discretization import BREAKPOINTS
from seqmem.generators.data.read_options import CELL_KINDS, FORMATS
from seqmem.generators.sources import SOURCES
from seqmem.study.budget import UNITS
from seqmem.study.engine import DEVICES, ENGINES, resolve_engine
from seqmem.study.memorizers.cells import CELLS
from seqmem.study.probes import PROBES
from seqmem.study.protocols import PROTOCOLS
from seqmem.sweeps.config.sweep_file import preset_names
from seqmem.sweeps.execution.executors import EXECUTORS
from seqmem.sweeps.execution.executors.executor import WorkerDied
from seqmem.workflows.step_timing.measurement import TimedCells
from tests.sweeps.launching import start
from tests.waiting import PATIENCE_SECONDS, wait_until


def seqmem(*arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
    """Run the command in a separate process."""
    command = [
        sys.executable,
        "-c",
        "import sys; from seqmem.cli.app import main; sys.exit(main())",
        *arguments,
    ]
    return subprocess.run(
        command, capture_output=True, text=True, timeout=PATIENCE_SECONDS, **options
    )


def test_train_memorizes_abracadabra(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = [
        "train",
        "--string",
        "ABRACADABRA",
        "--cell",
        "gru",
        "--units",
        "32",
        "--budget",
        "400 steps",
        "--json",
    ]
    assert main(arguments) == DONE
    record = json.loads(capsys.readouterr().out)
    assert record["status"] == "memorized"
    assert record["exact_prefix"] == 11


def test_a_saved_memorizer_is_recalled(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = str(tmp_path / "m.safetensors")
    options = ["--string", "ABRACADABRA", "--cell", "gru", "--budget", "400 steps"]
    assert main(["train", *options, "--save", model]) == DONE
    assert capsys.readouterr().out.startswith("memorized: gru")
    assert main(["recall", model]) == DONE
    assert main(["recall", model, "--prompt", "ABRACADABRA" * 3, "--symbols", "4"]) == DONE
    assert capsys.readouterr().out == "ABRACADABRA\nABRA\n"
    assert main(["recall", model, "--prompt", "-AB"]) == BAD_INPUT
    error = "seqmem: error: prompt '-AB': '-' is not in the alphabet ABCDR\n"
    assert capsys.readouterr().err == error


def test_a_file_that_cannot_be_saved_is_refused_before_training(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("mine", encoding="utf-8")
    # Months of training.
    options = ["--string", "ABRACADABRA", "--cell", "gru", "--budget", "1e12 steps"]
    assert main(["train", *options, "--save", str(path)]) == BAD_INPUT
    assert f"--save {path}: is a file that seqmem did not write" in capsys.readouterr().err
    assert path.read_text(encoding="utf-8") == "mine"


def test_generate_measure_and_train_from_a_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "strings.csv"
    assert (
        main(
            [
                "generate",
                "--alphabet",
                "3",
                "--target",
                "9",
                "--count",
                "3",
                "--seed",
                "5",
                "--out",
                str(path),
            ]
        )
        == 0
    )
    assert capsys.readouterr().out.startswith("3 strings of lzw 9")
    assert main(["measure", "--file", str(path), "--json"]) == DONE
    measured = json.loads(capsys.readouterr().out)
    assert [row["lzw"] for row in measured] == [9, 9, 9]
    assert main(["measure", "--file", str(path)]) == DONE
    assert len(capsys.readouterr().out.splitlines()) == 4
    assert (
        main(["train", "--file", str(path), "--row", "2", "--cell", "lstm", "--budget", "3 steps"])
        == DONE
    )
    assert "3 of 3 steps in 3 steps" in capsys.readouterr().out


def test_generate_prints_csv_and_seeds_follow_each_other(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["generate", "--target", "12", "--count", "2", "--seed", "5"]) == DONE
    two = capsys.readouterr().out.splitlines()
    assert main(["generate", "--target", "12", "--seed", "6"]) == DONE
    assert capsys.readouterr().out.splitlines()[1] == two[2]


def test_measure_prints_every_measure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["measure", "1001111011000010"]) == DONE
    shown = {line.split()[0]: line.split()[1] for line in capsys.readouterr().out.splitlines()}
    assert set(MEASURES) < set(shown)
    assert [shown[name] for name in ("lz76", "lz78", "lzw", "length")] == ["6", "8", "10", "16"]
    assert main(["measure", "ABCDA", "--json"]) == DONE
    measured = json.loads(capsys.readouterr().out)
    assert (
        measured["linear_complexity"] is None
    )  # no field of 4 elements whose symbols are numbers modulo 4
    path = tmp_path / "two.fasta"
    path.write_text(">a\nACGTA\n>b\nCCG\n", encoding="utf-8")
    assert main(["measure", "--file", str(path), "--json"]) == DONE
    measured = json.loads(capsys.readouterr().out)
    assert [(row["record"], row["name"], row["length"]) for row in measured] == [
        (1, "a", 5),
        (2, "b", 3),
    ]


def test_generate_for_sources_with_parameters(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "strings.csv"
    noisy = [
        "--source",
        "noisy",
        "--param",
        "source=markov",
        "--param",
        'parameters={"entropy_rate": 0.5}',
    ]
    assert (
        main(
            [
                "generate",
                *noisy,
                "--alphabet",
                "3",
                "--target",
                "30",
                "--measure",
                "lz76",
                "--out",
                str(out),
            ]
        )
        == DONE
    )
    assert capsys.readouterr().out.startswith("1 string of lz76 30")
    row = pd.read_csv(out).iloc[0]
    assert (row["source"], row["reference_kind"], row["alphabet_size"]) == ("noisy", "noisy", 3)
    data = tmp_path / "series.csv"
    data.write_text("t,x\n" + "".join(f"{t},{t * t % 101}\n" for t in range(200)), encoding="utf-8")
    column = [
        "--source",
        "corpus",
        "--param",
        f"path={data}",
        "--param",
        "column=x",
        "--param",
        "bins_by=gaussian",
    ]
    assert main(["generate", *column, "--alphabet", "5", "--out", str(out)]) == DONE
    assert capsys.readouterr().out.startswith("1 record, 200 symbols")
    assert len(json.loads(pd.read_csv(out).loc[0, "mapping"])["breakpoints"]) == 4


def test_match_makes_strings_of_equal_complexity(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "strings.csv"
    sources = [
        "--source",
        "iid",
        "--source",
        "markov:order=2,model=3",
        "--source",
        'noisy:{"source": "thue_morse"}',
    ]
    assert (
        main(
            [
                "match",
                *sources,
                "--alphabet",
                "4",
                "--target",
                "68",
                "--length",
                "140",
                "--out",
                str(out),
            ]
        )
        == DONE
    )
    assert capsys.readouterr().out.startswith("3 strings of lzw 68, 140 symbols")
    frame = pd.read_csv(out)
    assert frame["lzw"].tolist() == [68] * 3
    assert frame["length"].tolist() == [140] * 3
    assert json.loads(frame.loc[1, "parameters"])["model"] == 3


def test_train_shows_what_probes_found(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*SMALL, "--probe", "loss_volatility", "--probe", "loss_after_steps"]) == DONE
    shown = capsys.readouterr().out.splitlines()
    assert "probe_loss_volatility_steps: 0" in shown
    assert "probe_loss_after_steps_100_nll_bits_per_symbol: none" in shown


@pytest.mark.parametrize("name", ["times.csv", "times.parquet"])
def test_time_writes_a_frame_and_prints_ratios(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def in_process(wanted: Sequence[TimedCells]) -> Iterator[list[float]]:
        yield from ([3e-7, 4e-7] for _ in wanted)

    monkeypatch.setattr("seqmem.workflows.step_timing.measurement.in_fresh_process", in_process)
    out = tmp_path / name
    options = [
        "--engine",
        "torch",
        "--depth",
        "1",
        "--units",
        "8",
        "--batch",
        "2",
        "--processes",
        "3",
    ]
    assert main(["time", *options, "--out", str(out)]) == DONE
    shown = capsys.readouterr().out.splitlines()
    assert shown[0].split()[:5] == ["work", "engine", "batch", "cells", "ratio"]
    assert {tuple(line.split()[:5]) for line in shown[1:-1]} == {
        (work, "torch", batch, "gru/lstm", "0.750")
        for work in ("train", "inference")
        for batch in ("all", "2")
    }
    assert shown[-1] == f"timings: {out}"
    frame = pd.read_csv(out) if name.endswith("csv") else pd.read_parquet(out)
    assert len(frame) == 3 * 2 * 2
    assert list(tmp_path.rglob("*.part")) == []


def test_a_process_that_dies_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def dies(wanted: Sequence[TimedCells]) -> Iterator[list[float]]:
        raise WorkerDied("the process that was timed died")
        yield

    monkeypatch.setattr("seqmem.workflows.step_timing.measurement.in_fresh_process", dies)
    assert main(["time", "--engine", "torch", "--out", str(tmp_path / "x.csv")]) == 1
    assert (
        capsys.readouterr().err.splitlines()[-1] == "seqmem: error: the process that was timed died"
    )
    assert list(tmp_path.iterdir()) == []


def test_status_and_export(
    smoke_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["status", str(smoke_folder)]) == DONE
    shown = capsys.readouterr().out
    assert "14/14 runs, 10/10 trials, 0 trials and 0 runs failed" in shown
    out = tmp_path / "again.parquet"
    assert main(["export", f"sqlite:///{smoke_folder / 'optuna.db'}", "--out", str(out)]) == DONE
    assert out.read_bytes() == (smoke_folder / "runs.parquet").read_bytes()


@pytest.fixture
def smoke_folder(small_sweep: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of a small finished sweep, which a test may change."""
    return shutil.copytree(small_sweep, tmp_path_factory.mktemp("command-line") / "sweep")


TRAIN = ["train", "--string", "ABRACADABRA", "--cell", "gru"]
SMALL = [*TRAIN, "--budget", "4 steps", "--engine", "torch"]
CALIBRATED = [*TRAIN, "--budget", "1 cal-s"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["sweep", "quik"], "unknown preset 'quik'; did you mean 'quick'"),
        (
            ["sweep", "smoke", "--set", "search.trails=3"],
            "unknown key 'search.trails'; did you mean 'trials'?",
        ),
        (
            ["sweep", "smoke", "--set", "search.learning_rate.low=1"],
            "low 1 is greater than high 0.1",
        ),
        (["sweep", "smoke", "--set", "search.units.low=0"], "search.units.low: 0 given"),
        (["sweep", "smoke", "--storage", "nonsense"], "storage 'nonsense': not a URL"),
        (["sweep", "smoke", "--storage", "sqlite:////no/where.db"], "unable to open database file"),
        (["sweep", "smoke", "--jobs", "0"], "jobs 0: at least 1"),
        (["sweep", "no/such.toml"], "no/such.toml: No such file"),
        (
            ["train", "--string", "AB", "--cell", "lstn", "--budget", "4 steps"],
            "unknown cell 'lstn'; did you mean 'lstm'",
        ),
        ([*TRAIN, "--budget", "400"], "budget '400' has no unit; valid: s, wall-s"),
        ([*TRAIN, "--budget", "-4 steps"], "the amount must be positive"),
        ([*TRAIN, "--budget", "4 cal"], "unknown unit 'cal'"),
        ([*TRAIN, "--budget", "4 step"], "unknown unit 'step'; did you mean 'steps'?"),
        ([*TRAIN, "--lr", ".1"], "unknown option '--lr'; did you mean '--learning-rate'"),
        (["sweep", "smoke", "--set", "trials=4"], "key 'trials'; did you mean 'search.trials'?"),
        (["sweep", "smoke", "--set", "training.lr=4"], "did you mean 'search.learning_rate'?"),
        (["sweep", "smoke", "--set", "budget=4"], "'budget'; did you mean 'training.budget'?"),
        ([*SMALL, "--units", "0"], "units: 0 given"),
        (
            [*SMALL, "--cost-table", "x.json"],
            "cost_table is for budgets in cal-s; the budget is '4 steps'",
        ),
        ([*CALIBRATED, "--cost-table", "x.json"], "cost_table x.json: No such file"),
        ([*CALIBRATED, "--units", "257"], "units 257 is outside the range "),
        (
            ["sweep", "smoke", "--set", "training.cost_table=x.json"],
            "training.cost_table is for budgets in cal-s",
        ),
        (["calibrate", "--out", "costs.toml"], "ends in .json"),
        ([*SMALL, "--depth", "x"], "'x' is not a whole number"),
        ([*SMALL, "--units", "3.5"], "'3.5' is not a whole number"),
        ([*SMALL, "--unit", "3"], "--unit"),
        (
            [*SMALL, "--probe", "tining"],
            "unknown probe 'tining'; did you mean 'timing'",
        ),
        (
            ["time", "--cell", "lstn"],
            "unknown cell 'lstn'; did you mean 'lstm'",
        ),
        (["time", "--engine", "cuda"], "unknown engine 'cuda'; valid: auto, fused, torch"),
        (["time", "--units", "0"], "units: 0 given"),
        (["time", "--processes", "0"], "--processes 0: at least 1"),
        (["time", "--out", "timings.txt"], "ends in .csv or .parquet"),
        (["time", "--out", "/proc/nowhere/x.csv"], "/proc/nowhere"),
        ([*SMALL, "--batch", "1000000000000"], "needs more memory than is available"),
        ([*SMALL, "--file", "x.csv"], "give either --string or --file"),
        (["train", "--string", "", "--cell", "gru", "--budget", "4 steps"], "the string is empty"),
        (
            ["train", "--string", "AAAA", "--cell", "gru", "--budget", "4 steps"],
            "one distinct symbol",
        ),
        (
            ["train", "--string", "ABAB", "--cell", "gru", "--budget", "4 steps"],
            "repetition of a shorter one",
        ),
        (
            ["train", "--file", "none.csv", "--cell", "gru", "--budget", "4 steps"],
            "none.csv: No such file",
        ),
        (["generate", "--alphabet", "5", "--target", "4"], "target 4 is smaller than the alphabet"),
        (["generate", "--alphabet", "1", "--target", "4"], "alphabet_size 1; valid: 2 to 65536"),
        (["generate", "--target", "9", "--param", "bias"], "--param 'bias' is not key=value"),
        (["generate", "--target", "9", "--out", "/proc/nowhere/x.csv"], "/proc/nowhere"),
        (
            ["generate", "--target", "9", "--param", "bias=1"],
            "unknown parameter of source 'iid': 'bias'",
        ),
        (["generate", "--target", "9", "--out", "/proc"], "/proc is a folder"),
        (["measure"], "give a string or --file"),
        (["generate"], "--target is not given; only source 'corpus' goes without it"),
        (
            ["generate", "--source", "markov", "--param", "entropy_rate=2.5", "--target", "9"],
            "valid: a number from 0.001",
        ),
        (
            ["generate", "--param", "probabilities=[0.5,0.6]", "--target", "9"],
            "sum to 1.1; valid: a sum of 1",
        ),
        (
            ["generate", "--source", "markov", "--param", "order=30", "--target", "9"],
            "does not fit",
        ),
        (
            ["generate", "--source", "de_bruijn", "--param", "order=30", "--target", "9"],
            "does not fit",
        ),
        (
            ["generate", "--source", "corpus", "--target", "9"],
            "needs a file: path=FILE, with --param",
        ),
        (
            ["generate", "--source", "corpus", "--param", "path=no.txt", "--target", "9"],
            "no.txt: No such file",
        ),
        (
            ["generate", "--source", "sturmian", "--alphabet", "3", "--target", "9"],
            "source 'sturmian' has 2 symbols",
        ),
        (
            ["generate", "--measure", "entropy_rate", "--target", "1"],
            "set by parameter entropy_rate of source 'markov'",
        ),
        (["match", "--source", "iid:x", "--target", "9"], "'x' is not key=value"),
        (["match", "--source", "iid:{x", "--target", "9"], "not valid JSON"),
        (
            ["match", "--source", "iid", "--source", "iid", "--target", "30"],
            "source 'iid' is given twice with the same parameters",
        ),
        (["generate", "--source", "corpus", "--count", "5"], "--count 5: without --target every"),
        (["generate", "--source", "corpus", "--seed", "0"], "give --target, or leave --seed out"),
        (["generate", "--source", "corpus", "--measure", "lz76"], "or leave --measure out"),
        (
            ["match", "--source", "iid", "--target", "30", "--length", "9"],
            "the largest value reached is",
        ),
        (["measure", "--file", "no.fasta"], "no.fasta: No such file"),
        (["status", "nowhere"], "holds no sweep"),
        (["status", "sqlite:///nowhere.db"], "no such file"),
        (["export", "nowhere", "--out", "x.parquet"], "holds no sweep"),
        (["export", "nowhere", "--out", "optuna.db"], "ends in .parquet"),
        (["status", "nowhere", "--jobs", "0"], "jobs 0: at least 1"),
        (["report", "nowhere"], "nowhere"),
        (
            ["figures", "nowhere", "--only", "pie"],
            "unknown figure 'pie'; valid: anytime, bits_by_exposure, capacity_by_budget, ",
        ),
        (
            ["figures", "--only", "anytime"],
            "anytime needs a sweep's folder: seqmem figures DIR --only anytime",
        ),
        (
            ["figures", "nowhere", "--only", "complexity_atlas"],
            "complexity_atlas needs no sweep: seqmem figures --only complexity_atlas, without 'now",
        ),
        (["figures"], "or --only with a figure without one: complexity_atlas"),
        ([*TRAIN, "--budget", "4 steps", "--row", "3"], "--row is for a file; give --file"),
        (["measure", "ABBA", "--column", "x"], "--column is for a file; give --file"),
        (["compare", "no.csv", "--budget", "4 steps"], "no.csv: No such file"),
        (
            ["compare", "no.txt", "--budget", "4 steps", "--column", "x"],
            "no.txt: No such file",
        ),
        (["sweep", "Quick"], "unknown preset 'Quick'; did you mean 'quick'?"),
        ([*TRAIN[:-1], "LSTM", "--budget", "4 steps"], "unknown cell 'LSTM'; did you mean 'lstm'?"),
        (["generate", "--source", "IID", "--target", "9"], "did you mean 'iid'?"),
        (["figures", "nowhere", "--only", "Anytime"], "did you mean 'anytime'?"),
        (["compare"], "compare needs FILE; see seqmem compare --help"),
        (["compare", "no.csv"], "compare needs --budget; see seqmem compare --help"),
        (TRAIN, "train needs --budget; see seqmem train --help"),
        (["train", "--string", "AB", "--cell"], "--cell needs a value; see seqmem train --help"),
        (["sweep", "quick", "--job", "2"], "unknown option '--job'; did you mean '--jobs'; see"),
        (["time", "--Units", "8"], "unknown option '--Units'; did you mean '--units'; see"),
        (["measure", "a", "b"], "unexpected argument 'b'; see seqmem measure --help"),
        (["export", "nowhere", "--out", "new/x.parquet"], "no folder new; make it first"),
        (["generate", "--target", "9", "--out", "new/x.csv"], "no folder new; make it first"),
        (["match", "--source", "iid", "--target", "9", "--out", "new/x.csv"], "no folder new"),
        (["calibrate", "--out", "new/costs.json"], "no folder new; make it first"),
        (["time", "--out", "new/times.csv"], "no folder new; make it first"),
        (["sweep", "smoke", "--set", "search.depth=deep"], "must be one number, or a range such"),
        (
            ["sweeep", "quick"],
            "unknown command 'sweeep'; did you mean 'sweep'",
        ),
    ],
)
def test_bad_input_is_one_line_and_writes_nothing(
    arguments: list[str],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == BAD_INPUT
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.count("\n") == 1
    assert printed.err.startswith("seqmem: error: ")
    assert message in printed.err
    assert list(tmp_path.iterdir()) == []


def test_a_sweep_that_lacks_what_its_only_wanted_figure_needs_is_one_line(
    smoke_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = [
        "figures",
        str(smoke_folder),
        "--only",
        "importance",
        "--out",
        str(tmp_path / "figures"),
    ]
    assert main(arguments) == BAD_INPUT
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.count("\n") == 1
    assert "no figure can be made of" in printed.err
    assert "(importance): needs at least 64 Sobol points" in printed.err
    assert not (tmp_path / "figures").exists()
    assert main([*arguments, "--only", "anytime"]) == DONE
    printed = capsys.readouterr()
    assert [Path(line).name for line in printed.out.split()] == [
        f"anytime.{kind}" for kind in ("pdf", "svg", "png", "csv")
    ]
    assert printed.err.startswith("left out: ")


def test_another_sweep_and_another_environment_are_one_line(
    smoke_folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import seqmem.sweeps.execution.launcher

    same = ["sweep", "smoke", "--set", "strings.levels=[6]", "--out", str(smoke_folder)]
    before = sorted((path.name, path.stat().st_mtime_ns) for path in smoke_folder.iterdir())
    assert main([*same, "--set", "search.trials=11"]) == BAD_INPUT
    assert "holds another sweep (search.trials: 10 -> 11)" in capsys.readouterr().err
    monkeypatch.setattr(
        seqmem.sweeps.execution.launcher,
        "joint_environment_key",
        lambda engines, device: '{"engine": "moved"}',
    )
    assert main(same) == BAD_INPUT
    printed = capsys.readouterr().err
    assert "was made in another environment" in printed
    assert printed.count("\n") == 1
    assert sorted((path.name, path.stat().st_mtime_ns) for path in smoke_folder.iterdir()) == before


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_sweeps_say_how_to_resume(number: int, tmp_path: Path) -> None:
    out = tmp_path / "out"
    options = ("--jobs", 2, "--set", "training.budget=300000 steps")
    process = start("sweep", "smoke", "--out", out, *options, start_new_session=True)
    # A note shows that a worker has begun a run, which takes long.
    wait_until(lambda: list(out.glob(".running-*/*")), process)
    os.killpg(process.pid, number)
    code, _, printed = process.finish()
    assert code == 128 + number
    told, resume = (printed.index(text) for text in ("stopping; runs in", "the same command resum"))
    assert told < resume
    assert "Traceback" not in printed


def test_help_names_every_registered_choice(capsys: pytest.CaptureFixture[str]) -> None:
    choices = {
        "generate": [*SOURCES, *COUNTERS],
        "match": [*SOURCES, *COUNTERS],
        "measure": MEASURES,
        "train": [*CELLS, *ENGINES, *DEVICES, *PROTOCOLS, *UNITS, *PROBES],
        "time": [*CELLS, *(engine for engine in ENGINES if engine != "auto")],
        "sweep": [*preset_names(), *EXECUTORS],
        "reproduce": ENGINES,
        "compare": [*CELLS, *FORMATS, *BREAKPOINTS, *CELL_KINDS],
        "figures": [*FIGURES, *ATLASES],
    }
    for command, names in choices.items():
        assert main([command, "--help"]) == DONE
        shown = capsys.readouterr().out
        assert [name for name in names if name not in shown] == []


def test_interrupt_is_130(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import seqmem.study.runner

    def interrupted(config: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(seqmem.study.runner, "run", interrupted)
    assert main(SMALL) == INTERRUPTED
    assert capsys.readouterr().err == "seqmem: interrupted\n"


@pytest.mark.parametrize("arguments", [[], *([name] for name in COMMANDS)])
def test_help_of_every_command(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*arguments, "--help"]) == DONE
    shown = " ".join(capsys.readouterr().out.split())
    if arguments:
        assert f"Example: {COMMANDS[arguments[0]].example}" in shown.replace("│ ", "")


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys; from seqmem.cli.app import main; main(['--help']); "
        "heavy = ('torch', 'numpy', 'pydantic', 'optuna', 'pandas'); "
        "print('heavy:', *[name for name in heavy if name in sys.modules])"
    )
    shown = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout
    assert shown.splitlines()[-1] == "heavy:"


def test_help_of_train_and_sweep_imports_no_torch() -> None:
    code = (
        "import sys; from seqmem.cli.app import main\n"
        "for command in ('train', 'sweep', 'status', 'report', 'compare'):\n"
        "    main([command, '--help']); assert 'torch' not in sys.modules, command"
    )
    subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)


def test_the_entry_point_returns_the_exit_code(tmp_path: Path) -> None:
    done = seqmem("status", "nowhere", cwd=tmp_path)
    assert done.returncode == BAD_INPUT
    assert done.stderr == (
        "seqmem: error: nowhere: holds no sweep (no config.toml); start one with `seqmem sweep`\n"
    )


def test_doctor_says_what_runs(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--engine"]) == DONE
    assert capsys.readouterr().out.startswith(f"engine: {resolve_engine('auto', 'cpu')} (")
    assert main(["doctor"]) == DONE
    assert "environment key: {" in capsys.readouterr().out
