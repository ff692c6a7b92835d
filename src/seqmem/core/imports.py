"""Import strings of registries: a registry can be read without importing what it names."""

from importlib import import_module
from typing import Any


def load(target: str) -> Any:
    """Return the object that ``"module:name"`` names.

    >>> load("math:sqrt")(9.0)
    3.0
    """
    module, _, name = target.partition(":")
    return getattr(import_module(module), name)
