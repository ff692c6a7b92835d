"""How many searches of each cell would decide a comparison that is undecided."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import sqrt

from seqmem.analysis.estimators.contrasts import Contrast
from seqmem.workflows.compare.differences import Difference

MOST_SEARCHES = 1000


def searches_to_decide(differences: Sequence[Difference]) -> int | None:
    """Return about how many searches decide every difference, if the estimates stay as they are.

    A difference is decided if the interval of recall excludes zero. It is also decided if that
    interval lies within its margin, and the one of times excludes zero or lies within its own.
    Intervals narrow with the square root of the number of searches, and with the quantile
    of t.

    Parameters
    ----------
    differences : sequence of Difference
        Differences that are not decided, at least one.

    Returns
    -------
    int or None
        Number of searches of each cell; None if 1,000 are too few, or if there is no interval.
    """
    needed = [_searches(difference) for difference in differences]
    known = [count for count in needed if count is not None]
    return max(known) if len(known) == len(needed) else None


def _searches(difference: Difference) -> int | None:
    counts = range(difference.bits.clusters + 1, MOST_SEARCHES + 1)
    return next((count for count in counts if with_searches(difference, count).is_decided), None)


def with_searches(difference: Difference, searches: int) -> Difference:
    """Return a difference with the same estimates and scatter, and more searches.

    Parameters
    ----------
    difference : Difference
        A difference of the cells of one comparison.
    searches : int
        Number of searches.

    Returns
    -------
    Difference
        The difference; intervals that it did not have stay unknown.
    """
    return replace(
        difference,
        bits=_scaled(difference.bits, searches),
        fraction=_scaled(difference.fraction, searches),
        rho=_scaled(difference.rho, searches),
    )


def _scaled(contrast: Contrast, searches: int) -> Contrast:
    if not contrast.clusters or contrast.freedom < 1:
        return contrast
    return contrast._replace(
        error=contrast.error * sqrt(contrast.clusters / searches),
        freedom=searches - contrast.strata,
        clusters=searches,
    )
