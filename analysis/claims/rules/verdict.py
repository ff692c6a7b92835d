"""Verdicts on the claims, by rules written before the data.

The rules are in the pre-registrations (`docs/preregistration`), section 5 of study 1 and section 3
of study 2.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from seqmem.analysis.estimators.contrasts import BONFERRONI, PLAIN, Contrast
from seqmem.core.number_formats import json_value

SUPPORTED = "supported"
REFUTED = "refuted"
INCONCLUSIVE = "inconclusive"
DIRECTION_ONLY = "direction only"
NOT_TESTED = "not tested"
OPPOSITE = "opposite"
EQUIVALENT = "equivalent"
CLOCK_DEPENDS = "depends on the clock"
SEARCH_DOUBTED = "the search is in doubt"
LEVELS_EMPTY = "nothing is known at some levels"
VERDICTS = (SUPPORTED, REFUTED, DIRECTION_ONLY, INCONCLUSIVE, NOT_TESTED)


def verdict_words(verdict: str, tag: str = "") -> str:
    """Return a verdict with its tag in parentheses.

    Examples
    --------
    >>> verdict_words("refuted", "opposite"), verdict_words("supported")
    ('refuted (opposite)', 'supported')
    """
    return f"{verdict} ({tag})" if tag else verdict


@dataclass(frozen=True)
class VerdictPart:
    """One estimate behind a verdict.

    Positive values favour the claim unless `quantity` says otherwise.

    Attributes
    ----------
    name : str
        Where or how the estimate was made, such as "own learning rates".
    quantity : str
        The quantity with its unit.
    estimate : float
        NaN if there is no estimate.
    low, high : float
        Limits of the interval of the verdict, at `confidence`; NaN if there is no interval.
    plain_low, plain_high : float
        Limits of the 95 % interval.
    margin : float
        Value that the interval is compared with.
    verdict, tag : str
        Verdict of this part alone, and its tag.
    basis : str
        Number of observations and independent units, in words.
    confidence : float
        Confidence of `low` and `high`.
    """

    name: str
    quantity: str
    estimate: float
    low: float
    high: float
    plain_low: float
    plain_high: float
    margin: float
    verdict: str
    tag: str = ""
    basis: str = ""
    confidence: float = BONFERRONI

    def words(self) -> str:
        """Return the quantity, the estimate and both intervals.

        Examples
        --------
        >>> part = VerdictPart("all", "rho (octaves)", 0.3, 0.1, 0.5, 0.2, 0.4, 0.15, "refuted")
        >>> part.words()
        'rho (octaves) 0.3 [0.1, 0.5] (95 %: [0.2, 0.4])'
        """
        if math.isnan(self.estimate):
            return f"{self.quantity}: none"
        if math.isnan(self.low):
            return f"{self.quantity} {self.estimate:.3g}"
        plain = f"{PLAIN:.0%}".replace("%", " %")
        beside = (
            ""
            if self.confidence == PLAIN
            else f" ({plain}: [{self.plain_low:.3g}, {self.plain_high:.3g}])"
        )
        return f"{self.quantity} {self.estimate:.3g} [{self.low:.3g}, {self.high:.3g}]{beside}"

    def verdict_words(self) -> str:
        """Return the verdict of this part with its tag.

        Examples
        --------
        >>> part = VerdictPart("all", "rho", 0.3, 0.2, 0.4, 0.2, 0.4, 0.15, "supported")
        >>> doubted(part, ["winners at an edge"]).verdict_words()
        'inconclusive (the search is in doubt)'
        """
        return verdict_words(self.verdict, self.tag)


@dataclass(frozen=True)
class Verdict:
    """The outcome of testing a claim.

    Attributes
    ----------
    verdict : str
        One of `VERDICTS`.
    tag : str
        Qualification such as "opposite", "equivalent" or "depends on the clock"; may be empty.
    parts : tuple of VerdictPart
        Estimates. The verdict follows from those whose name is not in `aside`.
    aside : tuple of str
        Names of parts that are controls or other readings and do not decide.
    against_itself : tuple of VerdictPart
        The same contrasts between independent searches of one cell (module `against_itself`).
    needs : tuple of str
        Missing data, if nothing was tested.
    notes : tuple of str
        Sentences to be read beside the verdict.
    setting : str
        Conditions under which the verdict holds, such as the budget.
    p_value : float or None
        Of the hypothesis that the claim does not hold, twice the one-sided value; None if the
        study reports none.
    """

    verdict: str
    tag: str = ""
    parts: tuple[VerdictPart, ...] = ()
    aside: tuple[str, ...] = ()
    against_itself: tuple[VerdictPart, ...] = ()
    needs: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    setting: str = ""
    p_value: float | None = None

    def words(self) -> str:
        """Return the verdict in one line, such as `refuted (equivalent)`.

        Examples
        --------
        >>> Verdict("refuted", "equivalent").words(), not_tested(["a budget in cal-s"]).words()
        ('refuted (equivalent)', 'not tested: needs a budget in cal-s')
        """
        if self.verdict == NOT_TESTED:
            return f"{NOT_TESTED}: needs {'; '.join(self.needs)}"
        return verdict_words(self.verdict, self.tag)

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values: numbers to 9 significant digits, non-finite numbers as None.

        `p_value` is left out if there is none.
        """
        values = asdict(self) | {"words": self.words()}
        if self.p_value is None:
            del values["p_value"]
        plain: dict[str, Any] = json_value(values)
        return plain


def not_tested(needs: Iterable[str], setting: str = "") -> Verdict:
    """Return the verdict `not tested`, with the missing data.

    Parameters
    ----------
    needs : iterable of str
        What the evidence lacks, one phrase each.
    setting : str
        Conditions under which the claim would be tested.
    """
    return Verdict(NOT_TESTED, needs=tuple(needs), setting=setting)


def judge(low: float, high: float, margin: float) -> tuple[str, str]:
    """Judge one interval against a margin; positive values favour the claim.

    Parameters
    ----------
    low, high : float
        Limits of the interval; NaN if there is no interval.
    margin : float
        Smallest effect that counts, in the unit of the limits.

    Returns
    -------
    tuple of str
        The verdict and its tag.

    Examples
    --------
    >>> judge(0.2, 0.5, 0.15), judge(-0.1, 0.1, 0.15), judge(-0.9, -0.2, 0.15)
    (('supported', ''), ('refuted', 'equivalent'), ('refuted', 'opposite'))
    >>> judge(0.1, 0.2, 0.15), judge(float("nan"), float("nan"), 0.15)
    (('inconclusive', ''), ('inconclusive', ''))
    """
    if low > margin:
        return SUPPORTED, ""
    if high < -margin:
        return REFUTED, OPPOSITE
    if high < margin:
        return REFUTED, EQUIVALENT if low > -margin else ""
    return INCONCLUSIVE, ""


def judge_direction(low: float, high: float, margin: float) -> tuple[str, str]:
    """Judge one interval against a margin and, if it is not beyond the margin, against 0.

    Parameters
    ----------
    low, high, margin : float
        As for `judge`.

    Returns
    -------
    tuple of str
        The verdict and its tag. `direction only` means that the interval excludes 0 but not the
        margin.

    Examples
    --------
    >>> judge_direction(0.1, 0.5, 0.15), judge_direction(-0.5, -0.1, 0.15)
    (('direction only', ''), ('direction only', 'opposite'))
    >>> judge_direction(0.01, 0.1, 0.15), judge_direction(0.2, 0.5, 0.15)
    (('refuted', 'equivalent'), ('supported', ''))
    """
    verdict, tag = judge(low, high, margin)
    if tag or verdict == SUPPORTED:
        return verdict, tag
    if low > 0:
        return DIRECTION_ONLY, ""
    return (DIRECTION_ONLY, OPPOSITE) if high < 0 else (verdict, tag)


def contrast_part(
    name: str,
    quantity: str,
    contrast: Contrast,
    margin: float,
    strata: int = 0,
    *,
    confidence: float = BONFERRONI,
    judged: Callable[[float, float, float], tuple[str, str]] | None = None,
) -> VerdictPart:
    """Judge a contrast by its interval.

    Parameters
    ----------
    name, quantity : str
        As in `VerdictPart`.
    contrast : Contrast
        Mean difference with its intervals, positive if it favours the claim.
    margin : float
        Smallest effect that counts.
    strata : int
        Number of strata that must have a value. With fewer, the mean over all strata is unknown and
        the part is inconclusive.
    confidence : float
        Confidence of the interval that decides; by default that of the comparative claims of
        study 1.
    judged : callable, optional
        `judge_direction`, or by default `judge`.

    Returns
    -------
    VerdictPart
        The estimate with its verdict.
    """
    low, high = contrast.interval(confidence)
    verdict, tag = INCONCLUSIVE, LEVELS_EMPTY
    if contrast.strata >= strata:
        verdict, tag = (judged or judge)(low, high, margin)
    counts = f"{contrast.values} pairs in {contrast.clusters} clusters of {contrast.strata} strata"
    basis = f"{counts}; {round(contrast.freedom, 1)} degrees of freedom"
    return VerdictPart(
        name,
        quantity,
        contrast.estimate,
        low,
        high,
        *contrast.interval(PLAIN),
        margin,
        verdict,
        tag,
        basis,
        confidence,
    )


def doubted(part: VerdictPart, reasons: Sequence[str]) -> VerdictPart:
    """Return the part as inconclusive if there are reasons to doubt the searches behind it.

    The reasons are those of section 2 of the pre-registration of study 1.

    Parameters
    ----------
    part : VerdictPart
        The part with the verdict of its interval.
    reasons : sequence of str
        Reasons for doubt; with none, the part is returned unchanged.

    Examples
    --------
    >>> part = VerdictPart("all", "rho", 0.3, 0.2, 0.4, 0.2, 0.4, 0.15, "supported")
    >>> doubted(part, ["winners at an edge"]).verdict, doubted(part, []).verdict
    ('inconclusive', 'supported')
    """
    return replace(part, verdict=INCONCLUSIVE, tag=SEARCH_DOUBTED) if reasons else part


def conjunction(parts: Iterable[VerdictPart]) -> tuple[str, str]:
    """Combine the verdicts of parts that must all support the claim.

    Returns
    -------
    tuple of str
        `refuted` if any part is refuted, `supported` if all parts are supported, else
        `inconclusive`. The tag is the common tag of the parts with that verdict, or empty.

    Examples
    --------
    >>> part = VerdictPart("all", "rho", 0.3, 0.2, 0.4, 0.2, 0.4, 0.15, "supported")
    >>> conjunction([part, replace(part, verdict="refuted", tag="opposite")])
    ('refuted', 'opposite')
    """
    parts = list(parts)
    verdict = (
        SUPPORTED if parts and all(part.verdict == SUPPORTED for part in parts) else INCONCLUSIVE
    )
    if any(part.verdict == REFUTED for part in parts):
        verdict = REFUTED
    tags = {part.tag for part in parts if part.verdict == verdict}
    return verdict, tags.pop() if len(tags) == 1 else ""
