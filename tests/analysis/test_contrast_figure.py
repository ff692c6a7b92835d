"""The forest of a contrast, and the command that prints, writes and draws one."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pandas as pd
import pytest
import tomli_w

from seqmem import analysis
from seqmem.analysis.figures import CONTRASTS, contrast_page
from seqmem.analysis.figures.parts.page import draw_page
from seqmem.analysis.figures.parts.saving import render
from seqmem.cli.app import main
from seqmem.core.errors import InputError
from seqmem.core.exit_codes import BAD_INPUT, DONE
from tests.analysis.contrast_records import CONFIG, depth_frame


@pytest.fixture(scope="module")
def result():
    return analysis.contrast(depth_frame(), "depth=2", "depth=1", by="level")


@pytest.fixture(scope="module")
def folders(tmp_path_factory) -> list[str]:
    """Two finished sweeps of one depth each."""
    frame = depth_frame()
    folders = []
    for name in ("one", "two"):
        folder = tmp_path_factory.mktemp("contrast") / name
        folder.mkdir()
        frame[frame["sweep"] == name].to_parquet(folder / "runs.parquet", index=False)
        (folder / "config.toml").write_text(tomli_w.dumps(CONFIG | {"name": name}))
        folders.append(str(folder))
    return folders


def test_the_forest_has_a_row_for_each_group_in_three_panels(result):
    figure, data = contrast_page(result)
    assert (
        data.groupby("panel")["label"].agg(list).tolist() == [["level 48", "level 96", "all"]] * 3
    )
    page = draw_page(figure, data)
    assert len(page.axes) == 3
    assert [text.get_text() for text in page.axes[0].get_yticklabels()] == data["label"][
        ::3
    ].tolist()
    assert page.axes[0].get_xlabel() == "ρ in octaves (+: a sooner)"
    verdicts = {text.get_text() for ax in page.axes for text in ax.texts}
    assert set(result.table["verdict"]) <= {words.partition(" (")[0] for words in verdicts}
    assert render(page, "svg") == render(draw_page(figure, data), "svg")


def test_a_notebook_is_shown_the_forest(result):
    shown = analysis.show("contrast_forest", result)
    assert shown.png.startswith(b"\x89PNG")
    assert "a (depth=2) against b (depth=1)" in shown.caption
    assert "95 %" in shown.caption
    with pytest.raises(InputError, match="contrast_forest needs what contrast"):
        analysis.show("contrast_forest", result.table)
    empty = analysis.contrast(
        depth_frame().assign(status="diverged", score=float("nan")), "depth=2", "depth=1"
    )
    no_values = empty.table.assign(estimate=float("nan"))
    assert CONTRASTS["contrast_forest"].compute(no_values).empty


@pytest.mark.slow
def test_the_command_prints_writes_and_draws(folders, tmp_path, capsys):
    csv, plot = tmp_path / "table.csv", tmp_path / "forest.svg"
    settings = ["--a", "depth=2", "--b", "depth=1"]
    assert main(["contrast", *folders, *settings, "--csv", str(csv), "--plot", str(plot)]) == DONE
    printed = capsys.readouterr().out
    assert "pairing: 8 of 8 searches, 8 of 8 points, 4 of 4 strings paired" in printed
    assert "level 96" in printed  # a plot is by level unless --by says otherwise
    assert printed.splitlines()[-2:] == [f"table: {csv}", f"plot: {plot}"]
    assert pd.read_csv(csv)["label"].tolist()[::3] == ["level 48", "level 96", "all"]
    assert plot.read_text().startswith("<?xml")
    assert "<text" not in plot.read_text()
    drawn = ["contrast", *folders, *settings, "--plot", str(plot), "--editable-text"]
    assert main(drawn) == DONE
    assert re.search(r"<text[^>]*>level 96</text>", plot.read_text())
    capsys.readouterr()
    assert main(["contrast", *folders, *settings, "--by", "cell", "--json"]) == DONE
    data = json.loads(capsys.readouterr().out)
    assert [row["cell"] for row in data["rows"][::3]] == ["gru", "lstm", None]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--a", "depth=2", "--b", "depth=2"], "a and b are the same setting"),
        (["--a", "dept=2", "--b", "depth=1"], "did you mean 'depth'?"),
        (["--a", "depth=2", "--b", "depth=1", "--by", "levle"], "did you mean 'level'?"),
        (
            ["--a", "depth=2", "--b", "depth=1", "--plot", "x.jpg"],
            "ends in one of .pdf, .png, .svg",
        ),
        (["--a", "depth=2", "--b", "depth=1", "--editable-text"], "give --plot FILE too"),
        (["--a", "depth=2", "--b", "depth=1", "--csv", "no/x.csv"], "no folder no; make it first"),
        (["--a", "depth=2", "--b", "depth=1", "--clock", "days"], "unknown clock 'days'"),
        (["--a", "depth=2", "--b", "depth=1", "--margin", "-1"], "margin -1"),
        (["--a", "depth=2"], "needs --b"),
    ],
)
def test_bad_input_gets_one_line(folders, capsys, arguments, message):
    assert main(["contrast", *folders, *arguments]) == BAD_INPUT
    printed = capsys.readouterr().err
    assert message in printed
    assert printed.count("\n") == 1
    assert len(printed) <= 300


def test_a_report_is_no_sweep(folders, capsys):
    report = Path(folders[0]) / "report"
    report.mkdir(exist_ok=True)
    assert main(["contrast", str(report), "--a", "depth=2", "--b", "depth=1"]) == BAD_INPUT
    assert f"give the sweep's folder '{folders[0]}'" in capsys.readouterr().err


def test_a_sweep_without_a_winner_says_how_many_searches_are_missing(folders, tmp_path, capsys):
    begun = tmp_path / "begun"
    begun.mkdir()
    runs = pd.read_parquet(Path(folders[0]) / "runs.parquet")
    runs[runs["role"] == "tune"].to_parquet(begun / "runs.parquet", index=False)
    (begun / "config.toml").write_text((Path(folders[0]) / "config.toml").read_text())
    assert main(["contrast", str(begun), "--a", "cell=gru", "--b", "cell=lstm"]) == BAD_INPUT
    assert "not finished, 16 of 16 searches are missing" in capsys.readouterr().err


def test_one_sweep_given_twice_is_refused(folders, capsys):
    twice = [folders[0], folders[0]]
    assert main(["contrast", *twice, "--a", "depth=2", "--b", "depth=1"]) == BAD_INPUT
    assert "give" in capsys.readouterr().err
