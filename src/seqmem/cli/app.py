"""The command ``seqmem``: a thin table. Each command's module is loaded only when it runs."""

import sys
from collections.abc import Sequence

from cyclopts import App

from seqmem.core.command_line import run_app

# Name, implementation, what it does, an example.
COMMANDS = (
    (
        "generate",
        "seqmem.cli.generate:generate_command",
        "Make strings of controlled complexity.",
        "seqmem generate --alphabet 4 --measure lzw --target 300 --count 8 --seed 1 --out strings.csv",
    ),
    (
        "match",
        "seqmem.cli.match:match_command",
        "Make strings of different sources with the same complexity.",
        "seqmem match --source iid --source markov --source noisy --alphabet 4 --target 300 --length 900",
    ),
    (
        "measure",
        "seqmem.cli.measure:measure_command",
        "Measure the complexity of strings.",
        "seqmem measure ABRACADABRA",
    ),
    (
        "train",
        "seqmem.cli.train:train_command",
        "Train one memorizer on one string under a budget.",
        'seqmem train --string ABRACADABRA --cell gru --units 32 --budget "400 steps"',
    ),
    (
        "sweep",
        "seqmem.cli.sweep:sweep_command",
        "Run a sweep, or what is missing of it; the same command again resumes.",
        "seqmem sweep quick --jobs 2 --set search.trials=12",
    ),
    (
        "slurm",
        "seqmem.cli.slurm:slurm_command",
        "Print a Slurm script that runs a sweep as a job array.",
        "seqmem slurm my.toml --array 20 --storage postgresql+psycopg://me@host/sweeps --out sweep.sh",
    ),
    (
        "status",
        "seqmem.cli.status:status_command",
        "Show how far a sweep is.",
        "seqmem status runs/quick",
    ),
    (
        "dashboard",
        "seqmem.cli.dashboard:dashboard_command",
        "Look at a sweep in optuna-dashboard, on this machine alone, over a copy.",
        "seqmem dashboard runs/quick",
    ),
    (
        "export",
        "seqmem.cli.export:export_command",
        "Write the records of a sweep as a parquet file, one row per run.",
        "seqmem export runs/quick --out runs.parquet",
    ),
    (
        "report",
        "seqmem.cli.report:report_command",
        "Make figures, tables and report.html of a sweep.",
        "seqmem report runs/quick",
    ),
    (
        "figures",
        "seqmem.cli.figures:figures_command",
        "Make the figures of a sweep, or one that needs none.",
        "seqmem figures runs/quick --only capacity_curve",
    ),
    (
        "reproduce",
        "seqmem.cli.reproduce:reproduce_command",
        "Run published memorization experiments again and compare.",
        "seqmem reproduce --level low --runs 2 --jobs 2",
    ),
    (
        "compare",
        "seqmem.cli.compare:compare_command",
        "Say whether LSTM or GRU memorizes your own strings better, tuned with equal effort.",
        'seqmem compare strings.csv --budget "20 s"',
    ),
    (
        "calibrate",
        "seqmem.cli.calibrate:calibrate_command",
        "Time training steps on this machine and write a cost table for budgets in cal-s.",
        "seqmem calibrate --out costs.json",
    ),
    (
        "time",
        "seqmem.cli.time:time_command",
        "Time training and inference of cells side by side on this machine.",
        "seqmem time --units 32 --units 128 --out timings.parquet",
    ),
    (
        "doctor",
        "seqmem.cli.doctor:doctor_command",
        "Show environment, engine, threads and clocks, or compare them with what made a sweep.",
        "seqmem doctor runs/quick",
    ),
)

HELP = """How complex a string can a recurrent network memorize within a fixed training budget?

Start with: seqmem sweep quick, then: seqmem report runs/quick
"""


def build_app() -> App:
    """Return the command line, without importing what the commands need."""
    app = App(name="seqmem", help=HELP, suppress_keyboard_interrupt=False, version=_version)
    for place, (name, target, line, example) in enumerate(COMMANDS):
        app.command(target, name=name, help=f"{line}\n\nExample: {example}", sort_key=place)
    return app


def _version() -> str:
    # Imported late: it takes a fifth of a bare --help.
    from importlib.metadata import version

    return version("seqmem")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return the exit code; bad input is one line on stderr and 2."""
    return run_app(build_app(), "seqmem", sys.argv[1:] if arguments is None else arguments)
