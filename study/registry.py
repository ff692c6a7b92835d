"""Members of registries that are imported when they are used, and the help of all members."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from seqmem.core.imports import import_object


@dataclass(frozen=True)
class RegistryEntry:
    """A member of a registry that is imported when it is used.

    Parameters
    ----------
    target : str
        Import string, ``"module:name"``.
    help : str
        One line about the member, for help texts and tables.

    Examples
    --------
    >>> RegistryEntry("math:sqrt", "square root").load()(9.0)
    3.0
    """

    target: str
    help: str

    def load(self) -> Any:
        """Return the object that ``target`` names."""
        return import_object(self.target)


def help_lines(registry: Mapping[str, Any]) -> dict[str, str]:
    """Return the line of help of every member of a registry, by name.

    Parameters
    ----------
    registry : mapping of str to object
        The members have an attribute ``help``, or are their own line of help.

    Examples
    --------
    >>> help_lines({"sqrt": RegistryEntry("math:sqrt", "square root"), "none": "no change"})
    {'sqrt': 'square root', 'none': 'no change'}
    """
    return {
        name: member if isinstance(member, str) else member.help
        for name, member in registry.items()
    }
