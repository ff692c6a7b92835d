"""Sweeps under calibrated time: repeatable, with their cost table, and refused under another."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from seqmem import study, sweeps
from seqmem.cli.app import main
from seqmem.core.errors import InputError
from seqmem.core.exit_codes import BAD_INPUT, DONE
from seqmem.study import kernels
from seqmem.study.calibration.table import CostTable, read_table, reference_table, write_table
from seqmem.sweeps.config.sweep_file import load_config
from seqmem.workflows.calibration.machine_table import error_line

SMALL = ("strings.levels=[6]", "search.trials=4")
Make = Callable[..., CostTable]
Check = Callable[[Path, Path], None]


@pytest.fixture
def table(flat_table: Make, tmp_path: Path) -> Path:
    write_table(tmp_path / "table.json", flat_table(0.1))
    return tmp_path / "table.json"


def calibrated(table: Path | None, *settings: str) -> sweeps.SweepConfig:
    named = () if table is None else (f"training.cost_table={table}",)
    return load_config("smoke", (*SMALL, "training.budget=0.75 cal-s", *named, *settings))


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("memorizer.cells=['gru', 'transformer']", "has no cell 'transformer', only gru, lstm"),
        ("training.protocol=window", "is calibrated for protocol 'stream', not 'window'"),
    ],
)
def test_what_was_not_calibrated_is_refused_before_strings_are_made(
    setting: str, message: str, table: Path
) -> None:
    with pytest.raises(InputError, match=message):
        calibrated(table, setting).resolved()


@pytest.mark.slow
def test_same_table_same_records(
    table: Path, flat_table: Make, tmp_path: Path, assert_same_records: Check
) -> None:
    first = tmp_path / "first"
    second = tmp_path / "second"
    for folder in (first, second):
        sweeps.run_sweep(calibrated(table), folder)
    assert_same_records(first, second)
    frame = pd.read_parquet(first / "runs.parquet")
    assert set(frame.cost_table_hash) == {flat_table(0.1).hash}
    assert frame.steps.max() == 8
    assert read_table(first / "costs.json") == flat_table(0.1)

    # Another table is another sweep; the copy in the folder is the same one.
    write_table(table, flat_table(0.2))
    with pytest.raises(InputError, match=r"holds another sweep \(training.cost_table_hash: "):
        sweeps.run_sweep(calibrated(table), first)
    assert sweeps.run_sweep(calibrated(first / "costs.json"), first).executed == 0


def test_the_stored_configuration_says_which_table(
    table: Path, flat_table: Make, tmp_path: Path
) -> None:
    resolved = calibrated(table).resolved()
    path = tmp_path / "stored.toml"
    path.write_text(resolved.to_toml())
    stored = load_config(path)
    assert stored.to_dict() == resolved.to_dict()
    assert str(tmp_path) not in resolved.to_toml()
    with pytest.raises(
        InputError, match=f"{flat_table(0.1).hash} is required, but the reference table is"
    ):
        stored.resolved()
    again = load_config(path, (f"training.cost_table={table}",)).resolved()
    assert again.training == resolved.training


def test_the_reference_table_is_the_default() -> None:
    resolved = calibrated(None).resolved()
    assert resolved.training.cost_table == reference_table()
    assert resolved.training.cost_table_hash == reference_table().hash


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (("search.units.high=64",), "units 48 is outside the range"),
        (("search.depth.high=3",), "depth 3 is outside"),
        (("training.length=100",), "length 100 is outside"),
        (
            ('memorizer.cells=["rnn"]',),
            "has no cell 'rnn', only gru, lstm; give the budget in another",
        ),
        (("training.cost_table=3",), "cost_table: 3 given; must be the path of a cost table"),
        (("training.cost_table=none.json",), "cost_table none.json: No such file"),
        (
            ("training.budget=9 steps",),
            "training.cost_table is for budgets in cal-s; the budget is '9 steps'",
        ),
    ],
)
def test_what_was_not_calibrated_is_refused_before_anything_is_written(
    settings: tuple[str, ...], message: str, table: Path, tmp_path: Path
) -> None:
    with pytest.raises(InputError) as caught:
        sweeps.run_sweep(calibrated(table, *settings), tmp_path / "out")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_status_and_a_table_of_another_version(
    table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["sweep", "smoke", "--jobs", "1", "--out", str(tmp_path / "out")]
    for setting in (*SMALL, "training.budget=0.2 cal-s", f"training.cost_table={table}"):
        command += ["--set", setting]
    assert main(command) == DONE
    table.unlink()
    assert main(["status", str(tmp_path / "out")]) == DONE
    capsys.readouterr()
    table.write_text('{"format": 0}')
    assert main(command) == BAD_INPUT
    assert (
        capsys.readouterr().err
        == f"seqmem: error: cost_table {table}: format 0 given, this version reads format 1; "
        "calibrate again\n"
    )


def test_calibrate_says_whether_the_model_is_good_enough(
    flat_table: Make,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    good = flat_table(0.1)
    bad = good.model_copy(
        update={"held_out_error": good.held_out_error.model_copy(update={"worst": 0.3})}
    )
    assert (
        error_line(good)
        == "held-out error on 1 shapes: median 0.0%, worst 0.0%: within 10% and 25%"
    )
    assert "NOT within 10% and 25%; calibrate again" in error_line(bad)
    reference = reference_table()
    extended = reference.model_copy(
        update={
            "extension": reference.extension.model_copy(
                update={"held_out_error": bad.held_out_error}
            )
        }
    )
    for table, code in ((good, DONE), (bad, 1), (reference, DONE), (extended, 1)):
        monkeypatch.setattr(
            "seqmem.workflows.calibration.machine_table.measure_table",
            lambda *_, table=table, **__: table,
        )
        monkeypatch.setattr(
            "seqmem.workflows.calibration.machine_table.resolve_engine", lambda *_: "fused"
        )
        assert main(["calibrate", "--out", str(tmp_path / "costs.json")]) == code
        shown = capsys.readouterr().out
        assert f"cost table {table.hash}, extension {table.extension_hash}: " in shown
        assert ("mingru, minlstm: held-out error" in shown) == (table.extension is not None)
    assert (tmp_path / "costs.json").exists()


@pytest.mark.slow
@pytest.mark.skipif(not kernels.available(), reason="calibrates the fused engine")
def test_calibrate_measures_this_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("seqmem.workflows.calibration.machine_table.UNITS_GRID", (8, 16))
    path = tmp_path / "costs.json"
    assert main(["calibrate", "--out", str(path)]) in (
        DONE,
        1,
    )  # Timings under other tests may be poor.
    written = read_table(path)
    assert written.measured_on.kernels == kernels.version()
    assert written.ranges["units"] == (8, 16)
    for cell in ("gru", "mingru"):
        record = study.run(
            study.RunConfig(string="AB", cell=cell, units=16, budget="0.01 cal-s", cost_table=path)
        )
        assert record.cost_table_hash == written.hash
    again = tmp_path / "again.json"
    assert main(["calibrate", "--extend", str(path), "--out", str(again)]) in (DONE, 1)
    assert read_table(again).narrowed([]) == written.narrowed([])
    assert read_table(again).extension_hash != written.extension_hash
