"""The command ``seqmem``: a table of commands. The module of a command is loaded when it runs."""

import sys
from collections.abc import Sequence
from typing import NamedTuple

from cyclopts import App

from seqmem.core.command_line import run_app


class Command(NamedTuple):
    """One row of the table of commands.

    Attributes
    ----------
    target : str
        Import string of the function that runs the command, as ``"module:function"``.
    help : str
        What the command does, in one line.
    example : str
        A command line that works.
    """

    target: str
    help: str
    example: str


COMMANDS: dict[str, Command] = {
    "generate": Command(
        "seqmem.cli.generate:generate_command",
        "Make strings of controlled complexity.",
        "seqmem generate --alphabet 4 --measure lzw --target 300 --count 8 --out strings.csv",
    ),
    "match": Command(
        "seqmem.cli.match:match_command",
        "Make strings of different sources with the same complexity.",
        "seqmem match --source iid --source markov --alphabet 4 --target 300 --length 900",
    ),
    "measure": Command(
        "seqmem.cli.measure:measure_command",
        "Measure the complexity of strings.",
        "seqmem measure ABRACADABRA",
    ),
    "train": Command(
        "seqmem.cli.train:train_command",
        "Train one memorizer on one string under a budget.",
        'seqmem train --string ABRACADABRA --cell gru --units 32 --budget "400 steps"',
    ),
    "recall": Command(
        "seqmem.cli.recall:recall_command",
        "Let a saved memorizer continue a prompt.",
        "seqmem recall m.safetensors --prompt ABRA --symbols 11",
    ),
    "new": Command(
        "seqmem.cli.new:new_command",
        "Write a small sweep file to start from.",
        "seqmem new my.toml",
    ),
    "sweep": Command(
        "seqmem.cli.sweep:sweep_command",
        "Run a sweep, the rest of one that was stopped, or a larger one.",
        "seqmem sweep quick --jobs 2 --set search.trials=12",
    ),
    "slurm": Command(
        "seqmem.cli.slurm:slurm_command",
        "Print a Slurm script that runs a sweep as a job array.",
        "seqmem slurm my.toml --array 20 --storage postgresql+psycopg://me@host/db --out sweep.sh",
    ),
    "status": Command(
        "seqmem.cli.status:status_command",
        "Show the progress of one or several sweeps.",
        "seqmem status runs/quick",
    ),
    "dashboard": Command(
        "seqmem.cli.dashboard:dashboard_command",
        "Show a copy of a sweep in optuna-dashboard, on this machine only.",
        "seqmem dashboard runs/quick",
    ),
    "export": Command(
        "seqmem.cli.export:export_command",
        "Write the records of sweeps as parquet, CSV or Arrow, one row per run.",
        "seqmem export runs/quick --out runs.csv",
    ),
    "contrast": Command(
        "seqmem.cli.contrast:contrast_command",
        "Contrast any two settings of sweeps, paired where records are equal, with an interval.",
        'seqmem contrast runs/one-layer runs/two-layers --a "depth=2" --b "depth=1" --by level',
    ),
    "report": Command(
        "seqmem.cli.report:report_command",
        "Make the figures, tables and report.html of one or several sweeps.",
        "seqmem report runs/quick",
    ),
    "figures": Command(
        "seqmem.cli.figures:figures_command",
        "Make the figures of a sweep, or a figure that needs no sweep.",
        "seqmem figures runs/quick --only capacity_curve",
    ),
    "reproduce": Command(
        "seqmem.cli.reproduce:reproduce_command",
        "Run published memorization experiments again and compare.",
        "seqmem reproduce --level low --runs 2 --jobs 2",
    ),
    "compare": Command(
        "seqmem.cli.compare:compare_command",
        "Find out whether LSTM or GRU memorizes your own strings better.",
        'seqmem compare strings.csv --budget "20 s"',
    ),
    "calibrate": Command(
        "seqmem.cli.calibrate:calibrate_command",
        "Time training steps on this machine and write a cost table for budgets in cal-s.",
        "seqmem calibrate --out costs.json",
    ),
    "time": Command(
        "seqmem.cli.time:time_command",
        "Time training and inference of cells side by side on this machine.",
        "seqmem time --units 32 --units 128 --out timings.parquet",
    ),
    "doctor": Command(
        "seqmem.cli.doctor:doctor_command",
        "Show environment, engine, threads and clocks, or compare them with those of a sweep.",
        "seqmem doctor runs/quick",
    ),
}

HELP = """How complex a string can a recurrent network memorize within a fixed training budget?

Start with: seqmem sweep quick, then: seqmem report runs/quick
"""


def build_app() -> App:
    """Return the command line. What the commands need is not imported yet."""
    app = App(name="seqmem", help=HELP, suppress_keyboard_interrupt=False, version=_version)
    for position, (name, command) in enumerate(COMMANDS.items()):
        text = f"{command.help}\n\nExample: {command.example}"
        app.command(command.target, name=name, help=text, sort_key=position)
    return app


def _version() -> str:
    # Imported late: this module takes a fifth of the time of `seqmem --help`.
    from importlib.metadata import version

    return version("seqmem")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code.

    Bad input prints one line on stderr and returns 2.

    Parameters
    ----------
    arguments : sequence of str, optional
        The command and its options. Default: those of this process.
    """
    return run_app(build_app(), "seqmem", sys.argv[1:] if arguments is None else arguments)
