"""A comparison that was begun before points were paired keeps its rules and its words."""

import json
import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from seqmem.analysis.records.comparison_result import RESULT
from seqmem.analysis.records.loading import load
from seqmem.analysis.report.build import Report
from seqmem.cli.app import main
from seqmem.core.exit_codes import BAD_INPUT, DONE
from seqmem.generators.data.read_options import ReadOptions
from seqmem.sweeps.storage.file_names import CONFIG_FILE
from seqmem.workflows.compare.plans import DEFAULT, GUIDED, WIDE, plan_of
from seqmem.workflows.compare.prepared import prepare
from seqmem.workflows.compare.result import finish

CELLS = ["lstm", "gru"]
OLD = Path(__file__).with_name("begun_comparison")
SETTINGS = (
    "training.engine=torch",
    "training.batch=4",
    "training.length=16",
    "search.units={ low = 4, high = 24 }",
    "search.learning_rate={ low = 0.03, high = 0.03, log = true }",
)
COMMAND = ["compare", "strings.txt", "--by-line", "--budget", "24 steps", "--searches", "2"]
COMMAND += ["--out", "old", "--jobs", "1"]
COMMAND += [word for setting in SETTINGS for word in ("--set", setting)]


@pytest.fixture
def begun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a copy of the begun comparison, in the folder in which the command runs."""
    monkeypatch.chdir(tmp_path)
    shutil.copy(OLD / "strings.txt", tmp_path)
    folder = tmp_path / "old"
    folder.mkdir()
    for name in (CONFIG_FILE, "manifest.json", "optuna.db"):
        shutil.copy(OLD / name, folder)
    return folder


def test_the_rules_follow_from_the_folder(begun: Path) -> None:
    assert plan_of(begun, CELLS) is GUIDED
    assert plan_of(begun.parent, CELLS) is DEFAULT
    assert plan_of(begun.parent, [*CELLS, "mingru"]) is WIDE


@pytest.mark.parametrize(
    "settings",
    [
        (),
        ("search.units={ low = 8, high = 64 }", "training.batch=4"),
        ("search.units.high=64", "search.batch=4"),
        ("search.space=1",),
    ],
)
def test_a_comparison_of_the_wide_box_keeps_it(
    settings: tuple[str, ...], begun: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "wide"
    folder.mkdir()
    given: dict[str, Any] = {"reading": ReadOptions(by_line=True), "settings": settings}
    first = prepare(Path("strings.txt"), "24 steps", plan=WIDE, **given)
    (folder / CONFIG_FILE).write_text(first.config.to_toml(), encoding="utf-8")
    assert prepare(Path("strings.txt"), "24 steps", out=folder, **given).config == first.config
    new = prepare(Path("strings.txt"), "24 steps", out=tmp_path / "new", **given)
    assert new.config.search.learning_rate.high == 0.1
    (folder / CONFIG_FILE).write_text(new.config.to_toml(), encoding="utf-8")
    assert prepare(Path("strings.txt"), "24 steps", out=folder, **given).config == new.config


def test_older_rules_are_not_extended_into_another_folder(
    begun: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = [word if word != "old" else "new" for word in COMMAND]
    assert main([*command, "--extend", "old"]) == BAD_INPUT
    said = capsys.readouterr().err
    assert "--extend old: this comparison has other rules (24 trials, half of them by TPE)" in said
    assert "grow it in its own folder: --out old --extend" in said
    assert not (begun.parent / "new").exists()


@pytest.mark.slow
def test_it_is_the_same_comparison_with_any_number_of_trials(
    begun: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*COMMAND, "--dry-run"]) == DONE
    shown = capsys.readouterr().out
    assert "2 searches with 6 different strings each: 1 to tune, 1 to select, 4 for the" in shown
    assert "50 of 124 runs are stored in old already" in shown
    assert main([*COMMAND, "--dry-run", "--trials", "24"]) == DONE
    capsys.readouterr()
    assert main([*COMMAND, "--dry-run", "--trials", "12"]) == BAD_INPUT
    assert "search.trials: 24 -> 12" in capsys.readouterr().err


def test_the_finished_comparison_says_what_it_said(begun: Path) -> None:
    for name in ("runs.parquet", RESULT):
        shutil.copy(OLD / "finished" / name, begun)
    stored = (begun / RESULT).read_text("utf-8")
    # The advice did not name --extend then.
    before = json.loads(stored.replace("another --out", "with --extend or another --out"))
    prepared = prepare(
        Path("strings.txt"),
        "24 steps",
        reading=ReadOptions(by_line=True),
        searches=2,
        settings=SETTINGS,
        out=begun,
    )
    lines = finish(prepared, begun).lines
    after = json.loads((begun / RESULT).read_bytes())
    # Shipped capacities beside the strings are no result of the comparison.
    said = {line.casefold() for line in before.pop("lines")}
    # Cells were named in small letters in one place.
    assert {line.casefold() for line in lines} <= said
    assert [*after.pop("lines")][: len(lines)] == [*lines[-3:], *lines[:-3]]
    assert after == before


@pytest.mark.slow
def test_it_goes_on_to_the_same_runs(begun: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "seqmem.analysis.report.build.make_report", lambda folder: Report(folder / "page", [])
    )
    assert main([*COMMAND, "--allow-environment-change"]) == DONE
    # What TPE suggests and what wins depends on the last bits of results, and so on the processor.
    place = ["cell", "search", "role", "trial", "generation", "replicate"]
    point = ["run_id", "depth", "units", "learning_rate", "network_seed"]
    first, second = (
        frame.sort_values(place, ignore_index=True)
        for frame in (load(begun), pd.read_parquet(OLD / "finished" / "runs.parquet"))
    )
    kept = [*place, "string_id"]
    pd.testing.assert_frame_equal(first[kept], second[kept], check_dtype=False)
    fixed = (first["role"] == "tune") & (first["generation"] == 0)
    assert fixed.sum() == 2 * 2 * 12
    pd.testing.assert_frame_equal(first[fixed][point], second[fixed][point], check_dtype=False)
    tuned = first[first["role"] == "tune"]
    assert len(tuned) == 2 * 2 * 24
    assert tuned["units"].between(4, 24).all()
