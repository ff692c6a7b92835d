"""Checks before a sweep starts, which a dry run makes too. They write nothing."""

from seqmem.core.errors import InputError
from seqmem.sweeps.config.conditions import Shard
from seqmem.sweeps.config.section import UNITS_GRID
from seqmem.sweeps.config.sweep_config import SweepConfig
from seqmem.sweeps.execution.run_list import check_jobs
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
    units = config.search.units
    if units.low == units.high:
        return
    for name in ("low", "high"):
        bound = getattr(units, name)
        if bound not in UNITS_GRID:
            raise InputError(
                f"search.units.{name}: {bound} is not on the grid of unit counts; valid: "
                f"{', '.join(map(str, UNITS_GRID))}; a single value (low = high) may be any"
            )
