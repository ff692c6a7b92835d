"""How many claims have which verdict, and which ones, in words."""

from __future__ import annotations

from collections.abc import Mapping

from seqmem.analysis.claims import CLAIMS
from seqmem.analysis.claims.rules.verdict import REFUTED, SUPPORTED, VERDICTS, Verdict
from seqmem.core.number_formats import counted
from seqmem.workflows.paper.claim_texts import claim_name


def tally(outcomes: Mapping[str, Verdict]) -> list[tuple[str, list[str]]]:
    """Return the names of the claims by verdict, without tags, in the order of `VERDICTS`.

    Parameters
    ----------
    outcomes : mapping of str to Verdict
        Verdicts by the name of the claim.

    Returns
    -------
    list of (str, list of str)
        Verdicts that no claim has are left out.

    Examples
    --------
    >>> tally({"C1": Verdict("inconclusive"), "C2": Verdict("refuted", "opposite")})
    [('refuted', ['C2']), ('inconclusive', ['C1'])]
    """
    by_verdict = [
        (verdict, [name for name, outcome in outcomes.items() if outcome.verdict == verdict])
        for verdict in VERDICTS
    ]
    return [(verdict, names) for verdict, names in by_verdict if names]


def tally_words(outcomes: Mapping[str, Verdict]) -> str:
    """Return the tally as a text, with names of claims without their study.

    Examples
    --------
    >>> refuted = Verdict("refuted")
    >>> tally_words({"C1": Verdict("supported"), "C2": refuted, "C8": refuted})
    'C1 is supported; C2, C8 are refuted'
    """
    return "; ".join(
        f"{', '.join(map(claim_name, names))} {'is' if len(names) == 1 else 'are'} {verdict}"
        for verdict, names in tally(outcomes)
    )


def decided_words(outcomes: Mapping[str, Verdict]) -> str:
    """Return the statements of the claims that are decided, and the number of the others.

    Parameters
    ----------
    outcomes : mapping of str to Verdict
        Verdicts by the label of the claim, of one study.

    Examples
    --------
    >>> decided_words({"C9": Verdict("supported"), "C2": Verdict("inconclusive")})
    'supported: *GRU inference is faster than LSTM inference* (C9); 1 other is not decided'
    >>> decided_words({"C9": Verdict("inconclusive")})
    'none of them is decided'
    """
    told = []
    left = len(outcomes)
    for verdict, labels in tally(outcomes):
        if verdict in (SUPPORTED, REFUTED):
            statements = [
                f"*{CLAIMS[label].statement.rstrip('.')}* ({claim_name(label)})" for label in labels
            ]
            told.append(f"{verdict}: {', '.join(statements)}")
            left -= len(labels)
    if not told:
        return "none of them is decided"
    if left:
        told.append(f"{counted(left, 'other')} {'is' if left == 1 else 'are'} not decided")
    return "; ".join(told)
