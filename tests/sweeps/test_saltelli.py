"""Saltelli's design: its blocks, its strings by row, and the mistakes that are refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from seqmem import sweeps
from seqmem.analysis.estimators.saltelli import saltelli_table
from seqmem.analysis.estimators.saltelli_rows import row_responses
from seqmem.analysis.records.sources import load_sources
from seqmem.core.errors import InputError
from seqmem.sweeps.config.conditions import search_keys
from seqmem.sweeps.config.sweep_config import SweepConfig
from seqmem.sweeps.search.space import decode
from seqmem.sweeps.search.strings import strings_in, strings_of
from seqmem.sweeps.search.suggestions import suggest

DESIGN = (
    "search.sampler='saltelli'",
    "search.rows=4",
    "search.trials=20",
    "search.finalists=1",
    "strings.fresh=true",
)


def config_of(*settings: str) -> SweepConfig:
    return sweeps.load_config("smoke", (*DESIGN, *settings))


def rows_of(config: SweepConfig, cell: str = "gru") -> list[list[dict[str, Any]]]:
    """Return the points of the first search of a cell, by row."""
    key = next(key for key in search_keys(config) if key.condition.cell == cell)
    search = config.search_of(cell)
    points = [decode(search, point) for point in suggest(config, key, 0, [])]
    width = search.trials_per_row
    return [points[start : start + width] for start in range(0, len(points), width)]


def test_each_row_has_two_base_points_and_one_for_each_option() -> None:
    rows = rows_of(config_of("search.learning_rate={low=1e-3, high=1e-1, log=true}"))
    assert [len(row) for row in rows] == [5] * 4
    for first, second, *mixed in rows:
        assert mixed == [
            first | {name: second[name]} for name in ("depth", "units", "learning_rate")
        ]


def test_an_option_with_one_value_has_no_point() -> None:
    settings = ("search.depth=2", "search.trials=16")
    rows = rows_of(config_of(*settings))
    assert [len(row) for row in rows] == [4] * 4
    assert {point["depth"] for row in rows for point in row} == {2}


def test_all_cells_have_the_same_points_and_the_first_rows_are_balanced() -> None:
    config = config_of("search.rows=8", "search.trials=40")
    assert rows_of(config, "gru") == rows_of(config, "lstm")
    for base in (0, 1):
        depths = [row[base]["depth"] for row in rows_of(config)]
        assert sorted(depths) == [1] * 4 + [2] * 4


def test_all_trials_of_a_row_have_the_same_strings() -> None:
    config = config_of("strings.levels=[12]", "strings.tune=2")
    assert strings_in(config, "tune") == 2 * 4
    assert len(strings_of(config, 12, 0)["tune"]) == 2 * 4
    plain = config.model_copy(
        update={"strings": config.strings.model_copy(update={"fresh": False})}
    )
    assert strings_in(plain, "tune") == 2


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (("search.rows=6",), "rows 6: must be a power of two; use 4 or 8"),
        (("search.rows=1",), "rows: 1 given; input should be greater than or equal to 2"),
        (
            ("search.trials=24",),
            "trials 24 given, but 4 rows x (3 searched options + 2) are needed",
        ),
        (("search.sampler='sobol'",), "rows 4: only the sampler 'saltelli' has rows, not 'sobol'"),
        (
            ("search.enqueue=[{depth=1, units=8, learning_rate=0.01}]",),
            "enqueue: the sampler 'saltelli' takes no other points",
        ),
        (
            ("search.cells={lstm={forget_bias={low=0.0, high=2.0}}}",),
            "cells.lstm: the sampler 'saltelli' needs the same searched options for all cells",
        ),
        (
            ("search.depth=1", "search.units=8", "search.trials=12"),
            "needs at least two options with several values",
        ),
        (
            ("search.levels=[{level = 6, depth = 1}]",),
            "levels, level 6: trials 20 given, but 4 rows x (2 searched options + 2)",
        ),
    ],
)
def test_impossible_designs_are_refused(settings: tuple[str, ...], message: str) -> None:
    with pytest.raises(InputError) as caught:
        config_of(*settings)
    assert message in str(caught.value)


def test_rows_are_needed_and_trials_follow() -> None:
    with pytest.raises(InputError, match="rows: missing; the sampler 'saltelli' needs a power"):
        sweeps.load_config("smoke", "search.sampler='saltelli'")
    search = sweeps.load_config("smoke").search.model_dump(
        exclude_none=True, exclude={"trials", "sampler"}
    )
    filled = type(config_of().search)(**search, sampler="saltelli", rows=64)
    assert filled.trials == 64 * 5


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a finished sweep of Saltelli's design."""
    folder = tmp_path_factory.mktemp("saltelli") / "out"
    config = config_of("strings.levels=[12]", "training.budget='6 steps'", "search.searches=1")
    assert sweeps.run_sweep(config, folder).status.is_done
    return folder


def test_runs_of_a_row_share_string_and_seeds(finished: Path) -> None:
    frame = pd.read_parquet(finished / "runs.parquet")
    tuned = frame[frame["role"] == "tune"]
    assert len(tuned) == 2 * 20
    by_row = tuned.groupby(["search", tuned["trial"] // 5])
    shared = ["string_id", "network_seed", "data_seed"]
    assert (by_row[shared].nunique() == 1).all(axis=None)
    assert (by_row.size() == 2 * 5).all()
    assert tuned["string_id"].nunique() == 4


def test_indices_are_read_from_the_records(finished: Path) -> None:
    sources = load_sources([finished])
    found = {cell: part for _, _, cell, part in row_responses(sources.frame, sources.configs)}
    assert found.keys() == {"gru", "lstm"}
    for part in found.values():
        assert part.names == ("depth", "units", "learning_rate")
        assert part.values.shape == (4, 3 + 2)
        assert part.planned == 4
    table = saltelli_table(sources.frame, sources.configs)
    assert table[["cell", "hyper_parameter"]].to_numpy().tolist() == [
        [cell, name] for cell in ("gru", "lstm") for name in found["gru"].names
    ]
    assert (table["total_low"] <= table["total"] + 1e-9).all()
    assert (table["rows"] == 4).all()


def test_a_failed_run_costs_its_row_and_is_counted(finished: Path) -> None:
    sources = load_sources([finished])
    frame = sources.frame.copy()
    (lost,) = frame.index[
        (frame["role"] == "tune") & (frame["cell"] == "gru") & (frame["trial"] == 7)
    ]
    frame.loc[lost, "status"] = "failed"
    found = {cell: part for _, _, cell, part in row_responses(frame, sources.configs)}
    assert found["gru"].values.shape == (3, 5)
    assert found["gru"].planned == 4
    assert found["lstm"].values.shape == (4, 5)
