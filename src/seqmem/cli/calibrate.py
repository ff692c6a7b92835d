"""The command ``calibrate``: time training steps on this machine and write a cost table."""

import time
from pathlib import Path

from seqmem.core.exit_codes import DONE, OUTSIDE_LIMITS
from seqmem.core.output_files import check_output_file


def calibrate_command(*, out: Path = Path("costs.json"), extend: Path | None = None) -> int:
    """Time training steps of the fused engine on this machine and write a cost table.

    Takes about four minutes. Run nothing else at the same time. Budgets in cal-s are turned into
    steps by such a table, or by that of the package. The file holds the costs of LSTM, GRU and RNN
    and, as an extension, those of minGRU and minLSTM. The exit code is 1 if a fitted model misses
    the measured times by more than the limits.

    Parameters
    ----------
    out
        File to write, .json.
    extend
        Cost table to keep as it is. Only its extension is measured, beside the cells of the table
        and in its calibrated seconds.
    """
    from seqmem.core.progress import duration, progress_for
    from seqmem.study.calibration.table import read_table
    from seqmem.workflows.calibration.machine_table import error_line, write_machine_table

    check_output_file(out)
    kept = None if extend is None else read_table(extend)
    started = time.monotonic()
    table = write_machine_table(out, progress_for("timings"), kept)
    measured = (table.extension,) if kept else (table, table.extension)
    parts = [part for part in measured if part is not None]
    for part in parts:
        print(f"{', '.join(part.cells)}: {error_line(part)}")
    print(
        f"cost table {table.hash}, extension {table.extension_hash}: {out}, "
        f"measured in {duration(time.monotonic() - started)}"
    )
    is_good = all(part.held_out_error.is_within_limits for part in parts)
    return DONE if is_good else OUTSIDE_LIMITS
