"""`python -m analysis.paper`: run the study, collect its records, build what is made from them."""

from __future__ import annotations

import sys
from pathlib import Path

from cyclopts import App

from analysis.cli import run_app
from analysis.paper.contents import RECORDS_FOLDER, REPORT
from generators.arguments import WholeNumber
from generators.exit_codes import DONE, SOME_RUNS_FAILED

PROGRAM = "python -m analysis.paper"
RUNS = Path("runs/paper")

app = App(name=PROGRAM, help="Run the study, collect its records, build what is made from them.", version_flags=())


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
    from analysis.paper.running import run_study

    return run_study(out, jobs)


@app.command
def collect(runs: Path = RUNS, /) -> int:
    """Take the records of finished sweeps into the shipped ones, and say which differ from those.

    Records of another environment never replace shipped ones: how far they agree is printed instead.

    Parameters
    ----------
    runs
        Folder with the folders of sweeps.
    """
    from analysis.paper.collecting import collect_study

    whole = True
    for line, is_there in collect_study(runs, RECORDS_FOLDER):
        print(line, flush=True)
        whole &= is_there
    return DONE if whole else SOME_RUNS_FAILED


@app.command
def build() -> int:
    """Make figures, tables, verdicts, the report, RESULTS.md and the README's first lines from the shipped records."""
    from analysis.claims.table import verdict_lines
    from analysis.paper.placing import rebuild

    root = RECORDS_FOLDER.parents[2]
    paper, changes, files = rebuild(RECORDS_FOLDER, (RECORDS_FOLDER / REPORT).relative_to(root), root)
    print("\n".join(verdict_lines(paper.verdicts)))
    print("\n".join([*changes, f"{files} files, {f'{len(changes)} changed' if changes else 'all as they were'}"]))
    return DONE


if __name__ == "__main__":
    sys.exit(run_app(app, PROGRAM, sys.argv[1:]))
