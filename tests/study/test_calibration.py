"""Calibrated time: the cost model, the file of a table, and budgets turned into steps."""

import dataclasses
import json
from collections.abc import Callable
from math import ceil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqmem import generators, study
from seqmem.core.errors import InputError
from seqmem.core.registries import RegistryEntry
from seqmem.core.validation import validate
from seqmem.study import kernels
from seqmem.study.calibration.model import CALIBRATED_GATES, TERMS, StepShape, predict, terms
from seqmem.study.calibration.table import (
    FORMAT,
    CostTable,
    content_hash,
    read_table,
    reference_table,
    write_table,
)
from seqmem.study.config import RunConfig
from seqmem.study.protocols import PROTOCOLS
from seqmem.study.record import TIMES
from seqmem.sweeps.config.section import UNITS_GRID
from seqmem.workflows.calibration.fit import fit, relative_errors
from seqmem.workflows.calibration.measurement import (
    RANGES,
    draw_shapes,
    measure_table,
    step_seconds,
    visit_count,
)

Make = Callable[..., CostTable]
STRING = generators.generate("iid", alphabet_size=3, target=14, seed=2)
ABOUT_THE_BUDGET = {
    "run_id",
    "budget",
    "budget_amount",
    "budget_unit",
    "cost_table_hash",
    "spent",
    "overrun",
}
needs_kernels = pytest.mark.skipif(not kernels.available(), reason="calibrates the fused engine")

shapes = st.builds(
    StepShape,
    cell=st.sampled_from(sorted(CALIBRATED_GATES)),
    depth=st.integers(1, 4),
    units=st.integers(4, 256),
    batch=st.integers(1, 128),
    length=st.integers(8, 256),
    alphabet_size=st.integers(2, 64),
)


def config(**changes: object) -> RunConfig:
    fields = {
        "string": STRING,
        "cell": "gru",
        "units": 8,
        "batch": 8,
        "length": 16,
        "stop_on_memorized": False,
    }
    return RunConfig(**(fields | changes))


@given(
    shapes,
    st.sampled_from(["depth", "units", "batch", "length", "alphabet_size"]),
    st.sampled_from(["baseline", "avx2", "avx512"]),
)
def test_more_work_costs_no_less(shape: StepShape, name: str, isa: str) -> None:
    lanes = {"baseline": 4, "avx2": 8, "avx512": 16}[isa]
    larger = dataclasses.replace(shape, **{name: getattr(shape, name) + 1})
    before = terms(shape, lanes)
    after = terms(larger, lanes)
    assert all(after[term] >= before[term] >= 0 for term in TERMS)


@pytest.mark.parametrize("cell", CALIBRATED_GATES)
def test_the_fit_finds_what_made_the_times(cell: str) -> None:
    truth = dict.fromkeys(TERMS, 0.0) | {
        "step": 2e-5,
        "symbols": 1e-8,
        "tiles": 3e-8,
        "products": 5e-11,
    }
    timed = [shape for shape in draw_shapes("fit", UNITS_GRID) if shape.cell == cell]
    seconds = [predict(truth, shape, 16) for shape in timed]
    seconds[0] *= 3  # one disturbed timing
    coefficients = {cell: fit(timed, seconds, 16)}
    others = [shape for shape in draw_shapes("held-out", UNITS_GRID) if shape.cell == cell]
    expected = [predict(truth, shape, 16) for shape in others]
    assert max(relative_errors(coefficients, others, expected, 16)) < 0.02


def test_held_out_shapes_are_others_and_inside_the_ranges() -> None:
    fitted = draw_shapes("fit", UNITS_GRID)
    held_out = draw_shapes("held-out", UNITS_GRID)
    assert not set(fitted) & set(held_out)
    assert draw_shapes("fit", UNITS_GRID) == fitted
    for name, (low, high) in RANGES.items():
        values = {getattr(shape, name) for shape in fitted + held_out}
        assert low <= min(values) <= max(values) <= high
    assert {(shape.cell, shape.units) for shape in held_out} == {
        (cell, units) for cell in CALIBRATED_GATES for units in UNITS_GRID
    }


@needs_kernels
def test_a_measured_table_reproduces_its_timer(tmp_path: Path) -> None:
    truth = dict.fromkeys(TERMS, 0.0) | {"step": 2e-5, "activations": 2e-9, "products": 5e-11}
    ticks: list[None] = []
    table = measure_table(
        (8, 32, 256),
        "none",
        advance=lambda: ticks.append(None),
        timer=lambda shape: predict(truth, shape, 16),
    )
    assert len(ticks) == visit_count((8, 32, 256))
    assert table.ranges["units"] == (8, 256)
    assert set(table.cells) == set(CALIBRATED_GATES)
    if kernels.isa() == "avx512":
        assert table.held_out_error.worst < 0.02
    write_table(tmp_path / "costs.json", table)
    assert read_table(tmp_path / "costs.json") == table


@needs_kernels
def test_the_timer_takes_real_steps_on_the_given_clock() -> None:
    now = iter(range(10**9))
    shape = StepShape("lstm", depth=1, units=8, batch=2, length=8, alphabet_size=3)
    # Each reading of the clock adds one second, so a block is one step of one second.
    assert step_seconds(shape, seconds=5, thread_seconds=lambda: float(next(now))) == 1
    assert next(now) == 2 * (1 + 5)


@pytest.mark.parametrize("cell", ["mingru", "minlstm"])
def test_a_cell_without_calibrated_costs_is_refused_in_one_line(cell: str) -> None:
    fields = {"string": "AB", "cell": cell, "budget": "1 cal-s"}
    with pytest.raises(InputError) as caught:
        validate(RunConfig, fields)
    assert f"has no cell '{cell}'; give the budget in another unit" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_reference_table_covers_the_search_grid_and_is_good_enough() -> None:
    table = reference_table()
    assert set(table.cells) == set(CALIBRATED_GATES)
    assert table.ranges["units"] == (min(UNITS_GRID), max(UNITS_GRID))
    assert table.held_out_error.is_within_limits
    assert table.hash == content_hash(json.loads(table.to_json()))
    assert RunConfig(string="AB", cell="gru", budget="1 cal-s").cost_table == table


@given(shapes)
def test_a_gru_costs_less_than_an_lstm(shape: StepShape) -> None:
    gru, lstm = (
        reference_table().seconds_per_step(dataclasses.replace(shape, cell=cell))
        for cell in ("gru", "lstm")
    )
    assert 0 < gru < 1.1 * lstm


def test_the_budget_becomes_steps_before_training(flat_table: Make) -> None:
    table = flat_table(0.3)
    for amount in (0.1, 0.3, 0.7, 3, 6.0001):
        record = study.run(config(budget=f"{amount!r} cal-s", cost_table=table))
        assert record.steps == ceil(amount / 0.3)
        assert record.spent == pytest.approx(record.steps * 0.3)
        assert 0 <= record.overrun < 0.3
        assert record.cost_table_hash == table.hash


@pytest.mark.parametrize("cell", ["gru", "lstm"])
def test_calibrated_runs_are_runs_of_so_many_steps(cell: str, flat_table: Make) -> None:
    seconds = 0.007
    amount = 0.5
    calibrated = study.run(
        config(cell=cell, budget=f"{amount} cal-s", cost_table=flat_table(seconds))
    ).to_row()
    counted = study.run(config(cell=cell, budget=f"{amount / seconds!r} steps")).to_row()
    different = {name for name in counted if counted[name] != calibrated[name]} - {*TIMES}
    assert different == ABOUT_THE_BUDGET | {"checkpoint_spent"}
    assert counted["cost_table_hash"] == ""
    assert calibrated["checkpoint_spent"] == pytest.approx(
        [seconds * n for n in counted["checkpoint_steps"]]
    )


def test_one_calibrated_run_answers_every_smaller_budget(flat_table: Make) -> None:
    table = flat_table(0.011)
    whole = study.run(config(budget="1 cal-s", cost_table=table))
    for index, fraction in enumerate(whole.checkpoint_fractions):
        part = study.run(config(budget=f"{fraction!r} cal-s", cost_table=table))
        assert part.steps == whole.checkpoint_steps[index]
        assert part.nll_bits == whole.checkpoint_nll_bits[index]
        assert part.loss_final == whole.checkpoint_losses[index]


def test_the_table_decides_the_run_id(flat_table: Make, tmp_path: Path) -> None:
    table = flat_table(0.3)
    other = flat_table(0.4)
    write_table(tmp_path / "costs.json", table)
    ids = [
        config(budget="3 cal-s", cost_table=given).run_id
        for given in (table, tmp_path / "costs.json", other, None)
    ]
    assert ids[0] == ids[1]
    assert len(set(ids)) == 3
    assert hash(config(budget="3 cal-s", cost_table=table)) == hash(
        config(budget="3 cal-s", cost_table=table)
    )


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"units": 33}, "units 33 is outside the range 4 to 32 of cost table"),
        ({"depth": 3}, "depth 3 is outside"),
        ({"batch": 64}, "batch 64 is outside"),
        ({"length": 4}, "length 4 is outside"),
        ({"string": "ABCDEFGHI"}, "alphabet_size 9 is outside"),
        ({"cell": "rnn"}, "has no cell 'rnn'; .*: gru, lstm"),
        ({"budget": "3 steps"}, "cost_table is for budgets in cal-s; the budget is '3 steps'"),
        ({"protocol": "other"}, "calibrated for protocol 'stream', not 'other'"),
        ({"cost_table": 3}, "cost_table 3: give the path of a cost table"),
    ],
)
def test_runs_that_were_not_calibrated_are_refused(
    changes: dict, message: str, flat_table: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(PROTOCOLS, "other", RegistryEntry("nowhere:Nothing", "none"))
    fields = {
        "string": STRING,
        "cell": "gru",
        "units": 8,
        "budget": "3 cal-s",
        "cost_table": flat_table(0.1),
    }
    with pytest.raises(InputError, match=message) as caught:
        validate(RunConfig, fields | changes)
    assert "\n" not in str(caught.value)


def test_cuda_is_refused(flat_table: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: True)
    fields = {
        "string": "AB",
        "cell": "gru",
        "budget": "3 cal-s",
        "device": "cuda",
        "cost_table": flat_table(0.1),
    }
    with pytest.raises(InputError, match="calibrated on the cpu; on cuda use 'wall-s' or 'steps'"):
        validate(RunConfig, fields)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (
            lambda content: content | {"format": FORMAT + 1},
            f"format {FORMAT + 1} given, this version reads format {FORMAT}",
        ),
        (
            lambda content: content | {"lanes": 8},
            "does not fit the content: the file was changed",
        ),
        (lambda content: content | {"more": 1}, "unknown key 'more'"),
        (lambda content: content | {"cells": {}}, "cells"),
        (
            lambda content: content | {"cells": {"gru": {"step": 1.0}}},
            "cells.gru: no 'layers', no 'parameters'",
        ),
        (lambda content: content | {"ranges": {"units": [4, 8]}}, "ranges: no 'depth'"),
        (
            lambda content: {k: v for k, v in content.items() if k != "held_out_error"},
            "held_out_error: missing",
        ),
        (lambda content: {"a": 1}, "not a cost table"),
        (lambda content: [content], "not a cost table"),
    ],
)
def test_damaged_tables_are_refused_in_one_line(
    damage: Callable, message: str, flat_table: Make, tmp_path: Path
) -> None:
    path = tmp_path / "costs.json"
    path.write_text(json.dumps(damage(json.loads(flat_table(0.1).to_json()))))
    with pytest.raises(InputError) as caught:
        read_table(path)
    assert message in str(caught.value)
    assert str(caught.value).startswith(f"cost_table {path}: ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"{", "not JSON"), (b"\xff\xfe", "not a text file"), (None, "No such")],
)
def test_files_that_are_no_tables_are_refused(
    content: bytes | None, message: str, tmp_path: Path
) -> None:
    path = tmp_path / "costs.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match=f"^cost_table {path}: {message}") as caught:
        validate(
            RunConfig, {"string": "AB", "cell": "gru", "budget": "1 cal-s", "cost_table": path}
        )
    assert "\n" not in str(caught.value)
