"""A larger comparison takes over the runs of an earlier one of the same data."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from seqmem import compare, load_config
from seqmem.cli.app import main
from seqmem.core.errors import InputError
from seqmem.core.exit_codes import BAD_INPUT, DONE
from seqmem.generators.data.read_options import ReadOptions
from seqmem.study.record import TIMES
from seqmem.sweeps.search.lengths import with_lengths
from seqmem.workflows.compare.growing import as_grown
from seqmem.workflows.compare.prepared import prepare

OPTIONS: dict[str, Any] = {
    "trials": 4,
    "length": 30,
    "settings": ("search.units={low=4,high=8}", "training.batch=4", "search.finalists=1"),
}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A text from which many strings can be cut."""
    letters = np.random.default_rng(1).choice(list("ACGT"), 2_000)
    path = tmp_path / "data.txt"
    path.write_text("".join(letters), encoding="utf-8")
    return path


def records(folder: Path) -> pd.DataFrame:
    return pd.read_parquet(folder / "runs.parquet").drop(columns=[*TIMES])


def test_the_level_of_the_earlier_comparison_is_kept(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    small, large = (prepare(data, "2 steps", searches=searches, **OPTIONS) for searches in (2, 3))
    folder = tmp_path / "small"
    folder.mkdir()
    assert as_grown(large, False, folder).config == large.config
    with pytest.raises(InputError, match="holds no sweep"):
        as_grown(large, True, folder)
    assert small.config.strings.pieces == large.config.strings.pieces
    command = ["compare", str(data), "--budget", "9 s", "--out", str(folder), "--extend"]
    assert main(command) == BAD_INPUT
    assert "holds no sweep" in capsys.readouterr().err


@pytest.mark.slow
def test_the_range_of_length_of_the_earlier_comparison_is_kept(tmp_path: Path) -> None:
    letters = np.random.default_rng(1)
    sizes = [40] * 23 + [24]
    records_of_data = ["".join(letters.choice(list("ACGT"), size)) for size in sizes]
    path = tmp_path / "data.txt"
    path.write_text("\n".join(records_of_data), encoding="utf-8")
    options = {"trials": 4, "settings": OPTIONS["settings"], "by_line": True}
    small, large = tmp_path / "small", tmp_path / "large"
    compare(path, "2 steps", out=small, searches=2, **options)
    compare(path, "2 steps", out=large, searches=4, extend=small, **options)
    high, kept = (load_config(folder / "config.toml").search.length for folder in (small, large))
    assert high == kept
    reading = ReadOptions(by_line=True)
    given = {"trials": 4, "settings": OPTIONS["settings"]}
    new = prepare(path, "2 steps", reading=reading, searches=4, **given).config
    # From nothing, the short record would allow no step of 32 symbols.
    assert (kept.high, with_lengths(new).search.length.high) == (32, 16)


@pytest.mark.slow
def test_more_searches_take_over_those_of_the_earlier_comparison(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    small, large, place = (tmp_path / name for name in ("small", "large", "place"))
    for folder in (small, place):
        compare(data, "2 steps", out=folder, searches=2, **OPTIONS)
    before = records(small)
    comparison = compare(data, "2 steps", out=large, searches=3, extend=small, **OPTIONS)
    after = records(large)
    assert len(after) == 1.5 * len(before)
    level = before.level.unique().tolist()
    assert after.level.unique().tolist() == level
    kept = after[after.search < 2].reset_index(drop=True)
    pd.testing.assert_frame_equal(kept, before)
    assert comparison.prepared.design.searches == 3
    # In its folder, by the command line; first only what would happen.
    command = ["compare", str(data), "--budget", "2 steps", "--trials", "4", "--length", "30"]
    command += [text for setting in OPTIONS["settings"] for text in ("--set", setting)]
    command += ["--searches", "3", "--out", str(place), "--jobs", "1"]
    capsys.readouterr()
    assert main(command) == BAD_INPUT
    assert "or grow it with --extend" in capsys.readouterr().err
    assert main([*command, "--extend", "--dry-run"]) == DONE
    assert f"{place} holds {len(before)} finished runs" in capsys.readouterr().out
    assert main([*command, "--extend"]) == DONE
    pd.testing.assert_frame_equal(records(place), after)
    assert (place / "before-1" / "comparison.json").exists()
    design = json.loads((place / "comparison.json").read_text("utf-8"))["design"]
    assert design["searches"] == 3
