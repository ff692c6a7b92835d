"""The command ``seqmem``: a thin table. Each command's module is loaded only when it runs."""

import sys
from collections.abc import Sequence

from cyclopts import App, CycloptsError, UnknownCommandError

from generators.exit_codes import BAD_INPUT, DONE, INTERRUPTED

# Name, implementation, what it does, an example.
COMMANDS = (
    (
        "generate",
        "generators.cli:generate_command",
        "Make strings of controlled complexity.",
        "seqmem generate --alphabet 4 --measure lzw --target 300 --count 8 --seed 1 --out strings.csv",
    ),
    (
        "match",
        "generators.cli:match_command",
        "Make strings of different sources with the same complexity.",
        "seqmem match --source iid --source markov --source noisy --alphabet 4 --target 300 --length 900",
    ),
    (
        "measure",
        "generators.cli:measure_command",
        "Measure the complexity of strings.",
        "seqmem measure ABRACADABRA",
    ),
    (
        "train",
        "study.cli:train_command",
        "Train one memorizer on one string under a budget.",
        'seqmem train --string ABRACADABRA --cell gru --units 32 --budget "400 steps"',
    ),
    (
        "sweep",
        "sweeps.cli:sweep_command",
        "Run a sweep, or what is missing of it; the same command again resumes.",
        "seqmem sweep quick --jobs 2 --set search.trials=12",
    ),
    (
        "slurm",
        "sweeps.slurm:slurm_command",
        "Print a Slurm script that runs a sweep as a job array.",
        "seqmem slurm my.toml --array 20 --storage postgresql+psycopg://me@host/sweeps --out sweep.sh",
    ),
    (
        "status",
        "sweeps.cli:status_command",
        "Show how far a sweep is.",
        "seqmem status runs/quick",
    ),
    (
        "dashboard",
        "sweeps.dashboard:dashboard_command",
        "Look at a sweep in optuna-dashboard, on this machine alone, over a copy.",
        "seqmem dashboard runs/quick",
    ),
    (
        "export",
        "sweeps.cli:export_command",
        "Write the records of a sweep as a parquet file, one row per run.",
        "seqmem export runs/quick --out runs.parquet",
    ),
    (
        "report",
        "analysis.commands:report_command",
        "Make figures, tables and report.html of a sweep.",
        "seqmem report runs/quick",
    ),
    (
        "figures",
        "analysis.commands:figures_command",
        "Make the figures of a sweep, or one that needs none.",
        "seqmem figures runs/quick --only capacity_curve",
    ),
    (
        "reproduce",
        "analysis.commands:reproduce_command",
        "Run published memorization experiments again and compare.",
        "seqmem reproduce --level low --runs 2 --jobs 2",
    ),
    (
        "compare",
        "analysis.comparison.command:compare_command",
        "Say whether LSTM or GRU memorizes your own strings better, tuned with equal effort.",
        'seqmem compare strings.csv --budget "20 s"',
    ),
    (
        "calibrate",
        "sweeps.calibration:calibrate_command",
        "Time training steps on this machine and write a cost table for budgets in cal-s.",
        "seqmem calibrate --out costs.json",
    ),
    (
        "time",
        "analysis.timing:time_command",
        "Time training and inference of cells side by side on this machine.",
        "seqmem time --units 32 --units 128 --out timings.parquet",
    ),
    (
        "doctor",
        "sweeps.doctor:doctor_command",
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


def run_app(app: App, program: str, arguments: Sequence[str]) -> int:
    """Run a command line and return the exit code: never a traceback for bad input, never a box.

    Parameters
    ----------
    program : how it is called, for the messages.
    """
    tokens, names = list(arguments), [name for name in app if not name.startswith("-")]
    short = program.split()[-1]
    try:
        result = app(tokens, exit_on_error=False, print_error=False, result_action="return_value")
        return result if isinstance(result, int) else DONE
    except UnknownCommandError:
        return _refuse(short, f"unknown command {tokens[0]!r}; valid: {', '.join(names)}")
    except CycloptsError as error:
        from generators.errors import one_line

        command = f"{tokens[0]} " if tokens and tokens[0] in names else ""
        return _refuse(short, f"{one_line(error)}; see {program} {command}--help")
    except KeyboardInterrupt:
        print(f"{short}: interrupted", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        sys.stderr.close()
        return DONE
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        return _refuse(short, f"{where}{error.strerror or error}")
    except ValueError as error:
        # Imported late: a bare --help needs nothing of the packages.
        from generators.errors import InputError

        if not isinstance(error, InputError):
            raise
        return _refuse(short, str(error))


def _refuse(program: str, message: str) -> int:
    print(f"{program}: error: {message}", file=sys.stderr)
    return BAD_INPUT
