"""The report: complete, self-contained, private, and the same bytes each time."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest

from seqmem import analysis
from seqmem.analysis.records.groups import Group
from seqmem.analysis.records.sources import load_sources, with_designs
from seqmem.core.errors import InputError

KINDS = ("pdf", "svg", "png", "csv")
# Figures that a plain sweep with step times has data for.
DRAWN = (
    "capacity_curve capacity_by_budget gru_against_lstm time_to_memorize anytime learning_curves"
    " cost_by_units time_by_bits winners_by_budget"
).split()
ROOT = Path(__file__).parents[2]


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def run_python(code: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    paths = os.pathsep.join([str(ROOT / "src"), *filter(None, [os.environ.get("PYTHONPATH")])])
    command = [sys.executable, "-W", "error", "-c", code, *arguments]
    variables = {**os.environ, "PYTHONPATH": paths, **environment}
    return subprocess.run(command, env=variables, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def folder(reported):
    return reported


@pytest.fixture(scope="module")
def page(folder):
    return (folder / "report" / "report.html").read_text(encoding="utf-8")


def test_every_file_is_written_and_no_other(folder, page):
    figures = [f"figures/{name}.{kind}" for name in (*DRAWN, "verdicts") for kind in KINDS]
    names = (
        "capacity ratios levels winners winner_settings rho self memorized logrank variance claims"
        " estimates"
    ).split()
    tables = [f"tables/{name}.csv" for name in names]
    assert sorted(contents(folder / "report")) == sorted(
        [*figures, *tables, "claims.json", "report.html"]
    )
    assert {path.name for path in folder.iterdir()} == {
        "config.toml",
        "manifest.json",
        "report",
        "runs.parquet",
        "timings.csv",
    }


@pytest.mark.slow
def test_rebuilt_elsewhere_under_other_hash_seed_the_bytes_are_the_same_and_torch_is_not_imported(
    folder, page, tmp_path
):
    code = (
        "import sys\n"
        "from seqmem import analysis\n"
        "assert not {'numpy', 'pandas', 'pydantic', 'torch', 'matplotlib'} & sys.modules.keys()\n"
        "analysis.build_report(sys.argv[1], sys.argv[2])\n"
        "assert not {'torch', 'optuna'} & sys.modules.keys()\n"
    )
    done = run_python(code, str(folder), str(tmp_path / "again"), PYTHONHASHSEED="4242")
    assert (done.returncode, done.stderr) == (0, "")
    assert contents(tmp_path / "again") == contents(folder / "report")


@pytest.mark.slow
def test_a_real_sweep_with_importances_gives_the_same_bytes_under_any_hash_seed(tmp_path):
    data = ROOT / "analysis" / "notebooks" / "data"
    code = (
        "import sys; from seqmem import analysis; analysis.build_report(sys.argv[1], sys.argv[2])"
    )
    for seed in ("1", "2"):
        done = run_python(code, str(data), str(tmp_path / seed), PYTHONHASHSEED=seed)
        assert (done.returncode, done.stderr) == (0, "")
    made = contents(tmp_path / "1")
    assert made == contents(tmp_path / "2")
    assert {
        "figures/importance.pdf",
        "figures/landscape.svg",
        "tables/importance.csv",
    } <= made.keys()


@pytest.mark.slow
def test_row_order_of_the_records_does_not_matter(make_frame, write_sweep, folder, page, tmp_path):
    shuffled = write_sweep(make_frame().sample(frac=1, random_state=5), tmp_path / "sweep")
    shutil.copy(folder / "timings.csv", shuffled)
    analysis.build_report(shuffled)
    assert contents(shuffled / "report") == contents(folder / "report")


def test_the_page_needs_nothing_from_outside(page):
    class Links(HTMLParser):
        targets: list[str] = []
        ids: list[str] = []

        def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
            self.targets += [value or "" for name, value in attributes if name in ("src", "href")]
            self.ids += [value or "" for name, value in attributes if name == "id"]

    Links().feed(page)
    inside = {link[1:] for link in Links.targets if link.startswith("#")}
    assert len(set(Links.ids)) == len(Links.ids)
    assert inside <= set(Links.ids)
    assert {"claims", "term-capacity"} <= inside
    outside = [link for link in Links.targets if not link.startswith("#")]
    assert len(outside) == len(DRAWN)
    assert all(link.startswith("data:image/svg+xml;base64,") for link in outside)
    assert page.count("<script") == page.count("<script>") == 1
    assert "url(" not in page


def test_the_page_names_no_host_path_or_time(page):
    for secret in ("secret", "/home", "/tmp", "2026-01-01"):
        assert secret not in page


def test_verdicts_come_first_then_capacity_and_the_command_to_rebuild_is_given(page):
    order = [
        page.index(piece)
        for piece in (
            "<dt>Asked</dt>",
            "<h2>Verdicts",
            "<h2>Capacity",
            "<h2>What was run",
            "<h2>Figures",
            "<h2>Tables",
            "<h2>How",
        )
    ]
    assert order == sorted(order)
    assert "<pre>seqmem report DIR</pre>" in page
    for piece in ("GRU", "LSTM", "A processor &lt;fast&gt;", "160 runs"):
        assert piece in page


def test_counts_say_what_was_run(make_frame):
    from seqmem.analysis.report.page import counts

    assert counts(make_frame()) == {
        "conditions": 8, "searches": 16, "trials": 32, "strings": 64, "runs": 160, "failed runs": 0,
    }  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(
    "change",
    [
        {"levels": (64,), "searches": 1, "confirm": 1},
        pytest.param({"levels": (16, 48), "capacities": (("gru", 1e6),)}, marks=pytest.mark.slow),
        {"levels": (16, 48), "capacities": (("gru", 1.0), ("lstm", 1.0), ("rnn", 1.0))},
    ],
    ids=["one run", "all memorized", "none memorized"],
)
@pytest.mark.usefixtures("svg_only")
def test_degenerate_sweeps_get_a_report(make_frame, write_sweep, tmp_path, change):
    page = analysis.build_report(write_sweep(make_frame(**change), tmp_path)).read_text(
        encoding="utf-8"
    )
    assert "Before you believe it" in page


def test_records_alone_are_enough_and_if_all_confirmation_runs_failed_the_report_says_so(
    make_frame, tmp_path
):
    frame = make_frame(levels=(16,))
    frame.loc[frame["role"] == "confirm", "status"] = "failed"
    frame.to_parquet(tmp_path / "runs.parquet")
    page = analysis.build_report(tmp_path, tmp_path / "out").read_text(encoding="utf-8")
    assert "No such settings were found beside the records." in page
    assert "nothing can be inferred" in page


@pytest.mark.slow
@pytest.mark.parametrize(
    "lost",
    [
        "one in seven",
        *(
            pytest.param(some, marks=pytest.mark.slow)
            for some in ("a condition", "tuning", "confirmation")
        ),
        "everything",
    ],
)
@pytest.mark.usefixtures("svg_only")
def test_failed_runs_without_records_are_no_trouble(make_frame, write_sweep, tmp_path, lost):
    """A failed run has only its place in the sweep; everything else is missing."""
    frame = make_frame(levels=(16, 48), budget="2 cal-s")
    failed = {
        "one in seven": frame.index % 7 == 0,
        "a condition": (frame["level"] == 16) & (frame["cell"] == "gru"),
        "tuning": frame["role"] == "tune",
        "confirmation": frame["role"] == "confirm",
        "everything": frame["level"] > 0,
    }[lost]
    kept = (
        "sweep condition string_condition search role trial generation replicate measure level"
        " cell repeat"
    ).split()
    broken = frame.copy()
    for column in frame.columns.difference([*kept, "status"]):
        broken[column] = frame[column].where(~failed, None)
    broken["status"] = frame["status"].mask(failed, "failed")
    page = analysis.build_report(write_sweep(broken, tmp_path)).read_text(encoding="utf-8")
    assert f"{failed.sum()} of {len(frame)} runs failed" in page


def test_a_refused_report_writes_nothing(tmp_path):
    with pytest.raises(FileNotFoundError):
        analysis.build_report(tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
@pytest.mark.usefixtures("svg_only")
def test_sweeps_of_one_design_are_read_as_one_and_others_are_told_apart(
    make_frame, write_sweep, tmp_path
):
    folders = [
        write_sweep(make_frame(sweep=name, seed=index), tmp_path / name)
        for index, name in enumerate(("one", "two"))
    ]
    assert analysis.capacity_table(load_sources(folders).frame)["searches"].tolist() == [4, 4]
    config = (folders[1] / "config.toml").read_text(encoding="utf-8")
    (folders[1] / "config.toml").write_text(
        config.replace("high = 2 }", "high = 3 }"), encoding="utf-8"
    )
    third = write_sweep(make_frame(sweep="three", seed=3), tmp_path / "three")
    capacity = analysis.capacity_table(load_sources([*folders, third]).frame)
    assert capacity["design"].unique().tolist() == ["one + three", "two"]
    page = analysis.build_report(folders, tmp_path / "apart").read_text(encoding="utf-8")
    assert "<pre>seqmem report DIR …</pre>" in page
    assert (
        tmp_path / "apart" / "figures" / "capacity_curve-iid-4-lzw-stream-2GF-two.csv"
    ).is_file()
    with pytest.raises(InputError, match="one' is given twice; give it once"):
        analysis.build_report([folders[0], folders[0]])


@pytest.mark.slow
@pytest.mark.usefixtures("svg_only")
def test_timings_in_the_folder_are_used_and_broken_ones_refused(make_frame, write_sweep, tmp_path):
    folder = write_sweep(make_frame(), tmp_path / "sweep")
    rows = [
        {"process": process, "work": work, "engine": engine, "cell": cell, "depth": 1,
         "units": units, "batch": batch, "length": 64, "alphabet_size": 4,
         "seconds_per_symbol": seconds * (1 + 0.001 * process)}
        for process in range(8) for work in ("train", "inference") for engine in ("fused", "torch")
        for cell, seconds in (("gru", 3e-7), ("lstm", 4e-7))
        for units in (8, 16, 24, 32, 48, 64) for batch in (1, 64)
    ]  # fmt: skip
    pd.DataFrame(rows).to_csv(folder / "timings.csv", index=False)
    analysis.build_report(folder)
    claims = json.loads((folder / "report" / "claims.json").read_text(encoding="utf-8"))["claims"]
    assert {claim["claim"]: claim["verdict"] for claim in claims if claim["parts"]} == {
        "C5": "supported", "C9": "supported",
    }  # fmt: skip
    pd.DataFrame(rows).drop(columns="engine").to_csv(folder / "timings.csv", index=False)
    with pytest.raises(InputError, match="lacks the columns engine"):
        analysis.build_report(folder)


@pytest.mark.slow
@pytest.mark.usefixtures("svg_only")
def test_a_cell_against_itself_stands_beside_a_verdict(make_frame, write_sweep, tmp_path):
    frames = [
        make_frame(
            levels=(16, 64), searches=3, confirm=8, tau=0.05, spread=0.05, budget="2 cal-s", seed=k
        ).assign(
            alphabet_size=k, string_condition=f"iid-k{k}-lzw",
            condition=lambda f, k=k: f"k{k}" + f["condition"],
            string_id=lambda f, k=k: f"{k}" + f["string_id"],
        )
        for k in (2, 4)
    ]  # fmt: skip
    out = analysis.build_report(write_sweep(pd.concat(frames, ignore_index=True), tmp_path)).parent
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "<li>in calibrated time, gru against itself: agrees" in page
    claims = json.loads((out / "claims.json").read_text(encoding="utf-8"))["claims"]
    assert [part["verdict"] for part in claims[0]["against_itself"]] == ["agrees", "agrees"]
    assert "against itself" in (out / "tables" / "estimates.csv").read_text(encoding="utf-8")


@pytest.mark.slow
@pytest.mark.usefixtures("svg_only")
def test_timings_of_two_folders_are_of_different_processes(
    make_frame, write_sweep, timings, tmp_path
):
    folders = [write_sweep(make_frame(sweep=name), tmp_path / name) for name in ("a", "b")]
    for folder in folders:
        timings().to_parquet(folder / "timings.parquet")
    timings().to_csv(folders[0] / "timings.csv", index=False)
    one = load_sources(folders[:1]).timings
    assert (len(one), one["process"].nunique()) == (len(timings()), 4)
    both = load_sources(folders).timings
    assert (len(both), both["process"].nunique()) == (2 * len(timings()), 8)
    analysis.build_report(folders)


def test_names_of_designs_stay_short_and_apart(make_frame):
    """Many sweeps with long names still give file names below the limit of 255 characters."""
    names = [f"{'a-name-without-end-' * 6}{index:02d}" for index in range(30)]
    plain = make_frame(levels=(16,), searches=1, confirm=1)
    frame = pd.concat([plain.assign(sweep=name) for name in names], ignore_index=True)
    configs = {name: {"search": {"depth": index % 3}} for index, name in enumerate(names)}
    designs = with_designs(frame, configs)["design"].unique().tolist()
    assert designs == [f"{name} and 9 more" for name in names[:3]]
    slugs = {Group("iid", 4, "lzw", "stream", "2 GF", design).slug for design in designs}
    assert len(slugs) == 3
    assert max(map(len, slugs)) < 80
