"""Plug-ins of tests: installed distributions made of text files, and the code of a notebook."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from seqmem.core import installed_plugins
from seqmem.core.plugin_registries import PluginRegistry

GROUPS = {"seqmem.cells", "seqmem.measures", "seqmem.sources", "seqmem.probes", "seqmem.figures"}
# A cell as someone types it into a notebook: it is in no file.
CELL_IN_NOTEBOOK = """
import torch
from seqmem.study.memorizers.cells.cell import Cell
from seqmem.study.memorizers.contract import Operations

KEPT = 0.5

def run_decaying(inputs, states, weight, bias):
    (state,) = states
    outputs = []
    for step in inputs + bias:
        state = torch.tanh(step + KEPT * state @ weight.t())
        outputs.append(state)
    return torch.stack(outputs), (state,)

DECAYING = Cell(
    "a decaying RNN", gates=1, states=1, sequence=run_decaying,
    unit_operations=Operations(simple=1, curved=1),
)
"""


def notebook_names(code: str) -> dict[str, Any]:
    """Return the names that the code of a notebook defines."""
    names: dict[str, Any] = {"__name__": "__main__"}
    exec(code, names)
    return names


def install(
    folder: Path, name: str, entry_points: Mapping[str, Mapping[str, str]], version: str = "1.0"
) -> None:
    """Write the metadata of a distribution into a folder, as an installation does.

    Parameters
    ----------
    folder : Path
        A folder that is or will be in the search path.
    name : str
        Name of the distribution.
    entry_points : mapping of str to mapping of str to str
        Names and import strings, by group.
    version : str
    """
    metadata = folder / f"{name.replace('-', '_')}-{version}.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n", encoding="utf-8"
    )
    lines = [
        line
        for group, targets in entry_points.items()
        for line in (f"[{group}]", *(f"{key} = {value}" for key, value in targets.items()), "")
    ]
    (metadata / "entry_points.txt").write_text("\n".join(lines), encoding="utf-8")


def forget_installed() -> None:
    """Forget which distributions are installed and which warnings were printed."""
    for function in ("_has_plugins", "_all_entry_points", "warn_once"):
        getattr(installed_plugins, function).cache_clear()


@contextmanager
def registered(registry: PluginRegistry[Any], name: str, member: Any) -> Iterator[None]:
    """Register a plug-in of version 1 inside the block."""
    registry.register(name, member, version="1")
    try:
        yield
    finally:
        del registry[name]
