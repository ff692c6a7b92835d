"""The page of a report: its first screen, the forest of verdicts, terms, headings and colours."""

from __future__ import annotations

import json
import math
import re
from html.parser import HTMLParser
from itertools import combinations
from pathlib import Path

import pandas as pd
import pytest

from seqmem.analysis.claims import CLAIMS
from seqmem.analysis.claims.rules.verdict import REFUTED, SUPPORTED, Verdict, VerdictPart, judge
from seqmem.analysis.claims.study_2 import c10_linear_capacity, c12_equal_exponents
from seqmem.analysis.claims.study_2.rules.constants import EXPONENT_MARGIN, LINEAR_SLOPES
from seqmem.analysis.report.answer import answer
from seqmem.analysis.report.caution_kinds import Caution, CautionKind
from seqmem.analysis.report.page import ReportPage
from seqmem.analysis.report.rendering import grid_rows, split_sentence
from seqmem.analysis.report.terms import TERMS
from seqmem.analysis.report.verdict_forest import Axis, verdict_forest
from seqmem.analysis.tables.capacity_tables import capacity_table, ratio_table

ROOT = Path(__file__).parents[2]
BOX = {"synthetic": {"search": {"depth": {"low": 1, "high": 2}, "units": {"low": 8, "high": 64}}}}


def part(estimate: float, low: float, high: float, margin: float = 0.15, **fields) -> VerdictPart:
    """Make an estimate whose 95 % interval is half of the interval that decides."""
    plain = ((estimate + low) / 2, (estimate + high) / 2)
    known = {"name": "in time", "quantity": "octaves", "verdict": "inconclusive"} | fields
    return VerdictPart(
        estimate=estimate, low=low, high=high, plain_low=plain[0], plain_high=plain[1],
        margin=margin, **known,
    )  # fmt: skip


def head(frame: pd.DataFrame, verdicts=None, comparison=(), configs=None):
    return answer(
        frame, configs or {}, capacity_table(frame), ratio_table(frame), verdicts or {}, comparison
    )


@pytest.fixture(scope="module")
def frame(make_frame):
    return make_frame(levels=(16, 64, 256)).assign(design="")


def page_of(frame: pd.DataFrame, outcomes: dict[str, Verdict]) -> str:
    """Write a page without figures, which take the time of a report."""
    written = ReportPage(
        title="a sweep",
        rebuild=("seqmem report DIR", "DIR is the folder."),
        verdicts=outcomes,
        tables={
            "capacity": ("Capacity", capacity_table(frame)),
            "ratios": ("Ratios", ratio_table(frame)),
        },
        cautions=[
            Caution(CautionKind.FAILED, "One run failed."),
            Caution(CautionKind.NO_RESULT, "Nothing."),
        ],
        frame=frame,
        configs=BOX,
        figures=[],
        provenance=[("Manifest", [("threads", "1")])],
    )
    return written.render().decode()


OUTCOMES = {
    "C1": Verdict("inconclusive", parts=(part(0.3, -0.6, 1.2),), notes=("a <note>",)),
    "C2": Verdict(SUPPORTED, parts=(part(0.45, 0.3, 0.6, verdict=SUPPORTED),), setting="1 cal-s"),
    "C5": Verdict("not tested", needs=("timings",)),
}


@pytest.fixture(scope="module")
def page(frame) -> str:
    return page_of(frame, OUTCOMES)


def test_the_axis_is_linear_within_a_margin_symmetric_and_logarithmic_beyond():
    axis = Axis(10)
    half = 50 / (1 + math.log(10))
    places = {0: 50, 0.5: 50 + half / 2, 1: 50 + half, math.e: 50 + 2 * half, 10: 100, 99: 100}
    for value, place in places.items():
        assert axis.percent(value) == pytest.approx(place, abs=0.005)
        assert axis.percent(value) + axis.percent(-value) == pytest.approx(100, abs=0.011)
    assert axis.ticks == [
        ("−10", 0.0), ("−3", 18.23), ("−1", 34.86), ("0", 50.0), ("1", 65.14), ("3", 81.77),
        ("10", 100.0),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "estimate", "margins"),
    [
        ("C1", part(0.45, 0.3, 0.6), (3, 2, 4)),
        # A gain of depth speaks against the claim that depth does not help.
        ("C3", part(0.06, 0.03, 0.09, 0.03), (-2, -3, -1)),
        # The margin of a ratio of costs is .98, so .98² is two margins below 1.
        ("C9", part(0.98**2, 0.98**3, 0.98, 0.98), (2, 1, 3)),
        ("C10", part(1.1, 1.0, 1.3, 0.1), (1, 0, 3)),
    ],
)
def test_estimates_are_placed_in_units_of_their_margin(name, estimate, margins):
    forest = verdict_forest({name: Verdict("inconclusive", parts=(estimate,))})
    (row,) = forest.claims[0].rows
    place, low, high = (Axis(forest.axis.reach).percent(value) for value in margins)
    assert (row.place, row.interval) == (pytest.approx(place), pytest.approx((low, high)))
    assert low < row.plain[0] < row.plain[1] < high
    assert f"margin {estimate.margin:.3g}" in row.values


def test_what_has_no_interval_or_no_margin_is_still_told():
    nan = float("nan")
    parts = (
        part(0.9, nan, nan, 0.95, name="share"),
        part(nan, nan, nan, name="none"),
        part(500.0, 2.0, 9000.0, name="long"),
    )
    share, none, long = verdict_forest({"C1": Verdict("inconclusive", parts=parts)}).claims[0].rows
    assert (share.interval, none.place, none.interval) == (None, None, None)
    assert none.beyond == (False, False)
    assert (long.beyond, long.place) == ((False, True), 100.0)
    exact = Verdict("supported", parts=(part(0.75, 0.74, 0.76, 1.0, name="parameters"),))
    (row,) = verdict_forest({"C5": exact}).claims[0].rows
    assert row.place is None
    assert "octaves 0.75 [0.74, 0.76]" in row.values


def test_the_drawn_region_agrees_with_every_verdict_that_is_shipped():
    """Intervals of supported estimates lie inside the region, those of refuted ones outside."""
    shipped = ROOT / "results" / "study-1" / "report" / "claims.json"
    seen = set()
    for claim in json.loads(shipped.read_text(encoding="utf-8"))["claims"]:
        scale = CLAIMS[claim["claim"]].scale
        for estimate in claim["parts"]:
            if estimate["low"] is None:
                continue
            ends = [scale.place(estimate[side], estimate["margin"]) for side in ("low", "high")]
            low, high = sorted(ends)
            if estimate["verdict"] == SUPPORTED and not math.isnan(low):
                assert scale.lowest <= low
                assert high <= scale.highest
            if estimate["verdict"] == REFUTED:
                assert high < scale.lowest or low > scale.highest
            seen.add(estimate["verdict"])
    assert {SUPPORTED, REFUTED} <= seen


@pytest.mark.parametrize(
    ("label", "judged", "margin"),
    [
        ("C1", lambda low, high: judge(low, high, 0.15), 0.15),
        ("C10 (study 2)", c10_linear_capacity.judge_slope, LINEAR_SLOPES[1] - 1),
        ("C12 (study 2)", c12_equal_exponents.judge_slope, EXPONENT_MARGIN),
    ],
)
def test_the_drawn_region_agrees_with_the_rule(label, judged, margin):
    scale = CLAIMS[label].scale
    ends = [-0.31, -0.16, -0.12, -0.04, 0.03, 0.12, 0.16, 0.31, 0.88, 0.93, 1.02, 1.07, 1.13, 1.3]
    outcomes = set()
    for low, high in combinations(ends, 2):
        first, last = sorted(scale.place(value, margin) for value in (low, high))
        verdict, _ = judged(low, high)
        assert (verdict == SUPPORTED) == (scale.lowest <= first and last <= scale.highest)
        if verdict == REFUTED:
            assert last < scale.lowest or first > scale.highest
        outcomes.add(verdict)
    assert {SUPPORTED, REFUTED} <= outcomes


def test_the_head_asks_what_the_sweep_asked_and_answers_it(frame):
    made = head(frame, configs=BOX)
    assert made.asked == (
        "How complex a string do GRU and LSTM memorize within 2 GF of training? Strings: i.i.d.,"
        " over 4 symbols, LZW 16 to 256 codes. Each cell was tuned anew at each level, by 2"
        " searches of 2 trials."
    )
    (gru, lstm) = capacity_table(frame).to_dict("records")
    assert (gru["relation"], lstm["relation"]) == ("=", "=")
    assert made.found == (
        f"Capacity: {gru['capacity']:.0f} codes (95 % interval {gru['low']:.0f}–{gru['high']:.0f})"
        f" for the GRU and {lstm['capacity']:.0f} codes (95 % interval"
        f" {lstm['low']:.0f}–{lstm['high']:.0f}) for the LSTM."
    )
    assert made.details[0].startswith("Ratio of capacities: ")
    assert "batch 32 and length 64 fixed; depth 1 to 2, units 8 to 64 searched" in made.unsaid[0]
    assert "test none of the claims" in made.unsaid[1]


def test_the_head_of_many_sweeps_counts_verdicts_and_leaves_capacities_to_the_table(make_frame):
    frames = [
        make_frame(levels=(16,), searches=1, sweep=budget, budget=budget).assign(design="")
        for budget in ("1 cal-s", "2 cal-s", "60000 steps")
    ]
    verdicts = {"C1": Verdict("refuted"), "C5": Verdict("supported"), "C6": Verdict("inconclusive")}
    made = head(pd.concat(frames, ignore_index=True), verdicts)
    assert "within 2 budgets of 1 to 2 cal-s or 60,000 steps of training" in made.asked
    assert made.found == (
        "Of the claims about cells, 1 is supported (C5), 1 is refuted (C1) and 1 is inconclusive"
        " (C6)."
    )
    assert made.details == [
        "The capacities of 3 combinations of strings and budgets are in the table."
    ]
    assert made.unsaid[-1].startswith("An inconclusive claim")


def test_the_head_is_honest_without_any_usable_run(frame):
    made = head(frame.assign(status="failed"))
    assert made.found == "There is no capacity, because there is no usable confirmation run."
    lost = frame.assign(
        status="failed", budget_amount=None, budget_unit=None, batch=None, source=None
    )
    assert "within an unknown budget" in head(lost).asked


def test_the_head_of_a_comparison_is_its_conclusion(frame):
    lines = [
        "conclusion: undecided between LSTM and GRU; GRU is recommended: it was sooner",
        "doubts: the winners lie at an edge",
        "configuration to use: GRU, 1 layer",
        "GRU: 3 of 4 strings",
    ]
    made = head(frame, comparison=lines)
    assert made.asked.startswith("Which memorizes your ")
    assert "within 2 GF of training: GRU or LSTM?" in made.asked
    assert made.found == "Undecided between LSTM and GRU."
    assert made.details == [
        "GRU is recommended: it was sooner.",
        "Configuration to use: GRU, 1 layer.",
    ]
    assert made.unsaid[0] == "Doubts: the winners lie at an edge."


def test_terms_are_defined_as_in_the_glossary():
    glossary = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    for word, term in TERMS.items():
        assert f"| {word} | {term.meaning} |" in glossary
    assert len({term.slug for term in TERMS.values()}) == len(TERMS)


def test_headings_are_in_order_and_pictures_have_a_text(page):
    class Outline(HTMLParser):
        levels: list[int] = []
        untold: list[str] = []
        open_picture = ""

        def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
            known = dict(attributes)
            if re.fullmatch("h[1-6]", tag):
                self.levels.append(int(tag[1]))
            if tag == "svg" and known.get("role") == "img":
                self.open_picture = "waits for a title"
            elif tag == "title":
                self.open_picture = ""
            elif self.open_picture or (tag == "img" and not known.get("alt")):
                self.untold.append(self.get_starttag_text() or "")

    outline = Outline()
    outline.feed(page)
    assert outline.levels[0] == 1
    assert outline.levels.count(1) == 1
    assert all(b <= a + 1 for a, b in zip(outline.levels, outline.levels[1:], strict=False))
    assert outline.untold == []
    assert page.count('role="img"') == 2


def test_cautions_are_grouped_and_counted_the_worst_first(page):
    groups = re.findall(
        r'<span class="weight">(\w+)</span> (.*?) <span class="soft">\((\d+)\)', page
    )
    assert groups == [
        ("serious", "Nothing can be inferred", "1"),
        ("limits", "Runs failed", "1"),
    ]
    assert "the worst is “Nothing can be inferred”" in page


def test_the_forest_marks_verdicts_by_shape_and_by_word_too(page):
    drawn = page[page.index('id="forest"') : page.index('id="values"')]
    marks = set(re.findall(r'class="mark" d="([^"]+)"', drawn))
    assert len(marks) == 2
    assert drawn.count("</svg>supported</span>") == 2
    assert "in time: octaves 0.3 [−0.6, 1.2]" in drawn
    assert "<li>a &lt;note&gt;</li>" in page


def test_claims_of_two_studies_are_told_apart(frame, page):
    both = page_of(frame, OUTCOMES | {"C2 (study 2)": OUTCOMES["C2"]})
    first, second = (both.index(f"<h3>Study {study}</h3>") for study in (1, 2))
    assert first < both.index("<strong>C1</strong>") < second
    assert second < both.index("<strong>C2 (study 2)</strong>")
    assert "<h3>Study" not in page


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_colours_have_enough_contrast(page, dark):
    """WCAG 2.2: 4.5 for text (1.4.3), 3 for what is drawn (1.4.11)."""
    roots = re.findall(r"^( *):root \{(.*?)\}", page, re.DOTALL | re.MULTILINE)
    colours: dict[str, str] = {}
    for indent, body in roots:
        if not indent or dark:
            colours |= dict(re.findall(r"--([\w-]+): (#\w+)", body))
    for ground in ("paper", "tint"):
        for text in ("ink", "soft", "link", "serious", "limits"):
            assert contrast(colours[text], colours[ground]) >= 4.5, (text, ground)
    for verdict in ("supported", "refuted", "direction", "open"):
        assert contrast(colours[verdict], colours["paper"]) >= 4.5
        assert contrast(colours[verdict], colours["holds"]) >= 3


def contrast(first: str, second: str) -> float:
    """Return the contrast ratio of two colours by the formula of WCAG 2.2.

    Black on white is 21.
    """
    lighter, darker = sorted((luminance(first), luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    digits = colour.removeprefix("#")
    pairs = [digit * 2 for digit in digits] if len(digits) == 3 else re.findall("..", digits)
    linear = [
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
        for value in (int(pair, 16) / 255 for pair in pairs)
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_the_formula_of_contrast_gives_its_known_values():
    assert contrast("#000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#fff") == pytest.approx(4.54, abs=0.005)


def test_tables_have_real_minus_signs_in_numbers_only():
    table = pd.DataFrame({"what": ["level-1"], "value": [-0.25], "count": [-3]})
    assert grid_rows(table)["body"] == [["level-1", "−0.25", "−3"]]


@pytest.mark.parametrize(
    "first",
    [
        "Fraction by level (i.i.d. strings, LZW. Then more); n = 4.",
        "Curves of i.i.d. strings, as in Fig. 2 of a paper.",
        "Is it so?",
    ],
)
def test_a_caption_is_cut_after_its_first_sentence(first):
    assert split_sentence(f"{first} ρ is a ratio. Bars: t.") == (first, "ρ is a ratio. Bars: t.")
    assert split_sentence(first) == (first, "")
