"""The report: complete, self-contained, private, and the same bytes each time."""

from __future__ import annotations

import os
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

import analysis

ROOT = Path(analysis.__file__).parents[1]


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def run_python(code: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    paths = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    command = [sys.executable, "-W", "error", "-c", code, *arguments]
    variables = {**os.environ, "PYTHONPATH": paths, **environment}
    return subprocess.run(command, env=variables, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def folder(make_frame, write_sweep, tmp_path_factory):
    return write_sweep(make_frame(), tmp_path_factory.mktemp("secret-place") / "sweep")


@pytest.fixture(scope="module")
def page(folder):
    return analysis.build_report(folder).read_text(encoding="utf-8")


def test_every_file_is_written_and_no_other(folder, page):
    figures = [f"figures/{name}.{kind}" for name in analysis.FIGURES for kind in ("pdf", "svg", "png", "csv")]
    tables = [f"tables/{name}.csv" for name in ("capacity", "ratios", "levels", "winners")]
    assert sorted(contents(folder / "report")) == sorted([*figures, *tables, "report.html"])
    assert {path.name for path in folder.iterdir()} == {
        "config.toml",
        "manifest.json",
        "report",
        "runs.parquet",
    }


def test_rebuilt_elsewhere_under_other_hash_seed_the_bytes_are_the_same_and_torch_is_not_imported(
    folder, page, tmp_path
):
    code = (
        "import sys, analysis\n"
        "assert not {'numpy', 'pandas', 'pydantic', 'torch', 'matplotlib'} & sys.modules.keys()\n"
        "analysis.build_report(sys.argv[1], sys.argv[2])\n"
        "assert not {'torch', 'pydantic', 'optuna'} & sys.modules.keys()\n"
    )
    done = run_python(code, str(folder), str(tmp_path / "again"), PYTHONHASHSEED="4242")
    assert (done.returncode, done.stderr) == (0, "")
    assert contents(tmp_path / "again") == contents(folder / "report")


def test_row_order_of_the_records_does_not_matter(make_frame, write_sweep, folder, page, tmp_path):
    shuffled = write_sweep(make_frame().sample(frac=1, random_state=5), tmp_path / "sweep")
    analysis.build_report(shuffled)
    assert contents(shuffled / "report") == contents(folder / "report")


def test_the_page_needs_nothing_from_outside(page):
    class Links(HTMLParser):
        found: list[str] = []

        def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
            self.found += [value or "" for name, value in attributes if name in ("src", "href")]

    Links().feed(page)
    assert len(Links.found) == len(analysis.FIGURES)
    assert all(link.startswith("data:image/svg+xml;base64,") for link in Links.found)
    assert "<script" not in page
    assert "url(" not in page


def test_the_page_names_no_host_path_or_time(page):
    for secret in ("secret", "/home", "/tmp", "2026-01-01"):
        assert secret not in page


def test_capacity_comes_first_and_the_command_to_rebuild_is_given(page):
    order = [
        page.index(words) for words in ("<h2>Capacity", "<h2>What was run", "<h2>Figures", "<h2>Tables", "<h2>How")
    ]
    assert order == sorted(order)
    assert "<pre>seqmem report DIR</pre>" in page
    for words in ("GRU", "LSTM", "A processor &lt;fast&gt;", "160 runs"):
        assert words in page


def test_counts_say_what_was_run(make_frame):
    from analysis.report import counts

    assert counts(make_frame()) == {
        "conditions": 8, "searches": 16, "trials": 32, "strings": 64, "runs": 160, "failed runs": 0,
    }  # fmt: skip


@pytest.mark.parametrize(
    "change",
    [
        {"levels": (64,), "searches": 1, "confirm": 1},
        {"levels": (16, 48), "capacities": (("gru", 1e6),)},
        {"levels": (16, 48), "capacities": (("gru", 1.0), ("lstm", 1.0), ("rnn", 1.0))},
    ],
    ids=["one run", "all memorized", "none memorized"],
)
def test_degenerate_sweeps_get_a_report(make_frame, write_sweep, tmp_path, change):
    page = analysis.build_report(write_sweep(make_frame(**change), tmp_path)).read_text(encoding="utf-8")
    assert "Before you believe it" in page


def test_a_sweep_whose_confirmation_runs_all_failed_gets_a_report_that_says_so(make_frame, write_sweep, tmp_path):
    frame = make_frame(levels=(16,))
    frame.loc[frame["role"] == "confirm", "status"] = "failed"
    page = analysis.build_report(write_sweep(frame, tmp_path)).read_text(encoding="utf-8")
    assert "nothing can be inferred" in page


def test_records_alone_are_enough(make_frame, tmp_path):
    make_frame(levels=(16,)).to_parquet(tmp_path / "runs.parquet")
    page = analysis.build_report(tmp_path, tmp_path / "out").read_text(encoding="utf-8")
    assert "None was found beside the records." in page


def test_a_refused_report_writes_nothing(tmp_path):
    with pytest.raises(FileNotFoundError):
        analysis.build_report(tmp_path)
    assert not list(tmp_path.iterdir())
