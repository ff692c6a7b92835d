"""The whole way of a small sweep: strings, runs, search, records and report."""

import shutil
from pathlib import Path

import pytest

from seqmem import analysis, generators, study
from seqmem.analysis.claims.study_1 import CLAIMS
from seqmem.cli.app import main
from seqmem.core.exit_codes import DONE


@pytest.mark.slow
def test_from_nothing_to_a_report(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "runs"
    assert (
        main(["sweep", "smoke", "--set", "strings.levels=[6]", "--out", str(folder), "--jobs", "1"])
        == DONE
    )
    assert f"next: seqmem report {folder}" in capsys.readouterr().out
    assert main(["report", str(folder)]) == DONE
    shown = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in shown] == ["gru", "lstm", "not", "report:"]
    assert shown[2].startswith(f"not tested: {', '.join(CLAIMS)}; ")
    made = contents(folder / "report")
    assert {
        "report.html",
        "figures/capacity_curve.png",
        "figures/anytime.csv",
        "tables/capacity.csv",
    } <= set(made)
    page = made["report.html"].decode()
    assert str(tmp_path) not in page
    assert "http://" not in page.replace("http://www.w3.org", "")


@pytest.mark.slow
def test_figures_command(
    small_sweep: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = shutil.copytree(small_sweep, tmp_path / "runs")
    assert main(["figures", str(folder), "--only", "capacity_curve"]) == DONE
    files = [Path(line) for line in capsys.readouterr().out.splitlines()]
    assert sorted(path.name for path in files) == [
        f"capacity_curve.{kind}" for kind in ("csv", "pdf", "png", "svg")
    ]
    assert all(path.stat().st_size > 0 for path in files)


def test_a_run_of_a_sweep_can_be_made_again_by_hand(small_sweep: Path) -> None:
    frame = analysis.load(small_sweep)
    row = frame.query("role == 'confirm' and cell == 'gru'").iloc[0]
    string = generators.generate(
        row.source,
        alphabet_size=row.alphabet_size,
        measure=row.measure,
        target=row.level,
        seed=int(row.string_seed),
    )
    names = (
        "cell",
        "depth",
        "units",
        "learning_rate",
        "budget",
        "batch",
        "length",
        "seed",
        "repeat",
        "engine",
    )
    record = study.run(study.RunConfig(string=string, **{name: plain(row[name]) for name in names}))
    assert record.run_id == row.run_id
    assert record.nll_bits == row.nll_bits
    assert record.checkpoint_losses == list(row.checkpoint_losses)


def contents(folder: Path) -> dict[str, bytes]:
    """Return the content of every file below a folder, by relative name."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def plain(value: object) -> object:
    """Return a NumPy scalar as a Python value."""
    return value.item() if hasattr(value, "item") else value
