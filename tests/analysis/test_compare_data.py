"""The data of a comparison decide which comparison it is, not the name of their file."""

import csv
import json
import random
import re
import shutil
from pathlib import Path

import pytest

from seqmem.cli.app import main
from seqmem.core.errors import InputError
from seqmem.core.exit_codes import BAD_INPUT, DONE
from seqmem.sweeps.config.sweep_file import load_config
from seqmem.workflows.compare.prepared import as_stored, prepare
from seqmem.workflows.compare.run import compare

FAST = (
    "search.units={ low = 8, high = 8 }",
    "search.depth={ low = 1, high = 1 }",
    "search.sampler=sobol",
    "training.batch=4",
    "training.length=16",
)
BUDGET = "6 steps"


def rows(count: int, seed: int = 1) -> str:
    """Return a table of random strings of 20 letters."""
    strings = ["".join(random.Random(seed + row).choices("ACGT", k=20)) for row in range(count)]
    return "string\n" + "\n".join(strings) + "\n"


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with data and a small finished comparison of them, to read only."""
    folder = tmp_path_factory.mktemp("compared")
    path = folder / "data.csv"
    path.write_text(rows(6), encoding="utf-8")
    compare(path, BUDGET, out=folder / "out", trials=2, searches=2, settings=FAST)
    return folder


@pytest.fixture
def begun(compared: Path, tmp_path: Path) -> Path:
    """Return the folder of a small finished comparison, beside its data."""
    shutil.copytree(compared, tmp_path, dirs_exist_ok=True)
    config = tmp_path / "out" / "config.toml"
    text = config.read_text(encoding="utf-8")
    config.write_text(text.replace(str(compared), str(tmp_path)), encoding="utf-8")
    return tmp_path / "out"


def test_the_same_data_by_another_path_resume(begun: Path, tmp_path: Path) -> None:
    before = (begun / "config.toml").read_text(encoding="utf-8")
    moved = tmp_path / "other" / "renamed.txt"
    moved.parent.mkdir()
    (tmp_path / "data.csv").rename(moved)
    compare(moved, BUDGET, out=begun, trials=2, searches=2, settings=FAST)
    assert (begun / "config.toml").read_text(encoding="utf-8") == before


def test_comparisons_that_stored_the_column_resume(begun: Path, tmp_path: Path) -> None:
    """Version 0.1.0 stored the column and the meaning of its cells, even if they were found."""
    path = tmp_path / "data.csv"
    prepared = prepare(path, BUDGET, trials=2, searches=2, settings=FAST)
    stored = load_config(begun / "config.toml")
    assert as_stored(prepared, begun).config.strings == stored.strings
    strings = stored.strings.model_copy(
        update={"parameters": {"path": "gone.csv", "column": "string", "cells": "strings"}}
    )
    old = stored.model_copy(update={"strings": strings, "name": "compare-old"})
    (begun / "config.toml").write_text(old.to_toml(), encoding="utf-8")
    resumed = as_stored(prepared, begun).config
    assert resumed.name == "compare-old"
    assert resumed.strings.parameters == {
        "path": str(path), "column": "string", "cells": "strings"
    }  # fmt: skip
    assert resumed.strings.identity == old.strings.identity
    # A file of another format has no column, so the stored options do not read it.
    fasta = tmp_path / "data.fa"
    texts = path.read_text(encoding="utf-8").split()[1:]
    fasta.write_text("".join(f">\n{text}\n" for text in texts), encoding="utf-8")
    other = prepare(fasta, BUDGET, trials=2, searches=2, settings=FAST)
    assert other.data.corpus.mapping["data"] == prepared.data.corpus.mapping["data"]
    assert as_stored(other, begun) is other


def test_other_data_are_refused_with_both_readings(begun: Path, tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_text(rows(7, seed=9), encoding="utf-8")
    with pytest.raises(InputError) as refused:
        compare(path, BUDGET, out=begun, trials=2, searches=2, settings=FAST)
    message = str(refused.value)
    assert re.match(r"other data than before \(digest \w{16} then, \w{16} now\), or they", message)
    assert "was begun with data.csv: 6 records (table, column 'string'), 20 symbols each" in message
    assert "; now data.csv: 7 records" in message
    manifest = json.loads((begun / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["data"]["readings"][0].startswith("data.csv: 6 records")


def grown_from_text(*settings: str) -> tuple[Path, list[str]]:
    """Write a text into the current folder; return it and the command of a sweep on it."""
    text = Path("text.txt")
    text.write_text("".join(random.Random(0).choices("ACGT", k=400)), encoding="utf-8")
    arguments = [
        "sweep", "smoke", "--out", "runs", "--jobs", "1", "--set", "strings.source=corpus",
        "--set", "strings.alphabet_size=4", "--set", 'strings.parameters={path="text.txt"}',
        "--set", "memorizer.cells=['gru']", "--set", "strings.levels=[12]",
        "--set", "search.trials=3", "--set", "search.startup=2", "--set", "search.finalists=1",
        "--set", "strings.confirm=1", "--set", "training.budget='2 steps'",
    ]  # fmt: skip
    return text, [*arguments, *(part for setting in settings for part in ("--set", setting))]


@pytest.mark.slow
@pytest.mark.parametrize("settings", [(), ("strings.fresh=true",)])
def test_a_sweep_that_knows_no_digest_compares_its_strings(
    settings: tuple[str, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Manifests of sweeps that were begun earlier do not say what was read."""
    monkeypatch.chdir(tmp_path)
    text, arguments = grown_from_text(*settings)
    assert main(arguments) == DONE
    path = Path("runs", "manifest.json")
    manifest = json.loads(path.read_text(encoding="utf-8"))
    data = manifest.pop("data")
    path.write_text(json.dumps(manifest), encoding="utf-8")
    original = text.read_text(encoding="utf-8")
    text.write_text(original[::-1], encoding="utf-8")
    capsys.readouterr()
    assert main(arguments) == BAD_INPUT
    refused = capsys.readouterr().err.splitlines()[-1]
    assert "other data than before (tune string 0 was " in refused
    assert refused.endswith("choose another --out")
    assert json.loads(path.read_text(encoding="utf-8")) == manifest
    text.write_text(original, encoding="utf-8")
    assert main(arguments) == DONE
    assert json.loads(path.read_text(encoding="utf-8"))["data"] == data


@pytest.mark.slow
def test_a_sweep_of_grown_strings_is_not_resumed_on_other_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    text, arguments = grown_from_text()
    assert main(arguments) == DONE
    assert "seqmem: read text.txt: 1 record (text), 400 symbols, 4 letters (ACGT)" in (
        capsys.readouterr().err
    )
    assert main(arguments) == DONE
    text.write_text(text.read_text(encoding="utf-8")[::-1], encoding="utf-8")
    capsys.readouterr()
    assert main(arguments) == BAD_INPUT
    refused = capsys.readouterr().err
    assert "runs was begun with the first; choose another --out" in refused
    text.write_text("ACGGT" * 30 + "TTGCA" * 31, encoding="utf-8")
    assert main(arguments) == BAD_INPUT
    refused = capsys.readouterr().err.splitlines()[-1]
    assert "runs was begun with text.txt: 1 record (text), 400 symbols" in refused
    assert "; now text.txt: 1 record (text), 305 symbols" in refused
    assert " … " not in refused


@pytest.mark.parametrize(
    ("command", "arguments"),
    [
        ("measure", ["--file", "data.csv", "--column", "0"]),
        ("train", ["--file", "data.csv", "--column", "0", "--cell", "gru", "--budget", "1 steps"]),
        ("generate", ["--source", "corpus", "--param", "path=data.csv", "--param", "column=0"]),
        ("match", ["--source", "corpus:path=data.csv,column=0", "--target", "8"]),
        ("compare", ["data.csv", "--column", "0", "--budget", "1 steps", "--dry-run"]),
    ],
)
def test_every_command_reads_the_same(
    command: str,
    arguments: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    values = random.Random(3).choices(range(10), k=600)
    Path("data.csv").write_text("0\n" + "\n".join(f"{v}.5" for v in values), encoding="utf-8")
    assert main([command, *arguments]) == DONE
    printed = capsys.readouterr()
    note = "data.csv: 1 record (table, column '0'), 600 symbols, 600 numbers in 4 bins by quantiles"
    assert printed.err.splitlines()[0] == f"seqmem: read {note}"


def test_generate_replaces_only_its_own_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("notes.csv").write_text("mine\n", encoding="utf-8")
    command = ["generate", "--target", "9", "--out"]
    assert main([*command, "strings.csv"]) == DONE
    assert main([*command, "strings.csv"]) == DONE
    assert main([*command, "notes.csv"]) == BAD_INPUT
    assert "is a file that seqmem did not write" in capsys.readouterr().err
    assert Path("notes.csv").read_text(encoding="utf-8") == "mine\n"
    with Path("strings.csv").open(encoding="utf-8", newline="") as file:
        assert len(list(csv.DictReader(file))) == 1


@pytest.mark.parametrize("command", ["generate", "match"])
def test_a_foreign_file_is_refused_before_strings_are_made(
    command: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def made(*arguments: object, **options: object) -> None:
        raise AssertionError("a string is made, although it cannot be written")

    monkeypatch.setattr(f"seqmem.cli.{command}.{command}", made)
    notes = tmp_path / "notes.csv"
    notes.write_text("mine\n", encoding="utf-8")
    arguments = [command, "--source", "iid", "--target", "9", "--out", str(notes)]
    assert main(arguments) == BAD_INPUT
    assert "is a file that seqmem did not write" in capsys.readouterr().err
    assert notes.read_text(encoding="utf-8") == "mine\n"


def test_the_name_of_a_file_as_a_string_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("notes.txt").write_text("ABBA", encoding="utf-8")
    assert main(["measure", "notes.txt"]) == DONE
    assert "to read the file, give --file notes.txt" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["generate", "--source", "corpus", "--param", "path=x.csv"], "--param column=…, valid"),
        (["match", "--source", "corpus:path=x.csv", "--target", "9"], "give column=…, valid: a, b"),
        (
            ["sweep", "smoke", "--set", "strings.source=corpus", "--set", "strings.alphabet_size=2",
             "--set", 'strings.parameters={path="x.csv"}'],
            "give column=…, valid: a, b",
        ),
        (["measure", "--file", "x.csv"], "give --column, valid: a, b"),
    ],
)  # fmt: skip
def test_hints_name_what_the_command_has(
    arguments: list[str],
    hint: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("x.csv").write_text("a,b\nAB,BA\nBA,AB\n", encoding="utf-8")
    assert main(arguments) == BAD_INPUT
    assert hint in capsys.readouterr().err
