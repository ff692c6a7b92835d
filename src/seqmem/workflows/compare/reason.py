"""The sentence that says which cell to use, why, and what would decide an open choice."""

from __future__ import annotations

from collections.abc import Sequence

from seqmem.analysis.claims.rules.time_ratio_parts import RATIO_MARGIN
from seqmem.study.memorizers.cells import cell_title
from seqmem.workflows.compare.choice import EQUAL_CELLS, FOUND, ONLY_CELL, Choice, relative_cost
from seqmem.workflows.compare.differences import RECALL_MARGIN, Difference
from seqmem.workflows.compare.needed_searches import MOST_SEARCHES, searches_to_decide
from seqmem.workflows.compare.sentences import cell_names, excluded_line, times_of, times_text


def reason(choice: Choice, differences: Sequence[Difference], strings_per_search: int) -> str:
    """Return the chosen cell and why it was chosen.

    Parameters
    ----------
    choice : Choice
        The choice, with a cell.
    differences : sequence of Difference
        Differences of every two cells.
    strings_per_search : int
        Different strings that each search uses.

    Returns
    -------
    str
        A clause to stand after "conclusion:".
    """
    cell = choice.cell or ""
    name = cell_title(cell)
    if choice.decision == ONLY_CELL:
        return f"{name} is the only cell with verdict runs that did not fail"
    own = [one for one in differences if cell in one.cells]
    if choice.decision == FOUND:
        return f"{name}: {_advantages(own, cell)}"
    rivals = cell_names(choice.rivals)
    between = [one for one in own if one.other(cell) in choice.rivals]
    if choice.decision == EQUAL_CELLS:
        percent = f"{100 * RECALL_MARGIN:g} % of a string"
        margins = f"{percent} and a factor of {times_text(2**RATIO_MARGIN)} in time"
        return f"{name} and {rivals} are equal within {margins}; {_cost(cell, choice.rivals)}"
    leads = _joined([_lead(one, cell) for one in between]) or f"nothing separates it from {rivals}"
    return (
        f"undecided between {cell_names([cell, *choice.rivals])}; {name} is recommended: {leads}; "
        f"{excluded_line(between)}; {_needed(between, strings_per_search)}"
    )


def _joined(leads: Sequence[str]) -> str:
    """Return clauses as a list in a sentence."""
    return " and ".join(filter(None, [", ".join(leads[:-1]), *leads[-1:]]))


def _lead(difference: Difference, cell: str) -> str:
    """Return in what a cell is ahead of the other one by estimate, and whether it is slower."""
    other = difference.other(cell)
    name = cell_title(other)
    sign = 1.0 if cell == difference.first else -1.0
    more = sign * difference.fraction.estimate
    octaves = sign * difference.rho.estimate
    slower = f", but {name} reaches the same recall faster" if difference.sooner == other else ""
    if more > 0 and not difference.equal_recall:
        return f"it recalls {100 * more:.1f} % more of a string than {name} by estimate{slower}"
    if octaves > 0 and not difference.equal_time:
        doubt = "" if difference.sooner else " by estimate"
        times = times_text(times_of(octaves))
        return f"it reaches the same recall {times} times as fast as {name}{doubt}"
    cheaper = f", and {_cost(cell, [other])}" if relative_cost(cell, other) < 1 else ""
    what = " in recall" if slower else ""
    return f"it is not behind {name}{what} by estimate{cheaper}{slower}"


def _needed(differences: Sequence[Difference], strings_per_search: int) -> str:
    """Return what it would take to decide."""
    if not any(one.bits.freedom >= 1 for one in differences):
        return (
            "to decide, at least 2 searches are needed (--searches, with --extend or another --out)"
        )
    searches = searches_to_decide(differences)
    if searches is None:
        return f"more than {MOST_SEARCHES:,} searches would be needed to decide, if estimates hold"
    strings = f"{searches * strings_per_search:,} different strings"
    return (
        f"to decide, about {searches} searches are needed if estimates hold "
        f"(--searches {searches}, {strings}, with --extend or another --out)"
    )


def _advantages(differences: Sequence[Difference], cell: str) -> str:
    more = [one.other(cell) for one in differences if one.more == cell]
    sooner = [one.other(cell) for one in differences if one.sooner == cell]
    sooner = [other for other in sooner if other not in more]
    reasons = [f"it memorizes more than {cell_names(more)}"] if more else []
    reasons += [f"it reaches the same recall faster than {cell_names(sooner)}"] if sooner else []
    return " and ".join(reasons) or "another cell is better than each of the others"


def _cost(cell: str, others: Sequence[str]) -> str:
    ratios = [f"{relative_cost(cell, other):.2g} of {cell_title(other)}'s" for other in others]
    return (
        f"{cell_title(cell)} is cheaper "
        f"(at equal units, the weights and FLOPs of its layers are {', '.join(ratios)})"
    )
