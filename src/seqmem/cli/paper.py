"""``python -m seqmem.cli.paper``: run study 1, collect its records, build the report from them."""

from __future__ import annotations

import sys
from pathlib import Path

from cyclopts import App

from seqmem.cli.sweep import sweep_command
from seqmem.cli.time import time_command
from seqmem.core.arguments import WholeNumber
from seqmem.core.command_line import run_app
from seqmem.core.exit_codes import DONE, SOME_RUNS_FAILED
from seqmem.workflows.paper.checkout import ROOT, shipped_records
from seqmem.workflows.paper.contents import TIMINGS_FILE, TIMINGS_FOLDER
from seqmem.workflows.paper.sweeps import study_1_sweeps
from seqmem.workflows.shipping.collecting import is_done

PROGRAM = "python -m seqmem.cli.paper"
RUNS = Path("runs/paper")
TIMED = ("gru", "lstm", "rnn")

app = App(
    name=PROGRAM,
    help="Run study 1, collect its records, build the report from them.",
    version_flags=(),
)


@app.command(name="run")
def run_command(*, out: Path = RUNS, jobs: WholeNumber = 2) -> int:
    """Run every sweep of study 1 and time the cells. Takes hours; the same command resumes.

    Parameters
    ----------
    out
        Folder for the folders of the sweeps.
    jobs
        Runs at a time; the records do not depend on it.
    """
    return run_study_1(out, jobs)


def run_study_1(out: Path, jobs: int) -> int:
    """Run the missing runs of every sweep, then the timings, and return an exit code.

    A sweep that was interrupted or could not go on stops the rest. Failed runs do not.

    Parameters
    ----------
    out : Path
        Folder for the folders of the sweeps.
    jobs : int
        Runs at a time.

    Returns
    -------
    int
        An exit code of `seqmem.core.exit_codes`.
    """
    worst = DONE
    for preset, name in study_1_sweeps():
        code = sweep_command(preset, out=out / name, jobs=jobs)
        if not is_done(out / name):
            return code or SOME_RUNS_FAILED
        worst = max(worst, code)
    timings = out / TIMINGS_FOLDER / TIMINGS_FILE
    if timings.exists():
        return worst
    timings.parent.mkdir(parents=True, exist_ok=True)
    return max(worst, time_command(cell=TIMED, out=timings))


@app.command(name="collect")
def collect_command(runs: Path = RUNS, /, *, records: Path | None = None) -> int:
    """Copy the records of finished sweeps to the shipped records, and list those that differ.

    Records of another environment never replace shipped ones. Their agreement is printed instead.

    Parameters
    ----------
    runs
        Folder with the folders of sweeps.
    records
        Folder of the shipped records. Default: results/study-1 of the repository.
    """
    from seqmem.workflows.paper.collecting import collect_study_1

    all_complete = True
    for line, is_complete in collect_study_1(runs, shipped_records(records)):
        print(line, flush=True)
        all_complete &= is_complete
    return DONE if all_complete else SOME_RUNS_FAILED


@app.command(name="build")
def build_command() -> int:
    """Build the reports, their figures and tables, RESULTS.md and the first lines of README.md.

    Everything is made from the shipped records of both studies.
    """
    from seqmem.analysis.claims.table import verdict_lines
    from seqmem.workflows.paper.install_outputs import rebuild

    shipped_records()
    studies, changes, files = rebuild(ROOT)
    summary = f"{len(changes)} changed" if changes else "all unchanged"
    verdicts = [line for one in studies.values() for line in verdict_lines(one.verdicts)]
    lines = [*verdicts, *changes, f"{files} files, {summary}"]
    print("\n".join(lines))
    return DONE


if __name__ == "__main__":
    sys.exit(run_app(app, PROGRAM, sys.argv[1:]))
