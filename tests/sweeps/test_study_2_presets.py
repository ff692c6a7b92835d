"""The presets of study 2 plan what its pre-registration says."""

from __future__ import annotations

from collections import Counter

import pytest

from seqmem.sweeps.config.conditions import search_keys
from seqmem.sweeps.config.sweep_config import SweepConfig
from seqmem.sweeps.config.sweep_file import load_configs, preset_names
from seqmem.sweeps.execution.plan import run_config
from seqmem.sweeps.search.planned_points import planned_points
from seqmem.sweeps.search.space import decode
from seqmem.sweeps.search.strings import strings_of
from seqmem.sweeps.search.suggestions import suggest

PILOT = "study2-pilot"
STUDY_2 = [name for name in preset_names() if name.startswith("study2-")]
# Alphabet and level: cal-s of a run, lengths of a step.
PILOTED = {
    (4, 16): (0.05, {16}),
    (4, 128): (0.2, {16, 32, 64}),
    (4, 512): (0.7, {16, 32, 64}),
    (4, 2048): (3.0, {16, 32, 64}),
    (2, 64): (0.1, {16, 32, 64}),
    (2, 512): (1.5, {16, 32, 64}),
}

# Alphabet and level: cal-s of a run (with the deviations that followed from the pilot), searches.
SCALING = {
    (4, 16): (0.005, 12),
    (4, 64): (0.03, 12),
    (4, 128): (0.2, 6),
    (4, 256): (0.4, 10),
    (4, 512): (1.0, 12),
    (4, 1024): (2.0, 6),
    (4, 1448): (3.0, 6),
    (4, 2048): (5.0, 8),
    (2, 16): (0.02, 12),
    (2, 64): (0.1, 12),
    (2, 512): (3.0, 10),
    (2, 2048): (4.0, 6),
}


def stops_on_memorized(config: SweepConfig, level: int) -> bool:
    return config.at_level(level).training.stop_on_memorized


@pytest.fixture(scope="module")
def pilot() -> list[SweepConfig]:
    return load_configs(PILOT)


def test_the_pilot_has_the_levels_and_budgets_of_the_plan(pilot: list[SweepConfig]) -> None:
    planned = {
        (config.strings.alphabet_size, level): config.at_level(level).training.budget
        for config in pilot
        for level in config.strings.levels
    }
    assert {place: budget.amount for place, budget in planned.items()} == {
        place: amount for place, (amount, _) in PILOTED.items()
    }
    assert {budget.unit for budget in planned.values()} == {"cal-s"}


def test_the_points_of_the_pilot_fill_the_ranges_of_the_plan(pilot: list[SweepConfig]) -> None:
    for config in pilot:
        searches = planned_points(config, search_keys(config))
        assert len(searches) == len(config.strings.levels)
        for search in searches:
            assert search.cells == ["lstm", "gru"]
            assert len(search.options) == 128
            values = {name: {point[name] for point in search.options} for name in search.options[0]}
            level = search.key.condition.level
            assert values.pop("length") == PILOTED[config.strings.alphabet_size, level][1]
            assert values.pop("depth") == {1, 2, 3}
            assert values.pop("batch") == {8, 16, 32, 64}
            assert values.pop("units") == {4, 8, 12, 16, 24, 32, 48, 64, 96, 128}
            rates = values.pop("learning_rate")
            assert 1e-3 <= min(rates) < 1.1e-3
            assert 0.27 < max(rates) <= 0.3
            assert not values


def test_the_pilot_tunes_on_two_strings_and_confirms_as_little_as_possible(
    pilot: list[SweepConfig],
) -> None:
    for config in pilot:
        counts = config.strings
        assert (counts.tune, counts.select, counts.confirm, config.search.finalists) == (2, 1, 1, 1)
        for level in counts.levels:
            assert stops_on_memorized(config, level) == (level > 64)


def test_no_step_of_the_pilot_is_longer_than_its_shortest_string(pilot: list[SweepConfig]) -> None:
    for config in pilot:
        level = min(config.strings.levels)
        periods = [
            string.period for strings in strings_of(config, level, 0).values() for string in strings
        ]
        assert config.at_level(level).search.ranges["length"].high <= min(periods)


def test_the_pilot_costs_at_most_eight_tenths_of_a_core_hour(pilot: list[SweepConfig]) -> None:
    seconds = sum(
        config.at_level(level).training.budget.amount
        * len(config.memorizer.cells)
        * (config.search.trials * config.strings.tune + 2)
        for config in pilot
        for level in config.strings.levels
    )
    assert seconds == pytest.approx(0.795 * 3600, rel=0.005)


@pytest.mark.parametrize("name", STUDY_2)
def test_all_sweeps_of_study_2_have_one_clock_and_one_grid_of_checkpoints(name: str) -> None:
    for config in load_configs(name):
        assert config.training.instruction_set == "avx2"
        assert config.training.cost_table is None
        assert config.training.checkpoints_per_octave == 4


def test_the_pilot_has_a_seed_of_its_own() -> None:
    seeds = Counter(
        seed for name in preset_names() for seed in {config.seed for config in load_configs(name)}
    )
    (seed,) = {config.seed for config in load_configs(PILOT)}
    assert seeds[seed] == 1


def places(configs: list[SweepConfig]) -> list[tuple[int, int, SweepConfig]]:
    """Return alphabet size, level and the settings there, for every level of every part."""
    return [
        (config.strings.alphabet_size, level, config.at_level(level))
        for config in configs
        for level in config.strings.levels
    ]


def test_scaling_has_the_levels_budgets_and_searches_of_the_plan() -> None:
    planned = {
        (k, level): (own.training.budget.amount, own.search.searches)
        for k, level, own in places(load_configs("study2-scaling"))
    }
    assert planned == SCALING


@pytest.mark.parametrize("name", ["study2-scaling", "study2-aa", "study2-controls"])
def test_searches_of_study_2_have_the_effort_of_the_plan(name: str) -> None:
    for k, level, own in places(load_configs(name)):
        assert own.search.trials == 32
        assert own.search.finalists == 6
        assert (own.strings.select, own.strings.confirm) == (2, 6)
        assert own.strings.tune == (2 if level <= 64 else 1)
        assert own.training.stop_on_memorized == (level > 64)
        assert own.training.budget.amount == SCALING[k, level][0]
        assert own.search.varied[:4] == ("depth", "units", "learning_rate", "batch")
        assert "length" in own.search.ranges


def test_the_arms_of_the_negative_control_share_all_but_initial_weights_and_data_order() -> None:
    arms = [config.resolved() for config in load_configs("study2-aa")]
    assert [config.training.first_repeat for config in arms] == [0, 1]
    assert [{key.search for key in search_keys(config)} for config in arms] == [{*range(10)}] * 2
    points, strings, runs = [], [], []
    for config in arms:
        key = next(search_keys(config))
        own = config.at_level(key.condition.level)
        points.append([decode(own.search, point) for point in suggest(config, key, 0, [])])
        strings.append(strings_of(config, key.condition.level, key.search))
        repeat = {"repeat": config.training.first_repeat}
        runs.append(
            {
                run_config(own, "gru", string, point | repeat).run_id
                for string in strings[-1]["tune"]
                for point in points[-1][:4]
            }
        )
    assert points[0] == points[1]
    assert strings[0] == strings[1]
    assert len(runs[0]) == len(runs[1]) == 8
    assert not runs[0] & runs[1]


def test_the_negative_control_shares_no_string_with_the_claims() -> None:
    seeds = {name: {config.seed for config in load_configs(name)} for name in STUDY_2}
    assert not seeds["study2-aa"] & (seeds["study2-scaling"] | seeds[PILOT])


def test_controls_change_one_thing_each() -> None:
    parts = {config.name.removeprefix("study2-controls-"): config
             for config in load_configs("study2-controls")}  # fmt: skip
    assert {name: config.strings.levels for name, config in parts.items()} == {
        "open-gate": (64, 512),
        "tpe": (512,),
        "wide": (512,),
        "twice": (64,),
    }
    assert [one.training.forget_bias for one in parts.values()] == [1.0, None, None, None]
    assert [one.training.repeats for one in parts.values()] == [1, 1, 1, 2]
    assert [one.search.sampler for one in parts.values()] == ["sobol", "tpe", "sobol", "sobol"]
    (scaling, _) = load_configs("study2-scaling")
    usual, wide = (one.at_level(512).search.learning_rate for one in (scaling, parts["wide"]))
    assert (wide.low, wide.high) == pytest.approx((usual.low / 2, usual.high * 2))
