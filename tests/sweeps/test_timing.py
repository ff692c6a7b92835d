"""Timings of cells: their rows, never how long anything takes."""

from collections.abc import Iterator, Sequence

import pytest

from seqmem.core.errors import InputError
from seqmem.study.calibration.model import StepShape
from seqmem.sweeps.execution.executors.executor import WorkerDied
from seqmem.workflows.step_timing.measurement import (
    TimedCells,
    in_fresh_process,
    measure_timings,
    plan_timings,
)

SMALL = {"depths": [1], "units": [4], "batches": [1, 2], "length": 4, "alphabet_size": 3}


def test_one_row_per_process_work_engine_cell_and_shape() -> None:
    wanted = plan_timings(["lstm", "gru", "gru"], ["torch"], **(SMALL | {"depths": [1, 1]}))
    calls: list[int] = []

    def in_process(given: Sequence[TimedCells]) -> Iterator[list[float]]:
        calls.append(len(given))
        yield from ([len(calls) + 1.0, len(calls) + 2.0] for _ in given)

    ticks: list[None] = []
    frame = measure_timings(wanted, 3, advance=lambda: ticks.append(None), in_process=in_process)
    assert calls == [4, 4, 4]
    assert len(ticks) == 12
    assert len(frame) == 24
    assert not frame.duplicated(["process", "work", "engine", "cell", "batch"]).any()
    assert set(frame["cell"]) == {"lstm", "gru"}
    assert frame.query("process == 1 and cell == 'gru'")["seconds_per_symbol"].tolist() == [4.0] * 4
    assert set(frame["length"]) == {4}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"units": [0]}, "units: 0 given; input should be greater than or equal to 1"),
        ({"units": [70_000]}, "units: 70000 given; input should be less than or equal to 65536"),
        ({"depths": [1, -1]}, "depth: -1 given"),
        ({"depths": [65]}, "depth: 65 given"),
        ({"alphabet_size": 1}, "alphabet 1: at least 2"),
        ({"alphabet_size": 70_000}, "alphabet"),
    ],
)
def test_shapes_that_are_none_are_refused(changes: dict, message: str) -> None:
    with pytest.raises(InputError, match=message):
        plan_timings(["gru"], ["torch"], **(SMALL | changes))


def test_unknown_cells_are_refused() -> None:
    with pytest.raises(InputError, match="unknown cell 'grü'; valid: gru, "):
        plan_timings(["grü"], ["torch"], **SMALL)


@pytest.mark.slow
def test_a_fresh_process_times_real_work() -> None:
    wanted = plan_timings(["gru", "lstm"], ["torch"], **SMALL)
    frame = measure_timings(wanted, 2)
    assert len(frame) == 16
    assert (frame["seconds_per_symbol"] > 0).all()


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_a_process_that_dies_is_said_so() -> None:
    impossible = TimedCells("train", "no engine", ("gru",), StepShape("gru", 1, 4, 1, 4, 3))
    with pytest.raises(WorkerDied):
        list(in_fresh_process([impossible]))
