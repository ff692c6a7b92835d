"""The command ``report``: figures, tables, verdicts and one page."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from seqmem.core.damage import Damages
from seqmem.core.messages import print_message


def report_command(
    folder: Path,
    /,
    *more: Path,
    out: Path | None = None,
    skip_damaged: Annotated[bool, Parameter(negative=())] = False,
) -> None:
    """Make figures, tables, verdicts and report.html of one or several sweeps.

    Prints capacities and verdicts. A file timings.parquet or timings.csv of `seqmem time` in one of
    the folders is used too.

    Parameters
    ----------
    folder
        The sweep's folder.
    more
        Folders of further sweeps, read together with the first. Most claims need several sweeps.
    out
        Folder to write to. Default: FOLDER/report.
    skip_damaged
        Leave out rows that no run could have written, and say how many. Without this flag they are
        refused.
    """
    from seqmem.analysis.report.build import make_report

    damages = Damages(skip_damaged)
    made = make_report([folder, *more], out, damages)
    print("\n".join([*made.lines, f"report: {made.page}"]))
    if damages.line:
        print_message(damages.line)
