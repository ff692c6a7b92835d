"""Steps before the first run: choose the searches, check their runs, claim the storage."""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext

from seqmem.core.errors import InputError
from seqmem.core.progress import Progress
from seqmem.generators.symbols import SymbolString
from seqmem.study.environment_keys import environment_difference
from seqmem.sweeps.config.conditions import SearchKey, Shard, described_groups, search_groups
from seqmem.sweeps.config.sweep_config import SweepConfig
from seqmem.sweeps.execution.plan import run_config
from seqmem.sweeps.execution.space_checks import check_divisors, check_new_space
from seqmem.sweeps.search.extremes import extremes
from seqmem.sweeps.search.strings import StringSets, strings_of
from seqmem.sweeps.storage.backend import storage_errors
from seqmem.sweeps.storage.data_check import check_stored_strings
from seqmem.sweeps.storage.database import is_server, safe_url
from seqmem.sweeps.storage.folder import SweepFolder, refuse_differences
from seqmem.sweeps.storage.server import ServerLock
from seqmem.sweeps.storage.storage import SweepStorage, canonical


def searches_of(config: SweepConfig, shard: Shard) -> list[SearchKey]:
    """Return the searches of one shard of a sweep.

    Parameters
    ----------
    config : SweepConfig
        The sweep.
    shard : Shard
        The part.

    Raises
    ------
    InputError
        If there are fewer searches, or groups of searches, than shards.
    """
    groups = search_groups(config)
    if shard.count > len(groups):
        raise InputError(
            f"--shard {shard}: the sweep has {described_groups(config)}; use at most as many shards"
        )
    return [key for group in shard.of(groups) for key in group]


def default_folder_name(name: str, shard: Shard) -> str:
    """Return the name of the folder of a sweep, or of one shard of it.

    Examples
    --------
    >>> default_folder_name("quick", Shard(2, 8))
    'quick-shard-2-of-8'
    """
    return name if shard.is_whole else f"{name}-shard-{shard.index}-of-{shard.count}"


def check_runs(config: SweepConfig, keys: Iterable[SearchKey]) -> dict[tuple[int, int], StringSets]:
    """Return the strings of searches after checking that runs with them are valid.

    The runs that are checked lie at the ends of the search space. Nothing is written.

    Parameters
    ----------
    config : SweepConfig
        The resolved configuration.
    keys : iterable of SearchKey
        The searches.

    Returns
    -------
    dict of {tuple of (int, int) : StringSets}
        Keys are (level, search).

    Raises
    ------
    InputError
        If a string cannot be made or a run is not valid.
    """
    levels_and_searches = dict.fromkeys((key.condition.level, key.search) for key in keys)
    strings = {
        (level, search): strings_of(config, level, search) for level, search in levels_and_searches
    }
    firsts: dict[int, SymbolString] = {}
    for (level, _), sets in strings.items():
        firsts.setdefault(level, sets["tune"][0])
    if not config.search.levels:
        # One space for all levels, so the strings of one are enough.
        firsts = dict([next(iter(firsts.items()))])
    for level, string in firsts.items():
        _check_space(config.at_level(level), string)
    return strings


def _check_space(config: SweepConfig, string: SymbolString) -> None:
    """Raise `InputError` if a run at an end of the space of some cell is not valid."""
    for cell in config.memorizer.cells:
        check_divisors(config, cell)
        for fields in extremes(config.search_of(cell)):
            run_config(config, cell, string, fields)


@contextmanager
def claim_sweep_storage(
    config: SweepConfig,
    key: str,
    folder: SweepFolder,
    storage_url: str | None,
    shard: Shard,
    allow_environment_change: bool,
    progress: Progress,
) -> Iterator[SweepStorage]:
    """Open the storage of a sweep and claim the sweep, or one shard, for this launcher.

    A new sweep is written to the storage; a sweep that is there is checked.

    Parameters
    ----------
    config : SweepConfig
        The resolved configuration.
    key : str
        Key of the environment of this process.
    folder : SweepFolder
        Folder of the sweep, locked by this launcher.
    storage_url : str, optional
        The storage; the database in the folder if absent.
    shard : Shard
        Part of the sweep to claim.
    allow_environment_change : bool
        Resume a sweep that was started in another environment.
    progress : Progress
        Receives messages about a server that does not answer.

    Yields
    ------
    SweepStorage
        Open until the block ends.

    Raises
    ------
    InputError
        If the storage holds another sweep, or lost this one, or another launcher runs it.
    """
    url = storage_url or folder.storage_url
    lock = ServerLock(url, config.name, shard) if is_server(url) else None
    with ExitStack() as stack:
        if lock:
            stack.callback(lock.release)
        with storage_errors(url), lock.gate() if lock else nullcontext():
            renew = lock.renew if lock else lambda: False
            # Before the database is made, which is then not opened a second time.
            folder.check(config, storage_url)
            storage = SweepStorage(url, config.name, renew=renew, notify=progress.tell)
            stack.callback(storage.close)
            if folder.config.exists() and not storage.exists:
                raise InputError(
                    f"{safe_url(url)} holds nothing of the sweep that was started in "
                    f"{folder.path}; "
                    "restore it, or choose another --out"
                )
            is_begun = storage.exists
            begin_or_resume(storage, config, key, allow_environment_change)
            if is_begun and config.strings.pieces is None and not folder.has_digest:
                check_stored_strings(config, storage, folder.path)
            if lock:
                lock.claim()
        with storage.fast_commits():
            yield storage


def begin_or_resume(
    storage: SweepStorage, config: SweepConfig, key: str, allow_environment_change: bool
) -> None:
    """Write a new sweep to the storage, or check that the stored sweep is the same.

    Parameters
    ----------
    storage : SweepStorage
        The storage.
    config : SweepConfig
        The resolved configuration.
    key : str
        Key of the environment of this process.
    allow_environment_change : bool
        Accept a sweep that was started in another environment.

    Raises
    ------
    InputError
        If the stored sweep has another configuration, or another environment that is not accepted.
    """
    given = canonical(config.to_dict())
    if not storage.exists:
        check_new_space(config)
        storage.begin(given, key)
        return
    where = safe_url(storage.url)
    refuse_differences(storage.config, given, where)
    if not allow_environment_change:
        refuse_other_environment(where, storage.environment_key, key)


GO_ON = "go on with --allow-environment-change, which marks the records, or choose another --out"


def refuse_other_environment(where: str, theirs: str, ours: str, remedy: str = GO_ON) -> None:
    """Raise `InputError` if records were made in another environment than that of this process.

    Parameters
    ----------
    where : str
        The folder or storage that holds the records, for the message.
    theirs : str
        Environment key of the records.
    ours : str
        Environment key of this process.
    remedy : str
        What the message advises.

    Raises
    ------
    InputError
        If the keys differ; the message lists the differences.
    """
    difference = environment_difference(theirs, ours)
    if difference:
        raise InputError(
            f"{where} was made in another environment ({', '.join(difference)}); {remedy}"
        )
