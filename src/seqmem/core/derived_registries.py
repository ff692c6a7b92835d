"""Registries whose members are parts of the members of another registry."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

from seqmem.core.plugin_registries import PluginRegistry

Member = TypeVar("Member")
Derived = TypeVar("Derived")


class DerivedRegistry(Mapping[str, Derived]):
    """A part of every member of a registry that has this part, by the member's name.

    Parameters
    ----------
    registry : PluginRegistry
    part : callable
        Takes a member and returns its part, or None if it has none.

    Examples
    --------
    >>> numbers = PluginRegistry("number", {"one": 1, "two": 2}, group="none", home="none:NUMBERS")
    >>> halves = DerivedRegistry(numbers, lambda number: None if number % 2 else number // 2)
    >>> dict(halves)
    {'two': 1}
    """

    def __init__(
        self, registry: PluginRegistry[Member], part: Callable[[Member], Derived | None]
    ) -> None:
        self._registry: PluginRegistry[Any] = registry
        self._part = part

    def __getitem__(self, name: str) -> Derived:
        part = self._part(self._registry[name])
        if part is None:
            raise KeyError(name)
        return part

    def __iter__(self) -> Iterator[str]:
        return (name for name in self._registry if self._part(self._registry[name]) is not None)

    def __len__(self) -> int:
        return sum(1 for _ in self)
