"""The command ``calibrate``: time training steps on this machine and write a cost table."""

import time
from pathlib import Path

from seqmem.core.errors import InputError
from seqmem.study.calibration.table import MEDIAN_LIMIT, WORST_LIMIT, CostTable
from seqmem.sweeps.config.section import UNITS_GRID

NOT_WITHIN = 1


def calibrate_command(*, out: Path = Path("costs.json")) -> int:
    """Time training steps of the fused engine on this machine, about two minutes, and write a cost table.

    Budgets in cal-s are turned into steps by such a table; without one, by the table that comes with the package. Let
    nothing else run meanwhile. The exit code is 1 if the fitted model misses the measured times by more than it may.

    Parameters
    ----------
    out
        File to write, .json.
    """
    if out.suffix != ".json":
        raise InputError(
            f"--out {out}: a cost table is a JSON file; give a name that ends in .json"
        )
    from seqmem.core.progress import duration, progress_for
    from seqmem.study.calibration.table import write_table
    from seqmem.study.engine import resolve_engine
    from seqmem.sweeps.storage.manifest import cpu_model
    from seqmem.workflows.calibration.measurement import ENGINE, measure_table, visit_count

    resolve_engine(ENGINE, "cpu")
    started = time.monotonic()
    progress = progress_for("timings")
    progress.start(visit_count(UNITS_GRID), 0)
    try:
        table = measure_table(UNITS_GRID, cpu_model(), advance=lambda: progress.advance(""))
    finally:
        progress.stop()
    write_table(out, table)
    print(verdict(table))
    print(f"cost table {table.hash}: {out}, measured in {duration(time.monotonic() - started)}")
    return 0 if table.held_out_error.is_within_limits else NOT_WITHIN


def verdict(table: CostTable) -> str:
    """Return how good the fitted model is, as one line."""
    error = table.held_out_error
    within = "within" if error.is_within_limits else "NOT within"
    advice = "" if error.is_within_limits else "; calibrate again with nothing else running"
    return (
        f"held-out error on {error.shapes} shapes: median {error.median:.1%}, worst {error.worst:.1%}: "
        f"{within} {MEDIAN_LIMIT:.0%} and {WORST_LIMIT:.0%}{advice}"
    )
