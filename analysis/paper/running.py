"""Run the whole study."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from analysis.paper.contents import PRESETS, TIMINGS_FOLDER
from analysis.timing import time_command
from generators.exit_codes import DONE, SOME_RUNS_FAILED
from sweeps.cli import open_sweep, sweep_command
from sweeps.status import read_status
from sweeps.study_file import PART_OF, load_configs

TIMED = ("gru", "lstm", "rnn")
TIMINGS = "timings.parquet"


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


def sweeps_of_the_study() -> Iterator[tuple[str, str]]:
    """What to give `seqmem sweep` for every sweep of the study, and the sweep's name.

    Examples
    --------
    >>> list(sweeps_of_the_study())[2]
    ('paper-complexity:k4-low', 'paper-complexity-k4-low')
    """
    for preset in PRESETS:
        for config in load_configs(preset):
            part = config.name.removeprefix(preset).removeprefix("-")
            yield f"{preset}{PART_OF}{part}" if part else preset, config.name


def is_done(folder: Path) -> bool:
    """Whether no run of the sweep in a folder is missing; not if there is none."""
    if not (folder / "optuna.db").exists():
        return False
    config, storage = open_sweep(str(folder))
    with closing(storage):
        return read_status(config, storage).is_done
