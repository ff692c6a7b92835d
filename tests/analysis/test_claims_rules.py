"""One interval, one verdict; several parts, one claim."""

from __future__ import annotations

import pytest

from seqmem.analysis.claims.rules.verdict import (
    SEARCH_DOUBTED,
    VerdictPart,
    conjunction,
    doubted,
    judge,
)
from seqmem.analysis.estimators.contrasts import BONFERRONI


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0.2, 0.3, ("supported", "")),
        (0.1, 0.3, ("inconclusive", "")),
        (-0.3, 0.1, ("refuted", "")),
        (-0.1, 0.1, ("refuted", "equivalent")),
        (-0.3, -0.2, ("refuted", "opposite")),
        (-0.3, 0.3, ("inconclusive", "")),
    ],
)
def test_one_interval_gives_one_verdict(low, high, expected):
    assert judge(low, high, 0.15) == expected


def test_a_conjunction_is_refuted_by_one_part_and_supported_by_all():
    def part(verdict: str, tag: str = "") -> VerdictPart:
        return VerdictPart("x", "y", 0, 0, 0, 0, 0, 0, verdict, tag)

    assert conjunction([part("supported"), part("supported")]) == ("supported", "")
    assert conjunction([part("supported"), part("refuted", "opposite")]) == ("refuted", "opposite")
    assert conjunction([part("supported"), part("inconclusive")]) == ("inconclusive", "")
    assert conjunction([]) == ("inconclusive", "")


def test_a_tag_is_written_in_parentheses():
    part = VerdictPart("x", "y", 0, 0, 0, 0, 0, 0, "refuted", "opposite")
    assert part.verdict_words() == "refuted (opposite)"
    assert doubted(part, ["reason"]).verdict_words() == f"inconclusive ({SEARCH_DOUBTED})"
    assert doubted(part, []) == part


def test_bonferroni_is_over_the_eight_comparative_claims():
    assert pytest.approx(0.99375) == BONFERRONI
