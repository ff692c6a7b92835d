"""The launcher: waves of runs until every search has its winner confirmed. Start again to resume."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from generators.atomic import replace_file
from generators.errors import InputError
from study.cost import expected_seconds
from study.environment import environment_difference, environment_key
from sweeps.conditions import search_keys, strings_for
from sweeps.config import SweepConfig
from sweeps.executor import Executor, executor_for
from sweeps.folder import SweepFolder
from sweeps.manifest import manifest, write_manifest
from sweeps.plan import SearchPlan, Task
from sweeps.progress import Progress, Silent
from sweeps.records import export
from sweeps.status import Status, read_status
from sweeps.storage import SweepStorage, canonical


@dataclass(frozen=True)
class SweepResult:
    """What a call of `run_sweep` did.

    Parameters
    ----------
    folder : Path
    executed : int
        Runs executed by this call; the others were already stored.
    status : Status
    """

    folder: Path
    executed: int
    status: Status


def run_sweep(
    config: SweepConfig,
    out: Path | str | None = None,
    *,
    jobs: int = 1,
    storage_url: str | None = None,
    allow_environment_change: bool = False,
    progress: Progress | None = None,
    executor: Executor | None = None,
) -> SweepResult:
    """Run a sweep, or what is missing of it, and export its records.

    Parameters
    ----------
    out : path, optional
        The sweep's folder; ``runs/<name>`` if absent.
    jobs : int
        Runs at a time. Records do not depend on it.
    storage_url : str, optional
        Optuna storage; SQLite in the folder if absent.
    allow_environment_change : bool
        Go on under other versions or another instruction set; such records are marked.
    progress, executor
        Where progress is told (nowhere if absent); what executes the runs.

    Raises
    ------
    InputError
        If the folder or storage holds another sweep, the environment differs, or the storage
        cannot be used. Nothing is written then.
    KeyboardInterrupt
        After the finished runs were exported.
    """
    if jobs < 1:
        raise InputError(f"jobs {jobs}: at least 1 is needed")
    _check_strings(config)
    folder = SweepFolder(Path(out) if out else Path("runs") / config.name)
    folder.check_config(config)
    key = environment_key(config.training.engine, config.training.device)
    storage = _open(config, folder, storage_url, key, allow_environment_change)
    _write_files(config, folder, key, jobs)
    progress = progress or Silent()
    status = read_status(config, storage)
    progress.start(status.total, status.stored)
    executed = 0
    try:
        for note in _execute(config, storage, executor or executor_for(jobs)):
            executed += 1
            progress.advance(note)
    finally:
        progress.stop()
        export(config, storage, folder.records)
    return SweepResult(folder.path, executed, read_status(config, storage))


def _execute(config: SweepConfig, storage: SweepStorage, executor: Executor) -> Iterator[str]:
    """Execute wave after wave; yield the best so far after every stored run."""
    plans = {key: SearchPlan(config, key, storage) for key in search_keys(config)}
    best = Best()
    while True:
        waves = {key: plan.next_tasks() for key, plan in plans.items()}
        plans = {key: plan for key, plan in plans.items() if waves[key]}
        if not plans:
            return
        tasks = longest_first(task for wave in waves.values() for task in wave)
        missing = Counter((task.key, task.role, task.trial) for task in tasks)
        for place, outcome in executor.run([task.config for task in tasks]):
            task = tasks[place]
            storage.write_run(task.key, task.role, task.trial, task.run, outcome)
            missing[task.key, task.role, task.trial] -= 1
            if not missing[task.key, task.role, task.trial]:
                plans[task.key].finish(task.role, task.trial)
            yield best.note(task, outcome)


class Best:
    """The hardest string memorized so far, by cell, for the progress line."""

    def __init__(self) -> None:
        self._level: dict[str, int] = {}

    def note(self, task: Task, outcome: dict[str, Any]) -> str:
        """Take a run into account and return a short text."""
        condition = task.key.condition
        if outcome.get("record", {}).get("memorized"):
            self._level[condition.cell] = max(self._level.get(condition.cell, 0), condition.level)
        found = ", ".join(f"{cell} {level}" for cell, level in sorted(self._level.items()))
        return f"highest level memorized: {found}" if found else ""


def longest_first(tasks: Iterable[Task]) -> list[Task]:
    """Return the tasks by falling expected time; ties by where they belong."""
    return sorted(
        tasks,
        key=lambda task: (-expected_seconds(task.config), task.key.name, task.role, task.trial, task.run),
    )


def _check_strings(config: SweepConfig) -> None:
    """Make one string of every level, so that an impossible one is refused before anything is written."""
    for level in config.strings.levels:
        strings_for(config, level, search=0, role="tune")


def _open(
    config: SweepConfig, folder: SweepFolder, url: str | None, key: str, allow_environment_change: bool
) -> SweepStorage:
    if url is None:
        folder.path.mkdir(parents=True, exist_ok=True)
    storage = SweepStorage(url or folder.storage_url, config.name)
    if not storage.exists:
        storage.begin(canonical(config.to_dict()), key)
        return storage
    where = str(folder.path) if url is None else "the storage"
    refuse_differences(storage.config, canonical(config.to_dict()), where)
    difference = environment_difference(storage.environment_key, key)
    if difference and not allow_environment_change:
        raise InputError(
            f"{where} was made in another environment ({', '.join(difference)}); "
            "go on with --allow-environment-change, which marks the records, or choose another --out"
        )
    return storage


def refuse_differences(stored: dict[str, Any], given: dict[str, Any], where: str) -> None:
    """Raise `InputError` naming every key in which two configurations differ."""
    before, after = _flatten(stored), _flatten(given)
    names = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
    if names:
        changes = ", ".join(f"{name}: {before.get(name)} -> {after.get(name)}" for name in names)
        raise InputError(f"{where} holds another sweep ({changes}); choose another --out or name")


def _flatten(config: dict[str, Any], prefix: str = "") -> dict[str, str]:
    flat: dict[str, str] = {}
    for name, value in config.items():
        if isinstance(value, dict):
            flat |= _flatten(value, f"{prefix}{name}.")
        else:
            flat[f"{prefix}{name}"] = json.dumps(value)
    return flat


def _write_files(config: SweepConfig, folder: SweepFolder, key: str, jobs: int) -> None:
    if not folder.config.exists():
        with replace_file(folder.config) as file:
            file.write(config.to_toml())
    if not folder.manifest.exists():
        write_manifest(folder.manifest, manifest(config, key, jobs))
