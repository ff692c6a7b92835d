"""Comparison of a sweep's manifest with this machine: whether it would make equal records."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from seqmem.core.errors import InputError
from seqmem.core.structured_text import parse_toml, read_utf8
from seqmem.core.validation import validate
from seqmem.study.budget import Budget
from seqmem.study.calibration.table import read_table, reference_table
from seqmem.study.engine import resolve_engine
from seqmem.study.environment import environment
from seqmem.study.environment_keys import paired_by_engine
from seqmem.sweeps.config.plugin_section import sweep_versions
from seqmem.sweeps.config.sweep_config import SweepConfig
from seqmem.sweeps.storage.file_names import MANIFEST_FILE
from seqmem.sweeps.storage.folder import SweepFolder
from seqmem.sweeps.storage.manifest import MAKER_ENTRIES, manifest, read_manifest

HASHES = ("configuration_hash", "cost_table_hash", "cost_extension_hash")


@dataclass(frozen=True)
class Entry:
    """One entry of a manifest, with its value on this machine.

    Parameters
    ----------
    name : str
        Name of the entry.
    stored, present : object
        Its values in the manifest and on this machine.
    decides : bool
        Whether records may differ if these values differ.
    """

    name: str
    stored: Any
    present: Any
    decides: bool

    @property
    def is_same(self) -> bool:
        """Whether both values are equal."""
        return bool(self.stored == self.present)

    @property
    def line(self) -> str:
        """The entry as one line of text.

        Examples
        --------
        >>> Entry("numpy", "2.3.0", "2.4.6", True).line
        'different  numpy: 2.3.0 in the manifest, 2.4.6 here'
        """
        if self.is_same:
            return f"same       {_text(self.name)}: {_text(self.stored)}"
        aside = "" if self.decides else " (records do not depend on it)"
        return (
            f"different  {_text(self.name)}: {_text(self.stored)} in the manifest, "
            f"{_text(self.present)} here{aside}"
        )


@dataclass(frozen=True)
class ManifestComparison:
    """The entries of a sweep's manifest and the conclusion from them.

    Parameters
    ----------
    entries : list of Entry
        All entries.
    budget : Budget
        Budget of the sweep. Runs with a budget in seconds cannot be repeated exactly.
    """

    entries: list[Entry]
    budget: Budget

    @property
    def different(self) -> list[str]:
        """Names of the entries that differ and affect records."""
        return [entry.name for entry in self.entries if entry.decides and not entry.is_same]

    @property
    def verdict(self) -> str:
        """The conclusion as one line of text."""
        if self.different:
            return f"records made here may differ: {', '.join(map(_text, self.different))}"
        if not self.budget.is_reproducible:
            return (
                "nothing differs that records depend on, "
                f"but runs with a budget of {self.budget} cannot be repeated exactly"
            )
        return "records made here would be identical"


def compare_folder(folder: SweepFolder) -> ManifestComparison:
    """Return the entries of a folder's manifest with their values on this machine.

    Parameters
    ----------
    folder : SweepFolder
        Folder of a sweep.

    Raises
    ------
    InputError
        If the folder holds no sweep or no manifest.
    """
    folder.require()
    if not folder.manifest.exists():
        raise InputError(f"{folder.path}: no {MANIFEST_FILE}; start the sweep again to write one")
    stored = read_manifest(folder.manifest)
    # A plug-in that is not here is one of the differences.
    content = parse_toml(read_utf8(folder.config), str(folder.config))
    config = validate(SweepConfig, content, str(folder.config), stored=True)
    here = present_environments(config)
    present = manifest(config, here, stored.get("jobs", 1), stored["storage"])
    present["plugins"] = sweep_versions(config)
    if present["cost_table_hash"] is not None:
        table = read_table(folder.costs) if folder.costs.exists() else reference_table()
        present["cost_table_hash"] = table.hash
        if "cost_extension_hash" in present:
            present["cost_extension_hash"] = table.extension_hash
    return ManifestComparison(list(compare_manifests(stored, present)), config.training.budget)


def compare_manifests(stored: Mapping[str, Any], present: Mapping[str, Any]) -> Iterator[Entry]:
    """Yield the entries of two manifests, those that affect records first.

    Entries that the stored manifest does not have are left out.

    Parameters
    ----------
    stored, present : mapping
        The manifest of a sweep, and the manifest that this machine would write.
    """
    theirs = stored["environments"]
    ours = present["environments"]
    if len(theirs) > len(ours):
        yield Entry("number of environments", len(theirs), len(ours), True)
    pairs = paired_by_engine(theirs, ours)[: len(ours)]
    for before, now in pairs:
        engine = f"{now['engine']}." if len(pairs) > 1 else ""
        for name in sorted(before.keys() | now.keys()):
            yield Entry(f"{engine}{name}", before.get(name), now.get(name), True)
    yield from (
        Entry(name, stored[name], present.get(name), True) for name in HASHES if name in stored
    )
    plugins_here = _section(present, "plugins")
    for name, version in sorted(_section(stored, "plugins").items()):
        yield Entry(f"plug-in {name}", version, plugins_here.get(name), True)
    if "threads_per_run" in stored:
        yield Entry("threads_per_run", stored["threads_per_run"], present["threads_per_run"], True)
    # Within one environment key, these entries do not affect records.
    for section in MAKER_ENTRIES:
        made_with = _section(stored, section)
        here = _section(present, section)
        known = [name for name in made_with if section != "versions" or name not in before]
        yield from (
            Entry(f"{section}.{name}", made_with[name], here.get(name), False)
            for name in sorted(known)
        )


def present_environments(config: SweepConfig) -> list[dict[str, str]]:
    """Return the environments in which a sweep would run on this machine, one for each engine.

    If an engine is not available, return the environment of the engine that ``auto`` chooses.
    """
    try:
        engines = config.resolved_engines().values()
    except InputError:
        return [environment(resolve_engine("auto", "cpu", config.memorizer.cells))]
    return [environment(engine, config.training.device) for engine in sorted(set(engines))]


def _section(content: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    section = content.get(name)
    return section if isinstance(section, dict) else {}


def _text(value: Any) -> str:
    """Return any value as one printable line."""
    if isinstance(value, list):
        return ", ".join(map(_text, value)) or "none"
    text = "none" if value is None else str(value)
    return text if text.isprintable() else repr(text)
