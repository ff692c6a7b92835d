"""Records of another environment never replace shipped ones; their agreement is printed."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from seqmem.cli.paper import PROGRAM, app
from seqmem.core.command_line import run_app
from seqmem.core.exit_codes import DONE
from seqmem.workflows.paper import sweeps
from seqmem.workflows.paper.collecting import collect_study_1
from seqmem.workflows.paper.contents import TIMINGS_FILE
from seqmem.workflows.shipping.agreement import agreement_lines, environment_changes


def of_environment(frame: pd.DataFrame, instructions: str) -> pd.DataFrame:
    return frame.assign(
        environment_key=json.dumps({"instruction_set": instructions, "torch": "2.13"})
    )


@pytest.fixture
def collected(monkeypatch, make_frame, write_sweep, tmp_path):
    """Collect a sweep made with AVX2 into shipped records made with AVX-512.

    Return the lines, the shipped bytes before, and the folder of both.
    """
    frame = make_frame(sweep="smoke")
    shipped = write_sweep(of_environment(frame, "avx512"), tmp_path / "shipped" / "smoke")
    # Two winners differ, and one run with the same configuration has another result.
    new = of_environment(frame, "avx2")
    first = new["search"].eq(0) & new["level"].eq(16) & new["role"].eq("confirm")
    new.loc[first, ["units", "run_id"]] = [64, "other"]
    new.loc[new.index[-1], ["stored_fraction", "status"]] = [
        new["stored_fraction"].iloc[-1] - 0.25,
        "diverged",
    ]
    write_sweep(new, tmp_path / "runs" / "smoke")
    monkeypatch.setattr(sweeps, "PRESETS", ("smoke",))
    monkeypatch.setattr("seqmem.workflows.shipping.collecting.is_done", lambda folder: True)
    (tmp_path / "shipped" / "paper-cost").mkdir()
    (tmp_path / "shipped" / "paper-cost" / TIMINGS_FILE).write_bytes(b"timings")
    before = (shipped / "runs.parquet").read_bytes()
    return list(collect_study_1(tmp_path / "runs", tmp_path / "shipped")), before, tmp_path


def test_shipped_records_of_another_environment_are_kept(collected):
    lines, before, folder = collected
    assert (folder / "shipped" / "smoke" / "runs.parquet").read_bytes() == before
    result, is_complete = lines[0]
    first, statuses, winners, differences = result.splitlines()
    assert is_complete
    assert (
        "runs of another environment (instruction_set avx512 -> avx2): the shipped ones are kept"
        in first
    )
    assert "diverged 1 (0)" in statuses
    assert winners.strip() == "winners: the same configuration in 14 of 16 searches"
    assert "stored_fraction 0.25" in differences


def test_keeping_them_is_no_failure(collected, monkeypatch, capsys):
    _, _, folder = collected
    monkeypatch.setattr("seqmem.workflows.paper.checkout.STUDY_1", folder / "shipped")
    assert run_app(app, PROGRAM, ["collect", str(folder / "runs")]) == DONE
    assert (
        "the shipped ones are kept\n  runs by status, shipped ones in brackets: "
        in capsys.readouterr().out
    )


def test_equal_records_differ_in_nothing(make_frame):
    frame = make_frame()
    statuses, winners, differences = agreement_lines(frame, frame)
    assert "budget_spent" in statuses
    assert winners == "winners: the same configuration in 16 of 16 searches"
    assert "stored_fraction 0," in differences


def test_changes_of_the_environment_are_named():
    avx2, avx512 = (
        of_environment(pd.DataFrame({"steps": [1]}), name) for name in ("avx2", "avx512")
    )
    assert environment_changes(avx2, avx512) == ["instruction_set avx512 -> avx2"]
    assert environment_changes(avx2, avx2) == []
    both = pd.concat([avx2, avx512])
    assert environment_changes(avx2, both) == ["a part of the environment keys"]
