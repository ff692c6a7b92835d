"""Any option in the search space: ranges, powers of two, choices, and the space of new sweeps."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from seqmem import sweeps
from seqmem.core.errors import InputError
from seqmem.core.validation import validate
from seqmem.study import kernels
from seqmem.sweeps.config.conditions import search_keys
from seqmem.sweeps.config.search_section import Search
from seqmem.sweeps.config.searched_values import PowersRange
from seqmem.sweeps.config.section import IntegerRange, Range
from seqmem.sweeps.config.sweep_config import SweepConfig
from seqmem.sweeps.execution.preparation import check_runs
from seqmem.sweeps.execution.space_checks import check_new_space
from seqmem.sweeps.execution.start_checks import context_warning
from seqmem.sweeps.search.extremes import extremes
from seqmem.sweeps.search.lengths import with_lengths
from seqmem.sweeps.search.points import sobol_parameters
from seqmem.sweeps.search.space import decode, distributions, encode
from seqmem.sweeps.search.strings import strings_of
from seqmem.sweeps.search.suggestions import suggest
from tests.sweeps.driver import at_moment

needs_kernels = pytest.mark.skipif(
    not kernels.available(), reason="the fused kernels are not installed"
)
SOBOL = ("search.sampler='sobol'", "search.trials=8", "search.finalists=1")
ATTENTION = ("memorizer.cells=['gru', 'transformer']",)
EVERYTHING = {
    "batch": {"low": 8, "high": 64, "powers_of_two": True},
    "length": {"low": 16, "high": 128, "powers_of_two": True},
    "gradient_clip": [0.25, 1.0, float("inf")],
    "weight_decay": {"low": 0.0, "high": 0.1},
    "dropout": [0.0, 0.5],
    "heads": [1, 2, 4],
    "context": {"low": 16, "high": 64, "powers_of_two": True},
    "optimizer": ["adam", "sgd"],
    "learning_rate_schedule": ["constant", "cosine 2000 steps"],
    "block": [False, True],
}


def config_of(*settings: str) -> SweepConfig:
    return sweeps.load_config("smoke", settings)


def points_of(config: SweepConfig, cell: str = "gru") -> dict[int, list[dict[str, Any]]]:
    """Return the options of the points of the first search of a cell, by level."""
    return {
        key.condition.level: [
            decode(config.at_level(key.condition.level).search_of(cell), point)
            for point in suggest(config, key, 0, [])
        ]
        for key in search_keys(config)
        if key.condition.cell == cell and key.search == 0
    }


def check_start(config: SweepConfig) -> None:
    """Make the checks that come before the first run."""
    check_new_space(config)
    check_runs(config.resolved(), list(search_keys(config)))


def test_powers_of_two_have_equal_shares_and_stay_in_order() -> None:
    search = Search(batch={"low": 8, "high": 64, "powers_of_two": True}, length=[16, 64, 32, 128])
    points = [decode(search, point) for point in sobol_parameters(search, 256, seed=1)]
    assert Counter(point["batch"] for point in points) == dict.fromkeys((8, 16, 32, 64), 64)
    assert Counter(point["length"] for point in points) == dict.fromkeys((16, 32, 64, 128), 64)
    raw = sobol_parameters(search, 256, seed=1)
    assert {
        (point["batch_log2"], own["batch"]) for point, own in zip(raw, points, strict=True)
    } == {(exponent, 2**exponent) for exponent in (3, 4, 5, 6)}
    assert {
        (point["length_index"], own["length"]) for point, own in zip(raw, points, strict=True)
    } == {(0, 16), (1, 32), (2, 64), (3, 128)}


def test_names_have_equal_shares() -> None:
    search = Search(optimizer=["adam", "adamw", "sgd"], block=[False, True])
    points = [decode(search, point) for point in sobol_parameters(search, 384, seed=3)]
    assert Counter(point["optimizer"] for point in points) == pytest.approx(
        dict.fromkeys(("adam", "adamw", "sgd"), 128), abs=8
    )
    assert Counter(point["block"] for point in points) == {False: 192, True: 192}


def test_every_option_survives_a_round_trip_and_lies_in_its_distribution() -> None:
    search = Search(**EVERYTHING)
    space = distributions(search)
    for point in sobol_parameters(search, 64, seed=2):
        assert encode(search, decode(search, point)) == point
        assert all(
            space[name]._contains(space[name].to_internal_repr(v)) for name, v in point.items()
        )


def test_new_options_leave_the_points_of_the_old_space_as_they_were() -> None:
    """A range of all whole numbers keeps its parameter, and one of powers is another."""
    old = Search(batch={"low": 8, "high": 64, "log": True})
    assert list(distributions(old)) == ["depth", "units_index", "learning_rate", "batch"]
    assert "powers_of_two" not in old.model_dump()["batch"]


def test_a_sweep_with_every_kind_of_value_is_stored_and_read_as_it_was() -> None:
    search = Search(**EVERYTHING, space=2, levels=[{"level": 6, "units": [4, 8], "tune": 2}])
    config = config_of(*ATTENTION).model_copy(update={"search": search})
    again = validate(SweepConfig, tomllib.loads(config.to_toml()))
    assert again == config
    assert again.to_dict() == config.to_dict()
    assert again.search.gradient_clip.values == (0.25, 1.0, float("inf"))


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("search.optimizer=['adam', 'sgdd']", "unknown optimizer 'sgdd'; did you mean 'sgd'"),
        ("search.optimizer=['adam', 'adam']", "optimizer: choice 'adam' is given twice"),
        ("search.optimizer={low=1, high=2}", "must be a list of choices, or one of them"),
        ("search.optimizer=[]", "optimizer.choices: [] given; must be a list of at least one"),
        ("search.learning_rate_schedule=['cosin 9 steps']", "did you mean 'cosine'"),
        ("search.batch=[8, 'many']", "batch: choices 8, 'many' mix names and numbers"),
        ("search.batch=[0]", "batch: 0 given; input should be greater than or equal to 1"),
        (
            "search.batch={low=8, high=48, powers_of_two=true}",
            "48 is not a power of two; use 32 or 64",
        ),
        ("search.batch={low=8, high=64, powers=true}", "unknown key 'search.batch.powers'"),
        ("search.gradient_clip=[0.0, 1.0]", "gradient_clip: 0.0 given"),
        ("search.space=3", "search.space: 3 given; input should be 1 or 2"),
        ("search.rows=64", "rows 64: only the sampler 'saltelli' has rows, not 'tpe'"),
    ],
)
def test_bad_values_are_refused_when_they_are_read(setting: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        config_of(setting)
    assert message in str(caught.value)
    assert len(str(caught.value)) <= 300


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            (*ATTENTION, "search.cells={transformer={heads=[1, 4]}}", "search.units=[8, 12]"),
            "cell 'transformer' cannot have 12 units with heads 4, because it needs an even number "
            "per head; use multiples of 8 or fewer heads",
        ),
        pytest.param(
            ("training.engine='fused'", "search.dropout={low=0.0, high=0.5}"),
            "dropout 0.5: only engine 'torch' has it, not 'fused'",
            marks=needs_kernels,
        ),
        (
            ("search.forget_bias={low=0.0, high=2.0}",),
            "search.forget_bias: cell 'gru' has no forget_bias; only bilstm, lstm, mingru, minlstm "
            "have it; give it in [search.cells.lstm], not for all cells",
        ),
        (("search.heads=[1, 2]",), "search.heads: cell 'lstm' has no heads"),
        (
            ("search.optimizer=['adam', 'sgd']", "search.momentum=[0.0, 0.9]"),
            "momentum 0.9: only optimizer 'sgd' has it, not 'adam'",
        ),
        (("search.units=[8, 20]",), "search.units: 20 is not on the grid of unit counts"),
        (
            ("search.levels=[{ level = 6, units = { low = 4, high = 20 } }]",),
            "search.levels (level 6).units.high: 20 is not on the grid",
        ),
    ],
)
def test_impossible_spaces_are_refused_before_the_first_run(
    settings: tuple[str, ...], message: str
) -> None:
    with pytest.raises(InputError) as caught:
        check_start(config_of(*settings))
    assert message in str(caught.value)
    assert len(str(caught.value)) <= 300


def test_every_preset_can_start() -> None:
    for name in sweeps.preset_names():
        for config in sweeps.load_configs(name):
            check_new_space(config)


def test_an_option_of_one_cell_is_searched_for_it_alone_at_the_same_points() -> None:
    config = config_of(*SOBOL, "search.cells={lstm={forget_bias={low=0.0, high=2.0}}}")
    check_start(config)
    lstm, gru = points_of(config, "lstm")[6], points_of(config, "gru")[6]
    assert {bias for point in lstm if (bias := point.pop("forget_bias")) <= 2.0}
    assert lstm == gru


@needs_kernels
def test_dropout_that_is_searched_needs_torch_for_the_cells_that_search_it() -> None:
    plain = config_of("search.dropout=0.0", "search.levels=[{level=12, dropout=[0.0, 0.5]}]")
    assert set(plain.resolved_engines().values()) == {"torch"}
    one = config_of("search.dropout=[0.0]", "search.cells={lstm={dropout=[0.0, 0.5]}}")
    assert one.resolved_engines() == {"lstm": "torch", "gru": "fused"}


@needs_kernels
@pytest.mark.parametrize("fixed", ["[0.0]", "0.0", "{low=0.0, high=0.0}"])
def test_dropout_that_one_level_fixes_leaves_torch_to_the_other_levels(fixed: str) -> None:
    searched = "search.dropout={low=0.0, high=0.5}"
    mixed = config_of("search.depth=2", searched, f"search.levels=[{{level=6, dropout={fixed}}}]")
    assert set(mixed.resolved_engines().values()) == {"torch"}
    check_start(mixed.resolved())
    boxes = ", ".join(f"{{level={level}, dropout={fixed}}}" for level in (6, 12))
    without = config_of("search.depth=2", searched, f"search.levels=[{boxes}]")
    assert set(without.resolved_engines().values()) == {"fused"}
    assert set(config_of(f"search.dropout={fixed}").resolved_engines().values()) == {"fused"}


def test_a_warning_names_the_shortest_context_that_is_searched() -> None:
    config = config_of(*ATTENTION, "search.cells={transformer={context=[1, 64]}}")
    sets = [strings_of(config, level, 0) for level in config.strings.levels]
    warning = context_warning(config, sets)
    assert warning is not None
    assert "strings need more context than 1 symbols" in warning
    assert warning.endswith("set search.context")
    longer = config_of(*ATTENTION, "search.cells={transformer={context=[32, 64]}}")
    assert context_warning(longer, sets) is None


def test_ranges_may_be_given_in_python() -> None:
    search = Search(batch=IntegerRange(low=8, high=11), dropout=Range(low=0.0, high=0.5))
    assert list(search.batch.values) == [8, 9, 10, 11]
    assert search == Search(batch={"low": 8, "high": 11}, dropout={"low": 0.0, "high": 0.5})


def test_extremes_try_every_name_with_every_other_option() -> None:
    tried = extremes(Search(optimizer=["adam", "sgd"], momentum=[0.0, 0.5, 0.9], units=[8, 16]))
    pairs = {(fields["optimizer"], fields["momentum"]) for fields in tried}
    assert pairs == {(name, m) for name in ("adam", "sgd") for m in (0.0, 0.5, 0.9)}
    assert {(fields["depth"], fields["units"]) for fields in tried} == {
        (depth, units) for depth in (1, 2) for units in (8, 16)
    }


@pytest.mark.parametrize(("k", "level"), [(2, 6), (4, 23), (4, 45)])
def test_the_longest_length_follows_from_the_shortest_string_of_the_level(
    k: int, level: int
) -> None:
    settings = (f"strings.alphabet_size={k}", f"strings.levels=[{level}]", "search.searches=3")
    config = with_lengths(config_of("search.space=2", *settings).resolved())
    shortest = min(
        string.period
        for search in range(3)
        for strings in strings_of(config, level, search).values()
        for string in strings
    )
    length = config.search.length
    assert isinstance(length, PowersRange)
    assert length.powers_of_two
    assert length.low == 8
    assert length.high == max(8, 2 ** (shortest.bit_length() - 1))
    assert config.search.batch == PowersRange(low=8, high=64, powers_of_two=True)


def test_no_step_is_longer_than_those_of_the_cost_table() -> None:
    long = ("search.space=2", "strings.alphabet_size=4", "strings.levels=[181]")
    free = with_lengths(config_of(*long).resolved())
    assert free.search.length.high == 256
    longer = with_lengths(config_of(*long, "strings.levels=[256]").resolved())
    assert longer.search.length.high == 512
    budget = ("training.budget='0.1 cal-s'", "strings.levels=[256]")
    calibrated = with_lengths(config_of(*long, *budget).resolved())
    assert calibrated.search.length.high == 256
    check_start(calibrated)


def test_lengths_are_resolved_once_for_each_level_and_stay() -> None:
    config = config_of("search.space=2", "search.levels=[{ level = 12, searches = 2 }]")
    assert config.open_levels == [6, 12]
    resolved = with_lengths(config.resolved())
    assert [(box.level, box.searches, box.length.high) for box in resolved.search.levels] == [
        (6, None, 8),
        (12, 2, 16),
    ]
    again = with_lengths(validate(SweepConfig, tomllib.loads(resolved.to_toml())).resolved())
    assert again.to_dict() == resolved.to_dict()
    with pytest.raises(ValueError, match="open"):
        points_of(config)


def test_ranges_that_are_given_are_kept_in_the_new_space() -> None:
    given = config_of("search.space=2", "search.length={low=8, high=32}", "search.batch=16")
    assert with_lengths(given) == given
    assert given.search.length.values == (8, 16, 32)
    assert list(given.search.batch.values) == [16]
    assert config_of("search.batch={low=8, high=11}").search.batch.values == range(8, 12)


@pytest.mark.parametrize("value", [8, 12])
def test_a_fixed_value_of_the_new_space_is_read_again_as_it_is_stored(value: int) -> None:
    boxes = f"search.levels=[{{ level = 6, length = {value} }}]"
    config = config_of("search.space=2", f"search.batch={value}", boxes)
    again = validate(SweepConfig, tomllib.loads(config.to_toml()))
    assert again == config
    assert again.to_dict() == config.to_dict()
    assert list(again.search.batch.values) == [value]


def test_windows_keep_their_length_in_the_new_space() -> None:
    config = config_of("search.space=2", "training.protocol='window'", "training.length=4")
    assert with_lengths(config).search.length is None


def test_no_point_is_dropped_or_clipped_in_the_new_space() -> None:
    config = with_lengths(config_of("search.space=2", *SOBOL, "search.trials=64").resolved())
    for level, points in points_of(config).items():
        lengths = Counter(point["length"] for point in points)
        values = config.at_level(level).search.length.values
        assert lengths == dict.fromkeys(values, 64 // len(values))


BOXES = (
    "search.levels=[{ level = 6, budget = '12 steps', searches = 2, tune = 2, "
    "units = { low = 4, high = 8 }, depth = 1 }, { level = 12, stop_on_memorized = false }]"
)


@pytest.mark.slow
def test_a_level_has_its_own_box_budget_searches_and_strings(tmp_path: Path) -> None:
    config = config_of("search.space=2", *SOBOL, BOXES)
    result = sweeps.run_sweep(config, tmp_path / "out")
    frame = pd.read_parquet(tmp_path / "out" / "runs.parquet")
    assert result.status.is_done
    assert result.executed == len(frame) == 2 * (2 * (8 * 2 + 1 + 2) + (8 * 1 + 1 + 2))
    of_level = {level: rows for level, rows in frame.groupby("level")}
    assert set(of_level[6]["budget"]) == {"12 steps"}
    assert set(of_level[12]["budget"]) == {"16 steps"}
    assert set(of_level[6]["search"]) == {0, 1}
    assert set(of_level[12]["search"]) == {0}
    assert set(of_level[6]["units"]) <= {4, 8}
    assert set(of_level[6]["depth"]) == {1}
    assert set(of_level[12]["depth"]) == {1, 2}
    assert set(of_level[6]["stop_on_memorized"]) == {True}
    assert set(of_level[12]["stop_on_memorized"]) == {False}
    assert set(of_level[6]["length"]) == {8}
    assert set(of_level[12]["length"]) == {8, 16}
    assert set(of_level[6]["batch"]) == {8, 16, 32, 64}
    again = sweeps.run_sweep(sweeps.load_config(tmp_path / "out" / "config.toml"), tmp_path / "out")
    assert again.executed == 0
    assert sweeps.run_sweep(config, tmp_path / "out").executed == 0


def interrupt() -> None:
    raise KeyboardInterrupt


@pytest.mark.slow
@pytest.mark.parametrize(
    "settings",
    [
        ("search.space=2", "search.optimizer=['adam', 'sgd']", "search.block=[false, true]"),
        ("search.sampler='saltelli'", "search.rows=2", "search.trials=10", "strings.fresh=true"),
    ],
)
def test_interrupted_and_parallel_sweeps_equal_undisturbed_ones(
    settings: tuple[str, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    assert_same_records: Callable[[Path, Path], None],
) -> None:
    cells = ("memorizer.cells=['mingru', 'minlstm']", "search.finalists=2")
    levels = "search.levels=[{ level = 6, searches = 1, tune = 2, budget = '8 steps' }]"
    config = config_of(*cells, *settings, levels)
    sweeps.run_sweep(config, tmp_path / "whole")
    sweeps.run_sweep(config, tmp_path / "two", jobs=2)
    for moment in ("add:4", "write:6", "tell:2"):
        with monkeypatch.context() as patch:
            at_moment(moment, interrupt, patch.setattr)
            with pytest.raises(KeyboardInterrupt):
                sweeps.run_sweep(config, tmp_path / "interrupted")
    sweeps.run_sweep(config, tmp_path / "interrupted")
    assert_same_records(tmp_path / "whole", tmp_path / "two")
    assert_same_records(tmp_path / "whole", tmp_path / "interrupted")


@pytest.mark.parametrize(
    ("levels", "message"),
    [
        ("[{ level = 7 }]", "search.levels, level 7: not a level of the sweep; valid: 6, 12"),
        ("[{ level = 6 }, { level = 6, tune = 2 }]", "levels: level 6 is named twice"),
        ("[{ level = 6, budget = '1 s' }]", "budget '1 s' must have the unit of training.budget"),
        ("[{ level = 6, speed = 2 }]", "unknown key 'search.levels.0.speed'"),
        ("[{ tune = 2 }]", "search.levels.0.level: missing"),
        ("[{ level = 6, learning_rate = 0.0 }]", "level 6: learning_rate: low 0 must be positive"),
        ("[{ level = 6, searches = 0 }]", "searches: 0 given; input should be greater"),
    ],
)
def test_bad_tables_of_levels_are_one_line(levels: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        config_of(f"search.levels={levels}")
    assert message in str(caught.value)
    assert len(str(caught.value)) <= 300


def test_a_level_with_another_number_of_points_is_refused() -> None:
    grid = ("search.sampler='grid'", "search.grid={learning_rate=[0.01]}", "search.trials=8")
    config_of(*grid)
    with pytest.raises(InputError, match="trials 8 given, but the grid has 4 points"):
        config_of(*grid, "search.levels=[{ level = 6, depth = 1 }]")
    fixed = "search.enqueue=[{depth=2, units=8, learning_rate=0.01}]"
    with pytest.raises(InputError, match="level 6: enqueue, entry 1: depth: 2 given"):
        config_of(fixed, "search.levels=[{ level = 6, depth = 1 }]")
