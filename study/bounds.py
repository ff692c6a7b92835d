"""Bounds of numbers, from the annotations that options and columns of records are declared with."""

import math
from collections.abc import Iterable
from typing import Annotated, Any, NamedTuple, get_args

from pydantic import Field
from pydantic.fields import FieldInfo

Count = Annotated[int, Field(ge=0)]
Size = Annotated[int, Field(ge=1)]
Amount = Annotated[float, Field(ge=0)]
Share = Annotated[float, Field(ge=0, le=1)]
Fraction = Annotated[float, Field(gt=0, le=1)]
# A code length of 0 bits may be rounded below 0, and the share that is stored then above 1.
AtMostAll = Annotated[float, Field(le=1 + 1e-6)]


class Bounds(NamedTuple):
    """Bounds of a number.

    Attributes
    ----------
    low, high : float
        Smallest and largest valid number.
    excludes_low, excludes_high : bool
        Whether the bound itself is not valid.
    """

    low: float = -math.inf
    high: float = math.inf
    excludes_low: bool = False
    excludes_high: bool = False

    @property
    def broken(self) -> str:
        """What is said of a number outside.

        Examples
        --------
        >>> Bounds(1).broken, Bounds(0, excludes_low=True).broken, Bounds(0, 1).broken
        ('is below 1', 'is not above 0', 'is not from 0 to 1')
        >>> Bounds(0, 1, excludes_high=True).broken, Bounds(high=1).broken
        ('is not from 0 to below 1', 'is above 1')
        """
        low, high = f"{self.low:g}", f"{self.high:g}"
        if math.isinf(self.high):
            return f"is not above {low}" if self.excludes_low else f"is below {low}"
        if math.isinf(self.low):
            return f"is not below {high}" if self.excludes_high else f"is above {high}"
        start = f"above {low}" if self.excludes_low else f"from {low}"
        return f"is not {start} to {'below ' if self.excludes_high else ''}{high}"


def bounds_of(metadata: Iterable[Any]) -> Bounds | None:
    """Return the bounds among the metadata of a field or of an annotation; None if there are none.

    Examples
    --------
    >>> bounds_of(Size.__metadata__)
    Bounds(low=1, high=inf, excludes_low=False, excludes_high=False)
    >>> bounds_of(["a note"]) is None
    True
    """
    found = Bounds()
    for item in _constraints(metadata):
        if (low := getattr(item, "ge", None)) is not None:
            found = found._replace(low=low)
        if (low := getattr(item, "gt", None)) is not None:
            found = found._replace(low=low, excludes_low=True)
        if (high := getattr(item, "le", None)) is not None:
            found = found._replace(high=high)
        if (high := getattr(item, "lt", None)) is not None:
            found = found._replace(high=high, excludes_high=True)
    return None if found == Bounds() else found


def bounds_in(kind: Any) -> Bounds | None:
    """Return the bounds of an annotated type, or of the entries of a list; None without any.

    Examples
    --------
    >>> bounds_in(list[Share]) == bounds_in(Share | None) == Bounds(0, 1)
    True
    """
    if hasattr(kind, "__metadata__"):
        return bounds_of(kind.__metadata__)
    return next((bounds for part in get_args(kind) if (bounds := bounds_in(part))), None)


def _constraints(metadata: Iterable[Any]) -> Iterable[Any]:
    for item in metadata:
        yield from item.metadata if isinstance(item, FieldInfo) else (item,)
