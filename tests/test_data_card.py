"""The card of the shipped records: every column is on it, and its examples give its numbers."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from seqmem.cli.app import main
from seqmem.core.exit_codes import DONE
from seqmem.sweeps.storage.record_schema import records_schema
from tests.pages import ROOT, blocks_of

CARD = ROOT / "results" / "README.md"
FILES = sorted((ROOT / "results").rglob("runs.parquet"))
TIMINGS = sorted((ROOT / "results").rglob("*timings.parquet"))
PROBES = ("gradient_by_lag", "loss_after_steps", "loss_volatility", "timing")


def rows_of_tables() -> Iterator[list[list[str]]]:
    """Yield the rows of each table of the card whose first column is ``column``."""
    for table in re.findall(r"^\| column \|.*\n\|[- |]*\n((?:\|.*\n)+)", CARD.read_text(), re.M):
        yield [[cell.strip() for cell in row.split(" |")] for row in table.splitlines()]


def named(rows: list[list[str]]) -> list[str]:
    return [row[0].strip("| `") for row in rows]


def block(language: str, index: int = 0) -> str:
    return [one.text for one in blocks_of(CARD) if one.language == language][index]


def shown() -> dict[int, tuple[float, float]]:
    """Return the fractions of GRU and LSTM by level that the card shows."""
    rows = [line.split() for line in block("text").splitlines()[1:]]
    return {int(level): (float(gru), float(lstm)) for level, gru, lstm in rows}


def test_the_card_has_the_columns_of_all_records_with_a_meaning() -> None:
    records, timings = rows_of_tables()
    schema = records_schema(PROBES, has_pruner=True)
    assert named(records) == schema.names
    assert {file.parent.name for file in TIMINGS} >= {"paper-cost", "study2-cost"}
    for file in TIMINGS:
        assert set(named(timings)) == set(pq.read_schema(file).names), file
    assert all(len(row[3]) > 5 for row in records + timings)


def test_shipped_records_have_these_columns_with_these_types() -> None:
    schema = records_schema(PROBES, has_pruner=True)
    assert len(FILES) > 80
    for file in FILES:
        shipped = pq.read_schema(file)
        for field in shipped:
            assert field.type.equals(schema.field(field.name).type), f"{file}: {field.name}"


def test_columns_have_the_unit_in_their_name() -> None:
    (records, _) = rows_of_tables()
    units = {row[0].strip("| `"): row[2] for row in records}
    assert {units[name] for name in units if name.endswith("_bits")} == {"bits"}
    assert {units[name] for name in units if name.endswith("_seconds")} == {"s"}
    assert {units[name] for name in units if name.endswith("_per_symbol")} >= {"s/symbol"}
    assert units["loss_final"] == units["checkpoint_losses"] == "nats/symbol"
    assert units["overrun"] == "`budget_unit`"
    assert units["memorized"] == units["stored_fraction"] == units["status"] == ""


def test_the_runs_of_study_1_are_those_without_its_pilots() -> None:
    page = CARD.read_text(encoding="utf-8")
    stated = re.search(r"The ([\d,]+) runs that study 1 reports .* the ([\d,]+) of", page)
    assert stated is not None
    runs = {
        file.parent.name: pq.read_metadata(file).num_rows
        for file in FILES
        if "study-1" in file.parts
    }
    pilots = sum(count for name, count in runs.items() if name.startswith("paper-pilot"))
    reported, left_out = (int(number.replace(",", "")) for number in stated.groups())
    assert (reported, left_out) == (sum(runs.values()) - pilots, pilots)


def test_pandas_gives_what_the_card_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    namespace: dict[str, object] = {}
    exec(block("python"), namespace)
    table: object = namespace["table"]
    assert {level: (row.gru, row.lstm) for level, row in table.iterrows()} == shown()  # type: ignore[attr-defined]


def test_duckdb_gives_what_the_card_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    duckdb = pytest.importorskip("duckdb", reason="needs DuckDB, which is no dependency")
    monkeypatch.chdir(ROOT)
    rows = duckdb.sql(block("sql")).fetchall()
    assert {level: (gru, lstm) for level, gru, lstm in rows} == shown()
    runs = sum(pq.read_metadata(file).num_rows for file in FILES if "study-1" in file.parts)
    assert duckdb.sql(block("sql", 1)).fetchall() == [(runs,)]


@pytest.mark.skipif(shutil.which("Rscript") is None, reason="needs R")
def test_r_gives_what_the_card_shows(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(ROOT)
    program, *arguments = block("bash").split()
    assert (program, arguments.pop()) == ("seqmem", "runs.csv")
    assert main([*arguments, str(tmp_path / "runs.csv")]) == DONE
    done = subprocess.run(
        ["Rscript", "--vanilla", "-e", block("r")],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    rows = [line.split() for line in done.stdout.splitlines()[2:]]
    printed = {int(level): (float(gru), float(lstm)) for level, gru, lstm in rows}
    assert printed == shown()
