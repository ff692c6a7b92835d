"""The plug-ins of a sweep: which are in use, and whether they are those that a file names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from seqmem.core.errors import InputError
from seqmem.core.plugin_registries import PluginRegistry
from seqmem.core.plugins import Plugin, plugins_among, versions_of
from seqmem.generators.complexity import MEASURES
from seqmem.generators.sources import SOURCES, source_names
from seqmem.study.memorizers.cells import CELLS
from seqmem.study.probes import PROBES

if TYPE_CHECKING:
    from seqmem.sweeps.config.sweep_config import SweepConfig

REGISTRIES: dict[str, PluginRegistry[Any]] = {
    registry.kind: registry for registry in (SOURCES, MEASURES, CELLS, PROBES)
}


def run_plugins(config: SweepConfig) -> tuple[Plugin, ...]:
    """Return the plug-ins that workers need: those of the cells and the probes of a sweep.

    Parameters
    ----------
    config : SweepConfig
        The sweep. Its strings are made before its runs, so workers need no sources.
    """
    return plugins_among([(CELLS, config.memorizer.cells), (PROBES, config.training.probes)])


def sweep_versions(config: SweepConfig) -> dict[str, str]:
    """Return distribution and version of every plug-in of a sweep here, keyed by kind and name.

    Parameters
    ----------
    config : SweepConfig
        The sweep.
    """
    strings = config.strings
    of_strings = plugins_among(
        [
            (SOURCES, source_names(strings.source, strings.parameters)),
            (MEASURES, [strings.measure]),
        ]
    )
    return versions_of([*run_plugins(config), *of_strings])


def resolved_plugins(config: SweepConfig) -> dict[str, str] | None:
    """Return the section ``[plugins]`` of a resolved configuration; None without plug-ins.

    Parameters
    ----------
    config : SweepConfig
        The sweep.

    Raises
    ------
    InputError
        If the configuration names other plug-ins or versions than those here.
    """
    here = sweep_versions(config)
    required = here if config.plugins is None else config.plugins
    for key in sorted(required.keys() | here.keys()):
        if required.get(key) != here.get(key):
            raise InputError(
                f"plugins: {key}: {required.get(key, 'no plug-in')} is required, but here is "
                f"{here.get(key, 'none')}; install the same version, or leave out [plugins]"
            )
    return here or None


def require_plugins(plugins: Mapping[str, Any]) -> None:
    """Raise `InputError` if a plug-in that a stored sweep needs is not here.

    Parameters
    ----------
    plugins : mapping of str to str
        The section ``[plugins]``.

    Examples
    --------
    >>> require_plugins({"cell leaky": "leaky-cells 1.0"})
    Traceback (most recent call last):
        ...
    seqmem.core.errors.InputError: cell 'leaky' is a plug-in that is not here (leaky-cells 1.0); \
install it, or register it before
    """
    for key, origin in plugins.items():
        kind, _, name = key.partition(" ")
        if kind not in REGISTRIES:
            raise InputError(f"plugins: {key!r}; valid: one of {', '.join(REGISTRIES)}, and a name")
        if name not in REGISTRIES[kind]:
            raise InputError(
                f"{kind} {name!r} is a plug-in that is not here ({origin}); "
                "install it, or register it before"
            )
