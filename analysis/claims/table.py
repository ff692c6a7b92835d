"""All verdicts on some evidence: as a table, as JSON, as lines."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pandas as pd

from seqmem.analysis.claims import CLAIMS
from seqmem.analysis.claims.rules.against_itself import self_words
from seqmem.analysis.claims.rules.evidence import Evidence
from seqmem.analysis.claims.rules.verdict import Verdict, VerdictPart

_FORMAT = 2
_COLUMNS = "claim statement verdict effect holds_for basis against_itself notes".split()


def verdicts(evidence: Evidence) -> dict[str, Verdict]:
    """Verdict of every claim, by its name."""
    return {name: claim.test(evidence) for name, claim in CLAIMS.items()}


def claims_table(found: Mapping[str, Verdict]) -> pd.DataFrame:
    """One row per claim: the verdict, and in words the effects it rests on, with both intervals.

    `against_itself` is what the same rule says of each cell against itself, in independent searches.
    """
    rows = []
    for name, verdict in found.items():
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
    """The part's name and its effect; a quantity with which the name ends stands once.

    Examples
    --------
    >>> effect_words(VerdictPart("trained: log2 ratio", "log2 ratio", 0.3, 0.2, 0.4, 0.2, 0.4, 1.0, "refuted"))
    'trained: log2 ratio 0.3 [0.2, 0.4] (95 %: [0.2, 0.4])'
    """
    return f"{part.name.removesuffix(f': {part.quantity}')}: {part.words()}"


def parts_table(found: Mapping[str, Verdict]) -> pd.DataFrame:
    """Every estimate behind the verdicts, those that decide and those that stand beside: one row per part."""
    rows: list[dict[str, Any]] = []
    for name, verdict in found.items():
        for part in (*verdict.parts, *verdict.against_itself):
            decides = part in verdict.parts and part.name not in verdict.aside
            rows.append({"claim": name, "decides": decides, **part.__dict__})
    columns = "claim decides name quantity estimate low high confidence plain_low plain_high margin verdict tag basis"
    return pd.DataFrame(rows, columns=columns.split())


def claims_json(found: Mapping[str, Verdict], checks: pd.DataFrame) -> bytes:
    """The verdicts as JSON with statement, source and rule, and the checks of a cell against itself."""
    claims = [
        {"claim": name, "statement": claim.statement, "source": claim.source, "rule": claim.rule}
        | found[name].to_dict()
        for name, claim in CLAIMS.items()
    ]
    plain = json.loads(checks.to_json(orient="records", double_precision=9))
    content = {"format": _FORMAT, "claims": claims, "cells_against_themselves": plain}
    return (json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode()


def verdict_lines(found: Mapping[str, Verdict]) -> list[str]:
    """One line per claim, for a terminal.

    Examples
    --------
    >>> verdict_lines({"C1": Verdict("refuted", "opposite", setting="2 cal-s"), "C10": Verdict("supported")})
    ['C1    refuted (opposite), 2 cal-s', 'C10   supported']
    """
    settings = {
        name: f", {verdict.setting}" if verdict.setting else "" for name, verdict in found.items()
    }
    return [f"{name:<4}  {verdict.words()}{settings[name]}" for name, verdict in found.items()]
