"""``python -m seqmem.cli.paper``: run the study, collect its records, build what is made from them."""

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
from seqmem.workflows.paper.contents import REPORT, TIMINGS, TIMINGS_FOLDER
from seqmem.workflows.paper.sweeps import is_done, sweeps_of_the_study

PROGRAM = "python -m seqmem.cli.paper"
RUNS = Path("runs/paper")
TIMED = ("gru", "lstm", "rnn")

app = App(
    name=PROGRAM,
    help="Run the study, collect its records, build what is made from them.",
    version_flags=(),
)


@app.command
def run(*, out: Path = RUNS, jobs: WholeNumber = 2) -> int:
    """Run every sweep of the study, or what is missing of them, and time the cells. Hours; the same command resumes.

    Parameters
    ----------
    out
        Folder that the sweeps' folders are put in.
    jobs
        Runs at a time; the records do not depend on it.
    """
    return run_study(out, jobs)


def run_study(out: Path, jobs: int) -> int:
    """Run what is missing of every sweep, then the timings, and return an exit code.

    A sweep that does not come to its end, because it was interrupted or stopped itself, ends the rest; runs that failed
    do not.
    """
    ended = DONE
    for study, name in sweeps_of_the_study():
        code = sweep_command(study, out=out / name, jobs=jobs)
        if not is_done(out / name):
            return code or SOME_RUNS_FAILED
        ended = max(ended, code)
    timings = out / TIMINGS_FOLDER / TIMINGS
    if timings.exists():
        return ended
    timings.parent.mkdir(parents=True, exist_ok=True)
    return max(ended, time_command(cell=TIMED, out=timings))


@app.command
def collect(runs: Path = RUNS, /, *, records: Path | None = None) -> int:
    """Take the records of finished sweeps into the shipped ones, and say which differ from those.

    Records of another environment never replace shipped ones: how far they agree is printed instead.

    Parameters
    ----------
    runs
        Folder with the folders of sweeps.
    records
        Folder of the shipped records; results/study-1 of the repository if not given.
    """
    from seqmem.workflows.paper.collecting import collect_study

    whole = True
    for line, is_there in collect_study(runs, shipped_records(records)):
        print(line, flush=True)
        whole &= is_there
    return DONE if whole else SOME_RUNS_FAILED


@app.command
def build() -> int:
    """Make figures, tables, verdicts, the report, RESULTS.md and the README's first lines from the shipped records."""
    from seqmem.analysis.claims.table import verdict_lines
    from seqmem.workflows.paper.install_outputs import rebuild

    records = shipped_records()
    paper, changes, files = rebuild(records, (records / REPORT).relative_to(ROOT), ROOT)
    print("\n".join(verdict_lines(paper.verdicts)))
    print(
        "\n".join(
            [
                *changes,
                f"{files} files, {f'{len(changes)} changed' if changes else 'all as they were'}",
            ]
        )
    )
    return DONE


if __name__ == "__main__":
    sys.exit(run_app(app, PROGRAM, sys.argv[1:]))
