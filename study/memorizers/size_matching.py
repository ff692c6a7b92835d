"""Units with which two cells have equal parameters, or equal FLOPs or work per symbol."""

from collections.abc import Callable
from typing import Any

from seqmem.core.errors import InputError, unknown
from seqmem.study.memorizers.cells import CELLS
from seqmem.study.memorizers.contract import NetworkShape
from seqmem.study.memorizers.cost import flops_per_symbol, parameter_count, work_per_symbol

MATCHES: dict[str, Callable[..., int]] = {
    "flops": flops_per_symbol,
    "parameters": parameter_count,
    "work": work_per_symbol,
}
TOLERANCE = 0.05


def match_units(
    by: str,
    cell: str,
    reference: str,
    alphabet_size: int,
    depth: int,
    units: int,
    length: int = 1,
    context: int = 1,
    **variant: Any,
) -> int:
    """Return the units with which a cell costs as much as a reference cell of equal depth.

    Parameters
    ----------
    by : {"parameters", "flops", "work"}
        The cost: trained parameters, or training FLOPs or work per symbol.
    cell, reference : str
        The cell whose units are returned, and the reference cell.
    alphabet_size, depth : int
        Alphabet and layers of both.
    units : int
        Hidden units per layer of the reference cell.
    length, context : int
        Targets of a row of a step, and symbols before the first of them, which attention reads.
    **variant
        The options ``candidate``, ``block`` and ``heads``, for whichever of the cells have them.

    Raises
    ------
    InputError
        If no number of units that the cell can have comes within 5 %.

    Examples
    --------
    >>> match_units("parameters", "gru", "lstm", alphabet_size=4, depth=1, units=32)
    37
    >>> match_units("flops", "lstm", "gru", alphabet_size=4, depth=1, units=32)
    28
    """
    if by not in MATCHES:
        raise unknown("match", by, MATCHES)

    def cost(name: str, count: int) -> int:
        family = CELLS[name]
        own = {option: value for option, value in variant.items() if option in family.options}
        size = alphabet_size, depth, count
        return MATCHES[by](name, *size, row=family.row(length, context), **own)

    wanted = cost(reference, units)
    heads = variant.get("heads")
    divisor = CELLS[cell].units_divisor(NetworkShape(alphabet_size, depth, units, heads=heads))
    matched = divisor * _closest(lambda count: cost(cell, divisor * count), wanted)
    reached = cost(cell, matched)
    error = abs(reached / wanted - 1)
    if error > TOLERANCE:
        raise InputError(
            f"match = {by!r}: {units} units of {reference} at depth {depth} have {wanted} {by}; "
            f"the closest for {cell} is {reached} with {matched} units, {error:.0%} off; "
            f"at most {TOLERANCE:.0%} is allowed: use more units"
        )
    return matched


def _closest(cost: Callable[[int], int], wanted: int) -> int:
    """Return the count, at least 1, for which a growing cost is closest to the wanted one."""
    low = 1
    high = 2
    while cost(high) < wanted:
        high *= 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if cost(middle) <= wanted else (low, middle)
    return min((low, high), key=lambda count: abs(cost(count) - wanted))
