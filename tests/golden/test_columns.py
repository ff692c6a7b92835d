"""Columns of records and timings: names, order and types; fractions of checkpoints."""

from pathlib import Path
from typing import Any

import pytest

from tests.golden.current import (
    TIMES,
    StepShape,
    TimedCells,
    added_columns,
    arrow_schema,
    checkpoint_fractions,
    load_config,
    measure_timings,
    of_schema,
    record_columns,
    sweep_schema,
)
from tests.golden.stored import golden, plain

PROBES = ("gradient_by_lag", "loss_after_steps", "loss_volatility", "timing")
PROBED: dict[str, tuple[str, ...]] = {
    "without probes": (),
    **{f"with {probe}": (probe,) for probe in PROBES},
    "with all probes": PROBES,
}


def values(folder: Path) -> Any:
    """Return all columns."""
    return {
        "sweep": {name: of_sweep(probes) for name, probes in PROBED.items()},
        "reproduction": of_schema(arrow_schema(record_columns())),
        "record": of_record(),
        "times": TIMES,
        "checkpoints": checkpoint_fractions(),
        "timings": of_timings(),
    }


def of_sweep(probes: tuple[str, ...]) -> list[str]:
    """Return the columns of ``runs.parquet`` of a sweep whose runs have these probes."""
    return of_schema(sweep_schema(load_config("smoke", (f"training.probes={list(probes)}",))))


def of_record() -> list[str]:
    """Return the columns of a record without probes, and the name of the group of probes."""
    added = added_columns()
    return [*(name for name in record_columns() if name not in added), "probes"]


def of_timings() -> list[str]:
    """Return the columns of a file of timings, from timings that nobody took."""
    shape = StepShape("gru", 1, 8, 4, 16, 4)
    wanted = [TimedCells("train", "torch", ("gru", "lstm"), shape)]
    frame = measure_timings(
        wanted, 2, in_process=lambda comparisons: iter([[1e-6, 2e-6] for _ in comparisons])
    )
    kinds = {"i": "whole number", "f": "number"}
    return [f"{name}: {kinds.get(frame[name].dtype.kind, 'text')}" for name in frame]


@pytest.mark.parametrize("name", PROBED)
def test_columns_of_a_sweep_stay_the_same(name: str) -> None:
    assert of_sweep(PROBED[name]) == golden("columns")["sweep"][name]


def test_columns_of_a_reproduction_stay_the_same() -> None:
    assert of_schema(arrow_schema(record_columns())) == golden("columns")["reproduction"]


def test_fields_of_a_record_stay_the_same() -> None:
    assert of_record() == golden("columns")["record"]
    assert plain(TIMES) == golden("columns")["times"]


def test_checkpoints_stay_at_the_same_fractions() -> None:
    assert plain(checkpoint_fractions()) == golden("columns")["checkpoints"]


def test_columns_of_timings_stay_the_same() -> None:
    assert of_timings() == golden("columns")["timings"]
