"""Measure seconds per symbol of cells side by side, in several fresh processes.

The process is the statistical unit. The location of a process's code and memory changes its speed
for its whole life. So repetitions within one process do not show how the next process would do
(Kalibera and Jones 2013).
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import product
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING

from seqmem.core.errors import InputError, unknown
from seqmem.core.processes import interrupts_blocked
from seqmem.study.calibration.model import StepShape
from seqmem.study.memorizers.cells import CELLS
from seqmem.sweeps.execution.executors.executor import WorkerDied

if TYPE_CHECKING:
    import pandas as pd

WORKS = ("train", "inference")
TIMING_ROUNDS = 10
SMALLEST_ALPHABET = 2


@dataclass(frozen=True)
class TimedCells:
    """Cells that are timed in turn, on one engine, at one shape.

    Attributes
    ----------
    work : {"train", "inference"}
        A training step of the stream protocol, or a pass over as many symbols without gradients.
    engine : str
        Name of the engine.
    cells : tuple of str
        Distinct, in the order of the first block.
    shape : StepShape
        The shape of every cell; its own cell has no effect.
    """

    work: str
    engine: str
    cells: tuple[str, ...]
    shape: StepShape

    @property
    def shapes(self) -> tuple[StepShape, ...]:
        """The shape of each cell."""
        return tuple(replace(self.shape, cell=cell) for cell in self.cells)


@dataclass(frozen=True)
class TimedShapes:
    """Training steps of several shapes that are timed in turn, on one engine.

    Attributes
    ----------
    engine : str
        Name of the engine.
    shapes : tuple of StepShape
        Distinct, in the order of the first block.
    """

    engine: str
    shapes: tuple[StepShape, ...]
    work: str = "train"


def plan_timings(
    cells: Sequence[str],
    engines: Sequence[str],
    *,
    depths: Sequence[int],
    units: Sequence[int],
    batches: Sequence[int],
    length: int,
    alphabet_size: int,
) -> list[TimedCells]:
    """Return training and inference at all shapes on all engines.

    Parameters
    ----------
    cells : sequence of str
        Names of cells; repetitions are dropped.
    engines : sequence of str
        Names of engines.
    depths : sequence of int
        Numbers of stacked layers.
    units : sequence of int
        Hidden units per layer.
    batches : sequence of int
        Numbers of parallel streams.
    length : int
        Symbols per stream and step.
    alphabet_size : int
        Distinct symbols of the string.

    Returns
    -------
    list of TimedCells
        One for each engine, kind of work and shape.

    Raises
    ------
    InputError
        If a cell is unknown, or no network has such a shape.

    Examples
    --------
    >>> sizes = {"depths": [1], "units": [8, 16], "batches": [1], "length": 64, "alphabet_size": 4}
    >>> [(timed.work, timed.shape.units) for timed in plan_timings(["gru"], ["torch"], **sizes)]
    [('train', 8), ('train', 16), ('inference', 8), ('inference', 16)]
    """
    for cell in cells:
        if cell not in CELLS:
            raise unknown("cell", cell, CELLS)
    distinct = tuple(dict.fromkeys(cells))
    shapes = [
        StepShape(distinct[0], depth, size, batch, length, alphabet_size)
        for depth, size, batch in dict.fromkeys(product(depths, units, batches))
    ]
    for cell, shape in product(distinct, shapes):
        _check(replace(shape, cell=cell))
    return [
        TimedCells(work, engine, distinct, shape)
        for engine, work, shape in product(engines, WORKS, shapes)
    ]


def measure_timings(
    wanted: Sequence[TimedCells],
    processes: int,
    *,
    advance: Callable[[], None] = lambda: None,
    in_process: Callable[[Sequence[TimedCells]], Iterator[list[float]]] | None = None,
) -> pd.DataFrame:
    """Measure timings in several processes, one after another.

    Parameters
    ----------
    wanted : sequence of TimedCells
        What is timed in each process.
    processes : int
        Number of processes.
    advance : callable
        Called after each of the ``processes * len(wanted)`` timings.
    in_process : callable, optional
        Yields the seconds per symbol of the cells, one list for each of its argument;
        `in_fresh_process` if absent.

    Returns
    -------
    pandas.DataFrame
        Columns ``process`` (from 0), ``work``, ``engine``, ``cell``, ``depth``, ``units``,
        ``batch``, ``length``, ``alphabet_size``, ``seconds_per_symbol`` (CPU seconds of one
        thread), ``cpu``, ``environment_key``.
    """
    import pandas as pd

    from seqmem.study.environment import environment_key
    from seqmem.sweeps.storage.manifest import cpu_model

    rows = []
    for process in range(processes):
        seconds_by_cell = (in_process or in_fresh_process)(wanted)
        for timed, all_seconds in zip(wanted, seconds_by_cell, strict=True):
            identity = {"process": process, "work": timed.work, "engine": timed.engine}
            for cell, seconds in zip(timed.cells, all_seconds, strict=True):
                shape = asdict(replace(timed.shape, cell=cell))
                rows.append(identity | shape | {"seconds_per_symbol": seconds})
            advance()
    keys = {engine: environment_key(engine) for engine in {timed.engine for timed in wanted}}
    frame = pd.DataFrame(rows)
    return frame.assign(cpu=cpu_model(), environment_key=frame["engine"].map(keys))


def in_fresh_process(wanted: Sequence[TimedCells | TimedShapes]) -> Iterator[list[float]]:
    """Yield the seconds per symbol of cells from a new process.

    Parameters
    ----------
    wanted : sequence of TimedCells or TimedShapes
        What is timed in the process.

    Yields
    ------
    list of float
        CPU seconds per symbol of each shape, one list for each item of `wanted`.

    Raises
    ------
    WorkerDied
        If the process ends before it is done.
    InputError
        If the process has not enough memory for a shape.
    """
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_send_timings, args=(wanted, sender), daemon=True)
    with interrupts_blocked():
        process.start()
    sender.close()
    try:
        for _ in wanted:
            answer = receiver.recv()
            if isinstance(answer, str):
                raise InputError(" ".join(answer.split()))
            yield answer
    except EOFError:
        raise WorkerDied("the process that was timed died, perhaps for lack of memory") from None
    finally:
        process.terminate()
        process.join()
        receiver.close()


def time_in_turn(timed: TimedCells | TimedShapes) -> list[float]:
    """Return the median seconds per symbol of every shape, timed in turn on one thread.

    Parameters
    ----------
    timed : TimedCells or TimedShapes
        Shapes, engine and kind of work.

    Returns
    -------
    list of float
        CPU seconds per symbol, in the order of the shapes.
    """
    from seqmem.study.runner import one_thread, warm_up
    from seqmem.study.stopwatch import inference_pass, seconds_in_turn, training_step
    from seqmem.workflows.calibration.measurement import config_of

    prepare = training_step if timed.work == "train" else inference_pass
    for cell in dict.fromkeys(shape.cell for shape in timed.shapes):
        warm_up(cell, timed.engine, "cpu")
    with one_thread():
        works = [prepare(config_of(shape, timed.engine)) for shape in timed.shapes]
        seconds = seconds_in_turn(works, TIMING_ROUNDS)
    return [
        second / (shape.batch * shape.length)
        for second, shape in zip(seconds, timed.shapes, strict=True)
    ]


def _send_timings(wanted: Sequence[TimedCells | TimedShapes], sender: Connection) -> None:
    for timed in wanted:
        try:
            sender.send(time_in_turn(timed))
        except (MemoryError, RuntimeError) as error:
            # Torch has no exception of its own for a lack of memory.
            sender.send(f"{timed.shapes[0]} cannot be timed: {error or 'not enough memory'}")
            break
    sender.close()


def _check(shape: StepShape) -> None:
    """Raise `InputError` for a shape that no network has."""
    from seqmem.core.validation import validate
    from seqmem.study.config import RunConfig
    from seqmem.workflows.calibration.measurement import run_fields

    if shape.alphabet_size < SMALLEST_ALPHABET:
        raise InputError(f"alphabet {shape.alphabet_size}: at least {SMALLEST_ALPHABET}")
    validate(RunConfig, run_fields(shape))
