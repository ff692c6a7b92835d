"""A run of a sweep, trained again by its id: equal to what is stored."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from seqmem import study, sweeps
from seqmem.cli.app import main
from seqmem.core.errors import InputError
from seqmem.core.exit_codes import BAD_INPUT, DONE
from seqmem.study.calibration.table import CostTable, write_table
from seqmem.sweeps.execution.stored_runs import find_run


def run_ids(folder: Path) -> list[str]:
    """Return the id of the first run of every role and cell."""
    frame = pd.read_parquet(folder / "runs.parquet")
    return frame.groupby(["role", "cell"])["run_id"].first().tolist()


def test_every_kind_of_run_is_equal_when_trained_again(small_sweep: Path) -> None:
    ids = run_ids(small_sweep)
    assert len(ids) == 6
    for run_id in ids:
        stored = find_run(str(small_sweep), run_id)
        assert stored.config.run_id == run_id
        assert stored.differences(study.train(stored.config).record.to_row()) == []


@pytest.mark.slow
def test_a_fresh_string_for_every_trial_is_found(tmp_path: Path) -> None:
    settings = (
        "strings.levels=[6]",
        "strings.fresh=true",
        "search.trials=4",
        "memorizer.cells=['lstm', 'gru']",
        "memorizer.match='parameters'",
        "search.units={low=32,high=64}",
    )
    sweeps.run_sweep(sweeps.load_config("smoke", settings), tmp_path, executor="serial")
    frame = pd.read_parquet(tmp_path / "runs.parquet").query("cell == 'gru' and trial == 3")
    run_id = frame.query("role == 'tune'")["run_id"].iloc[0]
    stored = find_run(str(tmp_path), run_id)
    assert stored.differences(study.run(stored.config).to_row()) == []


@pytest.mark.slow
def test_the_cost_table_of_the_sweep_counts(
    tmp_path: Path, flat_table: Callable[..., CostTable]
) -> None:
    write_table(tmp_path / "mine.json", flat_table(0.01))
    settings = (
        "strings.levels=[6]",
        "training.budget='0.1 cal-s'",
        f"training.cost_table='{tmp_path / 'mine.json'}'",
    )
    folder = tmp_path / "sweep"
    sweeps.run_sweep(sweeps.load_config("smoke", settings), folder, executor="serial")
    run_id = run_ids(folder)[0]
    stored = find_run(str(folder), run_id)
    assert stored.config.cost_table == flat_table(0.01)
    assert stored.differences(study.run(stored.config).to_row()) == []


def test_the_command_trains_keeps_and_compares(
    small_sweep: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run_id = run_ids(small_sweep)[0]
    model = tmp_path / "m.safetensors"
    arguments = ["train", "--from", str(small_sweep), "--run-id", run_id, "--save", str(model)]
    assert main([*arguments, "--json"]) == DONE
    printed = capsys.readouterr()
    assert json.loads(printed.out)["run_id"] == run_id
    assert printed.err == f"seqmem: run {run_id}: equal to its stored record\n"
    assert study.load_memorizer(model).configuration.run_id == run_id


def test_a_record_that_differs_is_told(
    small_sweep: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = run_ids(small_sweep)[0]
    monkeypatch.setattr(study.runner, "environment_key", lambda engine, device: "{}")
    assert main(["train", "--from", str(small_sweep), "--run-id", run_id]) == DONE
    assert capsys.readouterr().err == (
        f"seqmem: warning: run {run_id}: differs from its stored record in environment_key; "
        "the environment is another one\n"
    )


def test_an_unknown_run_is_refused(small_sweep: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no finished run has the id '1234'; the column run_id"):
        find_run(str(small_sweep), "1234")
    with pytest.raises(InputError, match="holds no sweep"):
        find_run(str(tmp_path), "1234")


def test_a_sweep_that_was_changed_gives_no_other_run(small_sweep: Path, tmp_path: Path) -> None:
    folder = tmp_path / "sweep"
    shutil.copytree(small_sweep, folder)
    run_id = run_ids(folder)[0]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(study.config, "RECORD_VERSION", 99)
        with pytest.raises(InputError, match=f"run {run_id} would be run .* here; a plug-in or"):
            find_run(str(folder), run_id)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--run-id", "a1"], "--run-id a1: names a run of a sweep; give --from too"),
        (["--name", "a"], "--name a: names a run of a sweep; give --from too"),
        (["--from", "x"], "--from needs --run-id, the run of the sweep that is trained again"),
        (
            ["--from", "x", "--run-id", "a1", "--units", "4"],
            "--units: with --from, the run decides it; leave --units out",
        ),
        (
            ["--from", "x", "--run-id", "a1", "--probe", "timing"],
            "--probe: with --from, the run decides it; leave --probe out",
        ),
        (
            ["--from", "x", "--run-id", "a1", "--string", "AB"],
            "--string: with --from, the run decides it; leave --string out",
        ),
        (
            ["--from", "x", "--run-id", "a1", "--delimiter", ";"],
            "--delimiter: with --from, the run decides it; leave --delimiter out",
        ),
    ],
)
def test_arguments_that_do_not_go_together_are_refused(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["train", *arguments]) == BAD_INPUT
    assert capsys.readouterr().err == f"seqmem: error: {message}\n"
