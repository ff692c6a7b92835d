"""The one exception for bad input, with a message of one line."""

from collections.abc import Iterable, Sequence

from seqmem.core.suggestions import did_you_mean

LONGEST_VALUE = 60


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
    shown = shorten(one_line(repr(name)), LONGEST_VALUE)
    return InputError(f"unknown {kind} {shown}; {hint}valid: {', '.join(names)}")


def check_type(value: object, kind: type | tuple[type, ...], needed: str) -> None:
    """Raise `InputError` if a value given in Python has another type than a function needs.

    Parameters
    ----------
    value : object
        The value.
    kind : type or tuple of type
        Types that fit.
    needed : str
        What the function needs and how to make it.

    Examples
    --------
    >>> check_type("quick", dict, "run_sweep needs a SweepConfig")
    Traceback (most recent call last):
        ...
    seqmem.core.errors.InputError: run_sweep needs a SweepConfig; 'quick' is a str
    """
    if not isinstance(value, kind):
        shown = shorten(one_line(repr(value)), LONGEST_VALUE)
        raise InputError(f"{needed}; {shown} is a {type(value).__name__}")


def one_line(error: object) -> str:
    r"""Return the message of an error on one line, or its class if it has no message.

    Examples
    --------
    >>> one_line(ValueError("two\nlines")), one_line(ValueError())
    ('two lines', 'ValueError')
    """
    return " ".join(str(error).split()) or type(error).__name__


def listed(items: Sequence[object], most: int = 5) -> str:
    """Return the first items, and how many more there are, for an error message.

    Examples
    --------
    >>> listed(["a", "b", "c"]), listed("abcdefgh", 6)
    ('a, b, c', 'a, b, c, d, e, f and 2 more')
    """
    more = len(items) - most
    return ", ".join(map(str, items[:most])) + (f" and {more:,} more" if more > 0 else "")


def shorten(text: str, width: int = 24, *, keep_end: bool = False) -> str:
    """Return the text, cut to a width for an error message.

    Parameters
    ----------
    text : str
        The text.
    width : int
        Most characters, the ellipsis included.
    keep_end : bool
        Cut the text at its start.

    Examples
    --------
    >>> shorten("ABRACADABRA", 5), shorten("ABRACADABRA", 5, keep_end=True)
    ('ABRA…', '…ABRA')
    """
    if len(text) <= width:
        return text
    return "…" + text[1 - width :] if keep_end else text[: width - 1] + "…"
