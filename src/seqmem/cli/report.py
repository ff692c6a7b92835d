"""The command ``report``: figures, tables, verdicts and one page."""

from pathlib import Path


def report_command(folder: Path, /, *more: Path, out: Path | None = None) -> None:
    """Make figures, tables, verdicts and report.html of one or several sweeps; print capacities and verdicts.

    What `seqmem time` wrote is used too if it lies in a folder as timings.parquet or timings.csv.

    Parameters
    ----------
    folder
        The sweep's folder.
    more
        Folders of further sweeps, read together with the first: most claims need several sweeps.
    out
        Folder to write to; FOLDER/report if not given.
    """
    from seqmem.analysis.report.build import make_report

    made = make_report([folder, *more], out)
    print("\n".join([*made.lines, f"report: {made.page}"]))
