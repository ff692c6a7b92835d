"""Growing of a sweep: the runs of smaller sweeps are taken over instead of executed again."""

import json
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from pathlib import Path

from seqmem.core.damage import DamagedError, Damages
from seqmem.core.errors import InputError
from seqmem.core.number_formats import counted
from seqmem.study.environment import joint_environment_key
from seqmem.study.environment_keys import environments_of
from seqmem.sweeps.config.extension import (
    extension_problem,
    needs_string_check,
    prunes_alike,
    smaller_by,
)
from seqmem.sweeps.config.sweep_config import SweepConfig
from seqmem.sweeps.execution.preparation import refuse_other_environment
from seqmem.sweeps.execution.start_checks import check_place
from seqmem.sweeps.execution.status import read_status
from seqmem.sweeps.execution.stored_runs import planned_run, stored_records, with_costs
from seqmem.sweeps.search.lengths import with_earlier_lengths
from seqmem.sweeps.search.strings import ROLES, strings_of
from seqmem.sweeps.storage.answers import Answers
from seqmem.sweeps.storage.backend import sweep_names_at
from seqmem.sweeps.storage.database import safe_url
from seqmem.sweeps.storage.folder import SweepFolder
from seqmem.sweeps.storage.larger import earlier_versions, replace_by_larger
from seqmem.sweeps.storage.old_sweep import OldSweep, reading_old, without_old
from seqmem.sweeps.storage.opening import open_sweep

Extend = bool | str | Path | Sequence[str | Path]


class Extension:
    """What a sweep is grown from: its own folder, or other folders and storages.

    Parameters
    ----------
    extend : bool, str, Path or sequence of them
        True or an empty sequence is the sweep that the folder of the new one holds. False is none.
    folder : SweepFolder
        Folder of the new sweep.
    storage_url : str, optional
        Storage of the new sweep; the database in its folder if absent.
    """

    def __init__(self, extend: Extend, folder: SweepFolder, storage_url: str | None = None) -> None:
        self._folder = folder
        self._storage_url = storage_url
        several = [extend] if isinstance(extend, str | Path) else extend
        self._targets = [] if isinstance(several, bool) else [str(one) for one in several]
        # Whether the sweep in the new sweep's own folder is grown.
        self.is_in_place = extend is not False and not self._targets

    @property
    def targets(self) -> list[str]:
        """Folders and URLs of the old sweeps."""
        return [str(self._folder.path)] if self.is_in_place else self._targets

    def keep_lengths(self, config: SweepConfig) -> SweepConfig:
        """Return the new sweep with the ranges of ``length`` of the old ones, where it gives none.

        A sweep that was grown in its folder keeps them too when it is resumed without ``extend``.

        Parameters
        ----------
        config : SweepConfig
            The configuration of the new sweep, resolved or not. Old sweeps are read only if ranges
            of it are open; see `seqmem.sweeps.search.lengths.with_earlier_lengths`.

        Raises
        ------
        InputError
            If there is no such old sweep.
        """
        if not config.open_levels:
            return config
        if self.is_in_place:
            self._check_place()
        for target in self.targets or map(str, earlier_versions(self._folder.path)):
            config = with_earlier_lengths(config, self.old_config(target, config.name))
        return config

    def old_config(self, target: str, name: str) -> SweepConfig:
        """Return the configuration of an old sweep.

        Parameters
        ----------
        target : str
            One of `targets`.
        name : str
            Name of the new sweep.

        Raises
        ------
        InputError
            If there is no such old sweep.
        """
        old = self._open(target, name)
        old.storage.close()
        return old.config

    def check(self, config: SweepConfig, allow_environment_change: bool) -> list[str]:
        """Check that the new sweep can start, and take over the runs of the old ones.

        Nothing is written.

        Parameters
        ----------
        config : SweepConfig
            The resolved configuration of the new sweep.
        allow_environment_change : bool
            Take over runs that were made in another environment.

        Returns
        -------
        list of str
            One line for each old sweep: the number of runs that it holds.

        Raises
        ------
        InputError
            If the folder holds another sweep, there is no such old sweep, or its runs cannot be
            taken over. The message says why.
        """
        if self.is_in_place:
            self._check_place()
        else:
            check_place(config, self._folder, self._storage_url)
        key = joint_environment_key(config.engines, config.training.device)
        lines = []
        for target in self.targets:
            old = self._open(target, config.name)
            with closing(old.storage), reading_old(target):
                _check_old(old, config)
                if not allow_environment_change:
                    _check_environment(old, key)
                lines.append(_describe(old))
        return lines

    def begin(self, config: SweepConfig, environment_key: str) -> None:
        """Give the folder to the larger sweep, if it is grown in place. The folder is locked."""
        if self.is_in_place:
            replace_by_larger(self._folder, config, environment_key)

    def add_to(self, answers: Answers, config: SweepConfig, notify: Callable[[str], None]) -> None:
        """Add the runs of all old sweeps, and of those that the folder was grown from before.

        Parameters
        ----------
        answers : Answers
            Gets them, and closes their storages.
        config : SweepConfig
            The resolved configuration of the new sweep.
        notify : callable
            Receives a line about damaged runs, which answer nothing.
        """
        self._add(self._targets, answers, config, notify)

    def add_all_to(self, answers: Answers, config: SweepConfig) -> None:
        """Add the runs of all old sweeps like `add_to`, before the folder changes hands.

        Parameters
        ----------
        answers, config
            As for `add_to`. Damaged runs are left out without a line.
        """
        self._add(self.targets, answers, config, lambda line: None)

    def _add(
        self,
        targets: Sequence[str],
        answers: Answers,
        config: SweepConfig,
        notify: Callable[[str], None],
    ) -> None:
        earlier = [str(path) for path in earlier_versions(self._folder.path)]
        for target in [*targets, *earlier]:
            old = self._open(target, config.name)
            damages = Damages(skip=True)
            answers.add(old, damages, prunes_alike(old.config, config))
            if damages.line:
                notify(f"{old.where}: {damages.line}; damaged runs are executed again")

    def _open(self, target: str, name: str) -> OldSweep:
        """Open an old sweep for a new sweep of this name."""
        try:
            with reading_old(target):
                chosen = self._choose(target, name) if "://" in target else None
                old, storage = open_sweep(target, chosen)
        except DamagedError:
            raise
        except InputError as error:
            raise without_old(target, error) from None
        with ExitStack() as stack:
            stack.callback(storage.close)
            config = with_costs(old, target)
            stack.pop_all()
        return OldSweep(target, config, storage)

    def _choose(self, url: str, name: str) -> str:
        """Return the sweep in a storage that is grown: the only other one, or that of the name."""
        names = sweep_names_at(url, read_only=True)
        if url == self._storage_url:
            names = [other for other in names if other != name]
        if len(names) == 1:
            return names[0]
        if name in names:
            return name
        raise InputError(
            f"{safe_url(url)}: which sweep is to grow? There are {', '.join(names) or 'none'}; "
            "keep the name of the old one, and give another --storage or none"
        )

    def _check_place(self) -> None:
        if self._storage_url is not None:
            raise InputError(
                f"--extend with --storage {safe_url(self._storage_url)}: name the old sweep, as in "
                "--extend runs/old; without a name it grows the database in the folder of --out"
            )
        if not self._folder.config.exists():
            raise InputError(
                f"--extend: {self._folder.path} holds no sweep that could grow; "
                "name the old one, as in --extend runs/old, or leave --extend out"
            )


def _check_old(old: OldSweep, config: SweepConfig) -> None:
    """Raise `InputError` if the runs of an old sweep cannot be those of a new one."""
    if problem := extension_problem(old.config, config):
        raise InputError(
            f"--extend {old.where}: {problem}; leave --extend out, and take another --out"
        )
    if less := smaller_by(old.config, config):
        raise InputError(
            f"--extend {old.where}: the new sweep only leaves runs out ({'; '.join(less)}); "
            "use the old sweep, or ask for more"
        )
    if needs_string_check(old.config, config):
        _check_strings(old, config)
    _check_version(old)


def _check_strings(old: OldSweep, config: SweepConfig) -> None:
    """Raise `InputError` if the strings of an old sweep are not the first ones of the new sweep."""
    levels = [level for level in old.config.strings.levels if level in config.strings.levels]
    for level in levels:
        of_level = (one.at_level(level).search.searches for one in (old.config, config))
        for search in range(min(of_level)):
            before, after = (strings_of(one, level, search) for one in (old.config, config))
            for role in ROLES:
                common = min(len(before[role]), len(after[role]))
                if before[role][:common] != after[role][:common]:
                    raise InputError(
                        f"--extend {old.where}: with these counts of strings, other {role} strings "
                        f"are drawn at level {level}; keep tune, select and fresh as they were"
                    )


def _check_version(old: OldSweep) -> None:
    """Raise `InputError` if this installation would give the runs of an old sweep other ids."""
    for place, record in stored_records(old.config, old.storage):
        here = planned_run(old.config, old.storage, place).run_id
        if record.get("run_id") == here:
            return
        raise InputError(
            f"--extend {old.where}: run {record.get('run_id')} would be run {here} here: it is of "
            "another version of seqmem or of a plug-in, or its data have changed; use what made "
            "it, or leave --extend out and take another --out"
        )


def _check_environment(old: OldSweep, environment_key: str) -> None:
    """Raise `InputError` if an old sweep was made in another environment of the same engine."""
    ours = {environment["engine"]: environment for environment in environments_of(environment_key)}
    theirs = environments_of(old.storage.environment_key)
    for environment in theirs:
        here = ours.get(environment.get("engine", ""), environment)
        refuse_other_environment(
            old.where,
            json.dumps(environment),
            json.dumps(here),
            "its runs are not taken over; use that environment, or take them over with "
            "--allow-environment-change, which marks the records",
        )


def _describe(old: OldSweep) -> str:
    status = read_status(old.config, old.storage)
    finished = status.stored - status.failed
    return (
        f"{old.where} holds {counted(finished, 'finished run')}; those of them that this sweep "
        "asks for are not executed again"
    )
