"""The command ``compare``: the better cell for the user's own strings."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from seqmem.core.arguments import WholeNumber
from seqmem.core.exit_codes import DONE, SOME_RUNS_FAILED
from seqmem.core.registries import help_with_choices
from seqmem.generators.sources.corpus import DEFAULT_BINS
from seqmem.study.memorizers.cells import CELLS
from seqmem.workflows.compare.design import COMPARED_CELLS, LONGEST_STRING, SEARCHES, TRIALS

_CELLS_HELP = help_with_choices(
    "Cells to compare, two or more of these:", {name: cell.help for name, cell in CELLS.items()}
)
_SEARCHES_HELP = (
    "Independent searches of each cell. Intervals are over searches. "
    f"Default: {SEARCHES}, or fewer if the data are few."
)
_LENGTH_HELP = (
    "Symbols of a string. Longer records are cut into disjoint stretches. "
    f"Default: as many symbols as the data allow, at most {LONGEST_STRING:,}."
)
_BINS_HELP = f"Number of symbols that numbers become. Default: {DEFAULT_BINS}."

Cells = Annotated[tuple[str, ...], Parameter(consume_multiple=True, negative=(), help=_CELLS_HELP)]
Flag = Annotated[bool, Parameter(negative=())]
Settings = Annotated[tuple[str, ...], Parameter(name="--set", negative=())]


def compare_command(
    file: Path,
    /,
    *,
    budget: str,
    cells: Cells = COMPARED_CELLS,
    trials: WholeNumber = TRIALS,
    searches: Annotated[WholeNumber | None, Parameter(help=_SEARCHES_HELP)] = None,
    length: Annotated[WholeNumber | None, Parameter(help=_LENGTH_HELP)] = None,
    seed: WholeNumber = 0,
    settings: Settings = (),
    format: str | None = None,
    column: str | None = None,
    delimiter: str | None = None,
    values: str | None = None,
    by_line: Flag = False,
    upper: Flag = False,
    bins: Annotated[WholeNumber | None, Parameter(help=_BINS_HELP)] = None,
    bins_by: str | None = None,
    segment: WholeNumber | None = None,
    out: Path | None = None,
    jobs: WholeNumber | None = None,
    timeout: float | None = None,
    dry_run: Flag = False,
    allow_environment_change: Flag = False,
) -> int:
    """Find the better cell for your own strings: each is tuned with equal effort, then compared.

    Prints the complexity of the strings, which cell memorizes more, which reaches the same recall
    faster, and the configuration to use. All intervals hold together with 95 %. The same command
    again resumes.

    Parameters
    ----------
    file
        Plain text, FASTA, or CSV with strings, symbols or numbers in a column.
    budget
        Budget of each run, such as "20 s". Units "steps", "GF" and "cal-s" give the same records
        again.
    trials
        Configurations tried in each search of each cell.
    seed
        Seed of every run and of the split of the strings into roles. A whole number from 0 on.
    settings
        A setting section.key=value of the sweep that the comparison runs, such as
        search.units="{ low = 8, high = 256 }". May be repeated.
    format
        Format of the file: text, fasta or csv. Default: the format that the
        suffix of the file names.
    column
        Column of a CSV file. Default: "string", or the only column.
    delimiter
        Character between the cells of a CSV file. Default: a comma.
    values
        Meaning of the cells of the column: strings, symbols or numbers. Default: numbers if all
        cells are numbers, otherwise strings.
    by_line
        Take every line of a plain text as a string. Without this flag the whole file is one string.
    upper
        Read letters as capitals, as for soft-masked FASTA.
    bins_by
        Kind of the bins: quantiles, or gaussian (SAX). Default: quantiles.
    segment
        How many numbers are averaged into one before binning. Default: 1.
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
    from seqmem.analysis.report.build import make_report
    from seqmem.cli.interrupts import report_interrupts
    from seqmem.core.progress import progress_for
    from seqmem.sweeps.config.conditions import WHOLE_SWEEP
    from seqmem.sweeps.execution.preparation import check_options, check_place
    from seqmem.sweeps.execution.run_list import jobs_or_all
    from seqmem.sweeps.storage.folder import SweepFolder
    from seqmem.workflows.compare.data import DataOptions
    from seqmem.workflows.compare.run import default_folder, prepare, run_prepared

    reading = DataOptions(
        format=format,
        column=column,
        delimiter=delimiter,
        values=values,
        by_line=by_line,
        upper=upper,
        bins=bins,
        bins_by=bins_by,
        segment=segment,
    )
    prepared = prepare(
        file,
        budget,
        reading=reading,
        cells=cells,
        trials=trials,
        searches=searches,
        length=length,
        seed=seed,
        settings=settings,
    )
    count = jobs_or_all(jobs)
    folder = out or default_folder(prepared)
    check_options(count, timeout, WHOLE_SWEEP, None)
    check_place(prepared.config.resolved(), SweepFolder(folder), None)
    print("\n".join(prepared.lines), flush=True)
    expected = report_interrupts(lambda: prepared.expectation(count), lambda: "nothing was started")
    if isinstance(expected, int):
        return expected
    print("\n".join(expected), flush=True)
    if dry_run:
        return DONE
    saved = f"finished runs are saved in {folder}; the same command resumes"
    result = report_interrupts(
        lambda: run_prepared(
            prepared,
            folder,
            jobs=count,
            timeout=timeout,
            allow_environment_change=allow_environment_change,
            progress=progress_for(),
        ),
        lambda: saved if folder.exists() else "nothing was started",
    )
    if isinstance(result, int):
        return result
    comparison, status = result
    print("\n".join(comparison.conclusion.lines))
    if comparison.conclusion.cell is not None:
        print(f"report: {make_report(folder).page}")
    return SOME_RUNS_FAILED if status.failed else DONE
