"""The command ``status``: the runs of a sweep that are stored, failed and missing."""

import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

from cyclopts import Parameter

from seqmem.core.arguments import WholeNumber
from seqmem.core.errors import InputError
from seqmem.core.exit_codes import DONE
from seqmem.core.number_formats import counted
from seqmem.core.progress import duration
from seqmem.sweeps.config.sweep_config import SweepConfig
from seqmem.sweeps.storage.opening import open_sweep

if TYPE_CHECKING:
    from seqmem.sweeps.config.conditions import SearchKey
    from seqmem.sweeps.execution.status import Status

LONGEST_WAIT_SECONDS = 1e6


def status_command(
    target: str,
    /,
    *more: str,
    name: str | None = None,
    jobs: WholeNumber | None = None,
    watch: Annotated[bool, Parameter(negative=())] = False,
    every: float = 5.0,
    failures: Annotated[bool, Parameter(negative=())] = False,
    blinded: Annotated[bool, Parameter(negative=())] = False,
) -> int:
    """Show the state of a sweep: for each condition, runs, failures and best score; the time left.

    Of several sweeps, or shards of one, it shows a line for each and their sum. A search that
    several folders of one sweep hold counts once in the sum.

    Parameters
    ----------
    target
        Folder of a sweep, or storage URL. A folder that holds folders of sweeps stands for all of
        them.
    more
        Folders or storage URLs of further sweeps, or of shards of one.
    name
        Name of the sweep, if the storage holds several.
    jobs
        Runs at a time, for the time left. Default: as many as the sweep was started with.
    watch
        Repeat until the sweep is done. Ctrl-C ends the command.
    every
        Seconds between two repetitions.
    failures
        Show only the failed runs: each distinct exception with its count and one traceback.
    blinded
        Show only how much the time ratio of the cells varies between the searches of study 2, and
        how many searches its claims need. No mean and no sign is shown.
    """
    if jobs is not None and jobs < 1:
        raise InputError(f"jobs {jobs}: at least 1 is needed")
    if not 0 < every <= LONGEST_WAIT_SECONDS:
        raise InputError(
            f"every {every:g}: must be above 0 and at most {LONGEST_WAIT_SECONDS:g} seconds"
        )
    targets = [one for given in (target, *more) for one in _sweeps_in(given)]
    if blinded:
        return _show_blinded(targets)
    if failures:
        return _show_failures(targets, name)
    while True:
        shown = [_read(one, name, jobs) for one in targets]
        print("\n".join(_lines(shown, name)), flush=True)
        if not watch or all(one.status.is_done for one in shown):
            return DONE
        time.sleep(every)
        print()


def _sweeps_in(target: str) -> list[str]:
    """Return the folders of the sweeps in a folder of several; otherwise the target itself."""
    from seqmem.sweeps.storage.file_names import CONFIG_FILE

    folder = Path(target)
    if "://" in target or (folder / CONFIG_FILE).exists():
        return [target]
    inside = sorted(str(path.parent) for path in folder.glob(f"*/{CONFIG_FILE}"))
    return inside or [target]


def _show_blinded(targets: list[str]) -> int:
    from seqmem.analysis.records.loading import load
    from seqmem.analysis.records.sweep_files import (
        load_stored_config,
    )
    from seqmem.workflows.study_2.blinded import blinded_lines, scatter
    from seqmem.workflows.study_2.presets import SCALING

    configs = {target: load_stored_config(target) for target in targets}
    ours = [one for one in targets if str(configs[one].get("name", "")).startswith(SCALING)]
    if not ours:
        raise InputError(f"--blinded reads the sweeps of {SCALING}; none of these folders is one")
    by_name = {configs[target]["name"]: configs[target] for target in ours}
    print("\n".join(blinded_lines(scatter(load(ours), by_name))))
    return DONE


class _Shown(NamedTuple):
    """The state of one target."""

    opened: str
    target: str
    config: SweepConfig
    keys: list["SearchKey"]
    status: "Status"
    jobs: int
    environment: str


def _read(
    target: str, name: str | None, jobs: int | None, keys: list["SearchKey"] | None = None
) -> _Shown:
    """Read the state of a target, or of some of its searches."""
    from seqmem.sweeps.execution.status import read_status
    from seqmem.sweeps.execution.stored_status import planned_searches
    from seqmem.sweeps.storage.database import safe_url

    config, storage = open_sweep(target, name)
    with closing(storage):
        keys = planned_searches(target, config) if keys is None else keys
        status = read_status(config, storage, keys)
        environment = storage.environment_key
    shown = safe_url(target) if "://" in target else target
    return _Shown(target, shown, config, keys, status, jobs or jobs_of(target), environment)


def _lines(shown: list[_Shown], name: str | None) -> list[str]:
    """Return the lines about one sweep; about several, a line for each and their sum."""
    from seqmem.study.environment_keys import environment_difference
    from seqmem.sweeps.execution.status import status_sum, status_summary

    if len(shown) == 1:
        (one,) = shown
        return status_lines(one.config, one.status, one.jobs)
    lines = []
    for one in shown:
        left = "" if one.status.is_done else f"; {_time_left(one.config, one.status, one.jobs)}"
        lines.append(f"{one.target}: {status_summary(one.status)}{left}")
        difference = environment_difference(shown[0].environment, one.environment)
        if difference:
            changes = ", ".join(difference)
            lines.append(f"{one.target} differs from {shown[0].target} in environment: {changes}")
    parts, shared = _without_repetition(shown, name)
    total = status_summary(status_sum(parts))
    once = f"; {counted(shared, 'search', 'searches')} of several folders counted once"
    return [*lines, f"all {len(shown)}: {total}{once if shared else ''}"]


def _without_repetition(shown: list[_Shown], name: str | None) -> tuple[list["Status"], int]:
    """Return the states of targets, each search once, and how often a search was left out.

    A search counts in the target that holds most runs. Those of different sweeps are different.
    """
    from seqmem.analysis.records.joining import are_of_one_sweep

    configs = [one.config.to_dict() for one in shown]
    kept: list[tuple[int, set[SearchKey]]] = []
    states = []
    shared = 0
    for place in sorted(range(len(shown)), key=lambda place: -shown[place].status.stored):
        others = [keys for other, keys in kept if are_of_one_sweep(configs[place], configs[other])]
        own = [key for key in shown[place].keys if not any(key in keys for keys in others)]
        left_out = len(shown[place].keys) - len(own)
        one = shown[place]
        states.append(_read(one.opened, name, None, own).status if left_out else one.status)
        kept.append((place, set(own)))
        shared += left_out
    return states, shared


def _show_failures(targets: list[str], name: str | None) -> int:
    from seqmem.sweeps.config.conditions import search_keys
    from seqmem.sweeps.execution.failures import failure_kinds

    failed = []
    for target in targets:
        config, storage = open_sweep(target, name)
        with closing(storage):
            failed += storage.failures(list(search_keys(config)))
    print("\n\n".join(kind.details for kind in failure_kinds(failed)) or "no run failed")
    return DONE


def status_lines(config: SweepConfig, status: "Status", jobs: int) -> list[str]:
    """Return one line per condition, the sums, and the time left.

    Parameters
    ----------
    config : SweepConfig
        The sweep.
    status : Status
        Its state.
    jobs : int
        Runs at a time, for the time left.
    """
    from seqmem.sweeps.execution.status import status_summary
    from seqmem.sweeps.search.score import DIVERGED

    lines = []
    for part in status.conditions:
        best = "-" if part.best is None else f"{part.best:.3f}"
        if part.best == DIVERGED:
            best = "diverged"
        confirmed = (
            f"{part.memorized}/{part.confirmed} memorized"
            if part.confirmed
            else "not confirmed yet"
        )
        pruned = f" ({part.trials_pruned} pruned)" if part.trials_pruned else ""
        lines.append(
            f"{part.condition.title}: {part.stored}/{part.total} runs, "
            f"{part.trials_told}/{part.trials} trials{pruned}, "
            f"{counted(part.trials_failed, 'trial')} and "
            f"{counted(part.failed, 'run')} failed, best score {best}, {confirmed}"
        )
    lines.append(status_summary(status))
    return lines if status.is_done else [*lines, _time_left(config, status, jobs)]


def _time_left(config: SweepConfig, status: "Status", jobs: int) -> str:
    from seqmem.sweeps.execution.time_left import seconds_left

    try:
        seconds = seconds_left(config, status, jobs)
    except InputError as error:
        # A cell or source of a plug-in is not registered in this process.
        return f"time left unknown: {error}"
    return f"about {duration(seconds)} left with {jobs} at a time"


def jobs_of(target: str) -> int:
    """Return the number of runs at a time with which a sweep was started.

    It is read from the manifest in the folder of the sweep. Without a manifest it is 1.

    Parameters
    ----------
    target : str
        Folder of the sweep, or storage URL.

    Examples
    --------
    >>> jobs_of("sqlite:///optuna.db")
    1
    """
    from seqmem.sweeps.storage.folder import SweepFolder
    from seqmem.sweeps.storage.manifest import read_manifest

    manifest = SweepFolder(Path(target)).manifest
    if "://" in target or not manifest.exists():
        return 1
    jobs = read_manifest(manifest).get("jobs")
    return jobs if isinstance(jobs, int) and jobs > 0 else 1
