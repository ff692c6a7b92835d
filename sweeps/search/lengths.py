"""The longest training length of a search: no step is longer than the shortest string's period."""

from collections.abc import Mapping
from typing import Any

from seqmem.study.calibration.table import CostTable
from seqmem.sweeps.config.boxes import LevelBox
from seqmem.sweeps.config.searched_values import PowersRange, log2
from seqmem.sweeps.config.sweep_config import SweepConfig
from seqmem.sweeps.search.strings import strings_of

SHORTEST_LENGTH = 8


def with_lengths(config: SweepConfig) -> SweepConfig:
    """Return the configuration with a range of ``length`` at every level that searches it.

    The range holds the powers of two from 8 to the largest one that is not above the shortest
    period of the level's strings, in every role and search. With a budget in ``cal-s``, none is
    longer than the steps of the cost table. So all searches of a level have one range, whatever
    the shard, and no point is dropped or clipped.

    Parameters
    ----------
    config : SweepConfig
        The configuration. Ranges that it gives are kept.

    Raises
    ------
    InputError
        If a string cannot be made.
    """
    return _with_ranges(config, {level: _lengths(config, level) for level in config.open_levels})


def with_earlier_lengths(config: SweepConfig, earlier: SweepConfig) -> SweepConfig:
    """Return a configuration with the ranges of ``length`` of a sweep that it is grown from.

    More searches have more strings, and so perhaps a shorter shortest period. The points of a
    search depend on the range, so a growth keeps the earlier one: points are neither dropped nor
    clipped, and a step may be longer than the period of a new string.

    Parameters
    ----------
    config : SweepConfig
        The larger configuration. Ranges that it gives are kept.
    earlier : SweepConfig
        The configuration of the earlier sweep, as it is stored.

    Returns
    -------
    SweepConfig
        Levels that the earlier sweep lacks stay open, and those where it has a range that does not
        follow from strings.
    """
    shared = [level for level in config.open_levels if level in earlier.strings.levels]
    ranges = {level: earlier.at_level(level).search.length for level in shared}
    return _with_ranges(
        config,
        {
            level: values
            for level, values in ranges.items()
            if isinstance(values, PowersRange)
            and values.powers_of_two
            and values.low == SHORTEST_LENGTH
        },
    )


def longest_length(period: int, calibrated: int | None = None) -> int:
    """Return the high end of the range of ``length`` for strings of a shortest period.

    Parameters
    ----------
    period : int
        The shortest period.
    calibrated : int, optional
        The longest step of the cost table, if the budget needs one.

    Examples
    --------
    >>> longest_length(100), longest_length(64), longest_length(5), longest_length(9000, 256)
    (64, 64, 8, 256)
    """
    longest = period if calibrated is None else min(period, calibrated)
    return max(SHORTEST_LENGTH, 1 << log2(longest))


def _lengths(config: SweepConfig, level: int) -> PowersRange:
    searches = config.at_level(level).search.searches
    shortest = min(
        string.period
        for search in range(searches)
        for strings in strings_of(config, level, search).values()
        for string in strings
    )
    table = config.training.resolved_costs(config.memorizer.cells).get("cost_table")
    calibrated = table.ranges["length"][1] if isinstance(table, CostTable) else None
    high = longest_length(shortest, calibrated)
    return PowersRange(low=SHORTEST_LENGTH, high=high, powers_of_two=True)


def _with_ranges(config: SweepConfig, ranges: Mapping[int, PowersRange]) -> SweepConfig:
    """Return the configuration with ranges of ``length`` at some levels."""
    if not ranges:
        return config
    if len(config.strings.levels) == 1:
        update: dict[str, Any] = {"length": ranges[config.strings.levels[0]]}
    else:
        update = {"levels": _boxes(config, ranges)}
    return config.model_copy(update={"search": config.search.model_copy(update=update)})


def _boxes(config: SweepConfig, ranges: Mapping[int, PowersRange]) -> tuple[LevelBox, ...]:
    """Return the tables of levels in the order of the levels, with their ranges of length."""
    boxes = []
    for level in config.strings.levels:
        box = config.search.box_of(level)
        if level in ranges:
            box = (box or LevelBox(level=level)).model_copy(update={"length": ranges[level]})
        if box is not None:
            boxes.append(box)
    return tuple(boxes)
