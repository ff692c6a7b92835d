"""The commands ``report`` and ``figures``. What they need is imported when they run, for quick help."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter


def report_command(folder: Path, /, *, out: Path | None = None) -> None:
    """Make figures, tables and report.html of a sweep, and print the capacities.

    Parameters
    ----------
    folder
        The sweep's folder.
    out
        Folder to write to; FOLDER/report if not given.
    """
    from analysis.records import load
    from analysis.report import build_report
    from analysis.summary import capacity_lines

    page = build_report(folder, out)
    print("\n".join(capacity_lines(load(folder))))
    print(f"report: {page}")


def figures_command(
    folder: Path,
    /,
    *,
    only: Annotated[tuple[str, ...], Parameter(negative=())] = (),
    out: Path | None = None,
) -> None:
    """Make the figures of a sweep as PDF, SVG, PNG and CSV.

    Parameters
    ----------
    folder
        The sweep's folder.
    only
        Name of a figure that is wanted: anytime, capacity_curve; may be repeated. All if not given.
    out
        Folder to write to; FOLDER/report/figures if not given.
    """
    from analysis.figures import build_figures, check_names
    from analysis.records import load

    check_names(only)
    for built in build_figures(load(folder), out or folder / "report" / "figures", only or None):
        print("\n".join(str(path) for path in built.files))
