"""Verdicts: what a claim came to, by a rule that was written down before the data (METHODS section 5)."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from seqmem.analysis.estimators.contrasts import BONFERRONI, PLAIN, Contrast
from seqmem.core.number_formats import json_value

SUPPORTED, REFUTED, INCONCLUSIVE, NOT_TESTED = "supported", "refuted", "inconclusive", "not tested"
OPPOSITE, EQUIVALENT = "opposite", "equivalent"
CLOCK_DEPENDS, SEARCH_DOUBTED = "depends on the clock", "the search is in doubt"
LEVELS_EMPTY = "nothing is known at some levels"
VERDICTS = (SUPPORTED, REFUTED, INCONCLUSIVE, NOT_TESTED)


@dataclass(frozen=True)
class VerdictPart:
    """One estimate that a verdict rests on, oriented toward the claim unless `quantity` says otherwise.

    Attributes
    ----------
    name : where or how it was estimated, such as "own learning rates".
    quantity : what it is, with its unit.
    estimate, low, high : with the interval of the verdict, at `confidence`; NaN where there is none.
    plain_low, plain_high : the 95 % interval.
    margin : what the interval is held against.
    verdict, tag : of this part alone.
    basis : what was counted, in words.
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
        """The effect with both intervals, for a reader.

        Examples
        --------
        >>> VerdictPart("all", "rho (octaves)", 0.3, 0.1, 0.5, 0.2, 0.4, 0.15, "inconclusive").words()
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


@dataclass(frozen=True)
class Verdict:
    """What a claim came to.

    Attributes
    ----------
    verdict : one of `VERDICTS`.
    tag : "opposite", "equivalent", "depends on the clock", … or empty.
    parts : estimates; the verdict follows from those whose name is not in `aside`.
    aside : names of parts that are controls or other readings and decide nothing.
    against_itself : the same contrasts between independent searches of one cell, see the module `against_itself`.
    needs : what is missing, where nothing was tested.
    notes : sentences that a reader should have beside the verdict.
    setting : what it holds for, such as the budget.
    """

    verdict: str
    tag: str = ""
    parts: tuple[VerdictPart, ...] = ()
    aside: tuple[str, ...] = ()
    against_itself: tuple[VerdictPart, ...] = ()
    needs: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    setting: str = ""

    def words(self) -> str:
        """The verdict in a line, such as `refuted (equivalent)`.

        Examples
        --------
        >>> not_tested(["a budget in cal-s"]).words()
        'not tested: needs a budget in cal-s'
        """
        if self.verdict == NOT_TESTED:
            return f"{NOT_TESTED}: needs {'; '.join(self.needs)}"
        return f"{self.verdict} ({self.tag})" if self.tag else self.verdict

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values: numbers to 9 significant digits, those that are not finite as None."""
        plain: dict[str, Any] = json_value(asdict(self) | {"words": self.words()})
        return plain


def not_tested(needs: Iterable[str], setting: str = "") -> Verdict:
    """The verdict where data are missing: what is needed, never a guess."""
    return Verdict(NOT_TESTED, needs=tuple(needs), setting=setting)


def judge(low: float, high: float, margin: float) -> tuple[str, str]:
    """Verdict and tag of one interval, oriented toward the claim, against a margin.

    Examples
    --------
    >>> judge(0.2, 0.5, 0.15), judge(-0.1, 0.1, 0.15), judge(-0.9, -0.2, 0.15), judge(0.1, 0.2, 0.15)
    (('supported', ''), ('refuted', 'equivalent'), ('refuted', 'opposite'), ('inconclusive', ''))
    >>> judge(float("nan"), float("nan"), 0.15)
    ('inconclusive', '')
    """
    if low > margin:
        return SUPPORTED, ""
    if high < -margin:
        return REFUTED, OPPOSITE
    if high < margin:
        return REFUTED, EQUIVALENT if low > -margin else ""
    return INCONCLUSIVE, ""


def contrast_part(
    name: str, quantity: str, found: Contrast, margin: float, strata: int = 0
) -> VerdictPart:
    """A contrast as a part, judged at the confidence of the comparative claims.

    Inconclusive where fewer than `strata` strata have a value: the mean over all of them is then not known.
    """
    low, high = found.interval(BONFERRONI)
    verdict, tag = (
        judge(low, high, margin) if found.strata >= strata else (INCONCLUSIVE, LEVELS_EMPTY)
    )
    counts = f"{found.values} pairs in {found.clusters} clusters of {found.strata} strata"
    basis = f"{counts}; {found.freedom} degrees of freedom"
    return VerdictPart(
        name,
        quantity,
        found.estimate,
        low,
        high,
        *found.interval(PLAIN),
        margin,
        verdict,
        tag,
        basis,
    )


def doubted(part: VerdictPart, doubt: Sequence[str]) -> VerdictPart:
    """The part, inconclusive if there is a reason to doubt the searches behind it (METHODS section 2).

    Examples
    --------
    >>> part = VerdictPart("all", "rho", 0.3, 0.2, 0.4, 0.2, 0.4, 0.15, "supported")
    >>> doubted(part, ["winners at an edge"]).verdict, doubted(part, []).verdict
    ('inconclusive', 'supported')
    """
    return replace(part, verdict=INCONCLUSIVE, tag=SEARCH_DOUBTED) if doubt else part


def conjunction(parts: Iterable[VerdictPart]) -> tuple[str, str]:
    """Verdict of a claim that must hold in every part: refuted where one part is, supported where all are.

    The tag is that of the parts that decide it, where they agree.
    """
    parts = list(parts)
    verdict = (
        SUPPORTED if parts and all(part.verdict == SUPPORTED for part in parts) else INCONCLUSIVE
    )
    if any(part.verdict == REFUTED for part in parts):
        verdict = REFUTED
    tags = {part.tag for part in parts if part.verdict == verdict}
    return verdict, tags.pop() if len(tags) == 1 else ""
