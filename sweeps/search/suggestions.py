"""Reproducible suggestions of configurations, one generation at a time.

A generation is suggested by an Optuna study in memory that holds exactly the finished trials of
the earlier generations. Its sampler is seeded for this generation alone. So suggestions do not
depend on the number of workers, on the order in which runs end, or on crashes.
"""

import logging
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import optuna
from optuna.trial import FrozenTrial, TrialState, create_trial

from seqmem.core.seeding import derive_seed
from seqmem.sweeps.config.conditions import SearchKey
from seqmem.sweeps.config.search_section import Search
from seqmem.sweeps.config.sweep_config import SweepConfig
from seqmem.sweeps.search.points import POINT_SEQUENCES
from seqmem.sweeps.search.space import distributions, encode

SAMPLER_SEEDS = 2**32


@cache
def silence_optuna() -> None:
    """Remove Optuna's own log handler, once per process; warnings still reach the root logger."""
    optuna.logging.disable_default_handler()
    optuna.logging.enable_propagation()
    logging.getLogger("optuna").setLevel(logging.WARNING)
    # Without any handler, Python would print warnings on standard error.
    logging.getLogger("optuna").addHandler(logging.NullHandler())


def generation_sizes(search: Search) -> list[int]:
    """Return the number of slots of every generation.

    The first generation has the trials that do not depend on results. The others have equal
    sizes, except the last one.

    Examples
    --------
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
    """Return Optuna's parameters for every slot of a generation.

    Parameters
    ----------
    config : SweepConfig
        The sweep.
    key : SearchKey
        The search.
    generation : int
        Number of the generation, from 0.
    finished : sequence of FrozenTrial
        The trials of all earlier generations in slot order. Failed trials are ignored.

    Returns
    -------
    list of dict
        One for each slot.
    """
    if key.condition.level in config.open_levels:
        raise ValueError("the ranges of length are open; call with_lengths before")
    search = config.at_level(key.condition.level).search_of(key.condition.cell)
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
        if trial.state in (TrialState.COMPLETE, TrialState.PRUNED):
            # TPE ranks pruned trials below complete ones, by their last rung and score there.
            optuna_study.add_trial(
                create_trial(
                    state=trial.state,
                    params=trial.params,
                    distributions=space,
                    value=trial.value,
                    intermediate_values=trial.intermediate_values,
                )
            )
    return [optuna_study.ask(space).params for _ in range(size)]


def finalists(trials: Sequence[FrozenTrial], count: int) -> list[FrozenTrial]:
    """Return the best ``count`` completed trials; of equal ones, the lower number comes first."""
    complete = [trial for trial in trials if trial.state == TrialState.COMPLETE]
    return sorted(complete, key=lambda trial: (-value_of(trial), trial.number))[:count]


def value_of(trial: FrozenTrial) -> float:
    """Return the value of a completed trial."""
    assert trial.value is not None
    return trial.value


def slot_of(trial: FrozenTrial) -> tuple[int, int]:
    """Return the slot of a stored trial: (generation, index in the generation)."""
    generation, index = trial.user_attrs["slot"]
    return int(generation), int(index)


def number_of(search: Search, trial: FrozenTrial) -> int:
    """Return the number of a trial in its search, in the order of the slots."""
    generation, index = slot_of(trial)
    return sum(generation_sizes(search)[:generation]) + index


def running_trial(
    search: Search, parameters: Mapping[str, Any], slot: tuple[int, int], **attributes: Any
) -> FrozenTrial:
    """Return a trial that can be added to a sweep's storage before its runs start.

    Parameters
    ----------
    search : Search
        The space.
    parameters : mapping
        Optuna's parameters.
    slot : tuple of (int, int)
        Generation and index in it.
    **attributes
        Further user attributes.
    """
    return create_trial(
        state=TrialState.RUNNING,
        params=dict(parameters),
        distributions=distributions(search),
        user_attrs={"slot": list(slot), **attributes},
    )


def _startup_seed(config: SweepConfig, key: SearchKey) -> int:
    """Return the seed of the points that do not depend on results; it is equal for all cells."""
    return derive_seed(config.seed, "startup", key.condition.string_condition, key.search)


def _sampler_seed(config: SweepConfig, key: SearchKey, generation: int) -> int:
    condition = key.condition
    seed = derive_seed(
        config.seed, "sampler", condition.string_condition, condition.cell, key.search, generation
    )
    return seed % SAMPLER_SEEDS
