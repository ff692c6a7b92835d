"""The command ``sweep``: run a sweep, or its missing runs."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from seqmem.cli.instruction_set import ensure_instruction_set
from seqmem.cli.string_arguments import say_reading
from seqmem.core.arguments import WholeNumber
from seqmem.core.errors import InputError
from seqmem.core.exit_codes import DONE, SOME_RUNS_FAILED
from seqmem.core.number_formats import counted
from seqmem.core.progress import progress_for
from seqmem.core.registries import help_with_choices
from seqmem.generators.data.parameter_hints import naming_parameters
from seqmem.sweeps.config.search_counts import with_searches
from seqmem.sweeps.config.sweep_config import SweepConfig
from seqmem.sweeps.config.sweep_file import load_configs, preset_names
from seqmem.sweeps.execution.executors import EXECUTORS
from seqmem.sweeps.storage.file_names import RECORDS_FILE

if TYPE_CHECKING:
    from seqmem.sweeps.config.conditions import Shard
    from seqmem.sweeps.execution.extending import Extend
    from seqmem.sweeps.execution.sweep_result import SweepResult

RUNS_FOLDER = Path("runs")
_SWEEP_HELP = (
    f"A sweep file (.toml), or one of the presets: {', '.join(preset_names())}. The sweeps of a "
    "file with parts run one after another; NAME:PART runs one part."
)
_EXTEND_HELP = (
    "Grow a smaller sweep: take over its runs that this sweep asks for, and execute only the "
    "others. Give folders or storage URLs of old sweeps, or of shards to join. Without any, the "
    "sweep in the folder of --out grows, and is kept in before-1 in it. "
    "Example: seqmem sweep my.toml --set search.searches=8 --extend"
)
_SEARCHES_HELP = (
    "Number of searches: N at every level, LEVEL=N at one, or a share of those of the file, such "
    "as 1/2. With --extend, a sweep grows by searches. Example: --searches 512=16 --extend"
)
_EXECUTOR_HELP = help_with_choices(
    "Where runs are executed, one of these:",
    {name: executor.help for name, executor in EXECUTORS.items()},
)


def sweep_command(
    sweep: Annotated[str, Parameter(help=_SWEEP_HELP)],
    /,
    *,
    out: Path | None = None,
    jobs: WholeNumber | None = None,
    storage: str | None = None,
    shard: str | None = None,
    extend: Annotated[
        tuple[str, ...] | None, Parameter(consume_multiple=True, negative=(), help=_EXTEND_HELP)
    ] = None,
    executor: Annotated[str, Parameter(help=_EXECUTOR_HELP)] = "loky",
    scheduler: str | None = None,
    timeout: float | None = None,
    settings: Annotated[tuple[str, ...], Parameter(name="--set", negative=())] = (),
    searches: Annotated[
        tuple[str, ...], Parameter(consume_multiple=True, negative=(), help=_SEARCHES_HELP)
    ] = (),
    dry_run: Annotated[bool, Parameter(negative=())] = False,
    points: Annotated[bool, Parameter(negative=())] = False,
    allow_environment_change: Annotated[bool, Parameter(negative=())] = False,
) -> int:
    """Run a sweep, or its missing runs. The same command resumes an interrupted sweep.

    Parameters
    ----------
    out
        Folder of the sweep. For a file with parts, the folder that holds the folders of the
        parts. Default: runs/NAME, or runs/NAME-shard-i-of-n for a shard.
    jobs
        Runs at a time. Default: the number of processors. Results do not depend on it.
    storage
        Storage URL: sqlite:///FILE or postgresql+psycopg://USER@HOST/DATABASE. Default: SQLite
        in the folder.
    shard
        i/n: execute every n-th search, starting with the i-th. Other launchers execute the
        others, on the same PostgreSQL storage, or each in its own folder, to be joined by --extend.
        With the pruner halving, the searches of all cells on the same strings count as one.
    scheduler
        Address of a Dask scheduler, tcp://HOST:PORT. Default: a cluster that is started on
        this machine.
    timeout
        Wall seconds after which a run counts as hung and its worker is ended. Default: 50 times
        the expected duration, at least 600 seconds.
    settings
        A setting section.key=value that replaces one of the sweep file. May be repeated.
    dry_run
        Only print the number of runs and their expected duration.
    points
        Only print the points of every search that depend on no result, one table a search. With
        --out FILE.csv or FILE.json, write them to the file.
    allow_environment_change
        Resume with other versions or another instruction set. Such records are marked.
    """
    from seqmem.cli.sweep_points import show_points
    from seqmem.sweeps.config.conditions import WHOLE_SWEEP, parse_shard
    from seqmem.sweeps.execution.executors import check_executor
    from seqmem.sweeps.execution.preparation import default_folder_name
    from seqmem.sweeps.execution.run_list import jobs_or_all
    from seqmem.sweeps.execution.start_checks import check_options
    from seqmem.workflows.study_2.freeze import check_frozen

    configs = [with_searches(config, searches) for config in load_configs(sweep, settings)]
    if not dry_run:
        ensure_instruction_set(configs, "sweep")
    grown = False if extend is None else extend or True
    _check_one_sweep(configs, extend)
    part = parse_shard(shard) if shard else WHOLE_SWEEP
    if points:
        with naming_parameters():
            _say_readings(configs)
        show_points(configs, part, out)
        return DONE
    if not dry_run:
        check_frozen(configs)
    count = jobs_or_all(jobs)
    if out is not None and len(configs) == 1:
        folders = [out]
    else:
        folders = [(out or RUNS_FOLDER) / default_folder_name(one.name, part) for one in configs]
    with naming_parameters():
        _say_readings(configs)
    if dry_run:
        check_options(count, timeout, part, storage)
        check_executor(executor, scheduler)
        print(
            "\n".join(
                _described(*pair, count, part, storage, grown, allow_environment_change)
                for pair in zip(configs, folders, strict=True)
            )
        )
        return DONE
    ended = DONE
    for config, folder in zip(configs, folders, strict=True):
        code, is_done = _sweep(
            config,
            folder,
            jobs=count,
            storage_url=storage,
            shard=part,
            extend=grown,
            executor=executor,
            scheduler=scheduler,
            timeout=timeout,
            allow_environment_change=allow_environment_change,
        )
        if not is_done:
            return code
        ended = max(ended, code)
    return ended


def _check_one_sweep(configs: list[SweepConfig], extend: tuple[str, ...] | None) -> None:
    """Raise `InputError` if the runs of named sweeps are to be taken over by several sweeps."""
    if extend and len(configs) > 1:
        raise InputError(
            f"--extend {extend[0]}: the file has {counted(len(configs), 'part')}; "
            "grow one of them, NAME:PART, or all in their folders with --extend alone"
        )


def _described(
    config: SweepConfig,
    folder: Path,
    jobs: int,
    shard: "Shard",
    storage_url: str | None,
    extend: "Extend",
    allow_environment_change: bool,
) -> str:
    """Return what a sweep would run, after checking that it could start in its folder."""
    from seqmem.sweeps.execution.dry_run import describe_sweep
    from seqmem.sweeps.execution.extending import Extension
    from seqmem.sweeps.execution.takeover import takeover_line
    from seqmem.sweeps.search.lengths import with_lengths
    from seqmem.sweeps.storage.folder import SweepFolder

    extension = Extension(extend, SweepFolder(folder), storage_url)
    config = extension.keep_lengths(config)
    resolved = with_lengths(config.resolved())
    # The sweep itself runs under the instruction set that it asks for, this process perhaps not.
    is_other = allow_environment_change or resolved.training.instruction_set is not None
    held = extension.check(resolved, is_other)
    if extension.targets:
        held.append(takeover_line(extension, resolved, shard, is_other))
    return "\n".join([describe_sweep(config, jobs, shard), *held])


def _say_readings(configs: list[SweepConfig]) -> None:
    """Print what the sweeps read from files, each file once, on stderr."""
    readings = [line for config in configs for line in config.strings.data.get("readings", ())]
    for line in dict.fromkeys(readings):
        say_reading(line)


def _sweep(
    config: SweepConfig, folder: Path, *, shard: "Shard", storage_url: str | None, **options: Any
) -> tuple[int, bool]:
    """Run one sweep and print its result.

    Returns
    -------
    tuple of (int, bool)
        Exit code, and whether the sweep was neither interrupted nor stopped.
    """
    from seqmem.cli.interrupts import report_interrupts
    from seqmem.sweeps.execution.launcher import launch
    from seqmem.sweeps.execution.status import status_summary

    progress = progress_for()
    store = folder if storage_url is None else "the storage"
    saved = f"finished runs are saved in {store}; the same command resumes"
    result = report_interrupts(
        lambda: launch(
            config, folder, shard=shard, storage_url=storage_url, progress=progress, **options
        ),
        lambda: saved if folder.exists() else "nothing is saved",
    )
    if isinstance(result, int):
        return result, False
    print("\n".join([status_summary(result.status), *_taken_over(result)]))
    print(_next_step(folder, shard, storage_url))
    return SOME_RUNS_FAILED if result.status.failed else DONE, True


def _taken_over(result: "SweepResult") -> list[str]:
    """Return a line about the runs of old sweeps; none if no old sweep was read."""
    if not result.answered and not result.left_out:
        return []
    unasked = (
        f"; {result.left_out:,} runs of the old sweeps are not asked for and stay there"
        if result.left_out
        else ""
    )
    return [
        f"taken over: {counted(result.answered, 'run')}, executed: "
        f"{counted(result.executed, 'run')}{unasked}"
    ]


def _next_step(folder: Path, shard: "Shard", storage_url: str | None) -> str:
    """Return a line with the file of the records and the next command."""
    records = f"records: {folder / RECORDS_FILE}"
    if shard.is_whole:
        return f"{records}; next: seqmem report {folder}"
    if storage_url is None:
        return (
            f"{records} (of this shard); when all shards are done, "
            "join them: the same command with --extend FOLDER … in place of --shard"
        )
    return (
        f"{records} (of this shard); when all shards are done, "
        "run the same command without --shard to collect all records"
    )
