"""Other numbers of searches for a sweep that has its own at some levels."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from math import ceil

from seqmem.core.errors import InputError
from seqmem.core.validation import validate
from seqmem.sweeps.config.boxes import LevelBox
from seqmem.sweeps.config.sweep_config import SweepConfig

_COUNT = re.compile(r"(?:([0-9]+)=)?([0-9]+)(?:/([0-9]+))?")


def with_searches(config: SweepConfig, counts: Sequence[str]) -> SweepConfig:
    """Return a sweep with other numbers of searches; everything else stays.

    Parameters
    ----------
    config : SweepConfig
        The sweep, not resolved.
    counts : sequence of str
        ``16`` is the number of searches at every level, ``512=16`` at level 512. ``1/2`` is a
        share of the number that the sweep has, rounded up.

    Raises
    ------
    InputError
        If a text has another form, or names a level that the sweep lacks.

    Examples
    --------
    >>> from seqmem.sweeps.config.sweep_file import load_config
    >>> with_searches(load_config("smoke"), ["3"]).search.searches
    3
    """
    for text in counts:
        match = _COUNT.fullmatch(text)
        if match is None:
            raise InputError(f"--searches {text}: valid: a number, LEVEL=NUMBER, or a share as 1/2")
        level = None if match[1] is None else int(match[1])
        number = int(match[2])
        parts = None if match[3] is None else int(match[3])
        if parts is not None and number > parts:
            raise InputError(f"--searches {text}: a share is at most 1, as 1/2")
        if level is not None and level not in config.strings.levels:
            known = ", ".join(map(str, config.strings.levels))
            raise InputError(f"--searches {text}: {config.name} has the levels {known}")
        wanted = {}
        for one in config.strings.levels if level is None else (level,):
            planned = config.at_level(one).search.searches
            wanted[one] = number if parts is None else ceil(planned * number / parts)
        config = _with_counts(config, wanted, f"--searches {text}")
    return config


def _with_counts(config: SweepConfig, counts: Mapping[int, int], where: str) -> SweepConfig:
    """Return the sweep with a number of searches at each of some levels."""
    search = config.search
    everywhere = set(counts.values())
    if counts.keys() == {*config.strings.levels} and len(everywhere) == 1:
        # As if the number stood in the file.
        (general,) = everywhere
        search = search.model_copy(update={"searches": general})
    boxes = []
    for level in config.strings.levels:
        box = search.box_of(level)
        count = counts.get(level, config.at_level(level).search.searches)
        if count != (search.searches if box is None or box.searches is None else box.searches):
            checked = validate(LevelBox, {"level": level, "searches": count}, where)
            update = {"searches": checked.searches}
            box = checked if box is None else box.model_copy(update=update)
        if box is not None:
            boxes.append(box)
    return config.model_copy(update={"search": search.model_copy(update={"levels": tuple(boxes)})})
