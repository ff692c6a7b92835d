"""The command ``time``: seconds per symbol of cells side by side, and their ratios."""

import io
import math
import sys
from collections.abc import Hashable, Sequence
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from seqmem.core.arguments import WholeNumber
from seqmem.core.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

    from seqmem.workflows.step_timing.measurement import Comparison

FORMATS = (".csv", ".parquet")
DONE, FAILED = 0, 1
LINE = "{:<10} {:<7} {:>5}  {:<10} {:<6} {:<14} {}"
HEAD = LINE.format(
    "work", "engine", "batch", "cells", "ratio", "95 % interval", "processes x shapes"
)

Names = Annotated[tuple[str, ...], Parameter(negative=())]
Numbers = Annotated[tuple[WholeNumber, ...], Parameter(negative=())]


def time_command(
    *,
    cell: Names = ("gru", "lstm"),
    engine: Names = (),
    depth: Numbers = (1, 2),
    units: Numbers = (16, 64, 128),
    batch: Numbers = (1, 64),
    length: WholeNumber = 64,
    alphabet: WholeNumber = 4,
    processes: WholeNumber = 8,
    out: Path = Path("timings.parquet"),
) -> int:
    """Time training steps and inference of cells side by side on one thread, and print the ratios of their times.

    Cells are timed in turn (A B B A) at every combination of depth, units and batch, in several fresh processes, one
    after another. A ratio is a geometric mean over shapes; its interval is over processes. Let nothing else run
    meanwhile. With what is the default this takes some minutes.

    Parameters
    ----------
    cell
        A cell to time: gru, lstm or rnn; may be repeated. The first is the numerator of a ratio.
    engine
        fused or torch; may be repeated. Those that are installed if not given.
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
    processes
        How often everything is timed, each time in a process of its own.
    out
        File to write, .csv or .parquet: one row per process, kind of work, engine, cell and shape.
    """
    if out.suffix not in FORMATS:
        raise InputError(f"--out {out}: give a name that ends in {' or '.join(FORMATS)}")
    if processes < 1:
        raise InputError(f"--processes {processes}: at least 1")
    from seqmem.core.atomic import replace_file
    from seqmem.sweeps.execution.executors.executor import WorkerDied
    from seqmem.workflows.step_timing.measurement import comparisons

    wanted = comparisons(
        cell,
        _engines(engine, cell),
        depths=depth,
        units=units,
        batches=batch,
        length=length,
        alphabet_size=alphabet,
    )
    try:
        # Opened first: a file that cannot be written should cost nobody the minutes.
        with replace_file(out, "wb") as file:
            frame = _timed(wanted, processes)
            file.write(_encoded(frame, out.suffix))
    except WorkerDied as error:
        print(f"seqmem: error: {error}", file=sys.stderr)
        return FAILED
    print("\n".join([*ratio_lines(frame), f"timings: {out}"]))
    return DONE


def ratio_lines(frame: "pd.DataFrame") -> list[str]:
    """Return the ratio of every two cells for each work and engine, over all batches and for each, as a table."""
    import pandas as pd

    from seqmem.analysis.estimators.step_times import step_time_ratios

    tables = [
        step_time_ratios(frame, *pair, by=by).assign(**batch)
        for pair in combinations(frame["cell"].unique(), 2)
        for by, batch in ((("work", "engine"), {"batch": "all"}), (("work", "engine", "batch"), {}))
    ]
    if not tables:
        return []
    rows = pd.concat(tables).sort_values(["work", "engine"], kind="stable").to_dict("records")
    return [HEAD, *(_line(row) for row in rows)]


def _line(row: "dict[Hashable, Any]") -> str:
    interval = "none" if math.isnan(row["low"]) else f"{row['low']:.3f}–{row['high']:.3f}"
    pair = f"{row['numerator']}/{row['denominator']}"
    counts = f"{row['processes']} x {row['shapes']}"
    return LINE.format(
        row["work"], row["engine"], row["batch"], pair, f"{row['ratio']:.3f}", interval, counts
    )


def _engines(names: Sequence[str], cells: Sequence[str]) -> list[str]:
    """Return the engines that are meant: each once, those that are here and have the cells if none is named."""
    from seqmem.study.engine import resolve_engine

    wanted = names or ("auto", "torch")
    return list(dict.fromkeys(resolve_engine(name, "cpu", cells) for name in wanted))


def _timed(wanted: "Sequence[Comparison]", processes: int) -> "pd.DataFrame":
    from seqmem.core.progress import progress_for
    from seqmem.workflows.step_timing.measurement import time_comparisons

    progress = progress_for("timings")
    progress.start(len(wanted) * processes, 0)
    try:
        return time_comparisons(wanted, processes, advance=lambda: progress.advance(""))
    finally:
        progress.stop()


def _encoded(frame: "pd.DataFrame", suffix: str) -> bytes:
    if suffix == ".csv":
        return str(frame.to_csv(index=False, lineterminator="\n")).encode()
    buffer = io.BytesIO()
    frame.to_parquet(buffer, index=False)
    return buffer.getvalue()
