"""JSON and TOML that would break a parser: one line each, wherever they come from."""

from pathlib import Path

import pytest

from seqmem.cli.app import main
from seqmem.core.errors import InputError
from seqmem.core.exit_codes import BAD_INPUT
from seqmem.core.structured_text import parse_json, parse_toml

DEEP_JSON = "[" * 100_000
DIGITS = "9" * 5_000


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (DEEP_JSON, "nested too deeply"),
        ("[" * 60 + "]" * 60, "nested too deeply"),
        (DIGITS, "a number has too many digits"),
        ("{", "Expecting property name"),
        (b'"\xff"', "utf-8"),
    ],
)
def test_json(text: str, reason: str) -> None:
    with pytest.raises(InputError, match=reason) as caught:
        parse_json(text, "here")
    assert str(caught.value).startswith("here: not valid JSON: ")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (f"a = {DEEP_JSON}", "nested too deeply"),
        (f"a = {'{b=' * 60}1{'}' * 60}", "nested too deeply"),
        (f"a = {DIGITS}", "a number has too many digits"),
        ("a = ", "Invalid value"),
    ],
)
def test_toml(text: str, reason: str) -> None:
    with pytest.raises(InputError, match=reason) as caught:
        parse_toml(text, "here")
    assert str(caught.value).startswith("here: not valid TOML: ")


@pytest.mark.parametrize("value", [DEEP_JSON, DIGITS, f"{{a={DIGITS}}}", "{a=" * 3_000])
def test_settings(value: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sweep", "smoke", "--dry-run", "--set", f"seed={value}"]) == BAD_INPUT
    printed = capsys.readouterr().err
    assert printed.count("\n") == 1
    assert len(printed) <= 301


@pytest.mark.parametrize("content", [f"a = {DEEP_JSON}", f"seed = {DIGITS}", "\x00", "a = '\x07'"])
def test_sweep_files(content: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "my.toml"
    path.write_text(content, encoding="utf-8")
    assert main(["sweep", str(path), "--dry-run"]) == BAD_INPUT
    printed = capsys.readouterr().err
    assert printed.startswith(f"seqmem: error: {path}: not valid TOML: ")
    assert printed.count("\n") == 1


def test_parameters_of_a_source(capsys: pytest.CaptureFixture[str]) -> None:
    source = f'iid:{{"probabilities": {DEEP_JSON}'
    assert main(["match", "--source", source, "--target", "9"]) == BAD_INPUT
    assert capsys.readouterr().err == (
        "seqmem: error: --source iid: not valid JSON: nested too deeply\n"
    )
