"""The head of a report: what was asked, what came out, and what that does not say."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import pandas as pd

from seqmem.analysis.claims.rules.verdict import INCONCLUSIVE, VERDICTS, Verdict
from seqmem.analysis.claims.table import split_tested
from seqmem.analysis.estimators.capacity import UNRESOLVED
from seqmem.analysis.records.groups import Group
from seqmem.analysis.records.search_spaces import box_words
from seqmem.analysis.tables.summary import finding_words, typeset
from seqmem.core.number_formats import counted, number_range
from seqmem.study.memorizers.cells import cell_title

# With more groups of strings and budgets, their capacities are left to the table.
_MOST_GROUPS = 2
_CONCLUSION = "conclusion: "
_CONFIGURATION = "configuration to use: "
_DOUBTS = "doubts: "


class Answer(NamedTuple):
    """Texts of the first screen.

    Attributes
    ----------
    asked : str
        The question and how it was asked.
    found : str
        The answer in one sentence.
    details : list of str
        Further sentences of the answer.
    unsaid : list of str
        Sentences on what the answer does not say.
    """

    asked: str
    found: str
    details: list[str]
    unsaid: list[str]


def answer(
    frame: pd.DataFrame,
    configs: Mapping[str, Mapping[str, Any]],
    capacities: pd.DataFrame,
    ratios: pd.DataFrame,
    verdicts: Mapping[str, Verdict],
    comparison: Sequence[str] = (),
) -> Answer:
    """Return the head of a report.

    Parameters
    ----------
    frame : DataFrame
        Records, one row per run.
    configs : mapping of str to mapping
        Sweep files by the name of the sweep; missing if unknown.
    capacities : DataFrame
        Table of `seqmem.analysis.tables.capacity_tables.capacity_table`.
    ratios : DataFrame
        Table of `seqmem.analysis.tables.capacity_tables.ratio_table`.
    verdicts : mapping of str to Verdict
        Verdicts on all claims.
    comparison : sequence of str
        Lines of `seqmem compare`, the conclusion first; empty for other sweeps.

    Returns
    -------
    Answer
        Plain text.
    """
    tested, _ = split_tested(verdicts)
    unsaid = [*_scope(frame, configs), *_limits_of_verdicts(tested, bool(comparison))]
    tally = tally_words(tested)
    if comparison:
        found, details = _conclusion(comparison)
        doubts = [_sentence(line) for line in comparison if line.startswith(_DOUBTS)]
        return Answer(_comparison_question(frame), found, details, [*doubts, *unsaid])
    asked = _question(frame)
    groups = capacities[list(Group._fields)].drop_duplicates()
    if groups.empty:
        found = "There is no capacity, because there is no usable confirmation run."
        return Answer(asked, found, [tally] if tally else [], unsaid)
    if len(groups) <= _MOST_GROUPS:
        found = f"Capacity{'; '.join(_capacities(capacities))}."
        details = [f"Ratio of capacities{'; '.join(_ratios(ratios))}."] if len(ratios) else []
        return Answer(asked, found, [*details, *([tally] if tally else [])], unsaid)
    where = f"The capacities of {len(groups)} combinations of strings and budgets are in the table."
    return Answer(asked, tally or where, [where] if tally else [], unsaid)


def tally_words(tested: Mapping[str, Verdict]) -> str:
    """Return how many claims have each verdict; empty if no claim was tested.

    Examples
    --------
    >>> verdicts = {"C1": "refuted", "C2": "supported", "C3": "refuted"}
    >>> tally_words({name: Verdict(verdict) for name, verdict in verdicts.items()})
    'Of the claims about cells, 1 is supported (C2) and 2 are refuted (C1, C3).'
    """
    names: dict[str, list[str]] = {verdict: [] for verdict in VERDICTS}
    for name, verdict in tested.items():
        names[verdict.verdict].append(name)
    counts = [
        f"{len(some)} {'is' if len(some) == 1 else 'are'} {verdict} ({', '.join(some)})"
        for verdict, some in names.items()
        if some
    ]
    return f"Of the claims about cells, {_listed(counts)}." if counts else ""


def _question(frame: pd.DataFrame) -> str:
    sentences = [
        f"How complex a string {_verb(frame)} {_cells(frame, 'and')} memorize within"
        f" {_budgets(frame)} of training?",
        _strings(frame),
        _effort(frame),
    ]
    return " ".join(filter(None, sentences))


def _comparison_question(frame: pd.DataFrame) -> str:
    strings = counted(frame["string_id"].nunique(), "string")
    sentences = [
        f"Which memorizes your {strings} better within {_budgets(frame)} of training:"
        f" {_cells(frame, 'or')}?",
        _effort(frame),
    ]
    return " ".join(filter(None, sentences))


def _conclusion(lines: Sequence[str]) -> tuple[str, list[str]]:
    """Return the first clause of the conclusion, and the rest of it with the configuration."""
    first = next((line for line in lines if line.startswith(_CONCLUSION)), lines[0])
    head, _, rest = first.removeprefix(_CONCLUSION).partition("; ")
    use = [line for line in lines if line.startswith(_CONFIGURATION)]
    return _sentence(head), [_sentence(line) for line in (rest, *use) if line]


def _sentence(text: str) -> str:
    """Return a line of a terminal as a sentence.

    Examples
    --------
    >>> _sentence("no cell is better"), _sentence("Done.")
    ('No cell is better.', 'Done.')
    """
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."


def _capacities(table: pd.DataFrame) -> Iterator[str]:
    for about, group, rows in _by_group(table):
        found = [
            f"{_estimate(row, group.unit)} for the {cell_title(row['cell'])}"
            for _, row in rows.iterrows()
        ]
        yield f"{about}: {_listed(found)}"


def _ratios(table: pd.DataFrame) -> Iterator[str]:
    for about, _, rows in _by_group(table):
        found = [
            f"{_estimate(row, value='ratio')} for {cell_title(row['numerator'])} over"
            f" {cell_title(row['denominator'])}"
            for _, row in rows.iterrows()
        ]
        yield f"{about}: {_listed(found)}"


def _by_group(table: pd.DataFrame) -> Iterator[tuple[str, Group, pd.DataFrame]]:
    """Yield words that tell each group from the others, the group, and its rows."""
    varying = [column for column in Group._fields if table[column].nunique() > 1]
    for key, rows in table.groupby(list(Group._fields), sort=False):
        group = Group(*key)
        words = {
            "source": f" of {group.source_name} strings",
            "alphabet_size": f" over {group.alphabet_size} symbols",
            "measure": f" in {group.measure_name}",
            "protocol": f" under the {group.protocol} protocol",
            "budget": f" within {group.budget}",
            "design": f" in {group.design}",
        }
        yield "".join(words[column] for column in varying), group, rows


def _estimate(row: pd.Series, unit: str = "", value: str = "capacity") -> str:
    """Return an estimate with its interval; the table says why a limit is given instead."""
    finding, interval = finding_words(row, unit, value)
    if row["relation"] == UNRESOLVED:
        return finding
    return f"{typeset(finding)} ({interval.partition(';')[0]})"


def _scope(frame: pd.DataFrame, configs: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """Yield what the answer is bound to: values that were fixed, and ranges that were searched."""
    fixed = [
        f"{name} {frame[name].dropna().iloc[0]:g}"
        for name in ("batch", "length")
        if frame[name].nunique() == 1
    ]
    boxes = {box_words(config.get("search", {})) for config in configs.values()}
    searched = boxes.pop() if len(boxes) == 1 else ""
    bound = [f"{' and '.join(fixed)} fixed"] if fixed else []
    bound += [f"{searched} searched"] if searched else []
    settings = f" It holds with {'; '.join(bound)}." if bound else ""
    yield f"What happens with other strings, budgets or settings.{settings}"


def _limits_of_verdicts(tested: Mapping[str, Verdict], is_comparison: bool) -> Iterator[str]:
    if not tested and not is_comparison:
        yield "Whether one cell is better in general: these records test none of the claims."
    if any(verdict.verdict == INCONCLUSIVE for verdict in tested.values()):
        yield "An inconclusive claim may be true or false: its interval holds both."


def _cells(frame: pd.DataFrame, word: str) -> str:
    cells = sorted(frame["cell"].dropna().astype(str).unique())
    return _listed([cell_title(cell) for cell in cells], word)


def _verb(frame: pd.DataFrame) -> str:
    return "does" if frame["cell"].nunique() == 1 else "do"


def _budgets(frame: pd.DataFrame) -> str:
    """Return the budgets by unit, such as `1 cal-s` or `4 budgets of 0.03 to 1 cal-s`."""
    known = frame[["budget_amount", "budget_unit"]].dropna().drop_duplicates()
    words = []
    for unit, rows in known.groupby("budget_unit", sort=True):
        amounts = rows["budget_amount"].astype(float)
        several = f"{len(amounts)} budgets of " if len(amounts) > 1 else ""
        words.append(f"{several}{number_range(amounts.min(), amounts.max(), ',.6g')} {unit}")
    return _listed(words, "or") if words else "an unknown budget"


def _strings(frame: pd.DataFrame) -> str:
    columns = ["source", "alphabet_size", "measure", "level"]
    known = frame[columns].dropna().drop_duplicates()
    if known.empty:
        return ""
    levels: dict[tuple[str, str], list[float]] = defaultdict(list)
    names = set()
    for row in known.itertuples():
        group = Group(str(row.source), 0, str(row.measure), "", "")
        levels[group.measure_name, group.unit].append(float(row.level))
        names.add(group.source_name)
    ranges = [
        f"{name} {number_range(min(some), max(some), 'g')} {unit}".strip()
        for (name, unit), some in sorted(levels.items())
    ]
    alphabets = _listed([f"{size:g}" for size in sorted(known["alphabet_size"].unique())])
    return f"Strings: {_listed(sorted(names))}, over {alphabets} symbols, {_listed(ranges)}."


def _effort(frame: pd.DataFrame) -> str:
    tuned = frame[frame["role"] == "tune"]
    conditions = ["sweep", "condition"]
    searches = tuned.groupby(conditions)["search"].nunique()
    trials = tuned.groupby([*conditions, "search"])["trial"].nunique()
    if trials.empty or trials.max() < 2:
        return ""
    effort = [
        f"{number_range(counts.min(), counts.max(), ',')} {one if counts.max() == 1 else several}"
        for counts, one, several in (
            (searches, "search", "searches"),
            (trials, "trial", "trials"),
        )
    ]
    return f"Each cell was tuned anew at each level, by {effort[0]} of {effort[1]}."


def _listed(words: Sequence[str], word: str = "and") -> str:
    """Return words as a list in a sentence.

    Examples
    --------
    >>> _listed(["a"]), _listed(["a", "b", "c"], "or")
    ('a', 'a, b or c')
    """
    return f" {word} ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))
