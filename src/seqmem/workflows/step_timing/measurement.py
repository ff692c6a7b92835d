"""Seconds per symbol of cells side by side, in several fresh processes: the process is the statistical unit.

Where a process's code and memory come to lie changes its speed for as long as it lives, so repetitions within one
process say nothing about how the next one would do (Kalibera and Jones 2013).
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
ROUNDS = 10
SMALLEST_ALPHABET = 2

TimeOne = Callable[["Comparison"], list[float]]


@dataclass(frozen=True)
class Comparison:
    """Cells that are timed in turn, on one engine, at one shape.

    Parameters
    ----------
    work : {"train", "inference"}
        A training step of the stream protocol, or a pass over as many symbols without gradients.
    engine : str
    cells : tuple of str
        Distinct, in the order of the first block.
    shape : StepShape
        Its cell stands for all of them.
    """

    work: str
    engine: str
    cells: tuple[str, ...]
    shape: StepShape


def comparisons(
    cells: Sequence[str],
    engines: Sequence[str],
    *,
    depths: Sequence[int],
    units: Sequence[int],
    batches: Sequence[int],
    length: int,
    alphabet_size: int,
) -> list[Comparison]:
    """Return training and inference of all shapes on all engines.

    Raises
    ------
    InputError
        If a cell is unknown, or no network has such a shape.

    >>> found = comparisons(["gru"], ["torch"], depths=[1], units=[8, 16], batches=[1], length=64, alphabet_size=4)
    >>> [(comparison.work, comparison.shape.units) for comparison in found]
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
        Comparison(work, engine, distinct, shape)
        for engine, work, shape in product(engines, WORKS, shapes)
    ]


def time_comparisons(
    wanted: Sequence[Comparison],
    processes: int,
    *,
    advance: Callable[[], None] = lambda: None,
    in_process: Callable[[Sequence[Comparison]], Iterator[list[float]]] | None = None,
) -> pd.DataFrame:
    """Time comparisons in several processes, one after another.

    Parameters
    ----------
    processes : int
    advance : callable
        Called after each comparison.
    in_process : callable, optional
        Yields the seconds per symbol of a comparison's cells, comparison by comparison; `in_fresh_process` if absent.

    Returns
    -------
    pandas.DataFrame
        Columns ``process`` (from 0), ``work``, ``engine``, ``cell``, ``depth``, ``units``, ``batch``, ``length``,
        ``alphabet_size``, ``seconds_per_symbol`` (CPU seconds of one thread), ``cpu``, ``environment_key``.
    """
    import pandas as pd

    from seqmem.study.environment import environment_key
    from seqmem.sweeps.storage.manifest import cpu_model

    rows = []
    for process in range(processes):
        timed = (in_process or in_fresh_process)(wanted)
        for comparison, found in zip(wanted, timed, strict=True):
            for cell, seconds in zip(comparison.cells, found, strict=True):
                identity = {
                    "process": process,
                    "work": comparison.work,
                    "engine": comparison.engine,
                }
                shape = asdict(replace(comparison.shape, cell=cell))
                rows.append(identity | shape | {"seconds_per_symbol": seconds})
            advance()
    keys = {
        engine: environment_key(engine) for engine in {comparison.engine for comparison in wanted}
    }
    frame = pd.DataFrame(rows)
    return frame.assign(cpu=cpu_model(), environment_key=frame["engine"].map(keys))


def in_fresh_process(wanted: Sequence[Comparison]) -> Iterator[list[float]]:
    """Yield the seconds per symbol of every comparison's cells, from a process that is started for them.

    Raises
    ------
    WorkerDied
        If it ends before it is done.
    InputError
        If it has not enough memory for a shape.
    """
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_send_timings, args=(wanted, sender), daemon=True)
    with interrupts_blocked():
        process.start()
    sender.close()
    try:
        for _ in wanted:
            found = receiver.recv()
            if isinstance(found, str):
                raise InputError(" ".join(found.split()))
            yield found
    except EOFError:
        raise WorkerDied("the process that was timed died, perhaps for lack of memory") from None
    finally:
        process.terminate()
        process.join()
        receiver.close()


def time_one(comparison: Comparison) -> list[float]:
    """Return the median CPU seconds per symbol of every cell of a comparison, timed in turn on one thread."""
    from seqmem.study.runner import one_thread, warm_up
    from seqmem.study.stopwatch import inference_pass, seconds_in_turn, training_step
    from seqmem.workflows.calibration.measurement import config_of

    prepare = training_step if comparison.work == "train" else inference_pass
    shape = comparison.shape
    for cell in comparison.cells:
        warm_up(cell, comparison.engine, "cpu")
    with one_thread():
        works = [
            prepare(config_of(replace(shape, cell=cell), comparison.engine))
            for cell in comparison.cells
        ]
        seconds = seconds_in_turn(works, ROUNDS)
    return [second / (shape.batch * shape.length) for second in seconds]


def _send_timings(wanted: Sequence[Comparison], sender: Connection) -> None:
    for comparison in wanted:
        try:
            sender.send(time_one(comparison))
        except (MemoryError, RuntimeError) as error:
            # Torch has no exception of its own for memory that is refused.
            sender.send(f"{comparison.shape} cannot be timed: {error or 'not enough memory'}")
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
