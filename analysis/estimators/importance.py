"""Importance of hyper-parameters: total Sobol indices of a forest, beside other evaluators.

Evaluators disagree, so each is named. PED-ANOVA and fANOVA are computed by Optuna. The last
evaluator is permutation.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping
from importlib.util import find_spec
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from seqmem.analysis.estimators.forest_indices import permutation, sobol_indices
from seqmem.analysis.estimators.importance_points import Points, enough_points
from seqmem.analysis.estimators.worker_pool import submit_part
from seqmem.analysis.records.groups import Group
from seqmem.analysis.records.kinds import RECORDS
from seqmem.core.arrays import Array
from seqmem.core.python_arguments import argument_kinds

TOTAL = "total Sobol index"
_QUANTILES = (0.025, 0.975)
IMPORTANCE_COLUMNS = "level cell hyper_parameter evaluator importance low high points".split()


def missing_package() -> str:
    """Return the package that forests need, with the command that installs it.

    Returns
    -------
    str
        Empty if the package is installed.
    """
    return "" if find_spec("sklearn") else "scikit-learn: pip install 'seqmem[analysis]'"


@argument_kinds(frame=RECORDS)
def importance_table(
    frame: pd.DataFrame, configs: Mapping[str, Mapping[str, Any]], all_levels: bool = True
) -> pd.DataFrame:
    """Compute the importance of each hyper-parameter by each evaluator.

    Levels with fewer than 64 Sobol points, or with equal scores only, are left out. Without
    scikit-learn there are no rows.

    Parameters
    ----------
    frame : DataFrame
        Records, as `analysis.load` returns them.
    configs : mapping of str to mapping
        Sweep files by the name of the sweep.
    all_levels : bool, default True
        Whether to use all levels. Otherwise only the level of each group whose scores differ most
        is used. Easy and hard levels tell little, and each takes seconds.

    Returns
    -------
    DataFrame
        One row per (group, level, cell, hyper-parameter, evaluator). `low` and `high` are the 2.5
        and 97.5 % quantiles over refits on resampled points, for the evaluator `total Sobol index`
        only. `points` counts the points. The interaction of learning rate and units has its own
        rows.

    Examples
    --------
    >>> from pathlib import Path
    >>> from seqmem import analysis
    >>> sources = analysis.load_sources([Path("runs/quick")])  # doctest: +SKIP
    >>> analysis.importance_table(sources.frame, sources.configs)  # doctest: +SKIP
    """
    rows: list[list[object]] = []
    if missing_package():
        return pd.DataFrame(rows, columns=[*Group._fields, *IMPORTANCE_COLUMNS])
    known = list(enough_points(frame, configs))
    chosen = known if all_levels else _most_different(known)
    # Submitted before the forests. Forests are many small parts and fill the remaining time.
    others = [submit_part(_other_evaluators, points) for *_, points in chosen]
    for (group, level, cell, points), other in zip(chosen, others, strict=True):
        for name, *importance in _evaluated(points, other):
            rows.append([*group, level, cell, name, *importance, len(points.scores)])
    return pd.DataFrame(rows, columns=[*Group._fields, *IMPORTANCE_COLUMNS])


def count_panels(frame: pd.DataFrame, configs: Mapping[str, Mapping[str, Any]]) -> int:
    """Return the number of (group, level, cell) at which forests can be fitted.

    Parameters
    ----------
    frame : DataFrame
        Records, as `analysis.load` returns them.
    configs : mapping of str to mapping
        Sweep files by the name of the sweep.

    Returns
    -------
    int
        The number; 0 without scikit-learn.
    """
    return 0 if missing_package() else sum(1 for _ in enough_points(frame, configs))


def optuna_importances(points: Points) -> dict[str, Array]:
    """Return importances by PED-ANOVA and fANOVA, as Optuna computes them on the same points.

    Inputs are given as ranks. Ranks are even on every range that was searched, including
    logarithmic ones.

    Parameters
    ----------
    points : Points
        Configurations and scores.

    Returns
    -------
    dict of str to array of float, shape (d,)
        Importances by evaluator, each normalized to the sum 1.
    """
    with warnings.catch_warnings():
        # Optuna imports tqdm, which warns in a notebook without widgets that it cannot draw bars.
        warnings.filterwarnings("ignore", message="IProgress not found")
        import optuna
        from optuna.importance import FanovaImportanceEvaluator, PedAnovaImportanceEvaluator

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    ranks = rankdata(points.inputs, axis=0) / len(points.inputs)
    space: dict[str, optuna.distributions.BaseDistribution] = {
        name: optuna.distributions.FloatDistribution(0.0, 1.0) for name in points.names
    }
    optuna_study = optuna.create_study(
        direction="maximize", storage=optuna.storages.InMemoryStorage()
    )
    for row, score in zip(ranks.tolist(), points.scores.tolist(), strict=True):
        params = dict(zip(points.names, row, strict=True))
        optuna_study.add_trial(
            optuna.trial.create_trial(params=params, distributions=space, value=score)
        )
    evaluators = {
        "PED-ANOVA": PedAnovaImportanceEvaluator(),
        "fANOVA": FanovaImportanceEvaluator(seed=0),
    }
    importances = {}
    for name, evaluator in evaluators.items():
        values = optuna.importance.get_param_importances(optuna_study, evaluator=evaluator)
        importances[name] = np.array([values.get(parameter, 0.0) for parameter in points.names])
    return importances


def _most_different(
    known: list[tuple[Group, int, str, Points]],
) -> list[tuple[Group, int, str, Points]]:
    """Return, for each group, the level whose scores differ most, as a mean over its cells."""
    spreads: dict[Group, dict[int, list[float]]] = {}
    for group, level, _, points in known:
        spreads.setdefault(group, {}).setdefault(level, []).append(float(points.scores.std()))
    chosen = {
        group: max(by_level, key=lambda level: sum(by_level[level]) / len(by_level[level]))
        for group, by_level in spreads.items()
    }
    return [item for item in known if item[1] == chosen[item[0]]]


def _other_evaluators(points: Points) -> dict[str, Array]:
    """Return the importance of each input by every evaluator but the total index."""
    return optuna_importances(points) | {"permutation": permutation(points)}


def _evaluated(
    points: Points, others: Callable[[], dict[str, Array]]
) -> Iterator[tuple[str, str, float, float, float]]:
    missing = float("nan")
    sobol = sobol_indices(points)
    low, high = np.quantile(sobol.refits, _QUANTILES, axis=0)
    for column, name in enumerate(points.names):
        yield name, TOTAL, sobol.total[column], low[column], high[column]
    yield "learning_rate x units", "interaction (forest)", sobol.interaction, missing, missing
    for evaluator, values in others().items():
        for name, value in zip(points.names, values.tolist(), strict=True):
            yield name, evaluator, value, missing, missing
