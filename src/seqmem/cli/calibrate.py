"""The command ``calibrate``: time training steps on this machine and write a cost table."""

import time
from pathlib import Path

from seqmem.core.exit_codes import DONE, OUTSIDE_LIMITS
from seqmem.core.output_files import check_output_file


def calibrate_command(*, out: Path = Path("costs.json")) -> int:
    """Time training steps of the fused engine on this machine and write a cost table.

    Takes about two minutes. Run nothing else at the same time. Budgets in cal-s are turned into
    steps by such a table, or by that of the package. The exit code is 1 if the fitted model misses
    the measured times by more than the limits.

    Parameters
    ----------
    out
        File to write, .json.
    """
    from seqmem.core.progress import duration, progress_for
    from seqmem.workflows.calibration.machine_table import error_line, write_machine_table

    check_output_file(out)
    started = time.monotonic()
    table = write_machine_table(out, progress_for("timings"))
    print(error_line(table))
    print(f"cost table {table.hash}: {out}, measured in {duration(time.monotonic() - started)}")
    return DONE if table.held_out_error.is_within_limits else OUTSIDE_LIMITS
