"""The range of length that follows from the strings: what cannot be decided before them."""

import random
from pathlib import Path

import pytest

from seqmem import sweeps
from seqmem.core.errors import InputError
from seqmem.workflows.compare.run import prepare

GRID = ("search.sampler='grid'", "search.grid={ units = [8], learning_rate = [0.01] }")
SALTELLI = ("search.sampler='saltelli'", "search.rows=4")
ENQUEUE = ("search.enqueue=[{ depth = 1, units = 8, learning_rate = 0.01, batch = 8 }]",)
# The smoke preset gives a number of trials, which follows from the points here.
TRIALS = {GRID: "search.trials=8", SALTELLI: "search.trials=24", ENQUEUE: "search.trials=8"}


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        (GRID, "search.sampler 'grid'"),
        (SALTELLI, "search.sampler 'saltelli'"),
        (ENQUEUE, "search.enqueue"),
    ],
)
def test_points_given_in_advance_need_a_range_of_length(
    settings: tuple[str, ...], named: str
) -> None:
    every = (*settings, TRIALS[settings], "search.space=2", "search.depth={ low = 1, high = 2 }")
    with pytest.raises(InputError) as raised:
        sweeps.load_config("smoke", every)
    message = str(raised.value)
    of_check = message[message.rindex(named) :]
    assert of_check.startswith(f"{named}: give search.length")
    assert of_check.endswith("(level 6, 12)")
    assert len(of_check) <= 200
    assert sweeps.load_config("smoke", ("search.space=2",)).open_levels == [6, 12]


@pytest.mark.parametrize("settings", [GRID, SALTELLI])
def test_given_ranges_of_length_or_windows_leave_nothing_open(settings: tuple[str, ...]) -> None:
    trials = TRIALS[settings]
    space = ("search.space=2", "search.depth={ low = 1, high = 2 }")
    for closed in ("search.length=8", "training.protocol='window'"):
        assert sweeps.load_config("smoke", (*settings, trials, *space, closed)).open_levels == []


def test_a_comparison_refuses_them_too(tmp_path: Path) -> None:
    data = tmp_path / "data.txt"
    data.write_text("".join(random.Random(1).choices("ACGT", k=2_000)), encoding="utf-8")
    fixed = ("search.batch=8", "search.depth=1")
    with pytest.raises(InputError, match=r"search.sampler 'saltelli': give search.length"):
        prepare(data, "2 steps", trials=16, length=30, settings=(*SALTELLI, *fixed))
