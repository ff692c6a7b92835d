"""The one exception that means: the input was bad, and here is why in one line."""


class InputError(ValueError):
    """Bad input from a user: names the value, where it came from and what is valid.

    The command line prints the message as one line on stderr and exits with 2.
    """


def unknown(kind: str, name: object, valid: object) -> InputError:
    """Return the error for a name that a registry does not hold.

    >>> str(unknown("cell", "lstn", ["lstm", "gru"]))
    "unknown cell 'lstn'; valid: gru, lstm"
    """
    choices = ", ".join(sorted(str(choice) for choice in valid))  # type: ignore[attr-defined]
    return InputError(f"unknown {kind} {name!r}; valid: {choices}")


def one_line(error: object) -> str:
    """Return what an error says on one line; its kind if it says nothing.

    >>> one_line(ValueError("two\\nlines")), one_line(ValueError())
    ('two lines', 'ValueError')
    """
    return " ".join(str(error).split()) or type(error).__name__
