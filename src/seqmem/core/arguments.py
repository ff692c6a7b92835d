"""Types of command-line arguments, where the types of cyclopts accept too much."""

from collections.abc import Sequence
from typing import Annotated, Any

from cyclopts import Parameter, Token


def _whole(kind: Any, tokens: Sequence[Token]) -> int:
    """Return the whole number that a token spells. The converter of cyclopts would round 3.5."""
    text = tokens[0].value
    try:
        return int(text)
    except ValueError:
        raise ValueError(f"{text!r} is not a whole number") from None


WholeNumber = Annotated[int, Parameter(converter=_whole, allow_leading_hyphen=True)]
