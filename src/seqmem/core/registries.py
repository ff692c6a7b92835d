"""Texts about registries: the help of a command lists the members of a registry."""

from collections.abc import Mapping


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
