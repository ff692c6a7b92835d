"""Choose the cell to use: the better one, or the cheapest of cells that are shown to be equal."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from seqmem.analysis.estimators.contrasts import Contrast
from seqmem.study.memorizers.cost import layer_flops
from seqmem.workflows.compare.differences import Difference

FOUND = "difference found"
EQUAL_CELLS = "equal"
UNDECIDED = "undecided"
ONLY_CELL = "only cell"
NO_CELL = "none"
REFUSED = "refused"
# Units at which the layers of cells are compared; the ratio does not depend on them.
LAYER_UNITS = 64


class Choice(NamedTuple):
    """The cell to use, and how far the records decide it.

    Attributes
    ----------
    cell : str or None
        The cell; None without cells, or if the choice is refused.
    decision : str
        "difference found" if it is better than every other cell, "equal" if it is the cheapest of
        cells that are equal within the margins, "undecided" if it is only ahead by estimate,
        "only cell" if there is no other, "none" without cells, "refused" if a budget of time
        compares engines.
    rivals : tuple of str
        If the decision is "equal", the cells that are equal to it. If it is "undecided", the cells
        that may be better.
    """

    cell: str | None
    decision: str
    rivals: tuple[str, ...] = ()


def choose_cell(cells: Sequence[str], differences: Sequence[Difference]) -> Choice:
    """Return the cell to use, and whether the records decide it.

    First, every cell is dropped that memorizes less than another. Then every remaining cell is
    dropped that is slower than another one that is shown to recall as much. If several remain, the
    one that recalls most by estimate leads. The cells that are shown to recall as much as the
    leader are compared by time in the same way. Of cells that are shown to be equal in both, the
    cheapest is chosen: its layers have the fewest weights, and so FLOPs, at equal units.

    Parameters
    ----------
    cells : sequence of str
        Cells with verdict runs.
    differences : sequence of Difference
        Differences of pairs of them.

    Returns
    -------
    Choice
        The cell and the decision. Without an interval, the choice is undecided.

    Examples
    --------
    >>> choose_cell(["lstm", "gru"], [])
    Choice(cell='gru', decision='undecided', rivals=('lstm',))
    """
    if len(cells) < 2:
        return Choice(next(iter(cells), None), ONLY_CELL if cells else NO_CELL)
    left = _unbeaten(cells, differences)
    if len(left) == 1:
        return Choice(left[0], FOUND)
    alike = _leaders(left, differences, lambda one: one.fraction, lambda one: one.equal_recall)
    equal = _leaders(alike, differences, lambda one: one.rho, lambda one: one.equal_time)
    cell = min(equal, key=_cost)
    others = [other for other in left if other != cell]
    undecided = [
        other
        for other in others
        if not any(one.equal for one in _between(differences, cell, other))
    ]
    return Choice(cell, UNDECIDED if undecided else EQUAL_CELLS, tuple(undecided or others))


def _unbeaten(cells: Sequence[str], differences: Sequence[Difference]) -> list[str]:
    """Return the cells that no other beats in recall, or in time at a recall shown to be equal."""
    left = _without(cells, [one.other(one.more) for one in differences if one.more])
    beaten = [
        one.other(one.sooner)
        for one in differences
        if one.sooner and one.equal_recall and set(one.cells) <= set(left)
    ]
    return _without(left, beaten)


def _without(cells: Sequence[str], beaten: Sequence[str]) -> list[str]:
    """Return the cells that are not beaten; all of them if each is."""
    return [cell for cell in cells if cell not in beaten] or list(cells)


def _leaders(
    cells: Sequence[str],
    differences: Sequence[Difference],
    contrast_of: Callable[[Difference], Contrast],
    is_equal: Callable[[Difference], bool],
) -> list[str]:
    """Return the cell that is ahead by estimate, and the cells that are shown to be equal to it."""

    def lead(cell: str) -> float:
        own = [one for one in differences if cell in one.cells and set(one.cells) <= set(cells)]
        estimates = [
            contrast_of(one).estimate if cell == one.first else -contrast_of(one).estimate
            for one in own
        ]
        return sum(estimate for estimate in estimates if estimate == estimate)

    leader = min(cells, key=lambda cell: (-lead(cell), *_cost(cell)))
    return [
        cell
        for cell in cells
        if cell == leader or any(is_equal(one) for one in _between(differences, cell, leader))
    ]


def _between(differences: Sequence[Difference], first: str, second: str) -> list[Difference]:
    return [one for one in differences if set(one.cells) == {first, second}]


def relative_cost(cell: str, other: str) -> float:
    """Return the FLOPs of a cell's layers over those of another, at equal units.

    Examples
    --------
    >>> relative_cost("gru", "lstm")
    0.75
    """
    return layer_flops(cell, LAYER_UNITS) / layer_flops(other, LAYER_UNITS)


def _cost(cell: str) -> tuple[int, str]:
    return layer_flops(cell, LAYER_UNITS), cell
