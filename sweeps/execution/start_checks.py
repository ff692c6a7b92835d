"""Checks before a sweep starts, which a dry run makes too. They write nothing."""

from collections.abc import Iterable
from itertools import product

from seqmem.core.errors import InputError
from seqmem.study.family_checks import idle_dropout
from seqmem.study.memorizers.cells import CELLS
from seqmem.study.memorizers.contract import NetworkShape
from seqmem.sweeps.config.conditions import Shard
from seqmem.sweeps.config.section import UNITS_GRID
from seqmem.sweeps.config.sweep_config import SweepConfig
from seqmem.sweeps.execution.run_list import check_jobs
from seqmem.sweeps.search.strings import StringSets
from seqmem.sweeps.storage.backend import check_storage
from seqmem.sweeps.storage.database import is_server
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
    if not shard.is_whole and (storage_url is None or not is_server(storage_url)):
        raise InputError(
            f"--shard {shard}: several launchers need one PostgreSQL storage; give --storage"
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
        check_units(config)


def check_units(config: SweepConfig) -> None:
    """Raise `InputError` if a bound of the searched unit counts is not on their grid.

    Only new sweeps are checked. Sweeps that were started before this rule are resumed as they are.

    Parameters
    ----------
    config : SweepConfig
        The configuration.

    Raises
    ------
    InputError
        If a bound is off the grid, so that the search would never reach it.
    """
    ranges = {"search.units": config.search.units} | {
        f"search.cells.{cell}.units": own.units
        for cell, own in config.search.cells.items()
        if own.units is not None
    }
    for (place, units), end in product(ranges.items(), ("low", "high")):
        bound = getattr(units, end)
        if units.low < units.high and bound not in UNITS_GRID:
            raise InputError(
                f"{place}.{end}: {bound} is not on the grid of unit counts; valid: "
                f"{', '.join(map(str, UNITS_GRID))}; a single value (low = high) may be any"
            )


def check_divisors(config: SweepConfig, cell: str) -> None:
    """Raise `InputError` if a cell cannot have some of the unit counts that are searched.

    Parameters
    ----------
    config : SweepConfig
        The configuration. With ``match``, only the units of its first cell are searched.
    cell : str
        Name of the cell.

    Raises
    ------
    InputError
        If units / heads of a Transformer is not even. All such unit counts are named.
    """
    if config.memorizer.match and cell != config.memorizer.cells[0]:
        return
    heads = config.training.heads
    shape = NetworkShape(config.strings.alphabet_size, depth=1, units=1, heads=heads)
    divisor = CELLS[cell].units_divisor(shape)
    failing = [units for units in config.search_of(cell).units.grid if units % divisor]
    if failing:
        listed = ", ".join(map(str, failing))
        per_head = " per head" if heads else ""
        raise InputError(
            f"search.units: cell {cell!r} cannot have {listed} units, because it needs an even "
            f"number{per_head}; use multiples of {divisor}"
        )


def dropout_warning(config: SweepConfig) -> str | None:
    """Return a line of warning if no network of a sweep has a layer whose inputs are dropped."""
    searched = config.search.dropout
    given = config.training.dropout
    deepest = max(config.search_of(cell).depth.high for cell in config.memorizer.cells)
    if deepest > 1 or not (given or (searched and searched.high)):
        return None
    return idle_dropout(f"up to {searched.high:g}" if searched else given)


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
    short = [needed for needed in different.values() if needed > training.context]
    if not short:
        return None
    return (
        f"{len(short)} of {len(different)} strings need more context than {training.context} "
        f"symbols, up to {max(short)}: no verdict uses their runs of {', '.join(cells)}; "
        "set training.context"
    )
