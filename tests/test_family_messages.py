"""Bad input to families of memorizers: exit code 2 and one clear line. And two warnings."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from safetensors import safe_open
from safetensors.torch import save_file

from seqmem import study, sweeps
from seqmem.cli.app import main
from seqmem.core.exit_codes import BAD_INPUT, DONE
from seqmem.sweeps.execution.start_checks import dropout_warning

LONGEST_MESSAGE = 300
STRING = ("train", "--string", "ABRACADABRA")
STEPS = ("--budget", "4 steps")


def refusal(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Return the line with which a command refuses its arguments, without its beginning."""
    assert main(arguments) == BAD_INPUT
    shown = capsys.readouterr()
    assert shown.out == ""
    (line,) = shown.err.splitlines()
    assert len(line) <= LONGEST_MESSAGE
    return line.removeprefix("seqmem: error: ")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            ("--cell", "bilstm", *STEPS),
            "protocol 'stream': cell 'bilstm' cannot be trained under it, because its backward "
            "pass would read the symbols that it has to predict; valid: window",
        ),
        (
            ("--cell", "transformer", "--units", "20", "--heads", "4", *STEPS),
            "units 20 / heads 4 is not an even number, which cell 'transformer' needs; "
            "use a multiple of 8 units",
        ),
        (
            ("--cell", "transformer", "--budget", "1 cal-s"),
            "cost table 87747268cf67af6e has no cell 'transformer', only gru, lstm, mingru, "
            "minlstm, rnn; give the budget in another unit: s, wall-s, flop, MF, GF, TF, work, Mw, "
            "Gw, steps, epochs",
        ),
        (
            ("--cell", "gru", "--depth", "2", "--dropout", "0.1", "--engine", "fused", *STEPS),
            "dropout 0.1: only engine 'torch' has it, not 'fused'; leave dropout out or "
            "change engine",
        ),
    ],
    ids=["bidirectional under streams", "heads", "cal-s", "dropout"],
)
def test_options_that_a_family_lacks(
    options: tuple[str, ...], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert refusal(capsys, *STRING, *options) == message


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("models") / "m.safetensors"
    study.train(study.RunConfig(string="ABRACADABRA", cell="gru", budget="4 steps")).save(path)
    return path


def test_a_model_file_of_another_version(
    model: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with safe_open(model, framework="pt") as file:
        entries = {name: json.loads(text) for name, text in file.metadata().items()}
        tensors = {name: file.get_tensor(name) for name in file.keys()}
    (entry,) = entries
    monkeypatch.chdir(tmp_path)
    save_file(tensors, "newer.safetensors", {entry: json.dumps(entries[entry] | {"format": 2})})
    message = refusal(capsys, "recall", "newer.safetensors")
    assert message == (
        "newer.safetensors: model format 2, this version reads format 1; "
        "use the version of seqmem that wrote the file"
    )


def test_a_prompt_with_unknown_symbols(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    message = refusal(capsys, "recall", str(model), "--prompt", "ABX")
    assert message == "prompt 'ABX': 'X' is not in the alphabet ABCDR"


def test_a_run_says_that_its_context_is_too_short(capsys: pytest.CaptureFixture[str]) -> None:
    options = ("--string", "AAAAAAB", "--cell", "transformer", "--budget", "4 steps")
    assert main(["train", *options, "--units", "8", "--context", "5"]) == DONE
    assert capsys.readouterr().err == (
        "seqmem: warning: the string needs 6 symbols of context, but context is 5: no verdict "
        "uses this run; use a context of 6 or more\n"
    )
    assert main(["train", *options, "--units", "8", "--context", "6"]) == DONE
    assert capsys.readouterr().err == ""


def test_dropout_without_effect_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    warning = "drops nothing at depth 1: only inputs of layers above the first are dropped"
    assert main([*STRING, "--cell", "gru", "--dropout", "0.25", *STEPS]) == DONE
    assert f"warning: dropout 0.25 {warning}" in capsys.readouterr().err
    assert main([*STRING, "--cell", "gru", "--dropout", "0.25", "--depth", "2", *STEPS]) == DONE
    assert capsys.readouterr().err == ""
    shallow = "search.depth={low = 1, high = 1}"
    for setting, amount in (
        ("training.dropout=0.1", "0.1"),
        ("search.dropout={low = 0.0, high = 0.5}", "up to 0.5"),
    ):
        said = dropout_warning(sweeps.load_config("smoke", (shallow, setting)))
        assert said is not None
        assert said.startswith(f"dropout {amount} {warning}")
        assert dropout_warning(sweeps.load_config("smoke", (setting,))) is None
    assert dropout_warning(sweeps.load_config("smoke", (shallow,))) is None
    # What levels and cells have of their own counts, each with its own depth.
    for settings, expected in (
        (("search.levels=[{level=12, dropout=[0.0, 0.25]}]",), "dropout up to 0.25"),
        (("search.dropout=0.0", "search.cells={gru={dropout=[0.0, 0.25]}}"), "dropout up to 0.25"),
        (("search.levels=[{level=12, dropout=0.25}, {level=6, depth=2}]",), "dropout up to 0.25"),
        (("search.levels=[{level=12, dropout=[0.0, 0.25], depth=2}]",), ""),
    ):
        warned = dropout_warning(sweeps.load_config("smoke", (shallow, *settings))) or ""
        assert warned.startswith(expected)
        assert bool(warned) == bool(expected)
