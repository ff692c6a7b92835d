"""All verdicts on some evidence: as a table, as JSON and as lines of text."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pandas as pd

from seqmem.analysis.claims import CLAIMS, STUDIES
from seqmem.analysis.claims.rules.against_itself import self_words
from seqmem.analysis.claims.rules.claim import Claim, claim_label
from seqmem.analysis.claims.rules.evidence import Evidence
from seqmem.analysis.claims.rules.studies import by_study
from seqmem.analysis.claims.rules.verdict import NOT_TESTED, Verdict, VerdictPart, not_tested
from seqmem.analysis.claims.study_2.rules.judging import with_holm_p_values
from seqmem.core.argument_kinds import Kind
from seqmem.core.python_arguments import argument_kinds

WITHOUT_PRUNER = "a sweep without a pruner"
BEYOND_PILOT = "a sweep of study 2 other than its pilot"
_FORMAT = 2
_COLUMNS = "claim statement verdict effect holds_for basis against_itself notes".split()
# What a study does with the verdicts of all of its claims together.
_TOGETHER: dict[int, Callable[[Mapping[str, Verdict]], dict[str, Verdict]]] = {
    1: dict,
    2: with_holm_p_values,
}


@argument_kinds(evidence=Kind((Evidence,), "an Evidence, made by Evidence(...)"))
def verdicts(evidence: Evidence) -> dict[str, Verdict]:
    """Return the verdicts on all claims of the studies that the records belong to.

    Sweeps whose name starts with `study2-` are judged by the rules of study 2 only, and all others
    by the rules of study 1 only. The pilot of study 2 is not used.

    Sweeps with a pruner support no claim, so their runs are left out. A pruned trial has no value
    at the whole budget, and which trials are pruned depends on the cells that are compared.

    Parameters
    ----------
    evidence : Evidence
        The records, the configurations of their sweeps and step times.

    Returns
    -------
    dict of str to Verdict
        Verdicts in the order of the claims. Their names are keys of `CLAIMS`.

    Examples
    --------
    >>> from seqmem import analysis
    >>> evidence = analysis.Evidence(analysis.load("runs/quick"))  # doctest: +SKIP
    >>> list(analysis.verdicts(evidence))[:3]  # doctest: +SKIP
    ['C1', 'C2', 'C3']
    """
    return {
        claim_label(name, study): verdict
        for study, own in by_study(evidence).items()
        for name, verdict in _TOGETHER[study](_verdicts(STUDIES[study], own)).items()
    }


def _verdicts(claims: Mapping[str, Claim], evidence: Evidence) -> dict[str, Verdict]:
    """Return the verdict on each of the claims, by its name within the study."""
    evidence, refused = evidence.without_pruned_sweeps()
    if evidence.frame.empty:
        need = WITHOUT_PRUNER if refused else BEYOND_PILOT
        return {name: not_tested([need]) for name in claims}
    outcomes = {name: claim.test(evidence) for name, claim in claims.items()}
    if not refused:
        return outcomes
    note = f"The runs of {', '.join(refused)} are left out, because trials were pruned."
    return {
        name: replace(verdict, notes=(*verdict.notes, note)) for name, verdict in outcomes.items()
    }


@argument_kinds()
def claims_table(outcomes: Mapping[str, Verdict]) -> pd.DataFrame:
    """Return one row per claim: the verdict, and the effects behind it with both intervals.

    Parameters
    ----------
    outcomes : mapping of str to Verdict
        Verdicts by the name of the claim, from `verdicts`.

    Returns
    -------
    DataFrame
        Claims that were tested come first. Columns `claim`, `statement`, `verdict`, `effect`,
        `holds_for`, `basis`, `against_itself` (the same rule applied to independent searches of one
        cell) and `notes`.

    Examples
    --------
    >>> from seqmem import analysis
    >>> evidence = analysis.Evidence(analysis.load("runs/quick"))  # doctest: +SKIP
    >>> analysis.claims_table(analysis.verdicts(evidence))  # doctest: +SKIP
    """
    rows = []
    tested, untested = split_tested(outcomes)
    for name, verdict in (tested | untested).items():
        deciding = [part for part in verdict.parts if part.name not in verdict.aside]
        effects = "; ".join(effect_words(part) for part in deciding)
        basis = "; ".join(dict.fromkeys(part.basis for part in deciding if part.basis))
        notes = "; ".join(verdict.notes)
        itself = self_words(verdict.against_itself)
        rows.append(
            [
                name,
                CLAIMS[name].statement,
                verdict.words(),
                effects,
                verdict.setting,
                basis,
                itself,
                notes,
            ]
        )
    return pd.DataFrame(rows, columns=_COLUMNS)


def effect_words(part: VerdictPart) -> str:
    """Return the part's name and effect; a quantity at the end of the name is not repeated.

    Examples
    --------
    >>> name = "trained: log2 ratio"
    >>> part = VerdictPart(name, "log2 ratio", 0.3, 0.2, 0.4, 0.2, 0.4, 1.0, "refuted")
    >>> effect_words(part)
    'trained: log2 ratio 0.3 [0.2, 0.4] (95 %: [0.2, 0.4])'
    """
    return f"{part.name.removesuffix(f': {part.quantity}')}: {part.words()}"


def parts_table(outcomes: Mapping[str, Verdict]) -> pd.DataFrame:
    """Return one row per estimate behind the verdicts, whether or not it decides.

    Parameters
    ----------
    outcomes : mapping of str to Verdict
        Verdicts by the name of the claim.
    """
    rows: list[dict[str, Any]] = []
    for name, verdict in outcomes.items():
        for part in (*verdict.parts, *verdict.against_itself):
            decides = part in verdict.parts and part.name not in verdict.aside
            rows.append({"claim": name, "decides": decides, **part.__dict__})
    columns = (
        "claim decides name quantity estimate low high confidence plain_low plain_high margin"
        " verdict tag basis"
    )
    return pd.DataFrame(rows, columns=columns.split())


def claims_json(outcomes: Mapping[str, Verdict], checks: pd.DataFrame) -> bytes:
    """Return the verdicts as JSON, with the statement, source and rule of each claim.

    A claim of study 2 says so in `study`; one without it is of study 1.

    Parameters
    ----------
    outcomes : mapping of str to Verdict
        Verdicts by the name of the claim.
    checks : DataFrame
        Comparisons of each cell with itself.
    """
    claims = [_heading(name) | verdict.to_dict() for name, verdict in outcomes.items()]
    plain = json.loads(checks.to_json(orient="records", double_precision=9))
    content = {"format": _FORMAT, "claims": claims, "cells_against_themselves": plain}
    return (json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode()


def _heading(name: str) -> dict[str, Any]:
    claim = CLAIMS[name]
    study = {} if claim.study == 1 else {"study": claim.study}
    texts = {"statement": claim.statement, "source": claim.source, "rule": claim.rule}
    return {"claim": name} | study | texts


def split_tested(
    outcomes: Mapping[str, Verdict],
) -> tuple[dict[str, Verdict], dict[str, Verdict]]:
    """Return the claims that were tested, and those that were not, each in their order.

    Parameters
    ----------
    outcomes : mapping of str to Verdict
        Verdicts by the name of the claim.

    Returns
    -------
    tested, untested : dict of str to Verdict
        Every claim is in one of them.
    """
    tested = {name: one for name, one in outcomes.items() if one.verdict != NOT_TESTED}
    return tested, {name: one for name, one in outcomes.items() if name not in tested}


def verdict_lines(outcomes: Mapping[str, Verdict]) -> list[str]:
    """Return one line for each tested claim, and one line for all others, for a terminal.

    Examples
    --------
    >>> refuted = Verdict("refuted", "opposite", setting="2 cal-s")
    >>> open_claim = Verdict("not tested", needs=("timings",))
    >>> verdict_lines({"C1": refuted, "C9": open_claim, "C10": open_claim})
    ['C1    refuted (opposite), 2 cal-s', 'not tested: C9, C10; report.html says what each needs']
    """
    tested, untested = split_tested(outcomes)
    settings = {name: f", {one.setting}" if one.setting else "" for name, one in tested.items()}
    width = max([4, *map(len, tested)])
    lines = [f"{name:<{width}}  {one.words()}{settings[name]}" for name, one in tested.items()]
    names = ", ".join(untested)
    return lines + ([f"not tested: {names}; report.html says what each needs"] if names else [])
