"""Checks of the search space of every cell and level before a sweep starts. They write nothing."""

from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any

from seqmem.core.errors import InputError
from seqmem.study.memorizers.cells import CELLS
from seqmem.study.memorizers.contract import NetworkShape
from seqmem.study.options import options_of_other_cells
from seqmem.sweeps.config.boxes import Box
from seqmem.sweeps.config.search_section import Search
from seqmem.sweeps.config.searched_values import Choices
from seqmem.sweeps.config.section import UNITS_GRID
from seqmem.sweeps.config.sweep_config import SweepConfig


def check_new_space(config: SweepConfig) -> None:
    """Raise `InputError` if the space of a sweep that starts now is not valid.

    Sweeps that were started before these rules are resumed as they are.

    Parameters
    ----------
    config : SweepConfig
        The configuration.
    """
    check_units(config)
    check_cells_have_options(config)


def check_units(config: SweepConfig) -> None:
    """Raise `InputError` if a searched unit count, or a bound of a range, is not on their grid.

    Parameters
    ----------
    config : SweepConfig
        The configuration.

    Raises
    ------
    InputError
        If a bound is off the grid, so that the search would never reach it, or a choice is.
    """
    grid = ", ".join(map(str, UNITS_GRID))
    for place, box in _boxes(config.search):
        units = box.units
        if units is None or units.low == units.high:
            continue
        if isinstance(units, Choices):
            bounds = {f"{place}.units": bound for bound in units.values if bound not in UNITS_GRID}
        else:
            bounds = {f"{place}.units.{end}": getattr(units, end) for end in ("low", "high")}
        for where, bound in bounds.items():
            if bound not in UNITS_GRID:
                raise InputError(
                    f"{where}: {bound} is not on the grid of unit counts; valid: {grid}; "
                    "a single value (low = high) may be any"
                )


def check_cells_have_options(config: SweepConfig) -> None:
    """Raise `InputError` if an option is searched for a cell that does not have it.

    Parameters
    ----------
    config : SweepConfig
        The configuration.
    """
    for level, cell in product(config.strings.levels, config.memorizer.cells):
        search = config.at_level(level).search_of(cell)
        lacking = set(options_of_other_cells(cell))
        for name in search.ranges:
            if name in lacking:
                having = [own for own in CELLS if name not in options_of_other_cells(own)]
                here = [own for own in having if own in config.memorizer.cells]
                raise InputError(
                    f"search.{name}: cell {cell!r} has no {name}; only {', '.join(having)} have "
                    f"it; give it in [search.cells.{(here or having)[0]}], not for all cells"
                )


def check_divisors(config: SweepConfig, cell: str) -> None:
    """Raise `InputError` if a cell cannot have some of the unit counts that are searched.

    Parameters
    ----------
    config : SweepConfig
        The configuration at one level. With ``match``, only the units of its first cell are
        searched.
    cell : str
        Name of the cell.

    Raises
    ------
    InputError
        If units / heads of a Transformer is not even, for any heads that are searched. All such
        unit counts are named.
    """
    if config.memorizer.match and cell != config.memorizer.cells[0]:
        return
    search = config.search_of(cell)
    searched: Sequence[Any] = search.heads.values if search.heads is not None else ()
    for heads in searched or (config.training.heads,):
        shape = NetworkShape(config.strings.alphabet_size, depth=1, units=1, heads=heads)
        divisor = CELLS[cell].units_divisor(shape)
        failing = [units for units in search.units.values if units % divisor]
        if failing:
            listed = ", ".join(map(str, failing))
            with_heads = f" with heads {heads}" if searched else ""
            per_head = " per head" if heads else ""
            raise InputError(
                f"search.units: cell {cell!r} cannot have {listed} units{with_heads}, because it "
                f"needs an even number{per_head}; use multiples of {divisor}"
                f"{' or fewer heads' if searched else ''}"
            )


def _boxes(search: Search) -> Iterator[tuple[str, Search | Box]]:
    """Yield every part of a sweep file that holds searched values, with its name."""
    yield "search", search
    for cell, own in search.cells.items():
        yield f"search.cells.{cell}", own
    for box in search.levels:
        yield f"search.levels (level {box.level})", box
