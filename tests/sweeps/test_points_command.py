"""``seqmem sweep --points``, which runs nothing, and ``seqmem new``."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from seqmem import sweeps
from seqmem.cli.app import main
from seqmem.core.exit_codes import BAD_INPUT, DONE
from seqmem.sweeps.config.conditions import search_keys
from seqmem.sweeps.search.lengths import with_lengths
from seqmem.sweeps.search.space import decode
from seqmem.sweeps.search.suggestions import suggest

SETTINGS = (
    "search.sampler='sobol'",
    "search.trials=4",
    "search.finalists=1",
    "search.space=2",
    "search.levels=[{ level = 6, searches = 2, units = [4, 8] }]",
    "search.gradient_clip=[0.5, inf]",
    "search.cells={ lstm = { forget_bias = { low = 0.0, high = 2.0 } } }",
)
POINTS = ["sweep", "smoke", "--points", *(part for one in SETTINGS for part in ("--set", one))]


@pytest.fixture(autouse=True)
def _in_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_the_points_of_every_search_are_written_as_they_will_be_suggested() -> None:
    assert main([*POINTS, "--out", "points.json"]) == DONE
    rows = json.loads(Path("points.json").read_text(encoding="utf-8"))
    config = with_lengths(sweeps.load_config("smoke", SETTINGS).resolved())
    expected = []
    for key in search_keys(config):
        own = config.at_level(key.condition.level).search_of(key.condition.cell)
        for slot, point in enumerate(suggest(config, key, 0, [])):
            options = decode(own, point)
            if options["gradient_clip"] == float("inf"):
                options["gradient_clip"] = "inf"
            place = {"level": key.condition.level, "cell": key.condition.cell}
            expected.append(place | {"search": key.search, "slot": slot} | options)
    dropped = ("sweep", "string_condition")
    written = [{name: row[name] for name in row if name not in dropped} for row in rows]
    assert len(written) == 4 * 2 * (2 + 1)
    assert sorted(written, key=str) == sorted(expected, key=str)


def test_csv_holds_the_same_points_and_nothing_else_is_made() -> None:
    assert main([*POINTS, "--out", "points.json"]) == main([*POINTS, "--out", "p.csv"]) == DONE
    rows = json.loads(Path("points.json").read_text(encoding="utf-8"))
    with Path("p.csv").open(encoding="utf-8", newline="") as file:
        table = list(csv.DictReader(file))
    assert table == [{name: str(row.get(name, "")) for name in table[0]} for row in rows]
    assert sorted(path.name for path in Path.cwd().iterdir()) == ["p.csv", "points.json"]


def test_tables_name_the_cells_that_share_points(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sweep", "smoke", "--points"]) == DONE
    first, second = capsys.readouterr().out.split("\n\n")
    assert first.splitlines()[:2] == [
        "smoke, iid-k2-lzw6, search 0, lstm, gru: 4 points; "
        "6 further trials of each cell depend on results",
        "slot  depth  units  learning_rate",
    ]
    assert first.splitlines()[2].split() == ["0", "2", "12", "0.009302"]
    assert second.startswith("smoke, iid-k2-lzw12, search 0, lstm, gru: 4 points")


def test_blocks_of_saltelli_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    design = ("search.sampler='saltelli'", "search.rows=2", "search.trials=10")
    settings = [part for one in design for part in ("--set", one)]
    assert main(["sweep", "smoke", "--points", *settings, "--shard", "1/4"]) == DONE
    lines = capsys.readouterr().out.splitlines()
    assert [" ".join(line.split()[1:-3]) for line in lines[2:7]] == [
        "A",
        "B",
        "A_B depth",
        "A_B units",
        "A_B learning_rate",
    ]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--out", "runs/points"], "--out runs/points: points are written as .csv or .json"),
        (["--out", "nowhere/points.csv"], "no folder nowhere; make it first"),
        (["--set", "search.heads=[1]"], "search.heads: cell 'lstm' has no heads"),
    ],
)
def test_mistakes_are_one_line(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["sweep", "smoke", "--points", *arguments]) == BAD_INPUT
    shown = capsys.readouterr().err
    assert message in shown
    assert shown.count("\n") == 1


def test_a_new_sweep_file_has_the_new_space_and_is_not_replaced(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["new", "mine.toml"]) == DONE
    config = sweeps.load_config("mine.toml")
    assert config.name == "mine"
    assert config.search.space == 2
    assert config.search.sampler == "sobol"
    resolved = with_lengths(config.resolved())
    assert [box.length.high for box in resolved.search.levels] == [16, 64]
    assert main(["new", "mine.toml"]) == BAD_INPUT
    assert "mine.toml is there already" in capsys.readouterr().err
    assert main(["new", "mine"]) == main(["new", "no/mine.toml"]) == BAD_INPUT
    assert main(["new", "-x.toml"]) == BAD_INPUT
