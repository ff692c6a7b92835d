"""The command ``compare``: the better cell for the user's own strings."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from seqmem.cli.reading_options import FileArgument, with_reading_options
from seqmem.cli.string_arguments import say_reading
from seqmem.core.arguments import WholeNumber
from seqmem.core.errors import unknown
from seqmem.core.exit_codes import DONE, SOME_RUNS_FAILED
from seqmem.core.registries import help_with_choices
from seqmem.generators.data.read_options import take_read_options
from seqmem.study.budget import CALIBRATED_UNIT, parse_budget
from seqmem.study.calibration.table import reference_table
from seqmem.study.memorizers.cells import CELLS
from seqmem.workflows.compare.data import read_data
from seqmem.workflows.compare.design import COMPARED_CELLS, LONGEST_STRING, choose_design
from seqmem.workflows.compare.plans import DEFAULT, WIDE

_CELLS_HELP = help_with_choices(
    "Cells to compare, two or more of these:", {name: cell.help for name, cell in CELLS.items()}
)
_TRIALS_HELP = (
    "Configurations tried in each search, a power of two. All cells try the same ones. "
    f"Default: {DEFAULT.trials}; {WIDE.trials} if a cell is none of lstm, gru and rnn."
)
_SEARCHES_HELP = (
    "Independent searches of each cell. Intervals are over searches. "
    f"Default: {DEFAULT.searches}, or {WIDE.searches} with {WIDE.trials} trials; fewer if the data "
    "are few."
)
_LENGTH_HELP = (
    "Symbols of a string. Longer records are cut into disjoint stretches. "
    f"Default: as many symbols as the data allow, at most {LONGEST_STRING:,}."
)

_EXTEND_HELP = (
    "Grow an earlier, smaller comparison of the same data: take over its runs and execute only the "
    "others. Give its folder. Without one, the comparison in the folder of --out grows, and is "
    'kept in before-1 in it. Example: seqmem compare strings.csv --budget "2 GF" --searches 8 '
    "--extend"
)

Cells = Annotated[tuple[str, ...], Parameter(consume_multiple=True, negative=(), help=_CELLS_HELP)]
Flag = Annotated[bool, Parameter(negative=())]
Settings = Annotated[tuple[str, ...], Parameter(name="--set", negative=())]


@with_reading_options
def compare_command(
    file: FileArgument,
    /,
    *,
    budget: str,
    cells: Cells = COMPARED_CELLS,
    trials: Annotated[WholeNumber | None, Parameter(help=_TRIALS_HELP)] = None,
    searches: Annotated[WholeNumber | None, Parameter(help=_SEARCHES_HELP)] = None,
    length: Annotated[WholeNumber | None, Parameter(help=_LENGTH_HELP)] = None,
    seed: WholeNumber = 0,
    settings: Settings = (),
    out: Path | None = None,
    jobs: WholeNumber | None = None,
    extend: Annotated[
        tuple[str, ...] | None, Parameter(consume_multiple=True, negative=(), help=_EXTEND_HELP)
    ] = None,
    timeout: float | None = None,
    dry_run: Flag = False,
    allow_environment_change: Flag = False,
    **reading: Any,
) -> int:
    """Find the better cell for your own strings: each is tuned with equal effort, then compared.

    Prints the complexity of the strings, which cell memorizes more, which reaches the same recall
    faster, and the configuration to use. All intervals hold together with 95 %. The same command
    again resumes.

    Parameters
    ----------
    file
        Your strings or series: a table, FASTA, FASTQ or plain text. "-" reads the standard input.
    budget
        Budget of each run, such as "20 s". Units "steps", "GF" and "cal-s" give the same records
        again.
    seed
        Seed of every run and of the split of the strings into roles. A whole number from 0 on.
    settings
        A setting section.key=value of the sweep that the comparison runs, such as
        search.units="{ low = 8, high = 256 }". May be repeated.
    out
        Folder of the comparison. Default: runs/compare-NAME.
    jobs
        Runs at a time. Default: the number of processors. Results do not depend on it.
    timeout
        Wall seconds after which a run counts as hung. Default: 50 times the expected duration, at
        least 600 seconds.
    dry_run
        Only show the split of the data, the planned runs and the expected time.
    allow_environment_change
        Resume with other versions or another instruction set. Such records are marked.
    """
    bins = reading.pop("bins", None)
    options = take_read_options(reading)
    # What follows is loaded for seconds, so what cannot be compared is refused before.
    choose_design(read_data(file, options, bins), seed, searches, length)
    _check_cells(cells, budget, settings)
    from seqmem.analysis.report.build import make_report
    from seqmem.cli.interrupts import report_interrupts
    from seqmem.core.progress import progress_for
    from seqmem.sweeps.config.conditions import WHOLE_SWEEP
    from seqmem.sweeps.execution.run_list import jobs_or_all
    from seqmem.sweeps.execution.start_checks import check_options
    from seqmem.workflows.compare.growing import as_grown, held_lines
    from seqmem.workflows.compare.prepared import as_stored, default_folder, prepare
    from seqmem.workflows.compare.run import run_prepared

    prepared = prepare(
        file,
        budget,
        reading=options,
        bins=bins,
        cells=cells,
        trials=trials,
        searches=searches,
        length=length,
        seed=seed,
        settings=settings,
        out=out,
    )
    count = jobs_or_all(jobs)
    folder = out or default_folder(prepared)
    grown = False if extend is None else extend or True
    prepared = as_grown(as_stored(prepared, folder), grown, folder)
    check_options(count, timeout, WHOLE_SWEEP, None)
    held = held_lines(prepared, folder, grown, allow_environment_change)
    say_reading(prepared.data.summary)
    refusal = [prepared.refusal] if prepared.refusal else []
    print("\n".join([*prepared.lines[1:], *refusal]), flush=True)
    expected = report_interrupts(
        lambda: prepared.expectation(count, None if grown is True else folder),
        lambda: "nothing was started",
        notice="",
    )
    if isinstance(expected, int):
        return expected
    print("\n".join([*expected, *held]), flush=True)
    if dry_run:
        return DONE
    saved = f"finished runs are saved in {folder}; the same command resumes"
    result = report_interrupts(
        lambda: run_prepared(
            prepared,
            folder,
            jobs=count,
            extend=grown,
            timeout=timeout,
            allow_environment_change=allow_environment_change,
            progress=progress_for(),
        ),
        lambda: saved if folder.exists() else "nothing is saved",
    )
    if isinstance(result, int):
        return result
    comparison, status = result
    print("\n".join(comparison.conclusion.lines))
    if comparison.conclusion.has_report:
        print(f"report: {make_report(folder).page}")
    return SOME_RUNS_FAILED if status.failed else DONE


def _check_cells(cells: Sequence[str], budget: str, settings: Sequence[str]) -> None:
    """Raise `InputError` for an unknown cell, or one that the reference cost table lacks."""
    for cell in cells:
        if cell not in CELLS:
            raise unknown("cell", cell, CELLS)
    if parse_budget(budget).unit == CALIBRATED_UNIT and not any(map(_is_of_training, settings)):
        reference_table().check_training(cells, "cpu", "stream")


def _is_of_training(setting: str) -> bool:
    return setting.partition(".")[0].strip() == "training"
