"""`python -m analysis.paper`: run the study, collect its records, build what is made from them."""

from __future__ import annotations

import sys
from hashlib import sha256
from pathlib import Path

from cyclopts import App

from analysis.claims.table import verdict_lines
from analysis.paper.contents import PRESETS, RECORDS, REPORT, TIMINGS
from generators.arguments import WholeNumber
from generators.errors import InputError
from generators.exit_codes import BAD_INPUT, DONE, SOME_RUNS_FAILED

ROOT = RECORDS.parents[2]
TIMED = ("gru", "lstm", "rnn")

app = App(name="python -m analysis.paper", help=__doc__, version_flags=())


@app.command
def run(*, out: Path = Path("runs/paper"), jobs: WholeNumber = 2) -> int:
    """Run every sweep of the study, or what is missing of them, and time the cells. Hours; resumes.

    Parameters
    ----------
    out
        Folder that the sweeps' folders are put in.
    jobs
        Runs at a time; the records do not depend on it.
    """
    from analysis.timing import time_command
    from sweeps.cli import sweep_command
    from sweeps.study_file import load_configs

    for preset in PRESETS:
        configs = load_configs(preset)
        code = sweep_command(preset, out=out if len(configs) > 1 else out / configs[0].name, jobs=jobs)
        if code not in (DONE, SOME_RUNS_FAILED):
            return code
    timings = out / TIMINGS / "timings.parquet"
    if timings.exists():
        return DONE
    timings.parent.mkdir(parents=True, exist_ok=True)
    return time_command(cell=TIMED, out=timings)


@app.command
def collect(runs: Path = Path("runs/paper"), /) -> int:
    """Take the records of finished sweeps into the shipped ones, and say which differ from those.

    Parameters
    ----------
    runs
        Folder with the folders of sweeps.
    """
    from analysis.paper.collect import collect

    for line in collect(runs, RECORDS):
        print(line)
    return DONE


@app.command
def build() -> int:
    """Make figures, tables, verdicts, the report, RESULTS.md and the README's first lines from the shipped records."""
    from analysis.paper.build import build_paper
    from analysis.paper.results import write_results

    before = _digests()
    paper = build_paper(RECORDS, RECORDS / REPORT)
    write_results(paper, ROOT)
    after = _digests()
    print("\n".join(verdict_lines(paper.verdicts)))
    changed = sorted(name for name in before | after if before.get(name) != after.get(name))
    print(f"{len(after)} files, " + (f"changed: {', '.join(changed)}" if changed else "all as they were"))
    return DONE


def _digests() -> dict[str, str]:
    """Digests of everything that is built, by its place in the repository."""
    files = [*(RECORDS / REPORT).rglob("*"), ROOT / "RESULTS.md", ROOT / "README.md"]
    return {
        file.relative_to(ROOT).as_posix(): sha256(file.read_bytes()).hexdigest() for file in files if file.is_file()
    }


if __name__ == "__main__":
    try:
        sys.exit(app())
    except InputError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(BAD_INPUT)
