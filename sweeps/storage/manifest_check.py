"""A sweep's manifest beside the present machine: what is equal, and whether records would be."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from seqmem.core.errors import InputError
from seqmem.study.budget import Budget
from seqmem.study.calibration.table import read_table, reference_table
from seqmem.study.engine import resolve_engine
from seqmem.study.environment import environment
from seqmem.sweeps.config.sweep_config import SweepConfig
from seqmem.sweeps.config.sweep_file import load_config
from seqmem.sweeps.storage.file_names import MANIFEST_FILE
from seqmem.sweeps.storage.folder import SweepFolder
from seqmem.sweeps.storage.manifest import manifest, read_manifest

HASHES = ("configuration_hash", "cost_table_hash")
# Where records were made; within one environment key they are the same everywhere.
SURROUNDINGS = ("versions", "machine", "git")


@dataclass(frozen=True)
class Entry:
    """One entry of a manifest and what it would be now.

    Parameters
    ----------
    name : str
    held, present : object
        In the manifest and on this machine.
    decides : bool
        Whether records may differ when these do.
    """

    name: str
    held: Any
    present: Any
    decides: bool

    @property
    def is_same(self) -> bool:
        """Whether both are equal."""
        return bool(self.held == self.present)

    @property
    def line(self) -> str:
        """One line for people.

        >>> Entry("numpy", "2.3.0", "2.4.6", True).line
        'different  numpy: 2.3.0 in the manifest, 2.4.6 here'
        """
        if self.is_same:
            return f"same       {_text(self.name)}: {_text(self.held)}"
        aside = "" if self.decides else " (records do not depend on it)"
        return f"different  {_text(self.name)}: {_text(self.held)} in the manifest, {_text(self.present)} here{aside}"


@dataclass(frozen=True)
class ManifestComparison:
    """The entries of a sweep's manifest and what follows from them.

    Parameters
    ----------
    entries : list of Entry
    budget : Budget
        Of the sweep; one in seconds cannot be repeated anywhere.
    """

    entries: list[Entry]
    budget: Budget

    @property
    def different(self) -> list[str]:
        """Names of the entries that differ and decide about records."""
        return [entry.name for entry in self.entries if entry.decides and not entry.is_same]

    @property
    def verdict(self) -> str:
        """One line for people."""
        if self.different:
            return f"records made here may differ: {', '.join(map(_text, self.different))}"
        if not self.budget.is_reproducible:
            return f"nothing differs that records depend on, but a budget of {self.budget} is never spent twice alike"
        return "records made here would be identical"


def compare_folder(folder: SweepFolder) -> ManifestComparison:
    """Return the entries of a folder's manifest with what they would be if the sweep were started here.

    Raises
    ------
    InputError
        If the folder holds no sweep or no manifest.
    """
    folder.require()
    if not folder.manifest.exists():
        raise InputError(f"{folder.path}: no {MANIFEST_FILE}; the sweep's next start writes one")
    held, config = read_manifest(folder.manifest), load_config(folder.config)
    present = manifest(config, present_environment(config), held.get("jobs", 1), held["storage"])
    if present["cost_table_hash"] is not None:
        table = read_table(folder.costs) if folder.costs.exists() else reference_table()
        present["cost_table_hash"] = table.hash
    return ManifestComparison(list(compare_manifests(held, present)), config.training.budget)


def compare_manifests(held: Mapping[str, Any], present: Mapping[str, Any]) -> Iterator[Entry]:
    """Yield the entries of two manifests, those that decide about records first; what was not recorded is left out."""
    before, now = held["environments"][0], present["environments"][0]
    if len(held["environments"]) > 1:
        yield Entry("number of environments", len(held["environments"]), 1, True)
    for name in sorted(before.keys() | now.keys()):
        yield Entry(name, before.get(name), now.get(name), True)
    yield from (Entry(name, held[name], present[name], True) for name in HASHES if name in held)
    if "threads_per_run" in held:
        yield Entry("threads_per_run", held["threads_per_run"], present["threads_per_run"], True)
    for section in SURROUNDINGS:
        theirs, ours = _section(held, section), _section(present, section)
        known = [name for name in theirs if section != "versions" or name not in before]
        yield from (
            Entry(f"{section}.{name}", theirs[name], ours.get(name), False)
            for name in sorted(known)
        )


def present_environment(config: SweepConfig) -> dict[str, str]:
    """Return the environment in which a sweep would run here, or the nearest to it if its engine is not here."""
    training = config.training
    try:
        engine = resolve_engine(training.engine, training.device, config.memorizer.cells)
    except InputError:
        return environment(resolve_engine("auto", "cpu", config.memorizer.cells))
    return environment(engine, training.device)


def _section(content: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    section = content.get(name)
    return section if isinstance(section, dict) else {}


def _text(value: Any) -> str:
    """Return a value in one printable line, whatever a file held."""
    if isinstance(value, list):
        return ", ".join(map(_text, value)) or "none"
    text = "none" if value is None else str(value)
    return text if text.isprintable() else repr(text)
