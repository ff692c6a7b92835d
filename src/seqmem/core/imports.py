"""Import strings, by which a registry names objects without importing them."""

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
