"""Checks of the section ``[search]``: enqueued configurations, grids, boxes and counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import TYPE_CHECKING, Any

from seqmem.core.errors import InputError, unknown
from seqmem.study.declaration import declared_options
from seqmem.study.options import RunOptions
from seqmem.sweeps.config.boxes import check_positive
from seqmem.sweeps.config.searched_values import Searched

if TYPE_CHECKING:
    from seqmem.sweeps.config.search_section import Search

MOST_TRIALS = 100_000
_SHOWN_LEVELS = 4


def check_cells(search: Search) -> None:
    """Raise `InputError` if the searched values of single cells are not valid.

    Parameters
    ----------
    search : Search
        The section.
    """
    for cell, box in search.cells.items():
        check_positive(box, f"cells.{cell}.")
        for name in box.given:
            # What only some cells have may be searched for them alone.
            if name not in search.ranges and not _is_of_some_cells(name):
                raise InputError(f"cells.{cell}: {unknown('searched option', name, search.ranges)}")
    if search.cells and (search.enqueue or search.sampler == "grid"):
        given = "enqueue" if search.enqueue else "sampler 'grid'"
        raise InputError(
            f"cells: {given} gives all cells the same configurations; leave cells or that out"
        )


def _is_of_some_cells(name: str) -> bool:
    """Return whether an option is one that some cells do not have."""
    conditions = declared_options(RunOptions)[name].option.only_with
    return any(needs.option == "cell" for needs in conditions)


def check_levels(search: Search) -> None:
    """Raise `InputError` if a table of ``[[search.levels]]`` is not valid.

    Parameters
    ----------
    search : Search
        The section.
    """
    levels = [box.level for box in search.levels]
    for box in search.levels:
        if levels.count(box.level) > 1:
            raise InputError(f"levels: level {box.level} is named twice; join its tables")
        where = f"levels, level {box.level}: "
        check_positive(box, where)
        try:
            own = search.of_level(box.level)
            check_enqueued(own.enqueue, own.ranges)
            check_grid(own)
            check_rows(own)
        except InputError as error:
            raise InputError(f"{where}{error}") from None
        if own.trials != search.trials:
            raise InputError(
                f"{where}its points need {own.trials} trials, those of other levels "
                f"{search.trials}; give all levels as many points"
            )


def check_enqueued(entries: Sequence[Mapping[str, Any]], ranges: Mapping[str, Searched]) -> None:
    """Raise `InputError` if enqueued configurations do not lie in the search space.

    Parameters
    ----------
    entries : sequence of mapping
        Values by option.
    ranges : mapping of str to Range or Choices
        The searched options.
    """
    for index, entry in enumerate(entries):
        where = f"enqueue, entry {index + 1}"
        for name, value in entry.items():
            if name not in ranges:
                raise InputError(f"{where}: {unknown('name', name, ranges)}")
            _check_value(f"{where}: {name}", value, ranges[name])
        missing = ", ".join(name for name in ranges if name not in entry)
        if missing:
            raise InputError(
                f"{where}: {missing} missing; give a value to everything that is searched"
            )
        if entry in entries[:index]:
            raise InputError(f"{where}: the same as entry {entries.index(entry) + 1}")


def check_grid(search: Search) -> None:
    """Raise `InputError` if the values of a grid, or their number, are not valid.

    Parameters
    ----------
    search : Search
        The section. Its number of trials is filled in if it was not given.
    """
    if search.sampler != "grid":
        if search.grid:
            raise InputError(
                f"grid: values are only for the sampler 'grid', but the sampler is "
                f"{search.sampler!r}"
            )
        return
    for name, given in search.grid.items():
        _check_values(name, given, search.ranges)
    for name, values in search.grid_values.items():
        if not values:
            example = f"grid = {{ {name} = [{search.ranges[name].low}] }}"
            raise InputError(f"grid: {name} has no values; example: {example}")
    points = prod(map(len, search.grid_values.values()))
    enqueued = f", {len(search.enqueue)} are enqueued" if search.enqueue else ""
    _check_trials(search, points + len(search.enqueue), f"the grid has {points} points{enqueued}")


def check_rows(search: Search) -> None:
    """Raise `InputError` if the base rows of the sampler ``saltelli`` are not valid.

    Parameters
    ----------
    search : Search
        The section. Its number of trials is filled in if it was not given.
    """
    if search.sampler != "saltelli":
        if search.rows is not None:
            raise InputError(
                f"rows {search.rows}: only the sampler 'saltelli' has rows, not {search.sampler!r}"
            )
        return
    rows = search.rows
    if rows is None:
        raise InputError("rows: missing; the sampler 'saltelli' needs a power of two, such as 256")
    if rows & (rows - 1):
        below = 1 << (rows.bit_length() - 1)
        raise InputError(f"rows {rows}: must be a power of two; use {below} or {2 * below}")
    if search.enqueue:
        raise InputError("enqueue: the sampler 'saltelli' takes no other points; leave it out")
    varied = {cell: search.of_cell(cell).varied for cell in search.cells} | {"": search.varied}
    for cell, names in varied.items():
        if names != search.varied:
            raise InputError(
                f"cells.{cell}: the sampler 'saltelli' needs the same searched options for all "
                f"cells, but these differ: {', '.join(sorted({*names} ^ {*search.varied}))}"
            )
    if len(search.varied) < 2:
        raise InputError("the sampler 'saltelli' needs at least two options with several values")
    explanation = f"{rows} rows x ({len(search.varied)} searched options + 2) are needed"
    _check_trials(search, rows * (len(search.varied) + 2), explanation)


def check_open_length(search: Search, levels: Sequence[int]) -> None:
    """Raise `InputError` if points are given in advance while the range of ``length`` is open.

    The points of the samplers ``grid`` and ``saltelli``, and enqueued ones, have a value for
    everything that is searched, but an open range follows only from the strings.

    Parameters
    ----------
    search : Search
        The section.
    levels : sequence of int
        The levels at which the range of ``length`` is open.
    """
    if not levels or not (search.sampler in ("grid", "saltelli") or search.enqueue):
        return
    given = "enqueue" if search.enqueue else f"sampler {search.sampler!r}"
    listed = ", ".join(map(str, levels[:_SHOWN_LEVELS]))
    more = f" and {len(levels) - _SHOWN_LEVELS} more" if len(levels) > _SHOWN_LEVELS else ""
    raise InputError(
        f"search.{given}: give search.length, such as {{ low = 8, high = 64 }}, or length in "
        "search.levels; with space = 2 it is open until the strings are made "
        f"(level {listed}{more})"
    )


def check_counts(search: Search) -> None:
    """Raise `InputError` if the numbers of trials and finalists do not fit each other.

    Parameters
    ----------
    search : Search
        The section. The number of finalists is filled in if it was not given.
    """
    search.fill("finalists", min(search.finalists, search.trials))
    if search.finalists > search.trials:
        raise InputError(f"finalists {search.finalists} is greater than trials {search.trials}")
    if max(search.first_generation, len(search.enqueue)) <= search.trials:
        return
    enqueued = f"{len(search.enqueue)} enqueued configurations"
    if search.sampler != "tpe":
        raise InputError(f"{enqueued} are more than trials {search.trials}")
    if search.enqueue:
        raise InputError(
            f"{enqueued} and startup {search.startup} are more than trials {search.trials}"
        )
    raise InputError(f"startup {search.startup} is greater than trials {search.trials}")


def _check_trials(search: Search, required: int, explanation: str) -> None:
    """Fill in the number of trials that follows from the points, or compare it with them."""
    if required > MOST_TRIALS:
        raise InputError(f"{explanation}; at most {MOST_TRIALS} trials are possible")
    search.fill("trials", required)
    if search.trials != required:
        raise InputError(
            f"trials {search.trials} given, but {explanation}; "
            f"give trials = {required} or leave it out"
        )


def _check_values(name: str, values: Sequence[Any], ranges: Mapping[str, Searched]) -> None:
    if name not in ranges:
        raise InputError(f"grid: {unknown('name', name, ranges)}")
    for value in values:
        _check_value(f"grid: {name}", value, ranges[name])
    if len(set(values)) < len(values):
        raise InputError(f"grid: {name}: a value is given twice")


def _check_value(where: str, value: Any, searched: Searched) -> None:
    try:
        searched.check(value)
    except InputError as error:
        raise InputError(f"{where}: {error}") from None
