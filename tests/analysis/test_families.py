"""Families of memorizers side by side: what the shipped records show."""

from __future__ import annotations

import shutil
from pathlib import Path

import pandas as pd
import pytest

from seqmem.analysis.records.loading import confirmed, load
from seqmem.core.errors import InputError
from seqmem.study.memorizers.cells import CELLS, cell_title
from seqmem.sweeps.config.sweep_file import load_configs
from seqmem.sweeps.execution.launcher import run_sweep
from seqmem.workflows.families import rates
from seqmem.workflows.families.__main__ import write_families
from seqmem.workflows.families.memorized import memorized_lines, memorized_table
from seqmem.workflows.families.records import MEMORIZED, RATES, load_preset

ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "results" / "families"
PAGE = ROOT / "docs" / "families.md"
ALL = sorted(
    [cell_title(cell) for cell in CELLS.built_in] + ["minGRU in blocks", "minLSTM in blocks"]
)


@pytest.fixture(scope="module")
def memorized() -> pd.DataFrame:
    return load_preset(SHIPPED, MEMORIZED)


def test_every_family_memorizes_nine_of_ten_strings(memorized: pd.DataFrame) -> None:
    table = memorized_table(memorized)
    assert sorted(table["family"]) == ALL
    assert (table["strings"] == 10).all()
    assert (table["memorized"] >= 9).all(), table
    tuned = memorized[memorized["role"] == "tune"]
    assert (tuned.groupby("family").size() == 16).all()
    assert (memorized["period"] == 200).all()
    assert memorized_lines(table).count("\n") == len(ALL) + 1
    # With a min cell beside it, every cell searches one to four layers.
    streams = tuned[tuned["protocol"] == "stream"].groupby("family")["depth"]
    assert (streams.min() == 1).all()
    assert (streams.max() == 4).all()


def test_the_default_range_holds_the_best_learning_rate(memorized: pd.DataFrame) -> None:
    data = rates.rate_curves(load_preset(SHIPPED, RATES), memorized)
    best = rates.best_rates(data)
    assert sorted(best["family"]) == ALL
    assert ((best["low"] < best["learning_rate"]) & (best["learning_rate"] < best["high"])).all()
    # The grid shows what lies beyond both ends.
    grid = data[data["kind"] == rates.GRID].groupby("family")["learning_rate"]
    assert (grid.min() < 3e-4).all()
    assert (grid.max() > 0.3).all()


@pytest.mark.slow
def test_the_page_is_what_the_records_give(tmp_path: Path) -> None:
    records = tmp_path / "families"
    shutil.copytree(SHIPPED, records, ignore=shutil.ignore_patterns("tables"))
    page = tmp_path / "docs" / PAGE.name
    page.parent.mkdir()
    page.write_bytes(PAGE.read_bytes())
    write_families(records, page)
    assert page.read_text(encoding="utf-8") == PAGE.read_text(encoding="utf-8")
    for table in sorted((SHIPPED / "tables").iterdir()):
        assert (records / "tables" / table.name).read_bytes() == table.read_bytes()
    assert (page.parent / "images" / f"{rates.FIGURE.name}.png").stat().st_size > 10_000


def test_missing_records_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no runs\.parquet in .*; run: seqmem sweep families "):
        load_preset(tmp_path, MEMORIZED)


@pytest.mark.slow
@pytest.mark.parametrize("part", ["streams", "blocks", "windows"])
def test_winners_memorize_other_strings(part: str, tmp_path: Path, memorized: pd.DataFrame) -> None:
    """The shipped winner of each family learns two fresh strings of 60 symbols."""
    winners = memorized_table(memorized).set_index("family")
    (shipped,) = load_configs(f"{MEMORIZED}:{part}")
    for cell in shipped.memorizer.cells:
        winner = winners.loc[cell_title(cell) + (" in blocks" if part == "blocks" else "")]
        settings = [f"search.{name}={winner[name]}" for name in ("depth", "units", "learning_rate")]
        settings += ["search.cells={}", "search.trials=1", "search.finalists=1"]
        settings += [f"memorizer.cells=['{cell}']", "strings.levels=[60]", "strings.confirm=2"]
        (config,) = load_configs(f"{MEMORIZED}:{part}", tuple(settings))
        run_sweep(config, tmp_path / cell)
        assert confirmed(load(tmp_path / cell))["memorized"].all(), cell
