"""The box that a comparison searches: learning rates and sizes that suit the strings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from seqmem.study.memorizers.cells import CELLS

# For comparisons with other cells than `PLAIN_CELLS`, and for those that were begun before boxes
# followed the level.
WIDE_BOX: dict[str, Any] = {
    "depth": {"low": 1, "high": 2},
    "units": {"low": 4, "high": 128},
    "learning_rate": {"low": 1e-3, "high": 0.3, "log": True},
}
# Small steps learn most within a budget that charges computation.
SMALL_STEPS: dict[str, Any] = {
    "batch": {"low": 8, "high": 16, "powers_of_two": True},
    "length": {"low": 8, "high": 32, "powers_of_two": True},
}


class LevelRule(NamedTuple):
    """Ranges for strings up to a level.

    Attributes
    ----------
    below : float
        The ranges hold for levels below this number of LZW codes.
    units : tuple of int
        Smallest and largest number of units.
    learning_rate : tuple of float
        Smallest and largest learning rate.
    """

    below: float
    units: tuple[int, int]
    learning_rate: tuple[float, float]


# The cells for whose good points the rules below were measured (docs/methods.md).
PLAIN_CELLS = ("lstm", "gru", "rnn")

# The winners of study 1 need more units and smaller learning rates at higher levels. Every range
# holds several unit counts on either side of them, and one decade of rates.
LEVEL_RULES = (
    LevelRule(40, (4, 48), (0.01, 0.1)),
    LevelRule(200, (8, 64), (0.006, 0.06)),
    LevelRule(float("inf"), (16, 128), (0.003, 0.03)),
)


def level_rule(level: int) -> LevelRule:
    """Return the ranges for strings of a level.

    Parameters
    ----------
    level : int
        LZW codes of the strings.

    Examples
    --------
    >>> level_rule(64).units, level_rule(2048).units
    ((8, 64), (16, 128))
    """
    return next(rule for rule in LEVEL_RULES if level < rule.below)


def box_of_level(level: int, unit: str, longest: int) -> dict[str, Any]:
    """Return the box of a comparison.

    Parameters
    ----------
    level : int
        LZW codes of the strings.
    unit : str
        Unit of the budget. Steps cost the same whatever their size, so with a budget in steps batch
        and length have the ranges of the new space.
    longest : int
        High end of the range of length that the strings allow.

    Examples
    --------
    >>> box = box_of_level(64, "cal-s", 64)
    >>> box["learning_rate"]["high"], box["batch"]["high"], box["length"]["high"]
    (0.06, 16, 32)
    """
    rule = level_rule(level)
    units, rates = ({"low": low, "high": high} for low, high in rule[1:])
    box = WIDE_BOX | {"units": units, "learning_rate": {**rates, "log": True}}
    if unit == "steps":
        return box
    length = SMALL_STEPS["length"] | {"high": min(longest, SMALL_STEPS["length"]["high"])}
    return box | SMALL_STEPS | {"length": length}


def own_ranges(cells: Sequence[str]) -> dict[str, Any]:
    """Return the ranges of those cells that have their own, by cell.

    Parameters
    ----------
    cells : sequence of str
        Names of the cells; unknown ones are refused later.

    Examples
    --------
    >>> own_ranges(["lstm", "transformer"])
    {'transformer': {'learning_rate': {'low': 0.0003, 'high': 0.03, 'log': True}}}
    """
    return {
        cell: {
            name: WIDE_BOX[name] | {"low": low, "high": high}
            for name, (low, high) in CELLS[cell].own_ranges.items()
        }
        for cell in cells
        if cell in CELLS and CELLS[cell].own_ranges
    }


def widened(box: dict[str, Any], cells: Sequence[str]) -> dict[str, Any]:
    """Return a box with the ranges that some cells need, the same for every cell.

    Parameters
    ----------
    box : dict
        Ranges by option.
    cells : sequence of str
        Names of the cells; unknown ones are refused later.

    Examples
    --------
    >>> [widened(WIDE_BOX, ["lstm", cell])["depth"] for cell in ("gru", "mingru")]
    [{'low': 1, 'high': 2}, {'low': 1, 'high': 4}]
    """
    space = {name: dict(interval) for name, interval in box.items()}
    for cell in cells:
        for name, (low, high) in CELLS[cell].ranges.items() if cell in CELLS else ():
            space[name]["low"] = min(low, space[name]["low"])
            space[name]["high"] = max(high, space[name]["high"])
    return space
