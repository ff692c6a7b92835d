"""Where plug-ins come from: an installed distribution, or a program that registers them."""

from __future__ import annotations

import hashlib
import inspect
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, is_dataclass
from importlib import import_module
from typing import Any

from seqmem.core.errors import InputError

PACKAGE = __name__.partition(".")[0]
# The name of no module, for code whose source cannot be found.
UNKNOWN_MODULE = "?"
_IMPORT_STRING = re.compile(r"([\w.]+):\w+")


@dataclass(frozen=True)
class PluginOrigin:
    """Where a plug-in comes from.

    Parameters
    ----------
    distribution : str
        Name of the installed distribution; empty if a program registered the plug-in.
    version : str
        Version of the distribution. For a registered plug-in, the version that was given, or the
        SHA-256 of the modules that define it.

    Examples
    --------
    >>> str(PluginOrigin("leaky-cells", "1.0")), str(PluginOrigin("", "2"))
    ('leaky-cells 1.0', 'registered 2')
    """

    distribution: str
    version: str

    def __str__(self) -> str:
        return f"{self.distribution or 'registered'} {self.version}"


def registered_origin(member: Any, version: str | None = None) -> PluginOrigin:
    """Return the origin of a member that a program registers.

    Parameters
    ----------
    member : object
    version : str, optional
        Its version. If absent, the SHA-256 of the source of the modules that define the member.

    Raises
    ------
    InputError
        If there is no version and a source cannot be read, as in a notebook.

    Examples
    --------
    >>> str(registered_origin(len, version="1"))
    'registered 1'
    """
    if version is None:
        digest = _source_digest(member)
        if digest is None:
            raise InputError(
                "the source that defines it cannot be read here; "
                "give version='1', and another version after every change"
            )
        return PluginOrigin("", f"sha256:{digest}")
    if not isinstance(version, str) or not version.strip() or not version.isprintable():
        raise InputError(f"version {version!r}; valid: a text such as '1.0'")
    return PluginOrigin("", version)


def _source_digest(member: Any) -> str | None:
    """Return the SHA-256 of the modules that define a member; None if one cannot be read."""
    sources = {}
    for name in _defining_modules(member):
        try:
            sources[name] = inspect.getsource(import_module(name))
        except (OSError, TypeError, ImportError):
            return None
    text = "\n".join(source for _, source in sorted(sources.items()))
    return hashlib.sha256(text.encode()).hexdigest() if sources else None


def _defining_modules(member: Any) -> Iterator[str]:
    """Yield the modules, outside this package, of a member and of what its fields hold."""
    has_fields = is_dataclass(member) and not isinstance(member, type)
    fields = vars(member).values() if has_fields else ()
    for part in (member, type(member), *fields):
        if isinstance(part, str):
            match = _IMPORT_STRING.fullmatch(part)
            module = match[1] if match else PACKAGE
        elif inspect.isclass(part) or inspect.isfunction(part):
            module = part.__module__ if _is_reachable(part) else UNKNOWN_MODULE
        else:
            continue
        if module.partition(".")[0] not in (PACKAGE, *sys.stdlib_module_names):
            yield module


def _is_reachable(part: Any) -> bool:
    """Whether a class or function is in the module that it names.

    Code that `exec` runs, as that of notebooks and doctests, may name another program's module.
    """
    module = sys.modules.get(part.__module__)
    return hasattr(module, part.__qualname__.partition(".")[0])
