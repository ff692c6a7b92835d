"""Registries that plug-ins extend: members of a family by name, built in and from outside."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

from seqmem.core.errors import InputError
from seqmem.core.imports import import_object
from seqmem.core.installed_plugins import entry_points_of, origin_of, reason_of, warn_once
from seqmem.core.plugin_origins import PluginOrigin, registered_origin
from seqmem.core.worker_messages import packed, unpacked

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

Member = TypeVar("Member")

_NAME = re.compile(r"[a-z][a-z0-9_]*")


class PluginRegistry(MutableMapping[str, Member]):
    """Members by name: those of the package, then plug-ins by name.

    Installed plug-ins are looked for when a name is not built in, or when all names are asked for.
    They are imported then. One that cannot be imported is left out, with a warning.

    Parameters
    ----------
    kind : str
        What a member is, for messages and manifests.
    built_in : mapping of str to member
        The members of the package.
    group : str
        Group of the entry points of plug-ins.
    home : str
        Import string of this registry, by which other processes find it.
    check : callable
        Takes a name and a member from outside. It raises `InputError` if that is no member.

    Examples
    --------
    >>> roots = PluginRegistry("root", {"sqrt": 0.5}, group="none", home="none:ROOTS")
    >>> roots.register("cbrt", 1 / 3, version="1")
    >>> list(roots), str(roots.origin("cbrt")), roots.origin("sqrt")
    (['sqrt', 'cbrt'], 'registered 1', None)
    >>> roots.register("sqrt", 0.5, version="1")
    Traceback (most recent call last):
        ...
    seqmem.core.errors.InputError: root 'sqrt' exists already (built in); choose another name
    """

    def __init__(
        self,
        kind: str,
        built_in: Mapping[str, Member],
        *,
        group: str,
        home: str,
        check: Callable[[str, Any], None] = lambda name, member: None,
    ) -> None:
        self.kind = kind
        self.group = group
        self._home = home
        self._check = check
        self._built_in = dict(built_in)
        self._plugins: dict[str, Member] = {}
        self._origins: dict[str, PluginOrigin] = {}
        # Code of registered plug-ins that was sent to other processes, or came from one.
        self._packed: dict[str, bytes] = {}
        # Entry points that were not needed yet. None if they were not looked for yet.
        self._waiting: list[EntryPoint] | None = None

    @property
    def built_in(self) -> Mapping[str, Member]:
        """The members of the package, without plug-ins."""
        return MappingProxyType(self._built_in)

    def __getitem__(self, name: str) -> Member:
        if name in self._built_in:
            return self._built_in[name]
        if name not in self._plugins:
            self._load(name)
        return self._plugins[name]

    def __setitem__(self, name: str, member: Member) -> None:
        """Set a member in this process alone. Plug-ins use `register` instead."""
        self._built_in[name] = member

    def __delitem__(self, name: str) -> None:
        if name in self._plugins:
            del self._plugins[name], self._origins[name]
            self._packed.pop(name, None)
        else:
            del self._built_in[name]

    def __iter__(self) -> Iterator[str]:
        self._load()
        return iter([*self._built_in, *sorted(self._plugins)])

    def __len__(self) -> int:
        self._load()
        return len(self._built_in) + len(self._plugins)

    # A registry is itself: comparing members would import all plug-ins.
    __eq__ = object.__eq__
    __hash__ = object.__hash__

    def __reduce__(self) -> tuple[Any, ...]:
        return import_object, (self._home,)

    def register(self, name: str, member: Member, version: str | None = None) -> None:
        """Add a plug-in in this process. Workers of sweeps get it with their runs.

        Parameters
        ----------
        name : str
            A new name: lower-case letters, digits and underscores, a letter first.
        member : object
            The plug-in.
        version : str, optional
            Its version, which enters run ids. By default the SHA-256 of the source of the modules
            that define it.

        Raises
        ------
        InputError
            If the name exists or is not valid, the member does not fit, or there is no version
            and the source cannot be read.
        """
        self._check_name(name)
        with self._naming(name):
            self._check(name, member)
            origin = registered_origin(member, version)
        self._plugins[name] = member
        self._origins[name] = origin

    def origin(self, name: str) -> PluginOrigin | None:
        """Return where a plug-in comes from; None for a built-in or an unknown name."""
        return self._origins.get(name) if name in self else None

    def packed(self, name: str) -> bytes:
        """Return a registered plug-in with its code, for another process; nothing for others.

        Raises
        ------
        InputError
            If it cannot be pickled.
        """
        if name not in self._packed and not self._origins[name].distribution:
            try:
                self._packed[name] = packed(self._plugins[name])
            except Exception as error:
                raise InputError(
                    f"{self.kind} {name!r} cannot be sent to worker processes: {reason_of(error)}"
                ) from None
        return self._packed.get(name, b"")

    def receive(self, name: str, origin: PluginOrigin, code: bytes) -> None:
        """Take over a plug-in from another process.

        Parameters
        ----------
        name : str
        origin : PluginOrigin
            Its origin there.
        code : bytes
            The result of `packed` there.

        Raises
        ------
        InputError
            If an installed plug-in is missing here or has another version.
        """
        here = self.origin(name)
        if not code or name in self._built_in:
            if here != origin:
                found = "built in" if name in self._built_in else str(here or "no such plug-in")
                raise InputError(f"{self.kind} {name!r} of {origin} is needed; here: {found}")
        elif self._packed.get(name) != code:
            self._plugins[name] = unpacked(code)
            self._origins[name] = origin
            self._packed[name] = code

    def _check_name(self, name: str) -> None:
        """Raise `InputError` unless a plug-in may have this name."""
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise InputError(
                f"{self.kind} {name!r}; valid: lower-case letters, digits and '_', a letter first"
            )
        if name in self:
            whose = self._origins.get(name, "built in")
            raise InputError(f"{self.kind} {name!r} exists already ({whose}); choose another name")

    @contextmanager
    def _naming(self, name: str) -> Iterator[None]:
        """Put the name of a member before the message of an error about it."""
        try:
            yield
        except InputError as error:
            raise InputError(f"{self.kind} {name!r}: {error}") from None

    def _load(self, wanted: str | None = None) -> None:
        """Import the installed plug-ins of a name, by default all of them."""
        if self._waiting is None:
            self._waiting = entry_points_of(self.group)
        chosen = [found for found in self._waiting if wanted in (None, found.name)]
        # Taken first, because a plug-in may ask for names while it is imported.
        self._waiting = [found for found in self._waiting if found not in chosen]
        for found in chosen:
            self._add_installed(found)

    def _add_installed(self, found: EntryPoint) -> None:
        """Import a plug-in and add it; if that fails for any reason, print a warning."""
        origin = origin_of(found)
        try:
            self._check_name(found.name)
            member = found.load()
            with self._naming(found.name):
                self._check(found.name, member)
        except (Exception, SystemExit) as error:
            warn_once(self.group, found.name, origin, reason_of(error))
            return
        self._plugins[found.name] = member
        self._origins[found.name] = origin
