"""What Optuna sees: names and distributions of parameters, and the points that are suggested."""

import json
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from optuna.distributions import distribution_to_json
from optuna.trial import FrozenTrial, TrialState, create_trial

from tests.golden.current import (
    SweepConfig,
    distributions,
    generation_sizes,
    load_configs,
    running_trial,
    search_keys,
    suggest,
)
from tests.golden.stored import golden, plain
from tests.golden.test_presets import PRESETS, digest_of

ALL_RANGES = (
    "search.batch={ low = 8, high = 64, log = true }",
    "search.length={ low = 16, high = 64 }",
    "search.gradient_clip={ low = 0.1, high = 10, log = true }",
    "search.weight_decay={ low = 0.0, high = 0.1 }",
    "search.dropout={ low = 0.0, high = 0.5 }",
    "search.forget_bias={ low = -1.0, high = 2.0 }",
)
ENQUEUED = "search.enqueue=[{ depth = 2, units = 8, learning_rate = 0.01 }]"
NEW_SPACE = (
    "search.space=2",
    "search.sampler='sobol'",
    "search.length={ low = 8, high = 32 }",
    "search.gradient_clip=[0.5, 1.0]",
    "search.optimizer=['adam', 'adamw']",
    "search.levels=[{ level = 128, units = [8, 16, 32], batch = 16 }]",
)
# A sweep, settings, which of its searches; their first points, at most eight.
POINTS: dict[str, tuple[str, tuple[str, ...], int]] = {
    "tpe": ("quick", (), 0),
    "tpe, another search": ("quick", (), -1),
    "tpe with an enqueued point": ("quick", (ENQUEUED,), 0),
    "tpe over all ranges": ("smoke", ALL_RANGES, 0),
    "sobol": ("paper-importance:wide-lstm", (), 0),
    "sobol, other ranges": ("paper-importance:wide-gru", (), -1),
    "random": ("quick", ("search.sampler='random'",), 0),
    "random over all ranges": ("smoke", ("search.sampler='random'", *ALL_RANGES), -1),
    "grid": ("paper-complexity:matched", (), 0),
    "one rate of a grid": ("paper-capacity:gru-32-load-8", (), 0),
    "one point": ("published", (), 0),
    "sobol in the new space": ("quick", NEW_SPACE, 0),
    "sobol in the new space, a level with its own box": ("quick", NEW_SPACE, -1),
    "saltelli": ("smoke", ("search.sampler='saltelli'", "search.rows=4", "search.trials=20"), 0),
}
FIRST = 8
# Only real numbers: where trials share a whole number, TPE depends on how the processor
# sorts equal ones.
REAL_RANGES = (
    "search.depth={ low = 1, high = 1 }",
    "search.units={ low = 8, high = 8 }",
    "search.dropout={ low = 0.0, high = 0.5 }",
)


def values(folder: Path) -> Any:
    """Return spaces and points."""
    return {
        "spaces": {name: of_preset(name) for name in PRESETS},
        "all ranges": of_config("smoke", ALL_RANGES),
        "points": {name: first_points(name) for name in POINTS},
        "modelled": modelled(),
        "trial": stored_trial(),
    }


def of_config(name: str, settings: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return names and distributions of the parameters of a sweep, or of a preset's first."""
    return as_json(load_configs(name, settings)[0])


def of_preset(name: str) -> Any:
    """Return the space of a preset's first sweep, and a digest of those of all."""
    spaces = [as_json(config) for config in load_configs(name)]
    sizes = [generation_sizes(config.search) for config in load_configs(name)]
    every = digest_of(json.dumps(spaces, sort_keys=True))
    return {"first": spaces[0], "names": list(spaces[0]), "all": every, "sizes": sizes[0]}


def as_json(config: SweepConfig) -> dict[str, Any]:
    """Return the space of a sweep as it is stored."""
    return {
        name: json.loads(distribution_to_json(distribution))
        for name, distribution in distributions(config.search).items()
    }


def first_points(name: str) -> Any:
    """Return the first points of a search's first generation."""
    sweep, settings, number = POINTS[name]
    (config,) = load_configs(sweep, settings)
    return suggest(config, list(search_keys(config))[number], 0, [])[:FIRST]


def modelled() -> Any:
    """Return what is suggested in three generations, the values of the first two made up."""
    (config,) = load_configs("smoke", REAL_RANGES)
    key = next(iter(search_keys(config)))
    finished: list[FrozenTrial] = []
    generations = []
    for generation in range(3):
        points = suggest(config, key, generation, finished)
        generations.append(points)
        space = distributions(config.search)
        for number, point in enumerate(points):
            value = -abs(point["learning_rate"] - 0.01) - point["dropout"] / 100
            state, result = (
                (TrialState.FAIL, None)
                if (generation, number) == (0, 1)
                else (TrialState.COMPLETE, value)
            )
            finished.append(
                create_trial(state=state, params=point, distributions=space, value=result)
            )
    return generations


def stored_trial() -> Any:
    """Return a trial as it is stored before its runs."""
    (config,) = load_configs("smoke")
    point = {"depth": 2, "units_index": 1, "learning_rate": 0.01}
    trial = running_trial(config.search, point, (1, 0), configuration={"depth": 2}, tune_trial=3)
    return {"state": trial.state.name, "params": trial.params, "attributes": trial.user_attrs}


@pytest.mark.parametrize("name", PRESETS)
def test_presets_keep_their_spaces(name: str) -> None:
    assert plain(of_preset(name)) == golden("points")["spaces"][name]


def test_all_ranges_keep_their_names_and_distributions() -> None:
    kept = golden("points")["all ranges"]
    space = of_config("smoke", ALL_RANGES)
    assert space == kept
    assert list(space) == list(kept)


@pytest.mark.parametrize("name", POINTS)
def test_points_that_depend_on_no_result_stay_the_same(name: str) -> None:
    assert plain(first_points(name)) == golden("points")["points"][name]


def test_points_that_depend_on_results_stay_the_same() -> None:
    suggested = modelled()
    kept = golden("points")["modelled"]
    assert [len(points) for points in suggested] == [len(points) for points in kept] == [4, 2, 2]
    for point, kept_point in zip(chain(*suggested), chain(*kept), strict=True):
        assert point == pytest.approx(kept_point, rel=1e-9)


def test_trials_are_stored_as_before() -> None:
    assert plain(stored_trial()) == golden("points")["trial"]
