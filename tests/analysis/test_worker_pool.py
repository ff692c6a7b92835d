"""Results do not depend on which process computes a part of the work."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pandas as pd
import pytest

from seqmem import analysis
from seqmem.analysis.estimators import worker_pool
from seqmem.analysis.estimators.worker_pool import WorkerPool, map_parts, worker_pool_for
from seqmem.analysis.figures import build_figures
from tests.plugins import notebook_names, registered

FIGURES = ["time_to_memorize", "anytime"]


def process_of(index: int) -> tuple[int, int]:
    return index, os.getpid()


def die_elsewhere(caller: int) -> bool:
    if os.getpid() != caller:
        os._exit(1)
    return True


def torch_is_loaded(index: int) -> tuple[int, bool]:
    return os.getpid(), "torch" in sys.modules


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_results_are_in_the_order_of_the_items_and_without_workers_of_this_process():
    assert map_parts(process_of, iter(range(5))) == [(index, os.getpid()) for index in range(5)]


@pytest.mark.slow
def test_workers_take_parts_without_torch_and_write_the_same_bytes(make_frame, tmp_path):
    frame = pd.concat(
        [make_frame(levels=(48, 96)), make_frame(levels=(48, 96), budget="8 GF")], ignore_index=True
    )
    alone = build_figures(frame, tmp_path / "alone", FIGURES)
    with WorkerPool(1):
        shared = build_figures(frame, tmp_path / "shared", FIGURES)
        parts = map_parts(process_of, range(40))
        loaded = dict(map_parts(torch_is_loaded, range(4)))
    assert [index for index, _ in parts] == list(range(40))
    assert len({process for _, process in parts}) == 2
    loaded.pop(os.getpid(), None)
    assert list(loaded.values()) == [False]
    assert [(built.group, built.caption) for built in shared] == [
        (built.group, built.caption) for built in alone
    ]
    assert [[file.name for file in built.files] for built in shared] == [
        [file.name for file in built.files] for built in alone
    ]
    assert contents(tmp_path / "shared") == contents(tmp_path / "alone")


FIGURE_IN_NOTEBOOK = """
from dataclasses import replace
from seqmem.analysis.figures import anytime

def caption(data):
    return f"{len(data)} rows"

FIGURE = replace(anytime.FIGURE, name="own", caption=caption)
"""


@pytest.mark.slow
def test_workers_draw_a_figure_of_a_notebook(make_frame, tmp_path):
    figure = notebook_names(FIGURE_IN_NOTEBOOK)["FIGURE"]
    with registered(analysis.FIGURES, "own", figure), WorkerPool(1):
        (built,) = build_figures(make_frame(levels=(48, 96)), tmp_path, ["own"])
    assert built.caption.endswith(" rows")
    assert {path.name for path in tmp_path.iterdir()} == {path.name for path in built.files}


@pytest.mark.slow
def test_an_error_in_a_part_comes_out_and_what_a_dead_worker_had_is_done_here():
    with pytest.raises(ZeroDivisionError), WorkerPool(1):
        map_parts(one_over, [1, 2, 0, 4])
    with WorkerPool(1):
        assert map_parts(die_elsewhere, [os.getpid()] * 6) == [True] * 6
        assert map_parts(process_of, [7]) == [(7, os.getpid())]
    assert map_parts(process_of, [1]) == [(1, os.getpid())]


def one_over(number: int) -> float:
    return 1 / number


@pytest.mark.parametrize(
    ("groups", "panels", "processors", "count"),
    [
        (1, 0, 2, 0),
        (2, 0, 2, 0),
        (4, 0, 2, 1),
        (1, 4, 2, 1),
        (4, 0, 1, 0),
        (4, 0, 8, 1),
        (8, 0, 8, 3),
        (50, 9, 64, 3),
    ],
)
def test_workers_are_as_many_as_the_work_is_worth_and_the_processors_allow(
    groups, panels, processors, count, monkeypatch
):
    monkeypatch.setattr(worker_pool, "WorkerPool", lambda number=0: number)
    monkeypatch.setattr("joblib.cpu_count", lambda: processors)
    assert worker_pool_for(groups, panels) == count
