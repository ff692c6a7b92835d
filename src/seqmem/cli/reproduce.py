"""The command ``reproduce``: published memorization experiments, run again."""

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from seqmem.core.arguments import WholeNumber
from seqmem.core.exit_codes import DONE, SOME_RUNS_FAILED


def reproduce_command(
    *,
    level: Annotated[tuple[str, ...], Parameter(negative=())] = ("low",),
    layers: Annotated[tuple[WholeNumber, ...], Parameter(negative=())] = (1,),
    learning_rate: Annotated[tuple[float, ...], Parameter(negative=())] = (1e-3,),
    runs: WholeNumber = 2,
    out: Path = Path("runs/reproduction"),
    jobs: WholeNumber | None = None,
    engine: str = "auto",
    allow_environment_change: Annotated[bool, Parameter(negative=())] = False,
) -> int:
    """Train on the published strings by the published protocol, and compare with what was published (slearn).

    Runs that OUT holds are not executed again, so the same command resumes. With one layer and learning rate 1e-3, the
    low level took 13 minutes of one core for every run per string (fused engine); the medium level, whose strings are
    four times as long and take twice as many epochs, takes several times that.

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
        Runs at a time; all processors if not given. Results do not depend on it.
    engine
        auto, fused or torch; auto is fused where its kernels are installed.
    allow_environment_change
        Go on with records made under other versions or another instruction set.
    """
    from joblib import cpu_count

    from seqmem.cli.interrupts import report_interrupts
    from seqmem.core.progress import progress_for
    from seqmem.study.engine import fallback_warning
    from seqmem.workflows.reproduce.page import build_page
    from seqmem.workflows.reproduce.runs import execute_missing, plan

    planned, progress = (
        plan(level, layers, learning_rate, runs, (f"training.engine={engine}",)),
        progress_for(),
    )
    warning, again = (
        fallback_warning(engine, "cpu"),
        f"finished runs are saved in {out}; the same command resumes",
    )
    if warning:
        progress.warn(warning)
    ended = report_interrupts(
        lambda: execute_missing(
            planned,
            out,
            jobs=cpu_count() if jobs is None else jobs,
            allow_environment_change=allow_environment_change,
            progress=progress,
        ),
        lambda: again,
    )
    if isinstance(ended, int):
        return ended
    records, failures = ended
    if failures:
        print(
            f"{failures[0]}\n{len(failures)} runs failed, the first as above; {again}",
            file=sys.stderr,
        )
        return SOME_RUNS_FAILED
    options = [f"--level {name}" for name in level] + [f"--layers {count}" for count in layers]
    options += [f"--learning-rate {rate:g}" for rate in learning_rate] + [
        f"--runs {runs}",
        "--out DIR",
    ]
    page, verdicts = build_page(records, out / "report", " ".join(["seqmem reproduce", *options]))
    print("\n".join([*verdicts, f"report: {page}"]))
    return DONE
