"""Plug-ins in use: what is stored about them, and how other processes get to know them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from seqmem.core.plugin_origins import PluginOrigin

if TYPE_CHECKING:
    from seqmem.core.plugin_registries import PluginRegistry


@dataclass(frozen=True)
class Plugin:
    """A plug-in in use. A process that unpickles this value then knows the plug-in.

    A registered plug-in is pickled with its code. An installed one must be installed there too, in
    the same version; otherwise unpickling raises `InputError`.

    Parameters
    ----------
    registry : PluginRegistry
    name : str
    origin : PluginOrigin
    """

    registry: PluginRegistry[Any]
    name: str
    origin: PluginOrigin

    @property
    def key(self) -> str:
        """What the plug-in is, such as ``cell leaky``, for run ids and manifests."""
        return f"{self.registry.kind} {self.name}"

    def __reduce__(self) -> tuple[Any, ...]:
        code = self.registry.packed(self.name)
        return _arrived, (self.registry, self.name, self.origin, code)


def _arrived(registry: PluginRegistry[Any], name: str, origin: PluginOrigin, code: bytes) -> Plugin:
    registry.receive(name, origin, code)
    return Plugin(registry, name, origin)


def plugins_among(named: Iterable[tuple[PluginRegistry[Any], Iterable[str]]]) -> tuple[Plugin, ...]:
    """Return the plug-ins among names of registries, without repetitions.

    Parameters
    ----------
    named : iterable of (PluginRegistry, iterable of str)
        Registries, each with names. Built-in and unknown names are left out.
    """
    plugins = (
        Plugin(registry, name, origin)
        for registry, names in named
        for name in names
        if (origin := registry.origin(name)) is not None
    )
    return tuple(dict.fromkeys(plugins))


def check_portable(plugins: Iterable[Plugin]) -> None:
    """Raise `InputError` if a plug-in cannot be sent to another process.

    Parameters
    ----------
    plugins : iterable of Plugin
    """
    for plugin in plugins:
        plugin.registry.packed(plugin.name)


def versions_of(plugins: Iterable[Plugin]) -> dict[str, str]:
    """Return distribution and version of each plug-in, keyed by kind and name.

    Examples
    --------
    >>> versions_of([])
    {}
    """
    return {plugin.key: str(plugin.origin) for plugin in plugins}
