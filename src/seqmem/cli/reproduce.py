"""The command ``reproduce``: run published memorization experiments again and compare."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from seqmem.core.arguments import WholeNumber
from seqmem.core.atomic import replace_file
from seqmem.core.exit_codes import DONE, SOME_RUNS_FAILED
from seqmem.core.messages import print_message
from seqmem.core.number_formats import counted
from seqmem.core.registries import help_with_choices
from seqmem.study.engine import ENGINES

FAILURES_FILE = "failures.txt"
_ENGINE_HELP = help_with_choices("Engine that trains, one of these:", ENGINES)


def reproduce_command(
    *,
    level: Annotated[tuple[str, ...], Parameter(negative=())] = ("low",),
    layers: Annotated[tuple[WholeNumber, ...], Parameter(negative=())] = (1,),
    learning_rate: Annotated[tuple[float, ...], Parameter(negative=())] = (1e-3,),
    runs: WholeNumber = 2,
    out: Path = Path("runs/reproduction"),
    jobs: WholeNumber | None = None,
    engine: Annotated[str, Parameter(help=_ENGINE_HELP)] = "auto",
    allow_environment_change: Annotated[bool, Parameter(negative=())] = False,
) -> int:
    """Train on the published strings by the published protocol, and compare with slearn's results.

    Runs that OUT holds are not executed again, so the same command resumes. With one layer and
    learning rate 1e-3, the low level takes 13 minutes of one core (fused engine) for each run per
    string. The medium level takes several times as long: its strings are four times as long, and
    they need twice as many epochs.

    Parameters
    ----------
    level
        low (complexities 10 to 90) or medium (110 to 190), 20 strings each; may be repeated.
    layers
        1, 2 or 3; may be repeated.
    learning_rate
        0.001 or 0.0001; may be repeated.
    runs
        Initializations per string and configuration; 5 were published.
    out
        Folder for the records and the page.
    jobs
        Runs at a time. Default: the number of processors. Results do not depend on it.
    allow_environment_change
        Go on with records made under other versions or another instruction set.
    """
    from seqmem.cli.interrupts import report_interrupts
    from seqmem.core.progress import progress_for
    from seqmem.sweeps.execution.run_list import jobs_or_all
    from seqmem.workflows.reproduce.page import build_page
    from seqmem.workflows.reproduce.planning import PublishedSelection
    from seqmem.workflows.reproduce.runs import reproduce

    selection = PublishedSelection(level, layers, learning_rate, runs, engine)
    saved = f"finished runs are saved in {out}; the same command resumes"
    result = report_interrupts(
        lambda: reproduce(
            selection,
            out,
            jobs=jobs_or_all(jobs),
            allow_environment_change=allow_environment_change,
            progress=progress_for(),
        ),
        lambda: saved if out.exists() else "nothing is saved",
    )
    if isinstance(result, int):
        return result
    if result.failures:
        log = out / FAILURES_FILE
        with replace_file(log) as file:
            file.write("\n".join(result.failures))
        reason = result.failures[0].strip().splitlines()[-1]
        print_message(
            f"seqmem: {counted(len(result.failures), 'run')} failed, the first with {reason}; "
            f"tracebacks: {log}; {saved}"
        )
        return SOME_RUNS_FAILED
    page, verdicts = build_page(result.records, out / "report", selection.command)
    print("\n".join([*verdicts, f"report: {page}"]))
    return DONE
