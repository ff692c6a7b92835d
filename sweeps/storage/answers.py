"""Outcomes of runs that other sweeps hold, found by run id and environment key."""

import json
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any, NamedTuple

from seqmem.core.damage import DamagedError, Damages
from seqmem.core.interruption import check_interrupted
from seqmem.sweeps.storage.export import sound_tables
from seqmem.sweeps.storage.old_sweep import OldSweep, reading_old
from seqmem.sweeps.storage.storage import RunPlace, runs_of


class Wanted(NamedTuple):
    """A run whose outcome is asked for.

    Attributes
    ----------
    run_id : str
        Digest of everything that decides its result.
    environment_key : str
        Key of the environment in which it would be executed.
    later : tuple of str
        If the run is cut: ids of the same run cut later, and not cut.
    """

    run_id: str
    environment_key: str
    later: tuple[str, ...] = ()


class _Stored(NamedTuple):
    environment: int
    source: int
    at: RunPlace
    # Of the outcome, as it was when the run was found sound.
    digest: int


class Answers:
    """The runs of several sweeps, each of which may stand for an equal run of another sweep.

    Only an index is held in memory. Failed runs answer nothing, so they are executed again. So are
    runs that have changed, or were damaged, after they were indexed.

    Parameters
    ----------
    any_environment : bool
        Also give the outcome of a run that was made in another environment, if no other is there.
    """

    def __init__(self, any_environment: bool = False) -> None:
        self._any_environment = any_environment
        self._environments: dict[str, int] = {}
        self._sources: list[OldSweep] = []
        self._runs: dict[str, list[_Stored]] = {}
        # Sources whose last courses stand for earlier ones.
        self._of_last_courses: set[int] = set()

    def __len__(self) -> int:
        """Return the number of different runs."""
        return len(self._runs)

    @property
    def hold_last_courses(self) -> bool:
        """Whether the last course of a run may stand for its earlier ones."""
        return bool(self._of_last_courses)

    def add(self, old: OldSweep, damages: Damages, last_courses: bool = False) -> int:
        """Add the runs of a sweep, and return their number.

        Parameters
        ----------
        old : OldSweep
            The sweep. Its storage must stay open as long as outcomes are asked for.
        damages : Damages
            Meets damaged trials and runs. What it leaves out answers nothing.
        last_courses : bool
            The last course of a run stands for its earlier ones, unless a run failed or is damaged:
            executed again, it could change which trials are pruned.

        Raises
        ------
        DamagedError
            If its storage cannot be read.
        """
        source = len(self._sources)
        self._sources.append(old)
        before = len(self._runs)
        failed = 0
        with reading_old(old.target):
            for table, rows in sound_tables(old.config, old.storage, damages=damages):
                check_interrupted()
                columns = (table[name].to_pylist() for name in ("run_id", "environment_key"))
                for run_id, environment, row in zip(*columns, rows, strict=True):
                    failed += run_id is None
                    if run_id is not None:
                        number = self._environments.setdefault(environment, len(self._environments))
                        stored = _Stored(number, source, row.at, _digest(row.outcome))
                        self._runs.setdefault(run_id, []).append(stored)
        if last_courses and not failed and not damages.count:
            self._of_last_courses.add(source)
        return len(self._runs) - before

    def find(self, wanted: Iterable[Wanted]) -> Iterator[tuple[int, dict[str, Any]]]:
        """Yield the index and the outcome of every run that is held.

        Parameters
        ----------
        wanted : iterable of Wanted
            The runs. The trial of several of them is read once.

        Raises
        ------
        DamagedError
            If the storage of a sweep can no longer be read.
        """
        found = [
            (chosen, index)
            for index, run in enumerate(wanted)
            if (chosen := self._choose(run)) is not None
        ]
        found.sort(key=lambda item: (item[0].source, _trial_of(item[0].at), item[1]))
        for (source, _), items in groupby(
            found, key=lambda item: (item[0].source, _trial_of(item[0].at))
        ):
            runs: dict[str, dict[str, Any]] | None = None
            for stored, index in items:
                check_interrupted()
                if runs is None:
                    runs = self._runs_of_trial(source, stored.at)
                outcome = runs.get(stored.at.run)
                # The other sweep may have changed since it was indexed.
                if outcome is not None and _digest(outcome) == stored.digest:
                    yield index, outcome

    def not_among(self, run_ids: set[str]) -> int:
        """Return how many runs are held that have none of these ids.

        Parameters
        ----------
        run_ids : set of str
            For example all run ids of a sweep.
        """
        return sum(run_id not in run_ids for run_id in self._runs)

    def close(self) -> None:
        """Close the storages."""
        for old in self._sources:
            old.storage.close()

    def _runs_of_trial(self, source: int, at: RunPlace) -> dict[str, dict[str, Any]]:
        """Return the outcomes of a trial; none if it is damaged by now."""
        old = self._sources[source]
        with reading_old(old.target):
            try:
                return runs_of(old.storage.trial(at.key, at.role, at.trial))
            except DamagedError:
                return {}

    def _choose(self, wanted: Wanted) -> _Stored | None:
        """Return the stored run that answers another one; None if there is none."""
        if chosen := self._in_environment(self._runs.get(wanted.run_id, []), wanted):
            return chosen
        for run_id in wanted.later:
            held = [
                run for run in self._runs.get(run_id, []) if run.source in self._of_last_courses
            ]
            if chosen := self._in_environment(held, wanted):
                return chosen
        return None

    def _in_environment(self, held: list[_Stored], wanted: Wanted) -> _Stored | None:
        """Return one of equal runs, of the same environment if there is one."""
        environment = self._environments.get(wanted.environment_key)
        for stored in held:
            if stored.environment == environment:
                return stored
        return held[0] if held and self._any_environment else None


def _digest(outcome: dict[str, Any]) -> int:
    """Return a digest of an outcome, which holds in this process alone."""
    return hash(json.dumps(outcome, sort_keys=True))


def _trial_of(at: RunPlace) -> tuple[str, str, int]:
    return at.key.name, at.role, at.trial
