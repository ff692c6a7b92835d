"""The state of a sweep that a folder holds, if it holds one."""

from contextlib import closing
from pathlib import Path

from seqmem.sweeps.config.conditions import WHOLE_SWEEP, SearchKey, parse_shard
from seqmem.sweeps.config.sweep_config import SweepConfig
from seqmem.sweeps.execution.preparation import searches_of
from seqmem.sweeps.execution.status import Status, read_status
from seqmem.sweeps.storage.file_names import DATABASE_FILE
from seqmem.sweeps.storage.folder import SweepFolder
from seqmem.sweeps.storage.manifest import read_manifest
from seqmem.sweeps.storage.opening import open_sweep


def stored_status(folder: Path) -> Status | None:
    """Return the status of the sweep in a folder; None if the folder holds no database.

    Parameters
    ----------
    folder : Path
        The folder of the sweep, which need not exist.

    Raises
    ------
    InputError
        If the database holds no sweep, or several.

    Examples
    --------
    >>> stored_status(Path("nowhere")) is None
    True
    """
    if not (folder / DATABASE_FILE).exists():
        return None
    config, storage = open_sweep(str(folder))
    with closing(storage):
        return read_status(config, storage)


def planned_searches(target: str, config: SweepConfig) -> list[SearchKey]:
    """Return the searches that a folder is to hold: those of its shard, or all of the sweep.

    Parameters
    ----------
    target : str
        Folder of the sweep, or URL of its storage, which holds all searches.
    config : SweepConfig
        The resolved configuration.
    """
    manifest = SweepFolder(Path(target)).manifest
    shard = WHOLE_SWEEP
    if "://" not in target and manifest.exists():
        shard = parse_shard(read_manifest(manifest).get("shard", str(WHOLE_SWEEP)))
    return searches_of(config, shard)
