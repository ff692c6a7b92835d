"""Estimates in units of their margin, so that claims with different units share one axis."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class MarginScale:
    """How the estimates of a claim lie against their margin.

    Attributes
    ----------
    in_margins : callable
        Function of a value and its margin that returns the value in units of the margin: 0 is no
        effect, and larger values favour the claim. It is monotonic in the value.
    lowest, highest : float
        Range in units of the margin. An interval inside it supports the claim.
    """

    in_margins: Callable[[float, float], float]
    lowest: float
    highest: float

    def place(self, value: float, margin: float) -> float:
        """Return a value in units of its margin; NaN if there is no value or no such unit.

        Examples
        --------
        >>> DIFFERENCE.place(-0.3, 0.15), GAIN_OF_THE_OTHER.place(0.06, 0.03)
        (-2.0, -2.0)
        >>> round(RATIO_BELOW_ONE.place(0.98**2, 0.98), 9), DEPARTURE_FROM_ONE.place(1.25, 0.125)
        (2.0, 2.0)
        >>> RATIO_BELOW_ONE.place(0.75, 1.0)
        nan
        """
        try:
            return self.in_margins(value, margin)
        except (ValueError, ZeroDivisionError):
            return math.nan


# A difference that supports the claim if it is above the margin.
DIFFERENCE = MarginScale(lambda value, margin: value / margin, 1.0, math.inf)
# A gain that the claim denies: it holds if the gain is below the margin.
GAIN_OF_THE_OTHER = MarginScale(lambda value, margin: -value / margin, -1.0, math.inf)
# A ratio of costs that supports the claim if it is below the margin, itself at most 1.
RATIO_BELOW_ONE = MarginScale(
    lambda value, margin: math.log(value) / math.log(margin), 1.0, math.inf
)
# A slope that supports the claim if it is within the margin of 1.
DEPARTURE_FROM_ONE = MarginScale(lambda value, margin: (value - 1) / margin, -1.0, 1.0)
# A difference that supports the claim if it is within the margin of 0.
DEPARTURE_FROM_ZERO = MarginScale(lambda value, margin: value / margin, -1.0, 1.0)
