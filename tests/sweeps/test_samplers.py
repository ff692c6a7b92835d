"""Samplers and enqueued configurations: reproducible, and the same for both cells."""

import signal
import tomllib
from collections.abc import Callable
from contextlib import closing
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from seqmem import sweeps
from seqmem.core.errors import InputError
from seqmem.core.validation import validate
from seqmem.sweeps.config.conditions import SearchKey, search_keys
from seqmem.sweeps.config.search_section import SAMPLERS, Search
from seqmem.sweeps.config.sweep_config import SweepConfig
from seqmem.sweeps.execution.preparation import begin_or_resume
from seqmem.sweeps.search.space import decode, distributions
from seqmem.sweeps.search.suggestions import generation_sizes, suggest
from seqmem.sweeps.storage.storage import SweepStorage
from tests.sweeps.driver import at_moment
from tests.sweeps.launching import start_driven

Check = Callable[[Path, Path], None]
LEARNING_RATES = (1e-3, 1e-2, 1e-1)
GIVEN = (
    {"depth": 1, "units": 8, "learning_rate": 0.02},
    {"depth": 2, "units": 4, "learning_rate": 0.005},
)
GIVEN_TOML = (
    "enqueue=[{depth=1, units=8, learning_rate=0.02}, {depth=2, units=4, learning_rate=0.005}]"
)
ENQUEUE = f"search.{GIVEN_TOML}"


def search_of(sampler: str, **changes: Any) -> Search:
    """The search of the preset smoke, by another sampler."""
    given = sweeps.load_config("smoke").search.model_dump(exclude_none=True) | {"sampler": sampler}
    if sampler in ("grid", "saltelli"):
        del given["trials"]
        given |= {
            "grid": {"grid": {"learning_rate": LEARNING_RATES}},
            "saltelli": {"rows": 2},
        }[sampler]
    return Search(**(given | changes))


def enqueued(sampler: str) -> dict[str, Any]:
    """Configurations to try first, which Saltelli's design does not take."""
    return {} if sampler == "saltelli" else {"enqueue": GIVEN}


def config_of(sampler: str, **changes: Any) -> SweepConfig:
    return sweeps.load_config("smoke").model_copy(update={"search": search_of(sampler, **changes)})


def keys_of(config: SweepConfig) -> dict[str, SearchKey]:
    """The searches of the first level, by cell."""
    return {
        key.condition.cell: key
        for key in search_keys(config)
        if key.condition.level == config.strings.levels[0]
    }


def first_generation(config: SweepConfig, cell: str = "gru") -> list[dict[str, Any]]:
    return suggest(config, keys_of(config)[cell], 0, [])


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_points_are_the_same_for_both_cells_and_repeat(sampler: str) -> None:
    config = config_of(sampler, **enqueued(sampler))
    assert (
        first_generation(config, "lstm")
        == first_generation(config, "gru")
        == first_generation(config, "gru")
    )


@pytest.mark.parametrize("sampler", ["sobol", "random"])
def test_points_differ_between_searches_levels_and_sweeps(sampler: str) -> None:
    config = config_of(sampler, searches=2)
    suggestions = [
        suggest(config, key, 0, []) for key in search_keys(config) if key.condition.cell == "gru"
    ]
    suggestions.append(first_generation(config.model_copy(update={"seed": 99})))
    assert len(suggestions) == 2 * 2 + 1
    assert all(suggestions[i] != suggestions[j] for i in range(5) for j in range(i))


@pytest.mark.parametrize("sampler", ["sobol", "random"])
@pytest.mark.parametrize("enqueue", [(), GIVEN])
def test_more_trials_keep_the_first_points(
    sampler: str, enqueue: tuple[dict[str, Any], ...]
) -> None:
    longest = first_generation(config_of(sampler, trials=37, enqueue=enqueue))
    assert len(longest) == 37
    for trials in (2, 5, 8, 36):
        few = config_of(sampler, trials=trials, enqueue=enqueue)
        assert first_generation(few) == longest[:trials]


def test_sobol_goes_on_where_tpe_starts() -> None:
    assert first_generation(config_of("sobol"))[:4] == first_generation(config_of("tpe"))


@pytest.mark.parametrize(("sampler", "tolerance"), [("sobol", 0.02), ("random", 0.1)])
def test_the_whole_range_is_covered(sampler: str, tolerance: float) -> None:
    config = config_of(
        sampler, trials=512, units={"low": 4, "high": 32}, batch={"low": 2, "high": 9}
    )
    points = first_generation(config)
    space = distributions(config.search)
    assert all(space[name]._contains(value) for point in points for name, value in point.items())
    for name, values in {"depth": 2, "units_index": 6, "batch": 8}.items():
        shares = np.bincount([point[name] for point in points])[-values:] / len(points)
        np.testing.assert_allclose(shares, 1 / values, atol=tolerance)
    rates = np.log10([point["learning_rate"] for point in points])
    shares = np.histogram(rates, bins=8, range=(-3, -1))[0] / len(points)
    np.testing.assert_allclose(shares, 1 / 8, atol=tolerance)


def test_a_grid_has_every_combination_once() -> None:
    search = search_of(
        "grid", batch={"low": 2, "high": 4}, grid={"learning_rate": LEARNING_RATES, "batch": (2, 4)}
    )
    config = sweeps.load_config("smoke").model_copy(update={"search": search})
    assert search.trials == 2 * 4 * 3 * 2
    combinations = [tuple(decode(search, point).values()) for point in first_generation(config)]
    assert combinations == list(product((1, 2), (4, 8, 12, 16), LEARNING_RATES, (2, 4)))


@pytest.mark.parametrize(
    ("sampler", "sizes"),
    [("tpe", [2 + 4, 2, 2]), ("sobol", [10]), ("random", [10]), ("grid", [2 + 24])],
)
def test_given_configurations_are_the_first_trials(sampler: str, sizes: list[int]) -> None:
    config = config_of(sampler, enqueue=GIVEN)
    assert generation_sizes(config.search) == sizes
    points = first_generation(config)
    assert [decode(config.search, point) for point in points[:2]] == list(GIVEN)
    without = config_of(sampler) if sampler in ("tpe", "grid") else config_of(sampler, trials=8)
    assert points[2:] == first_generation(without)


def test_searches_may_consist_of_given_configurations_alone() -> None:
    config = config_of("random", trials=2, enqueue=GIVEN, finalists=1)
    assert [decode(config.search, point) for point in first_generation(config)] == list(GIVEN)


def test_whole_numbers_are_learning_rates_too() -> None:
    search = Search(
        learning_rate={"low": 0.1, "high": 2},
        enqueue=[{"depth": 1, "units": 8, "learning_rate": 1}],
    )
    config = sweeps.load_config("smoke").model_copy(update={"search": search})
    assert first_generation(config)[0] == {"depth": 1, "units_index": 0, "learning_rate": 1.0}


def test_counts_that_are_not_given_follow_from_the_grid() -> None:
    fixed = {"units": {"low": 8, "high": 8}, "depth": {"low": 1, "high": 1}}
    search = Search(sampler="grid", grid={"learning_rate": [0.01, 0.1]}, **fixed)
    assert (search.trials, search.finalists, generation_sizes(search)) == (2, 2, [2])
    single = Search(sampler="grid", learning_rate={"low": 0.01, "high": 0.01}, **fixed)
    assert (single.trials, single.finalists) == (1, 1)
    assert Search(sampler="grid", grid={"learning_rate": [0.01, 0.1]}, trials=2, **fixed) == search


def test_sweeps_stored_before_there_were_samplers_are_still_the_same(tmp_path: Path) -> None:
    config = sweeps.load_config("smoke")
    stored = config.to_dict()
    assert stored["search"].keys().isdisjoint({"sampler", "enqueue", "grid"})
    with closing(SweepStorage(f"sqlite:///{tmp_path / 'optuna.db'}", "smoke")) as storage:
        begin_or_resume(storage, config, "{}", allow_environment_change=False)
        begin_or_resume(
            storage, validate(SweepConfig, stored), "{}", allow_environment_change=False
        )
        with pytest.raises(InputError, match=r'search.sampler: None -> "sobol"'):
            begin_or_resume(storage, config_of("sobol"), "{}", allow_environment_change=False)


def test_startup_points_never_change() -> None:
    """The first two of the preset smoke; sweeps in progress rely on them."""
    expected = [
        {"depth": 2, "units_index": 2, "learning_rate": 0.009302200699362089},
        {"depth": 1, "units_index": 0, "learning_rate": 0.03822941159618846},
    ]
    points = first_generation(sweeps.load_config("smoke"))
    for point, known in zip(points, expected, strict=False):
        assert point == pytest.approx(known, rel=1e-12)


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_the_configuration_survives_a_round_trip(sampler: str) -> None:
    config = config_of(sampler, **enqueued(sampler))
    again = validate(SweepConfig, tomllib.loads(config.to_toml()))
    assert again == config
    assert again.to_dict() == config.to_dict()


SMALL_GRID = "search.grid={depth=[1], units=[4, 8], learning_rate=[1e-2, 1e-1]}"
TINY = ("strings.levels=[6]", "search.startup=2", "search.generation=1", ENQUEUE)


def settings_of(sampler: str) -> tuple[str, ...]:
    """A sweep of one level and six trials per search, two of them given."""
    return (
        *TINY,
        f"search.sampler={sampler}",
        "search.trials=6",
        *([SMALL_GRID] if sampler == "grid" else []),
    )


def interrupt() -> None:
    raise KeyboardInterrupt


@pytest.mark.slow
@pytest.mark.parametrize("sampler", ["grid", *SAMPLERS[:-2]])
def test_sweeps_interrupted_and_resumed_equal_undisturbed_ones(
    sampler: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, assert_same_records: Check
) -> None:
    """Interrupted between two suggestions, and before an outcome is told or written."""
    config = sweeps.load_config("smoke", settings_of(sampler))
    out = tmp_path / "interrupted"
    assert sweeps.run_sweep(config, tmp_path / "whole").executed == 2 * (6 * 1 + 2 * 1 + 1 * 2)
    for moment in ("add:4", "write:6", "tell:2"):
        with monkeypatch.context() as patch:
            at_moment(moment, interrupt, patch.setattr)
            with pytest.raises(KeyboardInterrupt):
                sweeps.run_sweep(config, out)
    sweeps.run_sweep(sweeps.load_config(out / "config.toml"), out)
    assert_same_records(tmp_path / "whole", out)
    _check_roles(pd.read_parquet(tmp_path / "whole" / "runs.parquet"), sampler)


@pytest.mark.slow
def test_sweeps_killed_and_resumed_equal_undisturbed_ones(
    tmp_path: Path, assert_same_records: Check
) -> None:
    """`test_kill` does the same with the sampler TPE."""
    config = sweeps.load_config("smoke", settings_of("sobol"))
    sweep_file = tmp_path / "tiny.toml"
    sweep_file.write_text(config.to_toml(), encoding="utf-8")
    sweeps.run_sweep(config, tmp_path / "whole")
    command = ("sweep", sweep_file, "--jobs", 2, "--out", tmp_path / "killed")
    for moment in ("add:4", "tell:2", "write:6"):
        code, _, err = start_driven("KILL", moment, *command).finish()
        assert code == -signal.SIGKILL, (moment, err)
    sweeps.run_sweep(config, tmp_path / "killed")
    assert_same_records(tmp_path / "whole", tmp_path / "killed")


def _check_roles(frame: pd.DataFrame, sampler: str) -> None:
    """Finalists are the best tuned, the winner is the best selected, and only it is confirmed."""
    tuned = frame[frame.role == "tune"]
    assert tuned.generation.max() == (2 if sampler == "tpe" else 0)
    points = tuned.set_index(["trial", "cell"])[["depth", "units", "learning_rate"]].unstack("cell")
    same = points if sampler != "tpe" else points.loc[:3]
    for name in ("depth", "units", "learning_rate"):
        assert (same[name].gru == same[name].lstm).all()
        assert same[name].gru[:2].tolist() == [entry[name] for entry in GIVEN]
    for _, rows in frame.groupby("cell"):
        by_role = rows.groupby(["role", "tune_trial"]).score.mean()
        best = by_role["tune"].sort_values(ascending=False, kind="stable").index[:2]
        assert set(by_role["select"].index) == set(best)
        assert by_role["select"][by_role["confirm"].index.item()] == by_role["select"].max()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            ("sampler=tpa",),
            "unknown sampler 'tpa'; did you mean 'tpe'",
        ),
        (
            ("grid={learning_rate=[0.01]}",),
            "values are only for the sampler 'grid', but the sampler is 'tpe'",
        ),
        (
            ("sampler=grid",),
            "grid: learning_rate has no values; example: grid = { learning_rate = [0.001] }",
        ),
        (("sampler=grid", "grid={learning_rate=[0.01],depth=[]}"), "grid: depth has no values"),
        (
            ("sampler=grid", "grid={learning_rate=[0.01,0.1]}"),
            "trials 10 given, but the grid has 16 points; give trials = 16 or leave it",
        ),
        (
            ("sampler=grid", "grid={rate=[0.01]}"),
            "grid: unknown name 'rate'; valid: depth, learning_rate, units",
        ),
        (
            ("sampler=grid", "grid={batch=[8]}"),
            "grid: unknown name 'batch'; valid: depth, learning_rate, units",
        ),
        (
            ("sampler=grid", "grid={learning_rate=[1.0]}"),
            "grid: learning_rate: 1.0 given; must be a number from 0.001 to",
        ),
        (
            ("sampler=grid", "grid={learning_rate=[nan]}"),
            "grid: learning_rate: nan given; must be a number",
        ),
        (
            ("sampler=grid", "grid={units=[20]}"),
            "grid: units: 20 given; must be one of 4, 8, 12, 16",
        ),
        (("sampler=grid", "grid={depth=[1,1]}"), "grid: depth: a value is given twice"),
        (("sampler=grid", "grid={depth=1}"), "search.grid.depth: 1 given; must be a list"),
        (
            ("sampler=grid", "batch={low=1,high=90000}", "grid={learning_rate=[0.01]}"),
            "at most 100000 trials",
        ),
        (("sampler=grid", "batch={low=1,high=9999999999}"), "search.batch.high: 9999999999 given"),
        (
            ("enqueue=[{depth=1,units=8}]",),
            "enqueue, entry 1: learning_rate missing; give a value to everything",
        ),
        (
            ("enqueue=[{depth=1,units=8,learning_rate=0.01},{depth=1,unit=8}]",),
            "enqueue, entry 2: unknown name 'unit'",
        ),
        (
            ("enqueue=[{depth=1,units=20,learning_rate=0.01}]",),
            "enqueue, entry 1: units: 20 given; must be one of 4, 8",
        ),
        (
            ("enqueue=[{depth=3,units=8,learning_rate=0.01}]",),
            "entry 1: depth: 3 given; must be a whole number from 1 to 2",
        ),
        (
            ("enqueue=[{depth=1.5,units=8,learning_rate=0.01}]",),
            "entry 1: depth: 1.5 given; must be a whole number",
        ),
        (
            ("enqueue=[{depth=true,units=8,learning_rate=0.01}]",),
            "entry 1: depth: True given; must be a whole number",
        ),
        (
            ("enqueue=[{depth=1,units=8,learning_rate=0.5}]",),
            "entry 1: learning_rate: 0.5 given; must be a number from",
        ),
        (
            ("enqueue=[{depth=1,units=8,learning_rate='x'}]",),
            "entry 1: learning_rate: 'x' given; must be a number",
        ),
        (
            (GIVEN_TOML, "startup=9"),
            "2 enqueued configurations and startup 9 are more than trials 10",
        ),
        ((GIVEN_TOML, "sampler=sobol", "trials=1"), "finalists 2 is greater than trials 1"),
        (
            (GIVEN_TOML, "sampler=sobol", "trials=1", "finalists=1"),
            "2 enqueued configurations are more than trials 1",
        ),
        (
            (
                "enqueue=[{depth=1,units=8,learning_rate=1},{depth=1}]",
                "learning_rate={low=1,high=1}",
            ),
            "entry 2: units, learn",
        ),
        (("enqueue=[3]",), "search.enqueue.0: 3 given; must be a section"),
        (("enqueue={depth=1}",), "search.enqueue: {'depth': 1} given; must be a list"),
    ],
)
def test_mistakes_are_one_line(settings: tuple[str, ...], message: str) -> None:
    with pytest.raises(InputError) as caught:
        sweeps.load_config("smoke", tuple(f"search.{setting}" for setting in settings))
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_configuration_enqueued_twice_is_refused() -> None:
    with pytest.raises(InputError, match="enqueue, entry 3: the same as entry 2"):
        sweeps.load_config("smoke", (ENQUEUE[:-1] + ", {depth=2, units=4, learning_rate=5e-3}]",))
