"""Families of memorizers side by side: the shipped records, and the rule for a difference."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from seqmem.analysis.figures.parts.page import draw_page
from seqmem.analysis.records.loading import confirmed, load
from seqmem.core.errors import InputError
from seqmem.study.memorizers.cells import CELLS, cell_title
from seqmem.sweeps.config.sweep_file import load_configs
from seqmem.sweeps.execution.launcher import run_sweep
from seqmem.workflows.families import clocks, rates
from seqmem.workflows.families.__main__ import write_families
from seqmem.workflows.families.memorized import memorized_lines, memorized_table
from seqmem.workflows.families.records import CLOCKS, MEMORIZED, RATES, load_preset

ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "results" / "families"
PAGE = ROOT / "docs" / "families.md"
ALL = sorted(
    [cell_title(cell) for cell in CELLS.built_in] + ["minGRU in blocks", "minLSTM in blocks"]
)
UNDER_STREAMS = sorted(set(ALL) - {"BiLSTM", "BiGRU"})


@pytest.fixture(scope="module")
def memorized() -> pd.DataFrame:
    return load_preset(SHIPPED, MEMORIZED)


@pytest.fixture(scope="module")
def by_clock() -> pd.DataFrame:
    return load_preset(SHIPPED, CLOCKS)


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


def test_both_clocks_have_every_family_at_three_levels_by_three_searches(
    by_clock: pd.DataFrame,
) -> None:
    data = clocks.clock_curves(by_clock)
    assert sorted(data["family"].unique()) == UNDER_STREAMS
    assert data.groupby("clock").size().to_dict() == {"work": 24, "symbols": 24}
    assert (data["searches"] == 3).all()
    assert (data["stored"] <= data["offered"] + 1e-9).all()
    symbols = clocks.with_clock(by_clock).query("clock == 'symbols'")
    per_step = symbols["nominal_symbols"] / symbols["steps"]
    assert per_step.nunique() == 1


def made(recalled: dict[tuple[str, str], float]) -> pd.DataFrame:
    """Return confirmation runs of two families with a recalled fraction by clock and family."""
    generator = np.random.default_rng(0)
    rows = [
        {
            "sweep": "s", "condition": f"{clock}/{family}", "search": search, "role": "confirm",
            "status": "budget_spent", "level": level, "string_id": f"{level}/{search}/{string}",
            "repeat": 0, "family": family, "cell": family.lower(), "block": False,
            "budget_unit": {"work": "Gw", "symbols": "steps"}[clock], "budget": "1",
            "budget_amount": 1.0, "checkpoint_fractions": [1.0], "checkpoint_spent": [1.0],
            "checkpoint_steps": [8], "steps": 8, "flops": 8.0, "symbols": 8,
            "checkpoint_exact_prefixes": [0], "period": 50, "memorized_fraction": np.nan,
            "memorized": False, "reference_bits": 100.0,
            "checkpoint_nll_bits": [100 * (1 - share - 0.01 * generator.random())],
        }
        for (clock, family), share in recalled.items()
        for level in (16, 32, 64)
        for search in range(3)
        for string in range(2)
    ]  # fmt: skip
    return pd.DataFrame(rows)


@pytest.mark.parametrize(
    ("on_work", "on_symbols", "more"),
    [(0.3, 0.3, "GRU"), (0.3, -0.3, ""), (0.3, 0.0, ""), (-0.3, -0.3, "LSTM"), (0.0, 0.0, "")],
)
def test_families_differ_only_if_both_clocks_agree_in_sign(
    on_work: float, on_symbols: float, more: str
) -> None:
    frame = made(
        {
            ("work", "GRU"): 0.5 + on_work, ("work", "LSTM"): 0.5,
            ("symbols", "GRU"): 0.5 + on_symbols, ("symbols", "LSTM"): 0.5,
        }
    )  # fmt: skip
    (row,) = clocks.family_differences(frame).to_dict("records")
    sign = 1 if row["first"] == "GRU" else -1
    assert row["work"] == pytest.approx(sign * on_work, abs=0.01)
    assert row["symbols"] == pytest.approx(sign * on_symbols, abs=0.01)
    assert row["more"] == more
    lines = clocks.difference_lines(pd.DataFrame([row]))
    assert ("stores more than" in lines) == bool(more)


def test_the_figure_of_both_clocks_has_a_panel_for_each_and_open_marks_for_blocks(
    by_clock: pd.DataFrame,
) -> None:
    page = draw_page(clocks.FIGURE, clocks.clock_curves(by_clock))
    assert [ax.get_title().split(":")[0] for ax in page.axes] == ["equal work", "equal symbols"]
    labels = [text.get_text() for text in page.legends[0].get_texts()]
    assert sorted(labels) == UNDER_STREAMS
    filled = {
        str(line.get_label()): line.get_markerfacecolor() for line in page.axes[0].get_lines()
    }
    assert filled["minGRU in blocks"] == "white" != filled["minGRU"]


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
    for figure in (rates.FIGURE, clocks.FIGURE):
        assert (page.parent / "images" / f"{figure.name}.png").stat().st_size > 10_000


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
