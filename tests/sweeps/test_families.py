"""Sweeps of families with their own protocol, recall, units, ranges and context."""

from pathlib import Path

import pandas as pd
import pytest

from seqmem import analysis, sweeps
from seqmem.analysis.claims.rules.evidence import Evidence
from seqmem.analysis.estimators.search_quality import edge_reasons
from seqmem.core.errors import InputError
from seqmem.generators.symbols import from_text
from seqmem.sweeps.config.conditions import WHOLE_SWEEP, search_keys
from seqmem.sweeps.config.sweep_config import SweepConfig
from seqmem.sweeps.execution.plan import run_config
from seqmem.sweeps.execution.preparation import check_runs, searches_of
from seqmem.sweeps.execution.stored_runs import find_run
from seqmem.sweeps.search.suggestions import suggest

SMALL = ("strings.levels=[6]", "training.budget=4 steps", "search.trials=2", "search.startup=2")
WINDOWS = (
    "memorizer.cells=['lstm', 'bilstm']",
    "training.protocol='window'",
    "training.total_length=200",
    "training.recall_horizon=20",
)
ATTENTION = ("memorizer.cells=['transformer', 'gru']",)
OWN_RANGE = "search.cells.transformer={learning_rate = {low = 3e-4, high = 5e-4, log = true}}"


def config(*settings: str) -> SweepConfig:
    return sweeps.load_config("smoke", settings)


def check(chosen: SweepConfig) -> None:
    """Make the checks before the first run."""
    resolved = chosen.resolved()
    check_runs(resolved, searches_of(resolved, WHOLE_SWEEP))


@pytest.mark.slow
def test_all_cells_are_measured_as_a_bidirectional_one_must_be(tmp_path: Path) -> None:
    chosen = config(*SMALL, *WINDOWS)
    assert chosen.resolved().to_dict()["training"]["recall"] == "window"
    sweeps.run_sweep(chosen, tmp_path / "run")
    frame = analysis.load(tmp_path / "run")
    assert set(frame["cell"]) == {"lstm", "bilstm"}
    assert set(frame["recall"]) == {"window"}
    assert (frame["exact_prefix"] == frame["window_exact_prefix"]).all()
    assert (frame["nll_bits"] == frame["window_nll_bits"]).all()
    again = sweeps.run_sweep(chosen, tmp_path / "run")
    assert (again.executed, again.status.is_done) == (0, True)


def test_without_one_recall_stays_as_it_is() -> None:
    alone = config(*SMALL, *WINDOWS, "memorizer.cells=['lstm', 'gru']").resolved()
    assert "recall" not in alone.to_dict()["training"]


def test_a_bidirectional_cell_under_streams_is_refused_before_the_first_run() -> None:
    with pytest.raises(InputError, match="its backward pass would read the symbols that"):
        check(config("memorizer.cells=['lstm', 'bilstm']"))


@pytest.mark.parametrize(
    ("settings", "failing"),
    [
        (("search.units={low = 4, high = 16}", "training.heads=4"), "4, 12 units"),
        (("search.units=7",), "7 units"),
    ],
)
def test_units_that_do_not_suit_the_heads_are_named(
    settings: tuple[str, ...], failing: str
) -> None:
    with pytest.raises(InputError, match=f"cell 'transformer' cannot have {failing}"):
        check(config(*ATTENTION, *settings))
    check(config(*ATTENTION, "search.units={low = 8, high = 16}"))


def test_bounds_of_a_cells_own_units_lie_on_the_grid(tmp_path: Path) -> None:
    own = "search.cells.transformer={units = {low = 8, high = 20}}"
    with pytest.raises(InputError, match=r"search\.cells\.transformer\.units\.high: 20 is not on"):
        sweeps.run_sweep(config(*ATTENTION, own), tmp_path / "run")


def test_matched_units_of_other_cells_are_not_searched() -> None:
    matched = "memorizer.cells=['gru', 'transformer']", "memorizer.match='parameters'"
    check(config(*matched, "search.units=127", "search.depth=1"))


def test_a_cell_is_searched_in_its_own_range() -> None:
    chosen = config(*SMALL, *ATTENTION, OWN_RANGE).resolved()
    rates = {
        key.condition.cell: [point["learning_rate"] for point in suggest(chosen, key, 0, [])]
        for key in search_keys(chosen)
    }
    assert all(3e-4 <= rate <= 5e-4 for rate in rates["transformer"])
    shared = config(*SMALL, *ATTENTION).resolved()
    (key,) = (key for key in search_keys(shared) if key.condition.cell == "gru")
    assert rates["gru"] == [point["learning_rate"] for point in suggest(shared, key, 0, [])]
    stored = SweepConfig.model_validate(chosen.to_dict())
    assert stored.to_dict() == chosen.to_dict()
    assert "cells" not in shared.to_dict()["search"]


@pytest.mark.slow
def test_a_sweep_with_an_own_range_is_stored_and_resumed(tmp_path: Path) -> None:
    chosen = config(*SMALL, *ATTENTION, OWN_RANGE)
    sweeps.run_sweep(chosen, tmp_path / "run")
    frame = analysis.load(tmp_path / "run")
    own = frame[frame["cell"] == "transformer"]["learning_rate"]
    assert own.between(3e-4, 5e-4).all()
    assert sweeps.run_sweep(chosen, tmp_path / "run").executed == 0


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("search.cells.rnn={learning_rate = 0.1}", "search.cells: unknown cell 'rnn'"),
        ("search.cells.gru={dropout = 0.1}", "cells.gru: unknown searched option 'dropout'"),
        ("search.cells.gru={learning_rate = 0}", "cells.gru.learning_rate: low 0 must be positive"),
        ("search.cells.gru={speed = 1}", "speed"),
        ("search.sampler='grid'", "cells: sampler 'grid' gives all cells the same"),
    ],
)
def test_bad_ranges_of_cells_are_one_line(setting: str, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        config(*ATTENTION, OWN_RANGE, setting)
    assert "\n" not in str(caught.value)


def test_a_context_that_is_too_short_is_warned_of_and_barred(tmp_path: Path) -> None:
    short = config(*SMALL, *ATTENTION, "training.context=1")
    with pytest.warns(UserWarning, match="strings need more context than 1 symbols") as caught:
        sweeps.run_sweep(short, tmp_path / "run")
    assert len(caught) == 1
    frame = analysis.load(tmp_path / "run")
    is_short = frame["min_context"] > 1
    assert frame[frame["cell"] == "transformer"]["context_too_short"].equals(
        is_short[frame["cell"] == "transformer"]
    )
    assert not frame[frame["cell"] == "gru"]["context_too_short"].any()
    runs = Evidence(frame).runs
    assert set(runs["cell"]) == {"gru"}
    assert not frame[frame["context_too_short"]].empty


def test_settings_of_attention_alone_leave_other_cells_alone() -> None:
    chosen = config(*ATTENTION, "training.context=20", "training.heads=2").resolved()
    fields = {"depth": 1, "units": 8, "learning_rate": 0.01, "repeat": 0}
    plain = config(*ATTENTION).resolved()
    string = from_text("ABRACADABRA")
    ids = [run_config(each, "gru", string, fields).run_id for each in (chosen, plain)]
    assert ids[0] == ids[1]
    assert run_config(chosen, "transformer", string, fields).row == 20 + 16 - 1


def test_winners_at_an_edge_are_counted_for_each_cell(make_winners: pd.DataFrame) -> None:
    space = {"learning_rate": {"low": 1e-3, "high": 0.1, "log": True}}
    own = space | {
        "cells": {"transformer": {"learning_rate": {"low": 3e-4, "high": 3e-2, "log": True}}}
    }
    assert edge_reasons(make_winners, {"s": {"search": space}}) == [
        "the winners of 4 of 8 searches lie at an edge of the range of learning rate"
    ]
    assert edge_reasons(make_winners, {"s": {"search": own}}) == []
    make_winners.loc[make_winners["cell"] == "transformer", "learning_rate"] = 3e-2
    assert edge_reasons(make_winners, {"s": {"search": own}}) == [
        "the winners of 4 of 4 searches of Transformer lie at an edge of the range of learning rate"
    ]


@pytest.fixture
def make_winners() -> pd.DataFrame:
    """Winners of four searches of two cells; those of the Transformer have the lowest rates."""
    return pd.DataFrame(
        {
            "sweep": "s",
            "condition": ["transformer"] * 4 + ["gru"] * 4,
            "cell": ["transformer"] * 4 + ["gru"] * 4,
            "search": [*range(4), *range(4)],
            "role": "confirm",
            "status": "memorized",
            "learning_rate": [1e-3] * 4 + [1e-2] * 4,
        }
    )


@pytest.mark.slow
def test_records_of_a_cell_with_its_own_range_are_found_and_exported(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    sweeps.run_sweep(config(*SMALL, *ATTENTION, OWN_RANGE), folder)
    frame = pd.read_parquet(folder / "runs.parquet")
    runs = frame[(frame["cell"] == "transformer") & (frame["role"] == "tune")]
    assert (runs["learning_rate"] < 1e-3).all()
    run_id = runs["run_id"].iloc[0]
    assert find_run(str(folder), run_id).config.run_id == run_id
