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
from seqmem.study.calibration.extension import (
    EXTENSION_GATES,
    EXTENSION_TERMS,
    extension_terms,
    predict_extension,
)
from seqmem.study.calibration.model import CALIBRATED_GATES, TERMS, StepShape, predict, terms
from seqmem.study.calibration.table import (
    FORMAT,
    CostTable,
    content_hash,
    make_extension,
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
    measure_extension,
    measure_table,
    step_seconds,
)
from seqmem.workflows.calibration.shapes import (
    RANGES,
    draw_shapes,
    extension_visit_count,
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


@given(
    shapes,
    st.sampled_from(sorted(EXTENSION_GATES)),
    st.sampled_from(["depth", "units", "batch", "length", "alphabet_size"]),
)
def test_more_work_of_a_minimal_cell_costs_no_less(shape: StepShape, cell: str, name: str) -> None:
    smaller = dataclasses.replace(shape, cell=cell)
    larger = dataclasses.replace(smaller, **{name: getattr(shape, name) + 1})
    before = extension_terms(smaller, 16)
    after = extension_terms(larger, 16)
    assert all(after[term] >= before[term] >= 0 for term in EXTENSION_TERMS)


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
    coefficients = fit(timed, seconds, 16)
    others = [shape for shape in draw_shapes("held-out", UNITS_GRID) if shape.cell == cell]
    expected = [predict(truth, shape, 16) for shape in others]
    predicted = [predict(coefficients, shape, 16) for shape in others]
    assert max(relative_errors(predicted, expected)) < 0.02


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


def exact_seconds(shape: StepShape) -> float:
    """Return the seconds of a step under known coefficients, of cells of the table and others."""
    if shape.cell in EXTENSION_GATES:
        truth = dict.fromkeys(EXTENSION_TERMS, 0.0)
        known = truth | {"step": 3e-5, "states": 1e-9, "products": 4e-11}
        return predict_extension(known, shape, 16)
    truth = dict.fromkeys(TERMS, 0.0)
    return predict(truth | {"step": 2e-5, "activations": 2e-9, "products": 5e-11}, shape, 16)


@needs_kernels
def test_a_measured_table_reproduces_its_timer(tmp_path: Path) -> None:
    ticks: list[None] = []
    table = measure_table(
        (8, 32, 256), "none", advance=lambda: ticks.append(None), timer=exact_seconds
    )
    assert len(ticks) == visit_count((8, 32, 256))
    assert table.ranges["units"] == (8, 256)
    assert set(table.cells) == set(CALIBRATED_GATES)
    assert table.extension is not None
    assert set(table.extension.cells) == set(EXTENSION_GATES)
    if kernels.isa() == "avx512":
        assert table.held_out_error.worst < 0.02
        assert table.extension.held_out_error.worst < 0.02
        assert table.extension.scale == pytest.approx(1, abs=0.01)
    write_table(tmp_path / "costs.json", table)
    assert read_table(tmp_path / "costs.json") == table


@needs_kernels
def test_an_extension_is_in_the_seconds_of_its_table() -> None:
    """On a machine that is twice as slow, the scale is one half and the costs are the same."""
    made_here = measure_table((8, 32), "none", timer=exact_seconds)
    ticks: list[None] = []
    extended = measure_extension(
        made_here.narrowed([]),
        (8, 32),
        "none",
        advance=lambda: ticks.append(None),
        timer=lambda shape: 2 * exact_seconds(shape),
    )
    assert len(ticks) == extension_visit_count((8, 32))
    assert extended.hash == made_here.hash
    assert extended.extension is not None
    assert extended.extension.extends == made_here.hash
    if kernels.isa() == "avx512":
        assert extended.extension.scale == pytest.approx(0.5, abs=0.005)
        shape = StepShape("minlstm", depth=2, units=32, batch=32, length=64, alphabet_size=4)
        assert extended.seconds_per_step(shape) == pytest.approx(exact_seconds(shape), rel=0.02)


@needs_kernels
def test_the_timer_takes_real_steps_on_the_given_clock() -> None:
    now = iter(range(10**9))
    shape = StepShape("lstm", depth=1, units=8, batch=2, length=8, alphabet_size=3)
    # Each reading of the clock adds one second, so a block is one step of one second.
    assert step_seconds(shape, seconds=5, thread_seconds=lambda: float(next(now))) == 1
    assert next(now) == 2 * (1 + 5)


def test_a_cell_without_calibrated_costs_is_refused_in_one_line() -> None:
    with pytest.raises(InputError) as caught:
        validate(RunConfig, {"string": "AB", "cell": "transformer", "budget": "1 cal-s"})
    message = str(caught.value)
    assert "has no cell 'transformer', only gru, lstm, mingru, minlstm, rnn; give the" in message
    assert "budget in another unit: s, wall-s, flop, MF, GF, TF, work, Mw, Gw, steps" in message
    assert "\n" not in message
    assert len(message) <= 300


def test_a_block_has_no_calibrated_costs() -> None:
    fields = {"string": "AB", "cell": "mingru", "budget": "1 cal-s", "block": True}
    with pytest.raises(InputError, match="calibrated for layers without a block; leave block out"):
        validate(RunConfig, fields)


def test_the_reference_table_covers_the_search_grid_and_is_good_enough() -> None:
    table = reference_table()
    assert set(table.cells) == set(CALIBRATED_GATES)
    assert table.ranges["units"] == (min(UNITS_GRID), max(UNITS_GRID))
    assert table.held_out_error.is_within_limits
    assert table.hash == content_hash(json.loads(table.to_json()))
    assert RunConfig(string="AB", cell="gru", budget="1 cal-s").cost_table == table.narrowed([])


def test_the_extension_covers_the_search_grid_and_is_good_enough() -> None:
    table = reference_table()
    extension = table.extension
    assert extension is not None
    assert set(extension.cells) == set(EXTENSION_GATES)
    assert extension.ranges == table.ranges
    assert extension.held_out_error.is_within_limits
    assert extension.extends == table.hash


@pytest.mark.parametrize("cell", ["gru", "mingru"])
def test_a_run_has_the_part_of_the_table_that_its_cell_is_in(cell: str, flat_table: Make) -> None:
    table = reference_table()
    run = RunConfig(string="AB", cell=cell, budget="1 cal-s")
    own = run.cost_table
    assert own is not None
    assert (own.hash, own.extension is not None) == (table.hash, cell == "mingru")
    assert own.hash_for(cell) == (table.extension_hash if cell == "mingru" else table.hash)
    assert run.cost_table_hash == table.hash
    # Another extension of the same table changes the ids of the runs of its cells alone.
    content = table.extension.model_dump(mode="json", exclude={"hash"}) | {"scale": 2.0}
    other = table.model_copy(update={"extension": make_extension(content)})
    again = RunConfig(string="AB", cell=cell, budget="1 cal-s", cost_table=other)
    assert (again.run_id == run.run_id) == (cell == "gru")


@pytest.mark.parametrize("cell", sorted(EXTENSION_GATES))
def test_runs_of_the_extension_spend_their_budget(cell: str) -> None:
    calibrated = config(cell=cell, depth=2, budget="0.003 cal-s")
    record = study.run(calibrated)
    per_step = reference_table().seconds_per_step(calibrated.step_shape)
    assert record.steps == ceil(0.003 / per_step)
    assert record.spent == pytest.approx(record.steps * per_step)


def test_a_table_without_extension_has_no_minimal_cells(flat_table: Make) -> None:
    with pytest.raises(InputError, match="has no cell 'mingru', only gru, lstm; give the budget"):
        config(cell="mingru", budget="1 cal-s", cost_table=flat_table(0.1))


@given(shapes, st.sampled_from(["mingru", "minlstm"]))
def test_a_minimal_cell_costs_less_than_an_lstm(shape: StepShape, cell: str) -> None:
    minimal, lstm = (
        reference_table().seconds_per_step(dataclasses.replace(shape, cell=each))
        for each in (cell, "lstm")
    )
    assert 0 < minimal < 1.1 * lstm


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
        ({"cell": "rnn"}, "has no cell 'rnn', only gru, lstm; give the budget in another unit"),
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
        (
            lambda content: content | {"extension": reference_table().extension.model_dump()},
            f"extends table {reference_table().hash}, not ",
        ),
        (lambda content: content | {"extension": {"step": 1}}, "extension.format: missing"),
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
    [(b"{", "not valid JSON"), (b"\xff\xfe", "not a text file"), (None, "No such")],
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
