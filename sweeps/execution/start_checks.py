"""Checks before a sweep starts, which a dry run makes too. They write nothing."""

from collections.abc import Iterable
from typing import Any

from seqmem.core.errors import InputError
from seqmem.study.family_checks import idle_dropout
from seqmem.study.memorizers.cells import CELLS
from seqmem.sweeps.config.conditions import Shard
from seqmem.sweeps.config.search_section import Search
from seqmem.sweeps.config.sweep_config import SweepConfig
from seqmem.sweeps.execution.run_list import check_jobs
from seqmem.sweeps.execution.space_checks import check_new_space
from seqmem.sweeps.search.strings import StringSets
from seqmem.sweeps.storage.backend import check_storage
from seqmem.sweeps.storage.database import is_server, safe_url
from seqmem.sweeps.storage.folder import SweepFolder

LONGEST_TIMEOUT_SECONDS = 1e7


def check_options(jobs: int, timeout: float | None, shard: Shard, storage_url: str | None) -> None:
    """Raise `InputError` if an option of `run_sweep` is not valid, whatever the sweep.

    Parameters
    ----------
    jobs : int
        Runs at a time.
    timeout : float, optional
        Seconds after which a run counts as hung.
    shard : Shard
        Part of the sweep.
    storage_url : str, optional
        The storage.
    """
    check_jobs(jobs)
    if timeout is not None and not 0 < timeout <= LONGEST_TIMEOUT_SECONDS:
        raise InputError(
            f"timeout {timeout:g}: must be above 0 and at most {LONGEST_TIMEOUT_SECONDS:g} seconds"
        )
    if not shard.is_whole and storage_url is not None and not is_server(storage_url):
        raise InputError(
            f"--shard {shard}: several launchers cannot share {safe_url(storage_url)}; give a "
            "PostgreSQL storage, or leave --storage out: each shard then has its own folder"
        )


def check_place(config: SweepConfig, folder: SweepFolder, storage_url: str | None) -> None:
    """Raise `InputError` if a sweep could not be started or resumed in a folder.

    Nothing is written.

    Parameters
    ----------
    config : SweepConfig
        The resolved configuration.
    folder : SweepFolder
        Folder of the sweep.
    storage_url : str, optional
        The storage; the database in the folder if absent.
    """
    folder.check(config, storage_url)
    if storage_url:
        check_storage(storage_url)
    elif not folder.config.exists() and not folder.database.exists():
        check_new_space(config)


def dropout_warning(config: SweepConfig) -> str | None:
    """Return a line of warning if no network of a sweep has a layer whose inputs are dropped."""
    searches = [
        config.at_level(level).search_of(cell)
        for level in config.strings.levels
        for cell in config.memorizer.cells
    ]
    amounts = [_largest_dropout(config, search) for search in searches]
    dropped = any(
        amount and int(search.depth.high) > 1
        for amount, search in zip(amounts, searches, strict=True)
    )
    largest = max(amounts)
    if dropped or not largest:
        return None
    is_searched = any(search.dropout is not None for search in searches)
    return idle_dropout(f"up to {largest:g}" if is_searched else largest)


def _largest_dropout(config: SweepConfig, search: Search) -> float:
    """Return the largest dropout of a run of one search."""
    return config.training.dropout if search.dropout is None else float(search.dropout.high)


def context_warning(config: SweepConfig, strings: Iterable[StringSets]) -> str | None:
    """Return a line of warning if attention reads too short a context for some string.

    Parameters
    ----------
    config : SweepConfig
        The configuration.
    strings : iterable of StringSets
        The strings of its searches.
    """
    training = config.training
    cells = [cell for cell in config.memorizer.cells if "context" in CELLS[cell].options]
    if not cells or training.protocol == "window":
        return None
    different = {
        string.string_id: string.complexity("min_context")
        for sets in strings
        for role in sets.values()
        for string in role
    }
    shortest, place = _shortest_context(config, cells)
    short = [needed for needed in different.values() if needed > shortest]
    if not short:
        return None
    return (
        f"{len(short)} of {len(different)} strings need more context than {shortest} "
        f"symbols, up to {max(short)}: no verdict uses their runs of {', '.join(cells)}; "
        f"set {place}"
    )


def _shortest_context(config: SweepConfig, cells: Iterable[str]) -> tuple[int, str]:
    """Return the shortest context of any run of some cells, and the key that decides it."""
    searched = [
        config.at_level(level).search_of(cell).context
        for level in config.strings.levels
        for cell in cells
    ]
    given: list[Any] = [values.values[0] for values in searched if values is not None]
    if None in searched:
        given.append(config.training.context)
    return min(given), "search.context" if any(searched) else "training.context"
