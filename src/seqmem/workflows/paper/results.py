"""Write RESULTS.md, the discussion of study 1 and the README's first lines from built reports."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from math import isnan
from pathlib import Path
from typing import Any

from seqmem.analysis.claims import CLAIMS, STUDIES
from seqmem.analysis.claims.rules.claim import claim_label
from seqmem.analysis.claims.rules.verdict import Verdict
from seqmem.analysis.claims.study_2.rules.constants import PRIMARY_CLAIMS
from seqmem.analysis.claims.table import split_tested
from seqmem.analysis.figures.parts.saving import save
from seqmem.analysis.records.result_files import write_bytes
from seqmem.analysis.report.forest_picture import draw_forest, forest_table
from seqmem.analysis.report.rendering import render_template
from seqmem.analysis.report.verdict_forest import FOREST_STEM, verdict_forest
from seqmem.analysis.tables.summary import finding_words, typeset
from seqmem.core.marked_pages import with_parts
from seqmem.core.number_formats import fixed_interval, short_number
from seqmem.workflows.paper.build import BuiltStudy
from seqmem.workflows.paper.claim_texts import (
    claim_place,
    claim_rows,
    claim_sentences,
    effect,
    half_width,
    negative_control,
    short_words,
    spread,
)
from seqmem.workflows.paper.findings import Findings
from seqmem.workflows.paper.pictures import (
    SHOWN_ALPHABET,
    bits_at_most_exposures,
    exponents,
    picture,
    winner_medians,
)
from seqmem.workflows.paper.tallies import decided_words, tally_words
from seqmem.workflows.study_2.state import StudyState, missing_words

RESULTS_PAGE = "RESULTS.md"
README_PAGE = "README.md"
DISCUSSION_PAGE = "results/study-1/discussion.md"
TEMPLATES = {
    RESULTS_PAGE: "results.md.j2",
    DISCUSSION_PAGE: "study_1_discussion.md.j2",
    README_PAGE: "readme_results.md.j2",
}
# The forest of both studies lies in the report of the second.
BOTH_STEM = f"{FOREST_STEM}-of-both-studies"
_FIGURES = ("time_by_bits", "winners_by_budget", "tuning_curve", "bits_by_exposure",
            "time_by_context")  # fmt: skip
# Longer settings of a verdict are left to the report.
_LONGEST_SETTING = 40
_MATCHED_LEVEL = 2048
MOST_WORDS = 2500
# Other readings that the page names beside a verdict of study 2, if there is room.
_OTHERS = (2, 1, 0)


def write_results(studies: Mapping[int, BuiltStudy], state: StudyState, root: Path) -> None:
    """Write the pages, and the part of README.md between the marks `results`.

    Parameters
    ----------
    studies : mapping of int to BuiltStudy
        Built reports by number. Study 1 is there; study 2 only if its verdicts may be computed.
    state : StudyState
        How far study 2 is.
    root : Path
        Folder of the pages; it holds a README.md already.
    """
    context = page_context(studies, state, write_forest(studies, root))
    discussion = Findings(studies[1]).context()
    write_bytes(root / RESULTS_PAGE, results_page(context).encode())
    write_bytes(root / DISCUSSION_PAGE, rendered(DISCUSSION_PAGE, discussion).encode())
    readme = root / README_PAGE
    parts: dict[str, Callable[[], str]] = {"results": lambda: rendered(README_PAGE, context)}
    write_bytes(readme, with_parts(readme.read_text(encoding="utf-8"), parts).encode())


def write_forest(studies: Mapping[int, BuiltStudy], root: Path) -> str:
    """Draw the verdicts of both studies on one axis, and return the path of the PNG.

    Parameters
    ----------
    studies : mapping of int to BuiltStudy
        Built reports by number. Of study 1 alone, the forest is already in its report.
    root : Path
        Folder of the pages.
    """
    latest = studies[max(studies)].study.folder
    if len(studies) == 1:
        return f"{latest}/report/figures/{FOREST_STEM}.png"
    forest = verdict_forest(_tested(studies))
    stem = f"{latest}/report/figures/{BOTH_STEM}"
    save(draw_forest(forest), forest_table(forest), root / stem)
    return f"{stem}.png"


def page_context(
    studies: Mapping[int, BuiltStudy], state: StudyState, forest: str
) -> dict[str, Any]:
    """Return the names that the templates of both pages may use, with their values.

    Parameters
    ----------
    studies : mapping of int to BuiltStudy
        Built reports by number.
    state : StudyState
        How far study 2 is.
    forest : str
        Path of the picture of all verdicts.
    """
    first = studies[1]
    findings = Findings(first)
    outcomes = _outcomes(studies)
    pictures = {name: picture(studies, name) for name in _FIGURES}
    laws: dict[str, Any] = exponents(pictures["time_by_bits"])
    if pictures["time_by_bits"] is not None and laws:
        laws["study"] = pictures["time_by_bits"].study
    return {
        "runs": {number: len(one.sources.frame) for number, one in studies.items()},
        "folders": {number: one.study.folder for number, one in studies.items()},
        "statements": _statements(outcomes),
        "verdict": lambda name: _verdict_words(first.verdicts, name),
        "second": lambda name, others: _second(outcomes, name, others),
        "effect": lambda name, part, digits=2: effect(first.verdicts[name], part, digits),
        "spread": lambda name, digits=2: spread(first.verdicts[name], digits),
        "rho_at": findings.rho_at,
        "seconds_gap": findings.seconds_gap,
        "decided": lambda number: decided_words(studies[number].verdicts),
        "tally": lambda number: tally_words(studies[number].verdicts),
        "verdict_rows": claim_rows(outcomes),
        "negative_control": negative_control(outcomes),
        "capacity": lambda cell, alphabet=SHOWN_ALPHABET: _capacity(first, cell, alphabet),
        "capacity_curve": _capacity_curve(studies),
        "matched": lambda clock: _matched(first, clock),
        "forest": forest,
        "pictures": pictures,
        "exponents": laws,
        "winners": winner_medians(pictures["winners_by_budget"]),
        "exposed": bits_at_most_exposures(pictures["bits_by_exposure"]),
        "half_widths": _half_widths(outcomes),
        "state": state,
        "added_hours": short_number(state.added_hours),
        "missing": missing_words(state.presets),
        "presets": _preset_rows(state),
    }


def results_page(context: Mapping[str, Any]) -> str:
    """Return RESULTS.md with as many other readings of study 2's verdicts as there is room for.

    Parameters
    ----------
    context : mapping of str to object
        What `page_context` returns.

    Returns
    -------
    str
        The page, of at most 2,500 words if it can be that short.
    """
    pages = (rendered(RESULTS_PAGE, {**context, "others": others}) for others in _OTHERS)
    page = ""
    for page in pages:
        if len(page.split()) <= MOST_WORDS:
            break
    return page


def rendered(page: str, context: Mapping[str, Any]) -> str:
    """Return a page, or its part in the README, from its template.

    Parameters
    ----------
    page : str
        A key of `TEMPLATES`.
    context : mapping of str to object
        Values for the template.

    Returns
    -------
    str
        The text, without the blank lines that empty parts of the template leave.
    """
    text = render_template(TEMPLATES[page], **context)
    text = re.sub(r"\n{3,}", "\n\n", re.sub(r" +\n", "\n", text)).strip("\n")
    return text if page == README_PAGE else f"{text}\n"


def _outcomes(studies: Mapping[int, BuiltStudy]) -> dict[str, Verdict]:
    return {label: verdict for one in studies.values() for label, verdict in one.verdicts.items()}


def _tested(studies: Mapping[int, BuiltStudy]) -> dict[str, Verdict]:
    """Return the tested claims, the two studies of one claim below each other."""
    tested, _ = split_tested(_outcomes(studies))
    return {label: tested[label] for label in sorted(tested, key=claim_place)}


def _statements(outcomes: Mapping[str, Verdict]) -> dict[str, str]:
    """Return the statement of each claim by its name without a study; study 1's comes first."""
    statements: dict[str, str] = {}
    for study, claims in STUDIES.items():
        for name, claim in claims.items():
            if claim_label(name, study) in outcomes:
                statements.setdefault(name, claim.statement)
    return statements


def _verdict_words(verdicts: Mapping[str, Verdict], name: str) -> str:
    """Return the verdict of study 1 on a claim; empty if the claim is of study 2 only."""
    if name not in verdicts:
        return ""
    verdict = verdicts[name]
    is_short = 0 < len(verdict.setting) <= _LONGEST_SETTING
    setting = f" ({verdict.setting})" if is_short else ""
    return f"Study 1: **{short_words(verdict)}**{setting}."


def _second(outcomes: Mapping[str, Verdict], name: str, others: int) -> str:
    """Return study 2's verdict on a claim in sentences; empty if there is none."""
    label = claim_label(name, 2)
    if label not in outcomes:
        return ""
    first = STUDIES[1].get(name)
    statement = CLAIMS[label].statement
    is_new = first is not None and first.statement != statement
    return f"{f'*{statement}* ' if is_new else ''}{claim_sentences(outcomes[label], others)}"


def _capacity(first: BuiltStudy, cell: str, alphabet: int) -> str:
    table = first.tables["capacity"]
    rows = table[(table["cell"] == cell) & (table["alphabet_size"] == alphabet)]
    ((_, row),) = rows.iterrows()
    finding, interval = finding_words(row, "codes")
    return f"{typeset(finding)} ({interval})"


def _capacity_curve(studies: Mapping[int, BuiltStudy]) -> str:
    shown = picture({1: studies[1]}, "capacity_curve")
    return "" if shown is None else shown.path


def _matched(first: BuiltStudy, clock: str) -> str:
    table = first.tables["matched-rho"]
    chosen = table[(table["clock"] == clock) & (table["level"] == _MATCHED_LEVEL)]
    ((_, row),) = chosen.iterrows()
    return fixed_interval(row["rho"], row["low"], row["high"])


def _half_widths(outcomes: Mapping[str, Verdict]) -> list[str]:
    labels = [claim_label(name, 2) for name in PRIMARY_CLAIMS]
    texts = [half_width(label, outcomes[label]) for label in labels if label in outcomes]
    return [text for text in texts if text]


def _preset_rows(state: StudyState) -> list[dict[str, str]]:
    return [
        {
            "preset": one.preset,
            "runs": f"{one.shipped:,} of {one.planned:,}",
            "hours": short_number(one.hours) if one.shipped else "–",
            "expected": "–" if isnan(one.expected_hours) else f"{one.expected_hours:g}",
        }
        for one in state.presets
    ]
