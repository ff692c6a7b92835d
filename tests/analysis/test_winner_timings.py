"""Step times of winners: which shapes are timed, how a file is continued, and what it says."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from seqmem.analysis.estimators.depth_ratios import valued_runs
from seqmem.analysis.estimators.step_times import log2_of_table
from seqmem.analysis.records.sources import WINNER_TIMINGS_FILE, load_timings
from seqmem.core.errors import InputError
from seqmem.study.calibration.table import reference_table
from seqmem.workflows.step_timing import winners
from seqmem.workflows.step_timing.winners import plan_winners, write_winner_timings
from tests.analysis.study_2_designs import depth_sweeps


@pytest.fixture(autouse=True)
def one_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give every row the same processor and environment, without the kernels."""
    monkeypatch.setattr("seqmem.sweeps.storage.manifest.cpu_model", lambda: "a processor")
    monkeypatch.setattr("seqmem.study.environment.environment_key", lambda engine: engine)


@pytest.fixture
def folder(make_frame, write_sweep, tmp_path: Path) -> Path:
    return write_sweep(make_frame(levels=(48,), budget="2 cal-s", searches=3), tmp_path / "sweep")


class Visits:
    """Times that are twice those of the table, and what was timed in each process."""

    def __init__(self, fail_at: int = 99) -> None:
        self.timed: list[list[winners.TimedShapes]] = []
        self.fail_at = fail_at

    def __call__(self, wanted):
        if len(self.timed) == self.fail_at:
            raise KeyboardInterrupt
        self.timed.append(list(wanted))
        table = reference_table()
        for timed in wanted:
            yield [
                2 * table.seconds_per_step(shape) / (shape.batch * shape.length)
                for shape in timed.shapes
            ]


def test_the_winners_of_a_search_are_timed_together(folder: Path) -> None:
    wanted = plan_winners([folder])
    assert len(wanted) == 3
    for timed in wanted:
        assert [shape.cell for shape in timed.shapes] == ["gru", "lstm"]
        assert len({(shape.units, shape.depth) for shape in timed.shapes}) == 1


def test_depths_of_one_search_are_timed_together_with_the_finalists_of_a_quarter(
    write_sweep, tmp_path: Path
) -> None:
    frame, configs = depth_sweeps({2: 0.3}, levels=(512,), noise=1)
    frame = frame.assign(batch=8, length=16)
    # Every point has its own size, so a shape tells the point.
    frame["units"] = 4 * (1 + frame["tune_trial"].fillna(frame["trial"]).astype(int))
    folders = [
        write_sweep(frame[frame["sweep"] == name], tmp_path / name) for name in sorted(configs)
    ]
    wanted = plan_winners(folders)
    assert len(wanted) == 3
    timed = valued_runs(frame)
    for one in wanted:
        assert {(shape.cell, shape.depth) for shape in one.shapes} == {
            (cell, depth) for cell in ("gru", "lstm") for depth in (1, 2)
        }
    shapes = {(shape.cell, shape.depth, shape.units) for one in wanted for shape in one.shapes}
    assert shapes == set(timed[["cell", "depth", "units"]].itertuples(index=False, name=None))


def test_every_second_visit_goes_in_reverse_and_shapes_are_twice_the_table(
    folder: Path, tmp_path: Path
) -> None:
    wanted = plan_winners([folder])
    visits = Visits()
    out = tmp_path / "a" / WINNER_TIMINGS_FILE
    out.parent.mkdir()
    frame = write_winner_timings(wanted, 5, out, in_process=visits)
    assert [len(timed) for timed in visits.timed] == [3] * 5
    assert visits.timed[1] == wanted[::-1]
    logs = log2_of_table(load_timings([out.parent]), 5)
    assert len(logs) == 6
    np.testing.assert_allclose(logs, 1.0)
    assert log2_of_table(frame, 6).empty


def test_an_interrupted_command_goes_on_and_new_winners_are_added(
    folder: Path, tmp_path: Path
) -> None:
    wanted = plan_winners([folder])
    out = tmp_path / WINNER_TIMINGS_FILE
    with pytest.raises(KeyboardInterrupt):
        write_winner_timings(wanted[:2], 3, out, in_process=Visits(fail_at=2))
    assert len(pd.read_parquet(out)) == 2 * 2 * 2
    visits = Visits()
    frame = write_winner_timings(wanted, 3, out, in_process=visits)
    assert [len(timed) for timed in visits.timed] == [1, 1, 3]
    assert len(frame) == 3 * 3 * 2
    assert not frame.duplicated(["process", "cell", "depth", "units"]).any()


def test_other_timings_and_another_processor_are_refused(
    folder: Path, tmp_path: Path, timings, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = plan_winners([folder])
    other = tmp_path / "timings.parquet"
    timings().to_parquet(other, index=False)
    with pytest.raises(InputError, match="holds other step times"):
        write_winner_timings(wanted, 1, other, in_process=Visits())
    out = tmp_path / WINNER_TIMINGS_FILE
    write_winner_timings(wanted, 1, out, in_process=Visits())
    monkeypatch.setattr("seqmem.sweeps.storage.manifest.cpu_model", lambda: "another")
    with pytest.raises(InputError, match="was measured on 'a processor', this is 'another'"):
        write_winner_timings(wanted, 2, out, in_process=Visits())


def test_folders_without_a_winner_in_calibrated_seconds_are_refused(
    make_frame, write_sweep, tmp_path: Path
) -> None:
    other = write_sweep(make_frame(levels=(48,)), tmp_path / "other")
    with pytest.raises(InputError, match="no search has a confirmed winner"):
        plan_winners([other])
