"""The command ``report``: figures, tables, verdicts and one page."""

from pathlib import Path


def report_command(folder: Path, /, *more: Path, out: Path | None = None) -> None:
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
    """
    from seqmem.analysis.report.build import make_report

    made = make_report([folder, *more], out)
    print("\n".join([*made.lines, f"report: {made.page}"]))
