"""The forest of verdicts as a picture: everything is on it, nothing is cut, equal bytes."""

from itertools import pairwise

import pytest

from seqmem.analysis.claims.rules.verdict import Verdict, VerdictPart
from seqmem.analysis.figures.parts.saving import render
from seqmem.analysis.report.forest_picture import draw_forest, forest_table
from seqmem.analysis.report.verdict_forest import verdict_forest


def part(name: str, estimate: float, verdict: str, half: float = 0.1) -> VerdictPart:
    limits = (estimate - half, estimate + half, estimate - half / 2, estimate + half / 2)
    return VerdictPart(name, "rho (octaves)", estimate, *limits, 0.15, verdict)


@pytest.fixture(scope="module")
def forest():
    lost = VerdictPart("lost", "rho (octaves)", *[float("nan")] * 5, 0.15, "inconclusive")
    return verdict_forest(
        {
            "C1": Verdict("supported", "", (part("low", 0.4, "supported"),)),
            "C2": Verdict(
                "inconclusive",
                "the search is in doubt",
                (part("high", 0.1, "inconclusive"), part("wide", 0.0, "inconclusive", 99.0), lost),
            ),
            "C11 (study 2)": Verdict("refuted", "", (part("context", -0.6, "refuted"),)),
        }
    )


def test_every_estimate_is_in_the_table_with_its_places(forest):
    table = forest_table(forest)
    assert table[["study", "claim", "row"]].to_numpy().tolist() == [
        [1, "C1", "low"], [1, "C2", "high"], [1, "C2", "wide"], [1, "C2", "lost"],
        [2, "C11 (study 2)", "context"],
    ]  # fmt: skip
    known = table.dropna(subset=["place"])
    assert (known["low"] <= known["plain_low"]).all()
    assert (known["plain_low"] <= known["place"]).all()
    assert known["place"].between(0, 100).all()
    assert table["place"].isna().tolist() == [False, False, False, True, False]


def test_texts_are_on_the_page_and_do_not_meet_the_axis(forest):
    page = draw_forest(forest)
    render(page, "png", dpi=60)
    (ax,) = page.axes
    texts = [text for text in ax.texts if text.get_text()]
    words = " ".join(text.get_text().replace("\n", " ") for text in texts)
    assert "The GRU memorizes better than the LSTM on strings of low complexity." in words
    assert "inconclusive (the search is in doubt)" in words
    assert {text.get_text() for text in ax.get_legend().get_texts()} == {
        "supported", "refuted", "inconclusive",
    }  # fmt: skip
    left = ax.get_window_extent().x0
    for text in texts:
        box = text.get_window_extent()
        assert box.x0 >= 0
        assert box.x1 < left
    tops = sorted((text.get_window_extent().y0, text.get_window_extent().y1) for text in texts)
    assert all(upper[0] >= lower[1] - 0.5 for lower, upper in pairwise(tops))


def test_the_same_forest_gives_the_same_bytes(forest):
    assert render(draw_forest(forest), "svg") == render(draw_forest(forest), "svg")
