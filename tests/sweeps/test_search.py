"""Search space and suggestions: equal for both cells at the start, reproducible throughout."""

import numpy as np
import optuna
import pytest
from optuna.trial import TrialState, create_trial

from seqmem import sweeps
from seqmem.core.errors import InputError
from seqmem.sweeps.config.conditions import search_keys
from seqmem.sweeps.config.search_section import Search
from seqmem.sweeps.search.extremes import extremes
from seqmem.sweeps.search.points import sobol_parameters
from seqmem.sweeps.search.score import score_run, score_trial
from seqmem.sweeps.search.space import decode, dimensions, distributions
from seqmem.sweeps.search.strings import ROLES, strings_of
from seqmem.sweeps.search.suggestions import finalists, generation_sizes, suggest

CONFIG = sweeps.load_config("smoke")
LSTM_KEY, GRU_KEY = list(search_keys(CONFIG))[:2]


def finished(count: int, seed: int = 0) -> list[optuna.trial.FrozenTrial]:
    points = sobol_parameters(CONFIG.search, count, seed)
    return [
        create_trial(
            params=point,
            distributions=distributions(CONFIG.search),
            value=-abs(np.log10(point["learning_rate"]) + 2),
            user_attrs={"slot": [0, index]},
        )
        for index, point in enumerate(points)
    ]


def test_startup_points_are_the_same_for_both_cells() -> None:
    assert LSTM_KEY.condition.cell != GRU_KEY.condition.cell
    assert suggest(CONFIG, LSTM_KEY, 0, []) == suggest(CONFIG, GRU_KEY, 0, [])


def test_tpe_suggestions_are_reproducible_and_differ_between_cells_and_generations() -> None:
    before = finished(4)
    first = suggest(CONFIG, GRU_KEY, 1, before)
    assert first == suggest(CONFIG, GRU_KEY, 1, before)
    assert first != suggest(CONFIG, LSTM_KEY, 1, before)
    assert first != suggest(CONFIG, GRU_KEY, 2, before)
    # The values told matter: this is a model, not random search.
    worse = [
        create_trial(params=t.params, distributions=t.distributions, value=-t.value) for t in before
    ]
    assert first != suggest(CONFIG, GRU_KEY, 1, worse)


def test_failed_trials_are_passed_over() -> None:
    failed = create_trial(
        state=TrialState.FAIL,
        params=finished(1)[0].params,
        distributions=distributions(CONFIG.search),
    )
    before = finished(4)
    assert suggest(CONFIG, GRU_KEY, 1, [*before, failed]) == suggest(CONFIG, GRU_KEY, 1, before)
    assert len(suggest(CONFIG, GRU_KEY, 1, [failed])) == 2


def test_tpe_finds_a_better_region_than_the_startup_points() -> None:
    search = Search(trials=40, startup=8, generation=4)
    config = CONFIG.model_copy(update={"search": search})
    trials: list[optuna.trial.FrozenTrial] = []
    for generation in range(len(generation_sizes(search))):
        for point in suggest(config, GRU_KEY, generation, trials):
            value = -abs(np.log10(point["learning_rate"]) + 2.7)
            trials.append(
                create_trial(params=point, distributions=distributions(search), value=value)
            )
    values = [trial.value for trial in trials]
    assert len(values) == 40
    assert np.mean(values[-8:]) > np.mean(values[:8])


@pytest.mark.parametrize(
    ("trials", "startup", "generation", "sizes"),
    [(8, 4, 1, [4, 1, 1, 1, 1]), (10, 4, 4, [4, 4, 2]), (4, 4, 4, [4]), (1, 1, 9, [1])],
)
def test_generation_sizes(trials: int, startup: int, generation: int, sizes: list[int]) -> None:
    search = Search(trials=trials, startup=startup, generation=generation, finalists=1)
    assert generation_sizes(search) == sizes


def test_sobol_points_cover_the_space_evenly() -> None:
    search = Search(
        depth={"low": 1, "high": 4},
        batch={"low": 4, "high": 64, "log": True},
        gradient_clip={"low": 0.1, "high": 10},
    )
    points = sobol_parameters(search, 256, seed=1)
    space = distributions(search)
    for name, distribution in space.items():
        values = np.array([point[name] for point in points])
        assert all(distribution._contains(value) for value in values)
        middle = (distribution.low * distribution.high) ** 0.5 if distribution.log else None
        if middle is not None:
            assert abs((values < middle).mean() - 0.5) < 0.1
    depths = np.array([point["depth"] for point in points])
    assert np.bincount(depths)[1:].tolist() == [64, 64, 64, 64]
    decoded = decode(search, points[0])
    assert set(decoded) == {"depth", "units", "learning_rate", "batch", "gradient_clip"}
    assert decoded["units"] in search.units.grid
    assert [dimension.field for dimension in dimensions(search)][:3] == [
        "depth",
        "units",
        "learning_rate",
    ]


def test_a_single_valued_range_is_fixed() -> None:
    search = Search(
        depth={"low": 2, "high": 2},
        units={"low": 8, "high": 8},
        learning_rate={"low": 0.01, "high": 0.01},
    )
    assert all(
        decode(search, point) == {"depth": 2, "units": 8, "learning_rate": 0.01}
        for point in sobol_parameters(search, 4, 0)
    )


@pytest.mark.parametrize(("level", "k"), [(4, 2), (6, 2), (12, 2), (8, 4)])
def test_no_string_occurs_twice_in_a_search(level: int, k: int) -> None:
    strings = CONFIG.strings.model_copy(
        update={"alphabet_size": k, "tune": 2, "select": 2, "confirm": 4}
    )
    config = CONFIG.model_copy(update={"strings": strings})
    for search in range(5):
        drawn = [string for role in ROLES for string in strings_of(config, level, search)[role]]
        assert len(set(drawn)) == len(drawn) == 8
        assert {string.complexity("lzw") for string in drawn} == {level}


def test_strings_differ_between_searches_and_sweeps_but_are_reproducible() -> None:
    first = strings_of(CONFIG, 12, 0)
    assert first == strings_of(CONFIG, 12, 0)
    assert first != strings_of(CONFIG, 12, 1)
    assert first != strings_of(CONFIG.model_copy(update={"seed": 2}), 12, 0)


def test_too_few_strings_of_a_level() -> None:
    strings = CONFIG.strings.model_copy(update={"levels": (2,), "confirm": 8})
    with pytest.raises(InputError, match="level 2: fewer than the 10 different strings"):
        strings_of(CONFIG.model_copy(update={"strings": strings}), 2, 0)


def test_extremes_cover_every_shape_and_both_ends() -> None:
    search = Search(
        depth={"low": 1, "high": 2}, units={"low": 8, "high": 12}, batch={"low": 2, "high": 4}
    )
    ends = extremes(search)
    assert len(ends) == 2 * 2 * 2
    assert {(fields["depth"], fields["units"]) for fields in ends} == {
        (1, 8),
        (1, 12),
        (2, 8),
        (2, 12),
    }
    assert {(fields["learning_rate"], fields["batch"]) for fields in ends} == {
        (1e-3, 2),
        (1e-1, 4),
    }


def test_finalists_are_the_best_and_ties_go_to_the_earlier() -> None:
    trials = [
        create_trial(params={}, distributions={}, value=value, state=state)
        for value, state in [
            (0.2, TrialState.COMPLETE),
            (0.9, TrialState.COMPLETE),
            (None, TrialState.FAIL),
            (0.9, TrialState.COMPLETE),
        ]
    ]
    for number, trial in enumerate(trials):
        trial.number = number
    assert [trial.number for trial in finalists(trials, 2)] == [1, 3]
    assert [trial.number for trial in finalists(trials, 9)] == [1, 3, 0]


@pytest.mark.parametrize(
    ("record", "score"),
    [
        ({"status": "memorized", "memorized_fraction": 1.0, "stored_fraction": 0.8}, 1.0),
        ({"status": "memorized", "memorized_fraction": 2**-6, "stored_fraction": 0.8}, 2.0),
        ({"status": "budget_spent", "memorized_fraction": 0.5, "stored_fraction": 0.8}, 1 + 1 / 6),
        ({"status": "budget_spent", "memorized_fraction": None, "stored_fraction": 0.8}, 0.8),
        ({"status": "budget_spent", "memorized_fraction": None, "stored_fraction": 3.0}, 0.999),
        ({"status": "budget_spent", "memorized_fraction": None, "stored_fraction": -3.0}, -0.25),
        ({"status": "diverged", "memorized_fraction": None, "stored_fraction": None}, -1.0),
    ],
)
def test_score_of_a_run(record: dict, score: float) -> None:
    assert score_run(record) == pytest.approx(score)
    assert score_trial([record, record]) == pytest.approx(score)
