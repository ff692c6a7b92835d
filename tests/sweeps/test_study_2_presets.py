"""The presets of study 2 plan what its pre-registration says."""

from __future__ import annotations

from collections import Counter

import pytest

from seqmem.sweeps.config.conditions import search_keys
from seqmem.sweeps.config.sweep_config import SweepConfig
from seqmem.sweeps.config.sweep_file import load_configs, preset_names
from seqmem.sweeps.search.planned_points import planned_points
from seqmem.sweeps.search.strings import strings_of

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
