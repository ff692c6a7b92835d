"""Suggestions for misspelt names."""

from collections.abc import Iterable


def did_you_mean(name: object, valid: Iterable[object]) -> str:
    """Return a question with the valid name that resembles a given one; empty if none does.

    Upper and lower case, and hyphens and underscores, count as the same. The initials of a name of
    several words resemble it.

    Parameters
    ----------
    name : object
        The name that was given.
    valid : iterable
        The valid names. What follows an equals sign is not part of a name.

    Examples
    --------
    >>> did_you_mean("LSTM", ["gru", "lstm"]), did_you_mean("max", ["gru", "lstm"])
    ("did you mean 'lstm'? ", '')
    >>> did_you_mean("--lr", ["--row", "--learning-rate"])
    "did you mean '--learning-rate'? "
    """
    # Imported late, because few commands need it.
    from difflib import get_close_matches

    choices = [str(choice).partition("=")[0] for choice in valid]
    names = {_folded(choice): choice for choice in choices}
    if not isinstance(name, str):
        return ""
    close = [choice for choice in names if initials(choice) == _folded(name).strip("-")]
    close = close or get_close_matches(_folded(name), names, n=1)
    return f"did you mean {names[close[0]]!r}? " if close else ""


def initials(name: str) -> str:
    """Return the initials of a name of several words; empty for one word.

    Examples
    --------
    >>> initials("--learning-rate"), initials("weight_decay"), initials("seed")
    ('lr', 'wd', '')
    """
    words = _folded(name).strip("-").split("-")
    return "".join(word[:1] for word in words) if len(words) > 1 else ""


def _folded(name: object) -> str:
    return str(name).casefold().replace("_", "-")
