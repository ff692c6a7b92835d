"""Choosing units so that two cells have equal parameters, or equal FLOPs per symbol."""

from collections.abc import Callable

from seqmem.core.errors import InputError, unknown
from seqmem.study.memorizers.cost import flops_per_symbol, parameter_count

MATCHES: dict[str, Callable[[str, int, int, int], int]] = {
    "flops": flops_per_symbol,
    "parameters": parameter_count,
}
TOLERANCE = 0.05


def match_units(
    by: str, cell: str, reference: str, alphabet_size: int, depth: int, units: int
) -> int:
    """Return the units of a cell that cost the same as ``units`` of a reference cell of equal depth.

    Parameters
    ----------
    by : {"parameters", "flops"}
        What is to be equal: trained parameters, or training FLOPs per symbol.

    Raises
    ------
    InputError
        If no whole number of units comes within 5 %.

    >>> match_units("parameters", "gru", "lstm", alphabet_size=4, depth=1, units=32)
    37
    >>> match_units("flops", "lstm", "gru", alphabet_size=4, depth=1, units=32)
    28
    """
    if by not in MATCHES:
        raise unknown("match", by, MATCHES)
    cost = MATCHES[by]
    wanted = cost(reference, alphabet_size, depth, units)
    found = _closest(lambda count: cost(cell, alphabet_size, depth, count), wanted)
    reached = cost(cell, alphabet_size, depth, found)
    if abs(reached / wanted - 1) > TOLERANCE:
        raise InputError(
            f"match = {by!r}: {units} units of {reference} at depth {depth} have {wanted}; the closest for {cell} is "
            f"{reached} with {found} units, {abs(reached / wanted - 1):.0%} off; at most {TOLERANCE:.0%} is allowed: "
            "use more units"
        )
    return found


def _closest(cost: Callable[[int], int], wanted: int) -> int:
    """Return the argument of a growing function whose value is closest, by bisection; at least 1."""
    low, high = 1, 2
    while cost(high) < wanted:
        high *= 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if cost(middle) <= wanted else (low, middle)
    return min((low, high), key=lambda count: abs(cost(count) - wanted))
