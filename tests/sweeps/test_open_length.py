"""The range of length that follows from the strings: what cannot be decided before them."""

import random
from pathlib import Path

import pandas as pd
import pytest

from seqmem import sweeps
from seqmem.core.errors import InputError
from seqmem.sweeps.config.sweep_config import SweepConfig
from seqmem.sweeps.execution.extending import Extension
from seqmem.sweeps.search.lengths import with_earlier_lengths, with_lengths
from seqmem.sweeps.storage.folder import SweepFolder, refuse_differences
from seqmem.workflows.compare.prepared import prepare
from tests.sweeps.growing import TINY

GRID = ("search.sampler='grid'", "search.grid={ units = [8], learning_rate = [0.01] }")
SALTELLI = ("search.sampler='saltelli'", "search.rows=4")
ENQUEUE = ("search.enqueue=[{ depth = 1, units = 8, learning_rate = 0.01, batch = 8 }]",)
# The smoke preset gives a number of trials, which follows from the points here.
TRIALS = {GRID: "search.trials=8", SALTELLI: "search.trials=24", ENQUEUE: "search.trials=8"}
# The second search of this sweep has a string with a period below 32, the first has none.
SHRINKING = (
    *TINY,
    "strings.levels=[16]",
    "seed=1",
    "search.space=2",
    "search.sampler='sobol'",
    "search.units=4",
    "search.depth=1",
    "search.batch={ low = 4, high = 8 }",
)


def shrinking(searches: int, *settings: str) -> SweepConfig:
    return sweeps.load_config("smoke", (*SHRINKING, f"search.searches={searches}", *settings))


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


@pytest.mark.slow
def test_a_growth_keeps_the_range_of_the_earlier_sweep(tmp_path: Path) -> None:
    assert [with_lengths(shrinking(count)).search.length.high for count in (1, 2)] == [32, 16]
    old, new = tmp_path / "old", tmp_path / "new"
    runs = sweeps.run_sweep(shrinking(1), old).executed
    result = sweeps.run_sweep(shrinking(2), new, extend=old)
    assert (result.executed, result.answered) == (runs, runs)
    assert sweeps.load_config(new / "config.toml").search.length.high == 32
    # In its folder, and resumed there without --extend.
    assert sweeps.run_sweep(shrinking(2), old, extend=True).answered == runs
    assert sweeps.run_sweep(shrinking(2), old).executed == 0
    for folder in (old, new):
        frame = pd.read_parquet(folder / "runs.parquet")
        assert set(frame["search"]) == {0, 1}


def test_only_open_ranges_that_follow_from_strings_are_kept(tmp_path: Path) -> None:
    earlier, larger = with_lengths(shrinking(1)), shrinking(2)
    assert with_earlier_lengths(larger, earlier).search.length == earlier.search.length
    more = shrinking(2, "strings.levels=[12, 16]")
    kept = with_earlier_lengths(more, earlier)
    assert kept.open_levels == [12]
    assert kept.at_level(16).search.length == earlier.search.length
    assert with_lengths(kept).open_levels == []
    given = shrinking(2, "search.length={ low = 8, high = 16 }")
    assert with_earlier_lengths(given, earlier) == given
    for fixed in ("search.length=16", "search.length={ low = 16, high = 32 }"):
        assert with_earlier_lengths(larger, shrinking(1, fixed)) == larger
    assert Extension(False, SweepFolder(tmp_path)).keep_lengths(larger) == larger
    with pytest.raises(InputError, match="holds no sweep that could grow"):
        Extension(True, SweepFolder(tmp_path)).keep_lengths(larger)


def test_another_range_that_follows_from_more_searches_hints_at_growing() -> None:
    earlier, larger = (with_lengths(shrinking(count)).to_dict() for count in (1, 2))
    with pytest.raises(InputError, match=r"length.high: 32 -> 16.*or grow it with --extend$"):
        refuse_differences(earlier, larger, "old")
    shorter = shrinking(1, "search.length={ low = 8, high = 16 }").to_dict()
    with pytest.raises(InputError, match=r"choose another --out or name$"):
        refuse_differences(earlier, shorter, "old")
