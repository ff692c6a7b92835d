"""The one exception for bad input, with a message of one line."""

from collections.abc import Iterable

from seqmem.core.suggestions import did_you_mean


class InputError(ValueError):
    """Bad input from a user.

    The message names the value, where it came from, and what is valid. The command line prints it
    as one line on stderr and exits with code 2.
    """


def unknown(kind: str, name: object, valid: Iterable[object]) -> InputError:
    """Return the error for a name that a registry does not hold.

    Parameters
    ----------
    kind : str
        What the name should name.
    name : object
        The unknown name.
    valid : iterable
        The valid names.

    Examples
    --------
    >>> str(unknown("cell", "lstn", ["lstm", "gru"]))
    "unknown cell 'lstn'; did you mean 'lstm'? valid: gru, lstm"
    """
    names = sorted(str(choice) for choice in valid)
    hint = did_you_mean(name, names)
    return InputError(f"unknown {kind} {name!r}; {hint}valid: {', '.join(names)}")


def one_line(error: object) -> str:
    r"""Return the message of an error on one line, or its class if it has no message.

    Examples
    --------
    >>> one_line(ValueError("two\nlines")), one_line(ValueError())
    ('two lines', 'ValueError')
    """
    return " ".join(str(error).split()) or type(error).__name__
