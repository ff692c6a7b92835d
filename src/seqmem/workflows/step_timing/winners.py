"""Time the shapes of the winners of searches, beside the seconds of their cost table.

The calibrated second of a shape comes from a cost table. Study 2 reads every ratio of times a third
time, corrected by measured over table seconds of the two winners' shapes. The winners of one search
are timed in turn (A B B A), in several visits. A visit is a fresh process,
and every second visit goes through the searches in reverse. The depths of `study2-depth` are one
search, and the finalists that are chosen at a quarter of its budget are timed too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seqmem.core.atomic import replace_file
from seqmem.core.errors import InputError
from seqmem.core.progress import Progress, Silent
from seqmem.study.calibration.model import StepShape
from seqmem.workflows.step_timing.measurement import TimedShapes, in_fresh_process
from seqmem.workflows.step_timing.timings_file import encoded

if TYPE_CHECKING:
    import pandas as pd

ENGINE = "fused"
_SHAPE = ["cell", "depth", "units", "batch", "length", "alphabet_size"]

InProcess = Callable[[Sequence[TimedShapes]], Iterator[list[float]]]


def plan_winners(folders: Sequence[Path]) -> list[TimedShapes]:
    """Return the shapes of the winners of each search, those of all cells together.

    Searches of the depths of `study2-depth` have the same strings, and count as one. Their
    finalists that are chosen at a quarter of the budget are added.

    Parameters
    ----------
    folders : sequence of Path
        Folders of sweeps with budgets in calibrated seconds.

    Returns
    -------
    list of TimedShapes
        Distinct, in a fixed order.

    Raises
    ------
    FileNotFoundError, InputError
        As `analysis.load`; or if no search has a confirmed winner in calibrated seconds.
    """
    import pandas as pd

    from seqmem.analysis.claims.study_2.rules.sweeps import DEPTH, parts_of
    from seqmem.analysis.estimators.depth_ratios import valued_runs
    from seqmem.analysis.estimators.search_quality import winners
    from seqmem.analysis.records.sources import load_sources

    records = load_sources(folders).frame
    records = records[records["budget_unit"] == "cal-s"]
    is_depth = records["sweep"].isin(parts_of(DEPTH, records["sweep"].unique()))
    frame = pd.concat([winners(records), valued_runs(records[is_depth])])
    sweeps = frame["sweep"].mask(frame["sweep"].isin(records.loc[is_depth, "sweep"]), DEPTH)
    groups = set()
    for _, rows in frame.groupby([sweeps, "string_condition", "search"], sort=True):
        shapes = {
            StepShape(str(cell), *(int(size) for size in sizes))
            for cell, *sizes in rows[_SHAPE].itertuples(index=False)
        }
        groups.add(tuple(sorted(shapes, key=_order)))
    if not groups:
        raise InputError(
            "no search has a confirmed winner with a budget in cal-s;"
            " give folders of sweeps that are done"
        )
    return [TimedShapes(ENGINE, group) for group in sorted(groups, key=lambda g: [*map(_order, g)])]


def write_winner_timings(
    wanted: Sequence[TimedShapes],
    visits: int,
    out: Path,
    progress: Progress | None = None,
    in_process: InProcess = in_fresh_process,
) -> pd.DataFrame:
    """Time winners in several visits, and write the file after each.

    Timings that the file already holds are kept, so an interrupted command goes on, and winners of
    further searches are added to every visit.

    Parameters
    ----------
    wanted : sequence of TimedShapes
        As `plan_winners` returns them.
    visits : int
        Number of visits.
    out : Path
        File to write, .csv or .parquet.
    progress : Progress, optional
        Where progress is shown; nowhere if absent.
    in_process : callable, optional
        Yields the seconds per symbol of the shapes, one list for each of its argument.

    Returns
    -------
    pandas.DataFrame
        The columns of `measurement.measure_timings`, with the visit as ``process`` and "winner" as
        ``work``, and ``table_seconds_per_symbol``.

    Raises
    ------
    InputError
        If the file holds other step times, or those of another processor.
    WorkerDied
        If a process that is timed ends before it is done.
    """
    import pandas as pd

    frame = _earlier(out)
    progress = progress or Silent()
    done = set(frame[["process", *_SHAPE]].itertuples(index=False, name=None))
    progress.start(len(wanted) * visits, 0)
    try:
        for visit in range(visits):
            order = list(wanted) if visit % 2 == 0 else list(reversed(wanted))
            missing = [
                timed
                for timed in order
                if any((visit, *_order(shape)) not in done for shape in timed.shapes)
            ]
            if not missing:
                continue
            rows: list[dict[str, Any]] = []
            for timed, seconds in zip(missing, in_process(missing), strict=True):
                rows += _rows(visit, timed, seconds)
                progress.advance("")
            frame = pd.concat([frame, pd.DataFrame(rows)], ignore_index=True)
            with replace_file(out, "wb") as file:
                file.write(encoded(frame, out.suffix))
    finally:
        progress.stop()
    return frame


def _order(shape: StepShape) -> tuple[Any, ...]:
    return tuple(getattr(shape, name) for name in _SHAPE)


def _rows(visit: int, timed: TimedShapes, seconds: Sequence[float]) -> Iterator[dict[str, Any]]:
    from seqmem.analysis.estimators.step_times import WINNER_WORK
    from seqmem.study.calibration.table import reference_table
    from seqmem.study.environment import environment_key
    from seqmem.sweeps.storage.manifest import cpu_model

    table = reference_table()
    for shape, measured in zip(timed.shapes, seconds, strict=True):
        yield {
            "process": visit,
            "work": WINNER_WORK,
            "engine": timed.engine,
            **asdict(shape),
            "seconds_per_symbol": measured,
            "table_seconds_per_symbol": table.seconds_per_step(shape)
            / (shape.batch * shape.length),
            "cpu": cpu_model(),
            "environment_key": environment_key(timed.engine),
        }


def _earlier(out: Path) -> pd.DataFrame:
    """Return the timings that the file holds, or none if it does not exist."""
    import pandas as pd

    from seqmem.analysis.estimators.step_times import WINNER_WORK
    from seqmem.analysis.records.sources import read_timings
    from seqmem.sweeps.storage.manifest import cpu_model

    if not out.exists():
        return pd.DataFrame(columns=["process", *_SHAPE])
    frame = read_timings(out)
    if set(frame["work"]) != {WINNER_WORK}:
        raise InputError(f"'{out}' holds other step times; give another file with --out")
    if set(frame["cpu"]) != {cpu_model()}:
        raise InputError(
            f"'{out}' was measured on '{frame['cpu'].iloc[0]}', this is '{cpu_model()}'; all visits"
            " need one machine, so give another file with --out"
        )
    return frame
