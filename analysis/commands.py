"""The commands ``report``, ``figures`` and ``reproduce``. What they need is imported when they run, for quick help."""

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from generators.arguments import WholeNumber
from generators.exit_codes import DONE, SOME_RUNS_FAILED


def report_command(folder: Path, /, *more: Path, out: Path | None = None) -> None:
    """Make figures, tables, verdicts and report.html of one or several sweeps; print capacities and verdicts.

    What `seqmem time` wrote is used too if it lies in a folder as timings.parquet or timings.csv.

    Parameters
    ----------
    folder
        The sweep's folder.
    more
        Folders of further sweeps, read together with the first: most claims need several sweeps.
    out
        Folder to write to; FOLDER/report if not given.
    """
    from analysis.report import make_report

    made = make_report([folder, *more], out)
    print("\n".join([*made.lines, f"report: {made.page}"]))


def figures_command(
    folder: Path | None = None,
    /,
    *,
    only: Annotated[tuple[str, ...], Parameter(negative=())] = (),
    out: Path | None = None,
) -> None:
    """Make the figures of a sweep, or one that needs none, as PDF, SVG, PNG and CSV.

    Parameters
    ----------
    folder
        The sweep's folder; not given for complexity_atlas.
    only
        Name of a figure that is wanted. Of a sweep: anytime, capacity_by_budget, capacity_curve, cost_by_units,
        depth_at_budgets, gradient_by_lag, gru_against_lstm, importance, landscape, learning_curves, loss_volatility,
        stored_bits, time_to_memorize; complexity_atlas (where sources lie in the plane of two measures) without one.
        May be repeated. All of a sweep if not given; what a sweep lacks for a figure is said on stderr.
    out
        Folder to write to; FOLDER/report/figures if not given, the current one without a sweep.
    """
    from analysis.figures import build_atlas, build_figures, missing_figures
    from analysis.groups import count_groups
    from analysis.helpers import helpers_for
    from analysis.importance import count_panels
    from analysis.material import Material
    from analysis.sources import load_sources
    from generators.errors import InputError

    _check_wanted(folder, only)
    if folder is None:
        print("\n".join(str(path) for name in only for path in build_atlas(name, out or Path())))
        return
    sources = load_sources([folder])
    material = Material.of(sources)
    groups = 0 if only else count_groups(sources.frame)
    panels = count_panels(sources.frame, sources.configs) if not only or "importance" in only else 0
    with helpers_for(groups, panels):
        made = build_figures(material, out or folder / "report" / "figures", only or None)
    missing = missing_figures(made, only or None)
    if not made:
        raise InputError(f"no figure can be made of '{folder}': {' '.join(missing)}")
    print("\n".join(str(path) for built in made for path in built.files))
    for sentence in missing:
        print(f"left out: {sentence}", file=sys.stderr)


def _check_wanted(folder: Path | None, only: tuple[str, ...]) -> None:
    """Refuse names that are no figure, figures of a sweep without one, and those that need none with one."""
    from analysis.figures import ATLASES, FIGURES, check_names
    from generators.errors import InputError

    check_names(only, [*FIGURES, *ATLASES])
    if folder is None and not only:
        raise InputError(f"give a sweep's folder, or --only a figure that needs none: {', '.join(ATLASES)}")
    for name in only:
        if folder is None and name in FIGURES:
            raise InputError(f"{name} needs a sweep's folder: seqmem figures DIR --only {name}")
        if folder is not None and name in ATLASES:
            raise InputError(f"{name} needs no sweep: seqmem figures --only {name}, without '{folder}'")


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

    from analysis.reproduction.page import build_page
    from analysis.reproduction.runs import execute_missing, plan
    from study.engine import fallback_warning
    from sweeps.attended import attended
    from sweeps.progress import progress_for

    planned, progress = plan(level, layers, learning_rate, runs, (f"training.engine={engine}",)), progress_for()
    warning, again = fallback_warning(engine, "cpu"), f"finished runs are saved in {out}; the same command resumes"
    if warning:
        progress.warn(warning)
    ended = attended(
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
        print(f"{failures[0]}\n{len(failures)} runs failed, the first as above; {again}", file=sys.stderr)
        return SOME_RUNS_FAILED
    options = [f"--level {name}" for name in level] + [f"--layers {count}" for count in layers]
    options += [f"--learning-rate {rate:g}" for rate in learning_rate] + [f"--runs {runs}", "--out DIR"]
    page, verdicts = build_page(records, out / "report", " ".join(["seqmem reproduce", *options]))
    print("\n".join([*verdicts, f"report: {page}"]))
    return DONE
