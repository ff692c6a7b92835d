"""Messages about arguments that do not fit a command."""

from collections.abc import Sequence

from cyclopts import CycloptsError, MissingArgumentError, UnknownOptionError, UnusedCliTokensError

from seqmem.core.errors import one_line
from seqmem.core.suggestions import did_you_mean


def argument_error_line(error: CycloptsError, command: str, arguments: Sequence[str]) -> str:
    """Return the message for an error of the command line's parser.

    Parameters
    ----------
    error : cyclopts.CycloptsError
        The error.
    command : str
        Name of the command.
    arguments : sequence of str
        What was given.

    Returns
    -------
    str
        One line that names the argument.
    """
    if isinstance(error, MissingArgumentError) and error.argument is not None:
        given = [name for name in error.argument.names if name in arguments]
        return f"{given[0]} needs a value" if given else f"{command} needs {error.argument.name}"
    if isinstance(error, UnknownOptionError):
        option = (error.token.keyword or error.token.value).partition("=")[0]
        known = [name for item in error.argument_collection if item.parse for name in item.names]
        hint = did_you_mean(option, known)
        return f"unknown option {option!r}{f'; {hint[:-2]}' if hint else ''}"
    if isinstance(error, UnusedCliTokensError) and error.unused_tokens:
        return f"unexpected argument {error.unused_tokens[0]!r}"
    return one_line(error)
