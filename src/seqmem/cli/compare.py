"""The command ``compare``. What it needs is imported when it runs, for quick help."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from seqmem.core.arguments import WholeNumber
from seqmem.core.exit_codes import DONE, SOME_RUNS_FAILED


def compare_command(
    file: Path,
    /,
    *,
    budget: str,
    cells: Annotated[tuple[str, ...], Parameter(consume_multiple=True, negative=())] = (
        "lstm",
        "gru",
    ),
    trials: WholeNumber = 24,
    searches: WholeNumber | None = None,
    length: WholeNumber | None = None,
    format: str | None = None,
    column: str | None = None,
    delimiter: str | None = None,
    values: str | None = None,
    by_line: Annotated[bool, Parameter(negative=())] = False,
    upper: Annotated[bool, Parameter(negative=())] = False,
    bins: WholeNumber | None = None,
    bins_by: str | None = None,
    segment: WholeNumber | None = None,
    seed: WholeNumber = 0,
    out: Path | None = None,
    jobs: WholeNumber | None = None,
    timeout: float | None = None,
    settings: Annotated[tuple[str, ...], Parameter(name="--set", negative=())] = (),
    dry_run: Annotated[bool, Parameter(negative=())] = False,
    allow_environment_change: Annotated[bool, Parameter(negative=())] = False,
) -> int:
    """Say which cell to use for your own strings: each tuned with equal effort, then compared on fresh strings.

    Prints how complex the strings are, which cell memorizes more and by how much, which gets there sooner, with
    intervals that hold together with 95 %, and the configuration to use. The same command again resumes.

    Parameters
    ----------
    file
        Plain text, FASTA, or CSV with strings, symbols or numbers in a column.
    budget
        What every run may spend on training, as "20 s"; "400 steps", "2 GF" and "5 cal-s" give the same records again.
    cells
        Cells to compare: lstm, gru, rnn.
    trials
        Configurations tried in each search of each cell.
    searches
        Independent searches of each cell; intervals are over them. 4 if not given, fewer if the data are few.
    length
        Symbols of a string; longer records are cut into disjoint stretches. Up to 1,000, as data allow, if not given.
    format
        text, fasta or csv; by the file's suffix if not given.
    column
        Column of a CSV file; "string", or the only one, if not given.
    delimiter
        Between the cells of a CSV file; a comma if not given.
    values
        What the column holds: strings, symbols or numbers; numbers if all cells are, else strings.
    by_line
        Every line of a plain text is a string; otherwise the whole file is one.
    upper
        Take letters as capitals, as for soft-masked FASTA.
    bins
        Symbols that numbers become; 4 if not given.
    bins_by
        quantiles or gaussian (SAX); quantiles if not given.
    segment
        Numbers that are averaged into one before; 1 if not given.
    seed
        From 0 on: which strings play which role, and every run.
    out
        Folder of the comparison; runs/compare-NAME if not given.
    jobs
        Runs at a time; all processors if not given. Results do not depend on it.
    timeout
        Wall seconds after which a run counts as hung; 50 times the expected ones, at least 600, if not given.
    settings
        A setting of the sweep behind it, section.key=value, as search.units="{ low = 8, high = 256 }"; may be repeated.
    dry_run
        Only say how the data are split, what would be run and how long it may take.
    allow_environment_change
        Resume under other versions or another instruction set; such records are marked.
    """
    from joblib import cpu_count

    from seqmem.analysis.report.build import make_report
    from seqmem.cli.interrupts import report_interrupts
    from seqmem.core.errors import InputError
    from seqmem.core.progress import progress_for
    from seqmem.sweeps.execution.launcher import run_sweep
    from seqmem.sweeps.storage.folder import SweepFolder
    from seqmem.workflows.compare.run import default_folder, finish, prepare

    prepared = prepare(
        file, budget, cells=cells, trials=trials, seed=seed, searches=searches, length=length, settings=settings,
        bins=bins, format=format, column=column, delimiter=delimiter, values=values, by_line=by_line, upper=upper,
        bins_by=bins_by, segment=segment,
    )  # fmt: skip
    jobs = cpu_count() if jobs is None else jobs
    if jobs < 1:
        raise InputError(f"jobs {jobs}: at least 1 is needed")
    folder = out or default_folder(prepared)
    SweepFolder(folder).check(prepared.config.resolved(), None)
    print("\n".join([*prepared.lines, *prepared.expectation(jobs)]), flush=True)
    if dry_run:
        return DONE
    saved = f"finished runs are saved in {folder}; the same command resumes"
    result = report_interrupts(
        lambda: run_sweep(
            prepared.config,
            folder,
            jobs=jobs,
            timeout=timeout,
            allow_environment_change=allow_environment_change,
            progress=progress_for(),
        ),
        lambda: saved if folder.exists() else "nothing was started",
    )
    if isinstance(result, int):
        return result
    found = finish(prepared, folder)
    print("\n".join(found.lines))
    if found.cell is not None:
        print(f"report: {make_report(folder).page}")
    return SOME_RUNS_FAILED if result.status.failed else DONE
