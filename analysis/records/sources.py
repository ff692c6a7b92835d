"""What a report is made from: the records of one or several sweeps, their study files and manifests, timings."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from seqmem.analysis.records.loading import (
    load,
    load_stored_config,
    load_stored_manifest,
    read_parquet,
)
from seqmem.analysis.records.provenance import settings
from seqmem.core.errors import InputError

TIMINGS = ("timings.parquet", "timings.csv")
TIMING_COLUMNS = (
    "process work engine cell depth units batch length alphabet_size seconds_per_symbol".split()
)
PLACE = ["sweep", "condition", "search", "role", "trial", "replicate", "repeat"]
# What two sweeps may differ in, by section, and still be one design: which strings and cells, budgets, repetitions.
_WITHIN = {
    "strings": (
        "levels",
        "source",
        "parameters",
        "alphabet_size",
        "measure",
        "tune",
        "select",
        "confirm",
    ),
    "memorizer": ("cells",),
    "training": ("budget", "probes"),
    "search": ("searches",),
}


@dataclass(frozen=True)
class Sources:
    """Records, and what is known of each sweep by its name.

    Attributes
    ----------
    frame : records; a column `design` tells sweeps apart where they were run by different designs.
    configs, manifests : of each sweep that has one.
    timings : of all folders together; None where there are none.
    """

    frame: pd.DataFrame
    configs: dict[str, dict[str, Any]]
    manifests: dict[str, dict[str, Any]]
    timings: pd.DataFrame | None

    def only(self, sweeps: Iterable[str]) -> Sources:
        """Those sweeps alone, told apart by design among themselves; all timings."""
        names = set(sweeps)
        frame = self.frame[self.frame["sweep"].astype(str).isin(names)].reset_index(drop=True)
        configs, manifests = (
            {name: tree for name, tree in known.items() if name in names}
            for known in (self.configs, self.manifests)
        )
        return Sources(with_designs(frame, configs), configs, manifests, self.timings)

    def provenance(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """Headings and printable settings of every study file and manifest."""
        found = []
        for kind, known in (("Study file", self.configs), ("Manifest", self.manifests)):
            named = len(known) > 1
            found += [
                (f"{kind} of {name}" if named else kind, settings(tree))
                for name, tree in sorted(known.items())
            ]
            if not known:
                found.append((kind, []))
        return found


def load_sources(folders: Sequence[Path]) -> Sources:
    """Load the folders of sweeps.

    Raises
    ------
    FileNotFoundError, InputError
        As `analysis.load`; two folders with records of one sweep.
    """
    frames, configs, manifests = [], dict[str, dict[str, Any]](), dict[str, dict[str, Any]]()
    seen: dict[str, Path] = {}
    for folder in folders:
        frame, config, manifest = (
            load(folder),
            load_stored_config(folder),
            load_stored_manifest(folder),
        )
        frames.append(frame)
        for sweep in sorted(frame["sweep"].astype(str).unique()):
            if sweep in seen:
                raise InputError(
                    f"'{folder}' and '{seen[sweep]}' both hold records of the sweep '{sweep}'"
                )
            seen[sweep] = folder
            configs |= {sweep: config} if config else {}
            manifests |= {sweep: manifest} if manifest else {}
    # In one order, whatever that of the files: sums would differ in their last bits.
    frame = pd.concat(frames).sort_values(PLACE, kind="stable", ignore_index=True)
    return Sources(with_designs(frame, configs), configs, manifests, load_timings(folders))


def with_designs(frame: pd.DataFrame, configs: dict[str, dict[str, Any]]) -> pd.DataFrame:
    """Records with a column `design`: two sweeps of one design by name, more by the first; empty where all are of one.

    Sweeps that differ in strings, seeds and numbers of searches alone are of one design, and their searches count
    together; a sweep with, say, its depth fixed is not pooled with one that searches it. A sweep without a study file
    is a design of its own.
    """
    sweeps = sorted(frame["sweep"].astype(str).unique())
    keys = {sweep: _design_key(configs[sweep]) if sweep in configs else sweep for sweep in sweeps}
    if len(set(keys.values())) == 1:
        return frame.assign(design="")
    names = {
        key: _design_name([sweep for sweep in sweeps if keys[sweep] == key])
        for key in set(keys.values())
    }
    return frame.assign(design=[names[keys[sweep]] for sweep in frame["sweep"].astype(str)])


def load_timings(folders: Sequence[Path]) -> pd.DataFrame | None:
    """What `seqmem time` wrote into the folders, one file of each, parquet before CSV; None where there is nothing.

    Raises
    ------
    InputError
        A file that cannot be read, or lacks columns.
    """
    files = []
    for folder in folders:
        there = [folder / name for name in TIMINGS if folder.is_dir() and (folder / name).is_file()]
        files += there[:1]
    if not files:
        return None
    frames = [_read_timings(file) for file in files]
    if len(frames) > 1:
        # Process 0 of one file is not process 0 of another.
        frames = [
            frame.assign(process=f"{n}/" + frame["process"].astype(str))
            for n, frame in enumerate(frames)
        ]
    return pd.concat(frames, ignore_index=True)


def _read_timings(file: Path) -> pd.DataFrame:
    if file.suffix == ".parquet":
        frame = read_parquet(file)
    else:
        try:
            frame = pd.read_csv(file)
        except (ValueError, OSError) as error:
            raise InputError(
                f"'{file}' cannot be read as CSV: {str(error).splitlines()[0]}"
            ) from None
    missing = [column for column in TIMING_COLUMNS if column not in frame]
    if missing:
        raise InputError(
            f"'{file}' lacks the columns {', '.join(missing)}; 'seqmem time --out {file}' makes it"
        )
    return frame


def _design_name(sweeps: list[str]) -> str:
    """Words for the sweeps of one design, distinct because every sweep is of one design.

    Examples
    --------
    >>> [_design_name(names) for names in (["a"], ["a", "b"], ["a", "b", "c"])]
    ['a', 'a + b', 'a and 2 more']
    """
    return " + ".join(sweeps) if len(sweeps) < 3 else f"{sweeps[0]} and {len(sweeps) - 1} more"


def _design_key(config: dict[str, Any]) -> str:
    """A study file as text, without what may differ within one design."""
    kept = {
        section: {
            name: value
            for name, value in config.get(section, {}).items()
            if name not in _WITHIN[section]
        }
        for section in _WITHIN
    }
    return json.dumps(kept, sort_keys=True, default=str)
