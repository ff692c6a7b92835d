"""The command ``time``: seconds per symbol of cells side by side, and their ratios."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from seqmem.core.arguments import WholeNumber
from seqmem.core.errors import InputError
from seqmem.core.exit_codes import DONE, WORK_FAILED
from seqmem.core.messages import print_message
from seqmem.core.output_files import check_output_file
from seqmem.core.registries import help_with_choices
from seqmem.study.engine import ENGINES
from seqmem.study.memorizers.cells import CELLS

_CELL_HELP = help_with_choices(
    "A cell to time, one of these. May be repeated. The first is the numerator of a ratio.",
    {name: cell.help for name, cell in CELLS.items()},
)
_ENGINE_HELP = help_with_choices(
    "An engine to time, one of these. May be repeated. Default: all that are installed.",
    {name: line for name, line in ENGINES.items() if name != "auto"},
)

Numbers = Annotated[tuple[WholeNumber, ...], Parameter(negative=())]


def time_command(
    *,
    cell: Annotated[tuple[str, ...], Parameter(negative=(), help=_CELL_HELP)] = ("gru", "lstm"),
    depth: Numbers = (1, 2),
    units: Numbers = (16, 64, 128),
    batch: Numbers = (1, 64),
    length: WholeNumber = 64,
    alphabet: WholeNumber = 4,
    out: Path = Path("timings.parquet"),
    engine: Annotated[tuple[str, ...], Parameter(negative=(), help=_ENGINE_HELP)] = (),
    processes: WholeNumber = 8,
    winners: Annotated[tuple[Path, ...], Parameter(negative=())] = (),
) -> int:
    """Time training steps and inference of cells side by side; print the ratios of their times.

    Cells are timed in turn (A B B A) on one thread, at every combination of depth, units and batch,
    in several fresh processes one after another. A ratio is a geometric mean over shapes; its
    interval is over processes. Run nothing else at the same time. With the defaults this takes some
    minutes.

    Parameters
    ----------
    depth
        Stacked layers; may be repeated.
    units
        Hidden units per layer; may be repeated.
    batch
        Parallel streams; may be repeated.
    length
        Symbols per stream and step.
    alphabet
        Distinct symbols of the string.
    out
        File to write, .csv or .parquet: one row per process, kind of work, engine, cell and shape.
    processes
        How often everything is timed, each time in a process of its own.
    winners
        Folder of a sweep; may be repeated. Training steps of the winners of its searches are timed
        instead, beside the seconds of the cost table. Cells, sizes and engines are theirs. An
        existing file is continued. Name it winner-timings.parquet and put it into a folder of the
        report.
    """
    if processes < 1:
        raise InputError(f"--processes {processes}: at least 1")
    from seqmem.core.progress import progress_for
    from seqmem.sweeps.execution.executors.executor import WorkerDied
    from seqmem.workflows.step_timing.measurement import plan_timings
    from seqmem.workflows.step_timing.ratio_lines import ratio_lines
    from seqmem.workflows.step_timing.timings_file import (
        check_timings_file,
        chosen_engines,
        write_timings,
    )

    check_timings_file(out)
    check_output_file(out)
    if winners:
        return _time_winners(winners, processes, out)
    wanted = plan_timings(
        cell,
        chosen_engines(engine, cell),
        depths=depth,
        units=units,
        batches=batch,
        length=length,
        alphabet_size=alphabet,
    )
    try:
        frame = write_timings(wanted, processes, out, progress_for("timings"))
    except WorkerDied as error:
        print_message(f"seqmem: error: {error}")
        return WORK_FAILED
    print("\n".join([*ratio_lines(frame), f"timings: {out}"]))
    return DONE


def _time_winners(folders: tuple[Path, ...], visits: int, out: Path) -> int:
    from seqmem.core.progress import progress_for
    from seqmem.sweeps.execution.executors.executor import WorkerDied
    from seqmem.workflows.step_timing.winners import plan_winners, write_winner_timings

    try:
        frame = write_winner_timings(plan_winners(folders), visits, out, progress_for("timings"))
    except WorkerDied as error:
        print_message(f"seqmem: error: {error}")
        return WORK_FAILED
    print(f"timings: {out}, {len(frame)} rows")
    return DONE
