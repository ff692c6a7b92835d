"""The forest plot of the verdicts: estimates in units of their margin, placed on one axis.

The axis is linear up to one margin and logarithmic beyond, so that what decides is wide and large
effects still fit. The template `forest.html.j2` draws the places as inline SVG.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from seqmem.analysis.claims import CLAIMS
from seqmem.analysis.claims.rules.against_itself import self_words
from seqmem.analysis.claims.rules.margin_scales import MarginScale
from seqmem.analysis.claims.rules.verdict import (
    DIRECTION_ONLY,
    INCONCLUSIVE,
    REFUTED,
    SUPPORTED,
    VERDICTS,
    Verdict,
    VerdictPart,
)
from seqmem.analysis.claims.table import effect_words
from seqmem.core.number_formats import with_minus_signs

# Ends that the axis may have, in margins. The first that holds every limit is used.
_REACHES = (3, 10, 30, 100)
_DECIMALS = 2
# Colours by verdict, on a light ground.
COLOURS = {
    SUPPORTED: "#0a5aa8",
    REFUTED: "#a8430b",
    DIRECTION_ONLY: "#7a3e9d",
    INCONCLUSIVE: "#566172",
}
# Name of the files of the plot as a picture, without their suffixes.
FOREST_STEM = "verdicts"


@dataclass(frozen=True)
class Axis:
    """The common axis.

    Attributes
    ----------
    reach : int
        Margins from its middle to either end.
    """

    reach: int

    def percent(self, margins: float) -> float:
        """Return the place of a value, in percent of the width; values beyond an end lie on it.

        Examples
        --------
        >>> axis = Axis(10)
        >>> [axis.percent(value) for value in (-10, -1, 0, 1, 10, 99)]
        [0.0, 34.86, 50.0, 65.14, 100.0, 100.0]
        """
        inside = max(-self.reach, min(self.reach, margins))
        return round(50 + 50 * _stretched(inside) / _stretched(self.reach), _DECIMALS) + 0.0

    @property
    def ticks(self) -> list[tuple[str, float]]:
        """Labels and places of the ticks: 0, one margin, and every end that fits."""
        sides = [1, *(reach for reach in _REACHES if reach <= self.reach)]
        values = [*(-side for side in reversed(sides)), 0, *sides]
        return [(with_minus_signs(f"{value:g}"), self.percent(value)) for value in values]


def _stretched(margins: float) -> float:
    size = abs(margins)
    return math.copysign(size if size <= 1 else 1 + math.log(size), margins)


@dataclass(frozen=True)
class ForestRow:
    """One estimate.

    Attributes
    ----------
    name : str
        Where or how it was made.
    verdict : str
        Its own verdict, with words for the tag in `verdict_words`.
    verdict_words : str
        The verdict with its tag.
    values : str
        Name, estimate, intervals and margin, in their own unit.
    place : float or None
        Place of the estimate in percent of the width; None if it has no place on the axis.
    interval, plain : tuple of float, or None
        Places of the interval that decides and of the 95 % interval; None without intervals.
    beyond : tuple of bool
        Whether the deciding interval goes on beyond the left and beyond the right end.
    holds : tuple of float
        Part of the axis in which an interval supports the claim.
    """

    name: str
    verdict: str
    verdict_words: str
    values: str
    place: float | None
    interval: tuple[float, float] | None
    plain: tuple[float, float] | None
    beyond: tuple[bool, bool]
    holds: tuple[float, float]


@dataclass(frozen=True)
class ForestClaim:
    """A tested claim with the estimates that decide it.

    Attributes
    ----------
    label, statement : str
        Its name with the study, and the claim as a sentence.
    study : int
        The study whose rule it is.
    verdict, words : str
        The verdict, and the verdict with its tag.
    setting : str
        Conditions under which it holds; may be empty.
    rows : list of ForestRow
        The estimates.
    controls : list of str
        Comparisons of a cell with itself, in their own unit.
    notes : list of str
        Sentences to be read beside the verdict.
    """

    label: str
    statement: str
    study: int
    verdict: str
    words: str
    setting: str
    rows: list[ForestRow]
    controls: list[str]
    notes: list[str]


@dataclass(frozen=True)
class Forest:
    """The whole plot.

    Attributes
    ----------
    axis : Axis
        The axis.
    claims : list of ForestClaim
        Claims in the given order.
    """

    axis: Axis
    claims: list[ForestClaim]

    @property
    def verdicts(self) -> list[str]:
        """The verdicts that occur, in the order of `VERDICTS`, for the legend."""
        claims = {claim.verdict for claim in self.claims}
        rows = {row.verdict for claim in self.claims for row in claim.rows}
        return [verdict for verdict in VERDICTS if verdict in claims | rows]

    @property
    def studies(self) -> list[int]:
        """The studies whose claims occur, ascending."""
        return sorted({claim.study for claim in self.claims})


def verdict_forest(tested: Mapping[str, Verdict]) -> Forest:
    """Place the estimates behind the verdicts on one axis.

    Parameters
    ----------
    tested : mapping of str to Verdict
        Verdicts of tested claims; the names are keys of `CLAIMS`.

    Returns
    -------
    Forest
        The same verdicts always give the same places, because places are rounded.
    """
    deciding = {
        name: [part for part in verdict.parts if part.name not in verdict.aside]
        for name, verdict in tested.items()
    }
    axis = Axis(_reach([limit for name in tested for part in deciding[name]
                        for limit in _margins(part, CLAIMS[name].scale)]))  # fmt: skip
    claims = [
        ForestClaim(
            name,
            CLAIMS[name].statement,
            CLAIMS[name].study,
            verdict.verdict,
            verdict.words(),
            verdict.setting,
            _rows(deciding[name], CLAIMS[name].scale, axis),
            [with_minus_signs(self_words([part])) for part in verdict.against_itself],
            [with_minus_signs(note) for note in verdict.notes],
        )
        for name, verdict in tested.items()
    ]
    return Forest(axis, claims)


def _margins(part: VerdictPart, scale: MarginScale) -> list[float]:
    """Return the estimate and the limits of both intervals in units of the margin."""
    values = (part.estimate, part.low, part.high, part.plain_low, part.plain_high)
    return [scale.place(value, part.margin) for value in values]


def _reach(margins: list[float]) -> int:
    longest = max((abs(value) for value in margins if math.isfinite(value)), default=0.0)
    return next((reach for reach in _REACHES if longest <= reach), _REACHES[-1])


def _rows(parts: Sequence[VerdictPart], scale: MarginScale, axis: Axis) -> list[ForestRow]:
    """Return the rows of a claim; names keep their quantity if they are the same without it."""
    short = [part.name.removesuffix(f": {part.quantity}") for part in parts]
    names = short if len(set(short)) == len(short) else [part.name for part in parts]
    return [_row(name, part, scale, axis) for name, part in zip(names, parts, strict=True)]


def _row(name: str, part: VerdictPart, scale: MarginScale, axis: Axis) -> ForestRow:
    estimate, *limits = _margins(part, scale)
    decides, plain = (sorted(limits[:2]), sorted(limits[2:]))
    has_place = math.isfinite(estimate)
    has_interval = has_place and not any(map(math.isnan, limits))
    return ForestRow(
        name,
        part.verdict,
        part.verdict_words(),
        f"{with_minus_signs(effect_words(part))}; margin {part.margin:.3g}",
        axis.percent(estimate) if has_place else None,
        (axis.percent(decides[0]), axis.percent(decides[1])) if has_interval else None,
        (axis.percent(plain[0]), axis.percent(plain[1])) if has_interval else None,
        (has_interval and decides[0] < -axis.reach, has_interval and decides[1] > axis.reach),
        (axis.percent(scale.lowest), axis.percent(scale.highest)),
    )
