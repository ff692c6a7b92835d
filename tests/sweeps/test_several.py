"""Commands on several folders at once, and the formats of exported records."""

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.feather as feather
import pyarrow.parquet as pq
import pytest

from seqmem import sweeps
from seqmem.analysis.records.exporting import export_sweeps
from seqmem.cli.app import main
from seqmem.core.damage import Damages
from seqmem.core.errors import InputError
from seqmem.core.exit_codes import BAD_INPUT, DONE
from seqmem.sweeps.config.conditions import Shard
from seqmem.sweeps.execution.preparation import searches_of
from seqmem.sweeps.execution.stored_status import planned_searches
from seqmem.sweeps.storage.record_schema import records_schema
from tests.sweeps.growing import LARGER, SMALLER
from tests.sweeps.launching import PRUNED


def read(path: Path) -> pa.Table:
    """Read a file of records as the table that was exported."""
    if path.suffix == ".parquet":
        return pq.read_table(path)
    if path.suffix in (".arrow", ".feather"):
        return feather.read_table(path)
    schema = records_schema()
    types = {
        field.name: pa.string() if pa.types.is_list(field.type) else field.type for field in schema
    }
    options = pa_csv.ConvertOptions(
        column_types=types,
        null_values=[""],
        strings_can_be_null=True,
        quoted_strings_can_be_null=False,
    )
    table = pa_csv.read_csv(path, convert_options=options)
    columns: list[Any] = [
        pa.array([json.loads(text) for text in table[field.name].to_pylist()], field.type)
        if pa.types.is_list(field.type)
        else table[field.name]
        for field in schema
    ]
    return pa.table(columns, schema=schema)


@pytest.mark.parametrize("suffix", [".parquet", ".csv", ".arrow", ".feather"])
def test_every_format_holds_the_same_records(suffix: str, tiny: Path, tmp_path: Path) -> None:
    out = tmp_path / f"runs{suffix}"
    assert main(["export", str(tiny), "--out", str(out)]) == DONE
    stored = pq.read_table(tiny / "runs.parquet")
    assert read(out).schema == stored.schema
    # NaN, which some measures are, equals nothing, so texts are compared.
    assert repr(read(out).to_pylist()) == repr(stored.to_pylist())
    assert [path.name for path in tmp_path.iterdir()] == [out.name]


def test_records_without_their_database_are_exported_too(
    tiny: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shipped = Path(shutil.copytree(tiny, tmp_path / "shipped"))
    (shipped / "optuna.db").unlink()
    for out, folders in (
        (tmp_path / "one.csv", [shipped]),
        (tmp_path / "two.csv", [shipped, tiny]),
    ):
        assert main(["export", *map(str, folders), "--out", str(out)]) == DONE
        assert len(pd.read_csv(out)) == 10
    assert repr(read(tmp_path / "one.csv").to_pylist()) == repr(
        pq.read_table(tiny / "runs.parquet").to_pylist()
    )
    out = str(tmp_path / "three.csv")
    assert main(["export", str(shipped), "--name", "other", "--out", out]) == BAD_INPUT
    assert "no sweep 'other'; sweeps there: smoke" in capsys.readouterr().err
    table = pq.read_table(shipped / "runs.parquet")
    place = table.schema.get_field_index("stored_fraction")
    broken = pa.array([7.0, *table["stored_fraction"].to_pylist()[1:]])
    pq.write_table(table.set_column(place, "stored_fraction", broken), shipped / "runs.parquet")
    assert main(["export", str(shipped), "--out", out]) == BAD_INPUT
    assert "row 1: stored_fraction" in capsys.readouterr().err
    assert main(["export", str(shipped), "--skip-damaged", "--out", out]) == DONE
    assert len(pd.read_csv(out)) == 9
    # The runs of this folder are on a server, which may hold more of them.
    manifest = json.loads((shipped / "manifest.json").read_text())
    (shipped / "manifest.json").write_text(
        json.dumps(manifest | {"storage": "postgresql://host/x"})
    )
    capsys.readouterr()
    assert main(["export", str(shipped), "--out", out]) == BAD_INPUT
    assert "give the storage URL" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["runs.xlsx", "runs", "runs.parquet.gz"])
def test_another_suffix_is_refused(
    name: str, tiny: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["export", str(tiny), "--out", str(tmp_path / name)]) == BAD_INPUT
    assert "give a name that ends in .parquet, .csv, .arrow" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_several_folders_are_exported_as_one(tiny: Path, larger: Path, tmp_path: Path) -> None:
    shards = [tmp_path / f"shard-{index}" for index in (1, 2)]
    for index, folder in enumerate(shards, start=1):
        sweeps.run_sweep(LARGER, folder, shard=Shard(index, 2))
    for suffix in (".parquet", ".arrow"):
        out = tmp_path / f"all{suffix}"
        # The smaller sweep holds runs of the first shard.
        folders = [str(folder) for folder in (*shards, tiny)]
        assert main(["export", *folders, "--out", str(out)]) == DONE
        table = read(out)
        assert table.schema.names == [*records_schema().names, "folder"]
        assert table["folder"].value_counts().to_pylist() == [
            {"values": folder.as_posix(), "counts": 10} for folder in shards
        ]
        place = ["condition", "search", "role", "trial", "replicate"]
        times = [name for name in table.column_names if "seconds" in name]
        joined, whole = (
            one.drop_columns([*times, *extra]).to_pandas().sort_values(place, ignore_index=True)
            for one, extra in ((table, ["folder"]), (pq.read_table(larger / "runs.parquet"), []))
        )
        pd.testing.assert_frame_equal(joined, whole)


def test_a_run_with_two_records_is_refused(tiny: Path, tmp_path: Path) -> None:
    other = Path(shutil.copytree(tiny, tmp_path / "other"))
    with closing(sqlite3.connect(other / "optuna.db")) as connection, connection:
        connection.execute(
            "UPDATE trial_user_attributes SET value_json = "
            "replace(value_json, '\"lzw\": 6', '\"lzw\": 7') WHERE key = 'run:0:0'"
        )
    with pytest.raises(InputError, match=r"different records of the run .*\(lzw 6 and 7\)"):
        export_sweeps([str(tiny), str(other)], tmp_path / "x.csv", Damages(), [])
    assert not (tmp_path / "x.csv").exists()


def test_status_of_several_is_a_line_for_each_and_the_sum(
    tiny: Path, larger: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sweeps.run_sweep(SMALLER, tmp_path / "shard", shard=Shard(2, 2))
    folders = [str(folder) for folder in (tiny, larger, tmp_path / "shard")]
    capsys.readouterr()
    assert main(["status", *folders]) == DONE
    lines = capsys.readouterr().out.splitlines()
    counts = ["6/6 trials, 10/10 runs", "12/12 trials, 20/20 runs", "3/3 trials, 5/5 runs"]
    for line, folder, count in zip(lines, folders, counts, strict=False):
        assert line.startswith(f"{folder}: {count}; ")
    # The larger sweep holds the searches of both others.
    assert lines[3].startswith("all 3: 12/12 trials, 20/20 runs; ")
    assert lines[3].endswith("; 3 searches of several folders counted once")
    assert len(lines) == 4
    assert main(["status", *folders, "--failures"]) == DONE
    assert capsys.readouterr().out == "no run failed\n"


def test_status_says_that_environments_differ(
    tiny: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = Path(shutil.copytree(tiny, tmp_path / "other"))
    with closing(sqlite3.connect(other / "optuna.db")) as connection, connection:
        connection.execute(
            "UPDATE study_user_attributes SET value_json = "
            """replace(value_json, '\\"optuna\\": \\"', '\\"optuna\\": \\"0.') """
            "WHERE key = 'environment'"
        )
    assert main(["status", str(tiny), str(other)]) == DONE
    lines = capsys.readouterr().out.splitlines()
    assert f"{other} differs from {tiny} in environment: optuna " in lines[2]
    assert lines[3].startswith("all 2: 6/6 trials, 10/10 runs")


def test_a_folder_of_sweeps_stands_for_all_of_them(
    tiny: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("a", "b"):
        shutil.copytree(tiny, tmp_path / "runs" / name)
    assert main(["status", str(tmp_path / "runs")]) == DONE
    lines = capsys.readouterr().out.splitlines()
    assert [line.partition(":")[0] for line in lines] == [
        str(tmp_path / "runs" / "a"),
        str(tmp_path / "runs" / "b"),
        "all 2",
    ]
    assert main(["status", str(tmp_path / "runs"), "--blinded"]) == BAD_INPUT
    assert "--blinded reads the sweeps of study2-scaling" in capsys.readouterr().err


def test_status_names_the_folder_that_holds_nothing(
    tiny: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["status", str(tiny), str(tmp_path / "nowhere")]) == BAD_INPUT
    assert f"{tmp_path / 'nowhere'}: holds no sweep" in capsys.readouterr().err


def test_a_shard_that_becomes_the_whole_sweep_counts_all(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sweeps.run_sweep(SMALLER, tmp_path / "out", shard=Shard(1, 2))
    assert json.loads((tmp_path / "out" / "manifest.json").read_text("utf-8"))["shard"] == "1/2"
    sweeps.run_sweep(SMALLER, tmp_path / "out")
    assert "shard" not in json.loads((tmp_path / "out" / "manifest.json").read_text("utf-8"))
    capsys.readouterr()
    assert main(["status", str(tmp_path / "out")]) == DONE
    assert "10/10 runs" in capsys.readouterr().out


@pytest.mark.slow
def test_show_and_figures_take_several_folders(
    tiny: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from seqmem import analysis

    shards = [tmp_path / f"shard-{index}" for index in (1, 2)]
    for index, folder in enumerate(shards, start=1):
        sweeps.run_sweep(SMALLER, folder, shard=Shard(index, 2))
    drawn = analysis.show("anytime", shards)
    assert drawn is not None
    figures = ["figures", *map(str, shards), "--only", "anytime", "--out", str(tmp_path / "new")]
    assert main(figures) == DONE
    made = sorted((tmp_path / "new").glob("*.csv"))
    whole = ["figures", str(tiny), "--only", "anytime", "--out", str(tmp_path / "whole")]
    assert main(whole) == DONE
    expected = sorted((tmp_path / "whole").glob("*.csv"))
    assert [path.read_bytes() for path in made] == [path.read_bytes() for path in expected]
    capsys.readouterr()


@pytest.mark.parametrize("shard", [Shard(1, 2), Shard(2, 2)])
def test_a_shard_of_a_sweep_with_halving_plans_both_cells_of_a_level(
    tmp_path: Path, shard: Shard
) -> None:
    config = sweeps.load_config("smoke", PRUNED[1::2])
    manifest = {"environments": [{"torch": "2"}], "storage": "optuna.db", "shard": str(shard)}
    (tmp_path / "manifest.json").write_text(json.dumps(manifest), "utf-8")
    planned = planned_searches(str(tmp_path), config)
    assert planned == searches_of(config, shard)
    level = config.strings.levels[shard.index - 1]
    assert [(key.condition.level, key.condition.cell) for key in planned] == [
        (level, cell) for cell in config.memorizer.cells
    ]
