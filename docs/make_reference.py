"""Write the pages of the Python reference, one for each public object, from the code itself.

A name is public if it is in the ``__all__`` of a package of `PACKAGES`. An object with several
public names has one page, under the first of them; the tables of the other packages lead there.
"""

import inspect
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from make_gallery import ROOT, replace_files

from seqmem.core.registries import help_lines

# Packages in the order in which an object is looked for, with what their page says.
PACKAGES = {
    "seqmem": "what most scripts need",
    "seqmem.generators": "strings: sources, complexity measures, targets, your own data",
    "seqmem.study": "one run: network, budget, training, recall, record",
    "seqmem.study.kernels": "the fused kernels on their own",
    "seqmem.sweeps": "many runs: sweep files, search, storage, execution",
    "seqmem.analysis": "from records to capacities, claims, figures and reports",
}
# Classes that no package exports: what public functions return, and what plug-ins are made of.
FURTHER = {
    "seqmem": ["seqmem.workflows.compare.run.Comparison"],
    "seqmem.generators": [
        "seqmem.generators.sources.source.Source",
        "seqmem.generators.sources.causal_states.CausalStates",
        "seqmem.generators.complexity.measure.Measure",
        "seqmem.generators.complexity.counter.Counter",
        "seqmem.generators.complexity.counter.Recounted",
    ],
    "seqmem.study": [
        "seqmem.study.memorizers.contract.MemorizerFamily",
        "seqmem.study.memorizers.contract.Operations",
        "seqmem.study.memorizers.contract.ForgetGate",
        "seqmem.study.memorizers.cells.cell.Cell",
        "seqmem.study.probes.probe.Probe",
        "seqmem.core.registries.RegistryEntry",
    ],
    "seqmem.analysis": [
        "seqmem.analysis.records.sources.Sources",
        "seqmem.analysis.estimators.capacity.Capacity",
        "seqmem.analysis.estimators.capacity.Ratio",
        "seqmem.analysis.estimators.capacity.Reading",
        "seqmem.analysis.estimators.contrasts.Contrast",
        "seqmem.analysis.estimators.aggregates.TrimmedMean",
        "seqmem.analysis.estimators.aggregates.MeanInterval",
        "seqmem.analysis.estimators.survival.MemorizedCurve",
        "seqmem.analysis.claims.rules.claim.Claim",
        "seqmem.analysis.claims.rules.verdict.Verdict",
        "seqmem.analysis.figures.parts.figure.Figure",
        "seqmem.analysis.figures.parts.notebook_figure.NotebookFigure",
        "seqmem.analysis.figures.BuiltFigure",
        "seqmem.analysis.figures.build_atlas",
    ],
}
# Objects without a docstring of their own: the registries.
CONSTANTS = {
    "seqmem.generators.SOURCES": "Sources of strings by name.",
    "seqmem.generators.MEASURES": "Complexity measures by name.",
    "seqmem.generators.COUNTERS": "Counters of the measures to which strings grow, by name.",
    "seqmem.study.CELLS": "Cells and other memorizers by name.",
    "seqmem.study.PROBES": "Probes by name.",
    "seqmem.study.kernels.KERNEL_CELLS": "Names of the cells that have fused kernels.",
    "seqmem.analysis.CLAIMS": "Claims by name.",
    "seqmem.analysis.FIGURES": "Figures of sweeps by name.",
}


@cache
def homes_by_name() -> dict[str, str]:
    """Return the name under which an object has its page, by each of its other public names."""
    homes: dict[int, str] = {}
    others = {}
    for package in PACKAGES:
        for name in import_module(package).__all__:
            full = f"{package}.{name}"
            home = homes.setdefault(id(_object(full)), full)
            if home != full:
                others[full] = home
    return others


def public_names() -> list[str]:
    """Return the full names of all public objects, by package."""
    return [f"{package}.{name}" for package in PACKAGES for name in import_module(package).__all__]


def pages() -> dict[str, str]:
    """Return the text of every page by the name of its file, in reStructuredText."""
    written = {"index.rst": _index()}
    for package in PACKAGES:
        written[f"{package}.rst"] = _package_page(package)
        for full in _objects_of(package):
            written[f"{full}.rst"] = _object_page(full)
    return written


def write(folder: Path) -> None:
    """Write all pages into a folder and remove others."""
    replace_files(folder, {name: text.encode() for name, text in pages().items()})


def _index() -> str:
    rows = [(f":doc:`{package}`", f"{text}.") for package, text in PACKAGES.items()]
    return _page(
        "Python reference",
        "Names are imported when they are first used, so ``import seqmem`` is cheap. Every public "
        "name has a page, and every function an example.",
        _table(("package", "for"), rows),
        _hidden_contents(PACKAGES),
    )


def _package_page(package: str) -> str:
    public = [f"{package}.{name}" for name in import_module(package).__all__]
    further = FURTHER.get(package, [])
    parts = [f".. automodule:: {package}\n   :no-members:", _names_table(public)]
    if further:
        parts += [
            _heading("Returned values and contracts", "-"),
            "These classes are returned by the functions above, or plug-ins are made of them.",
            _names_table(further),
        ]
    return _page(package, *parts, _hidden_contents(_objects_of(package)))


def _hidden_contents(names: Iterable[str]) -> str:
    entries = "\n".join(f"   {name}" for name in names)
    return f".. toctree::\n   :hidden:\n\n{entries}"


def _objects_of(package: str) -> list[str]:
    """Return the full names of the objects whose page belongs to a package."""
    public = [f"{package}.{name}" for name in import_module(package).__all__]
    return [full for full in public if full not in homes_by_name()] + FURTHER.get(package, [])


def _names_table(names: list[str]) -> str:
    rows = [(f":py:obj:`~{homes_by_name().get(full, full)}`", _summary(full)) for full in names]
    return _table(("name", "what it is or does"), rows)


def _object_page(full: str) -> str:
    package, _, name = full.rpartition(".")
    described = _object(full)
    if full in CONSTANTS:
        body = f".. py:data:: {full}\n\n   {CONSTANTS[full]}\n"
        return _page(name, body, _table(("name", "what it is"), _members(described)))
    kind = "autoclass" if inspect.isclass(described) else "autofunction"
    source = Path(inspect.getfile(inspect.unwrap(described))).resolve().relative_to(ROOT)
    return _page(
        name,
        f".. py:currentmodule:: {package}",
        f".. {kind}:: {name}",
        f"Defined in :download:`{source} </{source}>`.",
    )


def _members(registry: Any) -> list[tuple[str, str]]:
    if not isinstance(registry, Mapping):
        return [(f"``{name}``", "") for name in registry]
    texts = {name: _help(member) for name, member in registry.items()}
    return [(f"``{name}``", text) for name, text in texts.items()]


def _help(member: Any) -> str:
    """Return the line about a member of a registry: its help, title, statement or docstring."""
    for attribute in ("title", "statement"):
        if not hasattr(member, "help") and hasattr(member, attribute):
            return str(getattr(member, attribute))
    return help_lines({"": member})[""] if hasattr(member, "help") else _first_line(member)


def _summary(full: str) -> str:
    return CONSTANTS.get(full) or _first_line(_object(full))


def _first_line(value: Any) -> str:
    return (inspect.getdoc(value) or "").partition("\n")[0]


def _object(full: str) -> Any:
    package, _, name = full.rpartition(".")
    return getattr(import_module(package), name)


def _page(title: str, *parts: str) -> str:
    return "\n\n".join([_heading(title, "="), *parts]) + "\n"


def _heading(text: str, line: str) -> str:
    return f"{text}\n{line * len(text)}"


def _table(heads: tuple[str, str], rows: list[tuple[str, str]]) -> str:
    cells = "\n".join(f"   * - {name}\n     - {text}" for name, text in [heads, *rows])
    return f".. list-table::\n   :header-rows: 1\n   :widths: auto\n\n{cells}"
