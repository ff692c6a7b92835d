"""Suggesting configurations, one whole generation at a time, reproducibly.

A generation is suggested in an in-memory Optuna study that holds exactly the finished trials of
the generations before it, by a sampler seeded for that generation alone. So suggestions do not
depend on the number of workers, on the order in which runs end, or on crashes.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

import optuna
from optuna.trial import FrozenTrial, TrialState, create_trial

from seqmem.core.seeding import derive_seed
from seqmem.sweeps.config.conditions import SearchKey
from seqmem.sweeps.config.search_section import Search
from seqmem.sweeps.config.sweep_config import SweepConfig
from seqmem.sweeps.search.space import (
    distributions,
    encode,
    grid_parameters,
    random_parameters,
    sobol_parameters,
)

SAMPLER_SEEDS = 2**32

# The points of a sampler that depend on no result, indexed by slot: (search, count, seed) -> Optuna parameters. More
# points begin with the same ones. Optuna's own such samplers do not repeat.
POINT_SEQUENCES: dict[str, Callable[[Search, int, int], list[dict[str, Any]]]] = {
    "tpe": sobol_parameters,
    "sobol": sobol_parameters,
    "random": random_parameters,
    "grid": grid_parameters,
}


@cache
def silence_optuna() -> None:
    """Remove Optuna's own log handler, once per process; warnings still reach the root logger."""
    optuna.logging.disable_default_handler()
    optuna.logging.enable_propagation()
    logging.getLogger("optuna").setLevel(logging.WARNING)


def generation_sizes(search: Search) -> list[int]:
    """Return the number of slots of every generation: what depends on no result, then equal batches.

    >>> generation_sizes(Search(trials=11, startup=4, generation=4, finalists=2))
    [4, 4, 3]
    >>> generation_sizes(Search(sampler="sobol", trials=11, generation=4))
    [11]
    """
    first = search.first_generation
    full, last = divmod(search.trials - first, search.generation)
    return [first] + [search.generation] * full + ([last] if last else [])


def suggest(
    config: SweepConfig, key: SearchKey, generation: int, finished: Sequence[FrozenTrial]
) -> list[dict[str, Any]]:
    """Return the parameters of every slot of a generation, as Optuna names them.

    Parameters
    ----------
    finished : sequence of FrozenTrial
        The trials of all generations before, in slot order; failed ones are passed over.
    """
    search = config.search
    size = generation_sizes(search)[generation]
    if generation == 0:
        enqueued = [encode(search, fields) for fields in search.enqueue]
        points = POINT_SEQUENCES[search.sampler](
            search, size - len(enqueued), _startup_seed(config, key)
        )
        return enqueued + points
    silence_optuna()
    sampler = optuna.samplers.TPESampler(
        n_startup_trials=1, seed=_sampler_seed(config, key, generation)
    )
    optuna_study = optuna.create_study(
        storage=optuna.storages.InMemoryStorage(),
        sampler=sampler,
        pruner=optuna.pruners.NopPruner(),
        direction="maximize",
    )
    space = distributions(search)
    for trial in finished:
        if trial.state == TrialState.COMPLETE:
            optuna_study.add_trial(
                create_trial(params=trial.params, distributions=space, value=trial.value)
            )
    return [optuna_study.ask(space).params for _ in range(size)]


def finalists(trials: Sequence[FrozenTrial], count: int) -> list[FrozenTrial]:
    """Return the best ``count`` completed trials, ties broken by trial number."""
    complete = [trial for trial in trials if trial.state == TrialState.COMPLETE]
    return sorted(complete, key=lambda trial: (-value_of(trial), trial.number))[:count]


def value_of(trial: FrozenTrial) -> float:
    """Return the value of a completed trial."""
    assert trial.value is not None
    return trial.value


def slot_of(trial: FrozenTrial) -> tuple[int, int]:
    """Return (generation, place in it) of a stored trial."""
    generation, place = trial.user_attrs["slot"]
    return int(generation), int(place)


def number_of(search: Search, trial: FrozenTrial) -> int:
    """Return the number of a trial in its search: its place in the order of the slots."""
    generation, place = slot_of(trial)
    return sum(generation_sizes(search)[:generation]) + place


def running_trial(
    search: Search, parameters: Mapping[str, Any], slot: tuple[int, int], **attributes: Any
) -> FrozenTrial:
    """Return a trial to be added to the real storage before its runs start."""
    return create_trial(
        state=TrialState.RUNNING,
        params=dict(parameters),
        distributions=distributions(search),
        user_attrs={"slot": list(slot), **attributes},
    )


def _startup_seed(config: SweepConfig, key: SearchKey) -> int:
    """Seed of the points that depend on no result: without the cell, so that all cells meet the same ones."""
    return derive_seed(config.seed, "startup", key.condition.string_condition, key.search)


def _sampler_seed(config: SweepConfig, key: SearchKey, generation: int) -> int:
    condition = key.condition
    seed = derive_seed(
        config.seed, "sampler", condition.string_condition, condition.cell, key.search, generation
    )
    return seed % SAMPLER_SEEDS
