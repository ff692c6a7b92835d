"""Loading of records, and the one-line message if they cannot be loaded."""

from __future__ import annotations

import pandas as pd
import pytest

from seqmem import analysis
from seqmem.analysis.records.loading import RECORD_COLUMNS, confirmed
from seqmem.analysis.records.sources import report_folder
from seqmem.analysis.records.sweep_files import (
    load_stored_config,
    load_stored_manifest,
)
from seqmem.core.errors import InputError


def test_load_takes_a_folder_or_the_file(make_frame, write_sweep, tmp_path):
    folder = write_sweep(make_frame(), tmp_path / "sweep")
    frame = analysis.load(folder)
    assert len(frame) == len(make_frame())
    pd.testing.assert_frame_equal(frame, analysis.load(str(folder / "runs.parquet")))
    assert load_stored_config(folder)["resolved"] == {"engine": "torch"}
    assert load_stored_manifest(folder)["threads"] == 1


def test_flags_of_failed_runs_are_false_and_failed_runs_enter_no_inference(
    make_frame, write_sweep, tmp_path
):
    frame = make_frame()
    frame = frame.astype({"memorized": object, "copies_in_context": object})
    failed = frame.index[frame["role"] == "confirm"][:3]
    frame.loc[failed, ["memorized", "copies_in_context"]] = None
    frame.loc[failed, "status"] = "failed"
    loaded = analysis.load(write_sweep(frame, tmp_path / "sweep"))
    assert loaded["memorized"].dtype == bool
    assert not loaded.loc[failed, "memorized"].any()
    assert len(confirmed(loaded)) == (frame["role"] == "confirm").sum() - 3


def test_missing_folder_says_how_to_make_one(tmp_path):
    with pytest.raises(FileNotFoundError, match="seqmem sweep") as raised:
        analysis.load(tmp_path / "nowhere")
    assert "\n" not in str(raised.value)


def test_missing_records_say_how_to_export_them(tmp_path):
    (tmp_path / "optuna.db").touch()
    with pytest.raises(FileNotFoundError, match=r"no runs\.parquet .*seqmem export"):
        analysis.load(tmp_path)


def test_a_folder_without_a_sweep_names_the_sweeps_in_it(make_frame, write_sweep, tmp_path):
    with pytest.raises(FileNotFoundError, match=r"holds no sweep .*; give the folder of one"):
        analysis.load(tmp_path)
    write_sweep(make_frame(levels=(16,)), tmp_path / "part-k2")
    with pytest.raises(FileNotFoundError, match="these folders in it do: part-k2"):
        analysis.load(tmp_path)


def test_records_of_failed_runs_alone_say_how_to_see_why(make_frame, write_sweep, tmp_path):
    frame = make_frame(levels=(16,)).query("role == 'tune'").assign(status="failed")
    write_sweep(frame, tmp_path / "run")
    with pytest.raises(InputError, match=r"all failed; 'seqmem status .*run --failures'"):
        analysis.load(tmp_path / "run")


def test_sources_may_be_one_folder_or_its_file_of_records(make_frame, write_sweep, tmp_path):
    folder = write_sweep(make_frame(levels=(16,)), tmp_path / "run")
    expected = analysis.load_sources([folder])
    for one in (folder, str(folder), folder / "runs.parquet", [str(folder / "runs.parquet")]):
        sources = analysis.load_sources(one)
        assert sources.configs == expected.configs
        assert len(sources.frame) == len(expected.frame)
    with pytest.raises(FileNotFoundError, match="no sweep folder 'runs/cc'"):
        analysis.load_sources("runs/cc")
    assert report_folder(folder / "runs.parquet") == report_folder(folder) == folder / "report"


@pytest.mark.parametrize(
    ("given", "begin"),
    [
        ({"runs": "quick"}, "report_data must be"),
        (3, "report_data must be"),
        (None, "capacity_curve needs"),
    ],
)
def test_show_needs_records(given, begin):
    with pytest.raises(InputError, match=rf"{begin} records, as load\(FOLDER\) returns them"):
        analysis.show("capacity_curve", given)


def test_not_parquet_is_one_line(tmp_path):
    (tmp_path / "runs.parquet").write_text("no\nparquet", encoding="utf-8")
    with pytest.raises(ValueError, match="cannot be read as parquet") as raised:
        analysis.load(tmp_path)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("column", RECORD_COLUMNS)
def test_a_missing_column_is_named(make_frame, write_sweep, tmp_path, column):
    frame = make_frame(levels=(16,), searches=1, confirm=1)[list(RECORD_COLUMNS)]
    with pytest.raises(ValueError, match=rf"lacks the columns {column};"):
        analysis.load(write_sweep(frame.drop(columns=column), tmp_path))


def test_a_sweep_without_confirmation_runs_is_refused_unless_wanted(
    make_frame, write_sweep, tmp_path
):
    frame = make_frame()
    folder = write_sweep(frame[frame["role"] != "confirm"], tmp_path)
    with pytest.raises(ValueError, match="none with role 'confirm'"):
        analysis.load(folder)
    assert len(analysis.load(folder, require_confirm=False))


@pytest.mark.parametrize(
    ("name", "reader"),
    [("config.toml", load_stored_config), ("manifest.json", load_stored_manifest)],
)
def test_side_files_may_be_absent_but_not_broken(tmp_path, name, reader):
    assert reader(tmp_path) == {}
    (tmp_path / name).write_text("{[", encoding="utf-8")
    with pytest.raises(ValueError, match=f"{name}: not valid") as raised:
        reader(tmp_path)
    assert "\n" not in str(raised.value)
