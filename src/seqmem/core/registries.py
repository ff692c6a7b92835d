"""Members of registries that are imported when they are used, and help texts of registries."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from seqmem.core.imports import import_object


@dataclass(frozen=True)
class RegistryEntry:
    """A member of a registry that is imported when it is used.

    Parameters
    ----------
    target : str or object
        Import string, ``"module:name"``, or the object itself.
    help : str
        One line about the member, for help texts and tables.

    Examples
    --------
    >>> RegistryEntry("math:sqrt", "square root").load()(9.0)
    3.0
    """

    target: Any
    help: str

    def load(self) -> Any:
        """Return the object that ``target`` names or is."""
        return import_object(self.target) if isinstance(self.target, str) else self.target


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


def help_with_choices(lead: str, choices: Mapping[str, str], end: str = "") -> str:
    r"""Return a help text that lists the choices of an option, in Markdown.

    Parameters
    ----------
    lead : str
        What the option is for. It stands above the list.
    choices : mapping of str to str
        One line of help for each name. The order is kept.
    end : str, optional
        A paragraph below the list. The command line puts the default value behind it.

    Returns
    -------
    str
        The whole help text.

    Examples
    --------
    >>> help_with_choices("Recurrent cell.", {"gru": "two gates", "lstm": "three gates"})
    'Recurrent cell.\n\n- gru: two gates\n- lstm: three gates'
    """
    lines = "\n".join(f"- {name}: {line}" for name, line in choices.items())
    parts = [lead, lines, end]
    return "\n\n".join(part for part in parts if part)
