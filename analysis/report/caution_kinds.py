"""Kinds of cautions, the worst first, and cautions grouped by them."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from typing import NamedTuple

SERIOUS = "serious"
LIMITS = "limits"
NOTE = "note"


class CautionKind(Enum):
    """What a caution is about, from the worst kind to the mildest.

    Attributes
    ----------
    weight : str
        "serious" if conclusions may fail, "limits" if they hold for less than one may think, "note"
        if the numbers stay as they are.
    title : str
        The kind in a few words.
    """

    NO_RESULT = (SERIOUS, "Nothing can be inferred")
    DAMAGED = (SERIOUS, "Damaged rows are left out")
    MANY_AT_EDGE = (SERIOUS, "More than a third of the winners lie at an edge of a searched range")
    FEW_SEARCHES = (SERIOUS, "Some conditions were searched only once")
    PRUNED = (SERIOUS, "Trials were pruned")
    NOT_BRACKETED = (LIMITS, "The levels do not bracket a capacity")
    FAILED = (LIMITS, "Runs failed")
    DIVERGED = (LIMITS, "Runs diverged")
    STOPPED_EARLY = (LIMITS, "Early stopping ended runs")
    RESTORED = (LIMITS, "Runs ended on restored weights")
    EASY_STRINGS = (LIMITS, "Not all of a string had to be remembered")
    SPLIT_BUDGETS = (LIMITS, "Levels of one sweep have different budgets")
    SOME_AT_EDGE = (LIMITS, "Some winners lie at an edge of a searched range")
    UNBALANCED = (LIMITS, "Sobol points are not balanced")
    NOT_REPEATABLE = (NOTE, "Runs cannot be repeated exactly")
    PACKAGE_MISSING = (NOTE, "An optional package is missing")

    def __init__(self, weight: str, title: str) -> None:
        self.weight = weight
        self.title = title


class Caution(NamedTuple):
    """A caution about the numbers of a report.

    Attributes
    ----------
    kind : CautionKind
        What it is about.
    text : str
        One or more sentences with counts.
    """

    kind: CautionKind
    text: str


class CautionGroup(NamedTuple):
    """All cautions of one kind.

    Attributes
    ----------
    kind : CautionKind
        The kind.
    texts : list of str
        Their sentences, in the given order.
    """

    kind: CautionKind
    texts: list[str]


def by_kind(cautions: Iterable[Caution]) -> list[CautionGroup]:
    """Group cautions by kind, the worst kind first.

    Parameters
    ----------
    cautions : iterable of Caution
        Cautions in any order.

    Returns
    -------
    list of CautionGroup
        The kinds that occur.

    Examples
    --------
    >>> found = [Caution(CautionKind.FAILED, "a"), Caution(CautionKind.NO_RESULT, "b")]
    >>> [(group.kind.name, group.texts) for group in by_kind(found)]
    [('NO_RESULT', ['b']), ('FAILED', ['a'])]
    """
    texts: dict[CautionKind, list[str]] = {kind: [] for kind in CautionKind}
    for caution in cautions:
        texts[caution.kind].append(caution.text)
    return [CautionGroup(kind, some) for kind, some in texts.items() if some]
