"""Sources of a report: records, sweep files, manifests and timings of one or several sweeps."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from seqmem.analysis.records.joining import FOLDER, PLACE
from seqmem.analysis.records.kinds import FOLDERS
from seqmem.analysis.records.loading import load_joined
from seqmem.analysis.records.provenance import settings
from seqmem.analysis.records.search_spaces import search_of_any_level
from seqmem.analysis.records.sweep_files import (
    read_parquet,
    sweep_folder,
)
from seqmem.core.damage import Damages
from seqmem.core.errors import InputError
from seqmem.core.python_arguments import argument_kinds

TIMING_FILES = ("timings.parquet", "timings.csv")
# Step times of the winners of searches, which `seqmem time --winners` writes.
WINNER_TIMINGS_FILE = "winner-timings.parquet"
TIMING_COLUMNS = (
    "process work engine cell depth units batch length alphabet_size seconds_per_symbol".split()
)
# Settings, by section, in which two sweeps of one design may differ: strings, cells, budgets and
# repetitions.
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
    """Records of one or several sweeps, with the files that describe each sweep.

    Attributes
    ----------
    frame : DataFrame
        The records. The column `design` tells sweeps of different designs apart.
    configs : dict of str to dict
        Sweep file of each sweep that has one, by the name of the sweep.
    manifests : dict of str to dict
        Manifest of each sweep that has one, by the name of the sweep.
    timings : DataFrame or None
        Step times of all folders together; None if no folder has any.
    notes : sequence of str
        A line for every difference in environments or versions between the folders.
    """

    frame: pd.DataFrame
    configs: dict[str, dict[str, Any]]
    manifests: dict[str, dict[str, Any]]
    timings: pd.DataFrame | None
    notes: Sequence[str] = ()

    def only(self, sweeps: Iterable[str]) -> Sources:
        """Return the sources of some of the sweeps, with all timings.

        Parameters
        ----------
        sweeps : iterable of str
            Names of the sweeps to keep.

        Returns
        -------
        Sources
            The column `design` is computed anew among the sweeps that are kept.
        """
        names = set(sweeps)
        frame = self.frame[self.frame["sweep"].astype(str).isin(names)].reset_index(drop=True)
        configs, manifests = (
            {name: tree for name, tree in known.items() if name in names}
            for known in (self.configs, self.manifests)
        )
        return replace(
            self, frame=with_designs(frame, configs), configs=configs, manifests=manifests
        )

    def provenance(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """Return headings and printable settings of every sweep file and manifest.

        Returns
        -------
        list of tuple of str and list
            Each heading with the pairs that `provenance.settings` returns.
        """
        headings = []
        for kind, known in (("Sweep file", self.configs), ("Manifest", self.manifests)):
            named = len(known) > 1
            headings += [
                (f"{kind} of {name}" if named else kind, settings(tree))
                for name, tree in sorted(known.items())
            ]
            if not known:
                headings.append((kind, []))
        return headings


@argument_kinds(folders=FOLDERS)
def load_sources(
    folders: str | Path | Sequence[str | Path], damages: Damages | None = None
) -> Sources:
    """Load the folders of one or several sweeps.

    It reads the `runs.parquet`, `config.toml`, `manifest.json` and timings of every folder.

    Parameters
    ----------
    folders : str, Path or sequence of them
        Folders of sweeps, or their files of records.
    damages : Damages, optional
        Meets rows that no run could have written. If absent, they are refused.

    Returns
    -------
    Sources
        Records in an order that does not depend on the order of the folders.

    Raises
    ------
    FileNotFoundError
        If a folder or its records do not exist.
    InputError
        If a file cannot be used, or a run has different records in two folders.

    Examples
    --------
    >>> sources = load_sources("runs/quick")  # doctest: +SKIP
    >>> sorted(sources.configs)  # doctest: +SKIP
    ['quick']
    """
    paths = sweep_folders(folders)
    notes: list[str] = []
    # Of a run in two folders, the seconds are those of the first, whatever the given order.
    joined = load_joined(sorted(paths), damages or Damages(), notes)
    parts = joined.parts
    configs = {sweep: part.config for sweep, part in parts.items() if part.config}
    manifests = {sweep: part.manifest for sweep, part in parts.items() if part.manifest}
    # A fixed order, whatever that of the files. Otherwise sums would differ in their last bits.
    frame = joined.frame.sort_values(PLACE, kind="stable", ignore_index=True)
    # A report is the same wherever its folders lie.
    frame = frame.drop(columns=FOLDER)
    return Sources(with_designs(frame, configs), configs, manifests, load_timings(paths), notes)


def sweep_folders(folders: str | Path | Sequence[str | Path]) -> list[Path]:
    """Return the folders of one or several sweeps as a list of paths.

    Parameters
    ----------
    folders : str, Path or sequence of them
        Folders of sweeps, or their files of records.

    Returns
    -------
    list of Path
        One for each.
    """
    several = [folders] if isinstance(folders, str | Path) else folders
    return [sweep_folder(folder) for folder in several]


def report_folder(path: Path) -> Path:
    """Return the folder of the report of a sweep, if the user names none.

    Parameters
    ----------
    path : Path
        Folder of the sweep, or a file of records.

    Returns
    -------
    Path
        `report` in the folder.
    """
    return (path.parent if path.is_file() else path) / "report"


def with_designs(frame: pd.DataFrame, configs: dict[str, dict[str, Any]]) -> pd.DataFrame:
    """Return records with a column `design` that tells sweeps of different designs apart.

    Sweeps that differ only in strings, seeds and numbers of searches have one design. Their
    searches count together. A sweep with a fixed depth, say, is not pooled with one that searches
    the depth. A sweep without a sweep file is a design of its own.

    Parameters
    ----------
    frame : DataFrame
        Records with the column `sweep`.
    configs : dict of str to dict
        Sweep files by the name of the sweep.

    Returns
    -------
    DataFrame
        The records. A design is named after its sweeps. All names are empty if there is one design
        only.
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
    """Load the step times that `seqmem time` wrote into folders.

    Parameters
    ----------
    folders : sequence of Path
        Folders. Of each, `timings.parquet` is read, or else `timings.csv`, and
        `winner-timings.parquet`.

    Returns
    -------
    DataFrame or None
        The rows of all files; None if no folder has such a file.

    Raises
    ------
    InputError
        If a file cannot be read or lacks columns.
    """
    files = []
    for folder in folders:
        there = [
            folder / name for name in TIMING_FILES if folder.is_dir() and (folder / name).is_file()
        ]
        files += there[:1]
        files += [file for file in [folder / WINNER_TIMINGS_FILE] if file.is_file()]
    if not files:
        return None
    frames = [read_timings(file) for file in files]
    if len(frames) > 1:
        # Process 0 of one file and process 0 of another are two processes.
        frames = [
            frame.assign(process=f"{n}/" + frame["process"].astype(str))
            for n, frame in enumerate(frames)
        ]
    return pd.concat(frames, ignore_index=True)


def read_timings(file: Path) -> pd.DataFrame:
    """Return the step times in a file.

    Raises
    ------
    InputError
        If it cannot be read or lacks columns.
    """
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
            f"'{file}' lacks the columns {', '.join(missing)}; "
            f"run 'seqmem time --out {file}' to write it"
        )
    return frame


def _design_name(sweeps: list[str]) -> str:
    """Return a name for the sweeps of one design.

    Examples
    --------
    >>> [_design_name(names) for names in (["a"], ["a", "b"], ["a", "b", "c"])]
    ['a', 'a + b', 'a and 2 more']
    """
    return " + ".join(sweeps) if len(sweeps) < 3 else f"{sweeps[0]} and {len(sweeps) - 1} more"


def _design_key(config: dict[str, Any]) -> str:
    """Return a sweep file as text, without the settings that may differ within one design."""
    varying = {name for names in _WITHIN.values() for name in names}
    read = {**config, "search": search_of_any_level(config, varying)}
    kept = {
        section: {
            name: value
            for name, value in read.get(section, {}).items()
            if name not in _WITHIN[section]
        }
        for section in _WITHIN
    }
    return json.dumps(kept, sort_keys=True, default=str)
