"""Measure the cost table of this machine, write it, and tell how well its model fits."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from seqmem.core.atomic import replace_file
from seqmem.core.errors import InputError
from seqmem.core.progress import Progress, Silent
from seqmem.study.calibration.fitted import MEDIAN_LIMIT, WORST_LIMIT, FittedCosts
from seqmem.study.calibration.table import CostTable
from seqmem.study.engine import resolve_engine
from seqmem.sweeps.config.section import UNITS_GRID
from seqmem.sweeps.storage.manifest import cpu_model
from seqmem.workflows.calibration.measurement import ENGINE, measure_extension, measure_table
from seqmem.workflows.calibration.shapes import extension_visit_count, visit_count


def write_machine_table(
    out: Path, progress: Progress | None = None, extended: CostTable | None = None
) -> CostTable:
    """Time training steps on this machine, and write the cost table fitted to them.

    Parameters
    ----------
    out : Path
        File to write, .json.
    progress : Progress, optional
        Where progress is shown; nowhere if absent.
    extended : CostTable, optional
        A table to keep. Then only the cells of its extension are calibrated, beside its own.

    Returns
    -------
    CostTable
        The written table.

    Raises
    ------
    InputError
        If the file has another suffix or cannot be written, or the fused engine is not installed.
    """
    if out.suffix != ".json":
        raise InputError(
            f"--out {out}: a cost table is a JSON file; give a name that ends in .json"
        )
    resolve_engine(ENGINE, "cpu")
    shown = progress or Silent()
    # Opened first: a file that cannot be written is refused before the measurement.
    with replace_file(out) as file:
        count = visit_count if extended is None else extension_visit_count
        measure = measure_table if extended is None else partial(measure_extension, extended)
        shown.start(count(UNITS_GRID), 0)
        try:
            table = measure(UNITS_GRID, cpu_model(), advance=lambda: shown.advance(""))
        finally:
            shown.stop()
        file.write(table.to_json())
    return table


def error_line(table: FittedCosts) -> str:
    """Return the error of the fitted model on shapes it was not fitted to, in a line.

    Parameters
    ----------
    table : CostTable or CostExtension
        A cost table, or its extension.

    Returns
    -------
    str
        The errors, the limits, and advice if a limit is exceeded.
    """
    error = table.held_out_error
    within = "within" if error.is_within_limits else "NOT within"
    advice = "" if error.is_within_limits else "; calibrate again with nothing else running"
    return (
        f"held-out error on {error.shapes} shapes: "
        f"median {error.median:.1%}, worst {error.worst:.1%}: "
        f"{within} {MEDIAN_LIMIT:.0%} and {WORST_LIMIT:.0%}{advice}"
    )
