"""Names of objects that are imported when they are used."""

from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from typing import Any


def import_object(target: str) -> Any:
    """Return the object that an import string names.

    Parameters
    ----------
    target : str
        ``"module:name"``.

    Examples
    --------
    >>> import_object("math:sqrt")(9.0)
    3.0
    """
    module, _, name = target.partition(":")
    return getattr(import_module(module), name)


def lazy_exports(
    module_name: str, homes: Mapping[str, str], subpackages: Iterable[str] = ()
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """Return the functions by which a package imports its names when they are first used.

    Parameters
    ----------
    module_name : str
        Name of the package, ``__name__``.
    homes : mapping of str to str
        Module that defines each name, by the name.
    subpackages : iterable of str, optional
        Names of sub-packages that attribute access imports.

    Returns
    -------
    tuple of callable
        The functions ``__getattr__`` and ``__dir__`` of the package.

    Examples
    --------
    >>> get_attribute, list_names = lazy_exports("roots", {"sqrt": "math"})
    >>> get_attribute("sqrt")(9.0)
    3.0
    >>> list_names()
    ['sqrt']
    >>> get_attribute("cbrt")
    Traceback (most recent call last):
        ...
    AttributeError: module 'roots' has no attribute 'cbrt'; it has: sqrt
    """
    packages = frozenset(subpackages)
    names = sorted({*homes, *packages})

    def get_attribute(name: str) -> Any:
        if name in homes:
            return getattr(import_module(homes[name]), name)
        if name in packages:
            return import_module(f"{module_name}.{name}")
        raise AttributeError(
            f"module {module_name!r} has no attribute {name!r}; it has: {', '.join(names)}"
        )

    def list_names() -> list[str]:
        return list(names)

    return get_attribute, list_names
