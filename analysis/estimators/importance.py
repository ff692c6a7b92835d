"""Importance of hyper-parameters: total Sobol indices of a forest, beside other evaluators.

Evaluators disagree, so each is named. The total index (Jansen 1999) comes from a forest (Breiman
2001). The forest is fitted on points that cover the space evenly, never on points that a sampler
chose by results. PED-ANOVA and fANOVA are computed by Optuna. The last evaluator is permutation.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from importlib.util import find_spec
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import qmc, rankdata

from seqmem.analysis.estimators.forest import Forest
from seqmem.analysis.estimators.search_quality import SEARCH
from seqmem.analysis.estimators.worker_pool import map_parts, submit_part
from seqmem.analysis.records.groups import Group, split_groups
from seqmem.analysis.records.kinds import RECORDS
from seqmem.analysis.records.pruning import pruned_sweeps
from seqmem.core.arrays import Array
from seqmem.core.python_arguments import argument_kinds
from seqmem.core.seeding import derive_seed, generator
from seqmem.sweeps.config.boxes import SEARCHED_FIELDS

FEWEST_POINTS = 64
REFITS = 200
TOTAL = "total Sobol index"
TREES = 48
LEAST_LEAF = 2
FOLDS = 5
_BASE_POINTS = 256
_REFITS_AT_A_TIME = 10
_SAMPLERS = ("sobol", "tpe")
_QUANTILES = (0.025, 0.975)
IMPORTANCE_COLUMNS = "level cell hyper_parameter evaluator importance low high points".split()


class Points(NamedTuple):
    """Configurations that were tried, with their scores.

    Attributes
    ----------
    inputs : array of float, shape (n, d)
        Hyper-parameters of each configuration.
    scores : array of float, shape (n,)
        Mean score of each configuration over its strings.
    names : tuple of d str
        Names of the hyper-parameters.
    strings : int
        Number of distinct strings behind the scores.
    planned : int
        Number of planned configurations, including failed ones.
    """

    inputs: Array
    scores: Array
    names: tuple[str, ...]
    strings: int
    planned: int = 0


class Sobol(NamedTuple):
    """Total Sobol indices of a forest, with those of refits.

    Attributes
    ----------
    total : array of float, shape (d,)
        Indices of the forest on all points.
    refits : array of float, shape (refits, d)
        Indices of forests on resampled points.
    interaction : float
        Share of the variance from the joint effect of two named inputs, beyond their own effects.
    r_squared : float
        Share of the variance of the scores that the forest explains out of fold.
    """

    total: Array
    refits: Array
    interaction: float
    r_squared: float


def sobol_points(rows: pd.DataFrame, configs: Mapping[str, Mapping[str, Any]]) -> Points:
    """Return the configurations of one (group, level, cell) that a Sobol sequence chose.

    A search starts with Sobol points (generation 0). With the sampler `sobol`, all of its trials
    are such points.

    Parameters
    ----------
    rows : DataFrame
        Records of one (group, level, cell).
    configs : mapping of str to mapping
        Sweep files by the name of the sweep.

    Returns
    -------
    Points
        One point per trial. Its score is the mean over its strings.
    """
    planned = rows[_by_sobol(rows, configs)]
    chosen = planned[planned["status"] != "failed"]
    trials = chosen.groupby([*SEARCH, "trial"], sort=True)
    names = [name for name in SEARCHED_FIELDS if name in chosen and chosen[name].nunique() > 1]
    table = trials[names].first().apply(_as_numbers)
    scores = trials["score"].mean().to_numpy(dtype=float)
    strings = int(chosen["string_id"].nunique())
    count = len(planned[[*SEARCH, "trial"]].drop_duplicates())
    return Points(table.to_numpy(dtype=float), scores, tuple(names), strings, count)


def _as_numbers(values: pd.Series) -> pd.Series:
    """Return the values of a hyper-parameter as numbers; names become their ranks.

    A clip that is absent is none at all, above every other one. Other absent values count as 0.
    """
    numbers = pd.to_numeric(values, errors="coerce").astype(float)
    if numbers.isna().sum() > values.isna().sum():
        numbers = values.astype(str).rank(method="dense")
    if values.name == "gradient_clip" and numbers.notna().any():
        return numbers.fillna(2 * numbers.max())
    return numbers.fillna(0.0)


def within_points(rows: pd.DataFrame, configs: Mapping[str, Mapping[str, Any]]) -> float:
    """Return the share of the scores' variance that lies between the strings of one Sobol point.

    The estimator is that of one-way random effects: the mean square within points, over its sum
    with the variance of the points. If each point has one string, hyper-parameters can explain at
    most R² = 1 - share.

    Parameters
    ----------
    rows : DataFrame
        Records of one (group, level, cell).
    configs : mapping of str to mapping
        Sweep files by the name of the sweep.

    Returns
    -------
    float
        The share; NaN if no point has several strings.
    """
    chosen = rows[_by_sobol(rows, configs) & (rows["status"] != "failed")]
    scores = chosen.groupby([*SEARCH, "trial", "string_id"], sort=True)["score"].mean().dropna()
    points = scores.groupby(level=[*SEARCH, "trial"])
    counts = points.size().to_numpy(dtype=float)
    size = len(scores)
    if len(counts) < 2 or size == len(counts):
        return float("nan")
    own = scores - points.transform("mean")
    within = float(own @ own) / (size - len(counts))
    apart = float(counts @ (points.mean() - scores.mean()).to_numpy() ** 2) / (len(counts) - 1)
    # Effective number of strings per point, for points with unequal numbers of strings.
    several = (size - float(counts @ counts) / size) / (len(counts) - 1)
    total = within + max(apart - within, 0.0) / several
    return within / total if total > 0 else float("nan")


def _by_sobol(rows: pd.DataFrame, configs: Mapping[str, Mapping[str, Any]]) -> pd.Series:
    """Return whether each row is a run, failed or not, of a point that a Sobol sequence chose."""
    sampler = {
        name: config.get("search", {}).get("sampler", "tpe") for name, config in configs.items()
    }
    names = {
        how: [name for name in rows["sweep"].unique() if sampler.get(name, "tpe") == how]
        for how in _SAMPLERS
    }
    by_sobol, by_tpe = (rows["sweep"].isin(names[how]) for how in _SAMPLERS)
    chosen = by_sobol | (by_tpe & (rows["generation"] == 0))
    # The score of a pruned point is a lower bound, and pruned points are no random part of all.
    complete = ~rows["sweep"].astype(str).isin(pruned_sweeps(rows, configs))
    return chosen & complete & (rows["role"] == "tune")


def sobol_indices(
    points: Points, refits: int = REFITS, pair: tuple[str, str] = ("learning_rate", "units")
) -> Sobol:
    """Return the total Sobol index of each input from a forest, with refits on resampled points.

    Inputs are drawn independently from the values that occur. Whole numbers and logarithmic ranges
    are therefore as in the search. The seed is fixed, so equal points give equal indices.

    Parameters
    ----------
    points : Points
        Configurations and scores.
    refits : int, default 200
        Number of forests on points drawn with replacement.
    pair : tuple of two str, default ("learning_rate", "units")
        Inputs whose interaction is estimated.

    Returns
    -------
    Sobol
        Indices, refits, interaction and R².
    """
    inputs = np.ascontiguousarray(points.inputs)
    scores = np.ascontiguousarray(points.scores)
    return _sobol_indices(inputs.tobytes(), scores.tobytes(), points.names, refits, pair)


@lru_cache(maxsize=64)
def _sobol_indices(
    inputs: bytes, scores: bytes, names: tuple[str, ...], refits: int, pair: tuple[str, str]
) -> Sobol:
    """Compute `sobol_indices` once for the same points, which the table and claim C4 both need."""
    points = Points(np.frombuffer(inputs).reshape(-1, len(names)), np.frombuffer(scores), names, 0)
    first, second = _samples(points.inputs)
    columns = [points.names.index(name) for name in pair if name in points.names]
    full = _forest(points.inputs, points.scores, 0)
    drawn = [row for rows in map_parts(_refitted, _refits(points, refits)) for row in rows]
    interaction = float("nan")
    if len(columns) == 2:
        interaction = _interaction(full, first, second, columns)
    table = np.array(drawn).reshape(refits, len(points.names))
    return Sobol(_total(full, first, second), table, interaction, out_of_fold_r_squared(points))


class _Refits(NamedTuple):
    """Some of the refits.

    Attributes
    ----------
    points : Points
        All points.
    seeds : range
        Seed of each of m forests.
    drawn : array of int, shape (m, n)
        Indices of the points of each forest, drawn with replacement.
    """

    points: Points
    seeds: range
    drawn: NDArray[np.int64]


def _refits(points: Points, count: int) -> Iterator[_Refits]:
    rng = generator("analysis", "importance", "bootstrap")
    size = len(points.scores)
    for start in range(0, count, _REFITS_AT_A_TIME):
        seeds = range(start + 1, min(start + _REFITS_AT_A_TIME, count) + 1)
        yield _Refits(points, seeds, np.array([rng.integers(size, size=size) for _ in seeds]))


def _refitted(work: _Refits) -> list[Array]:
    """Return the total indices of each of m forests: m arrays of shape (d,)."""
    points = work.points
    first, second = _samples(points.inputs)
    forests = (
        _forest(points.inputs[drawn], points.scores[drawn], seed)
        for seed, drawn in zip(work.seeds, work.drawn, strict=True)
    )
    return [_total(forest, first, second) for forest in forests]


def out_of_fold_r_squared(points: Points) -> float:
    """Return the share of the variance of the scores that forests explain on unseen points.

    Parameters
    ----------
    points : Points
        Configurations and scores.

    Returns
    -------
    float
        R² over 5 folds; NaN if all scores are equal or there are fewer than 10 points.
    """
    if np.ptp(points.scores) == 0 or len(points.scores) < 2 * FOLDS:
        return float("nan")
    predicted = np.empty(len(points.scores))
    for held in _folds(len(points.scores)):
        kept = np.setdiff1d(np.arange(len(points.scores)), held)
        predicted[held] = _forest(points.inputs[kept], points.scores[kept], 0).predict(
            points.inputs[held]
        )
    rest = points.scores - predicted
    return float(1 - (rest @ rest) / ((points.scores - points.scores.mean()) ** 2).sum())


def permutation(points: Points, repeats: int = 10) -> Array:
    """Return how much the out-of-fold R² falls when one input is permuted.

    Parameters
    ----------
    points : Points
        Configurations and scores.
    repeats : int, default 10
        Permutations per fold.

    Returns
    -------
    array of float, shape (d,)
        Mean fall of each input over repeats and folds.
    """
    from sklearn.inspection import permutation_importance

    falls = []
    for held in _folds(len(points.scores)):
        kept = np.setdiff1d(np.arange(len(points.scores)), held)
        forest = _forest(points.inputs[kept], points.scores[kept], 0)
        with np.errstate(divide="ignore", invalid="ignore"):
            result = permutation_importance(
                forest, points.inputs[held], points.scores[held], n_repeats=repeats,
                random_state=derive_seed("permutation") % 2**32,
            )  # fmt: skip
        falls.append(result.importances_mean)
    mean: Array = np.mean(falls, axis=0)
    return mean


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


def enough_points(
    frame: pd.DataFrame, configs: Mapping[str, Mapping[str, Any]], fewest: int = FEWEST_POINTS
) -> Iterator[tuple[Group, int, str, Points]]:
    """Yield each (group, level, cell) that has enough Sobol points for a forest.

    Parameters
    ----------
    frame : DataFrame
        Records, as `analysis.load` returns them.
    configs : mapping of str to mapping
        Sweep files by the name of the sweep.
    fewest : int, default 64
        Fewest points.

    Yields
    ------
    tuple of Group, int, str and Points
        Group, level, cell and points. The scores differ, and at least two inputs vary.
    """
    for group, level, cell, some in sobol_runs(frame, configs):
        if len(some) < fewest:
            continue
        points = sobol_points(some, configs)
        if len(points.scores) >= fewest and len(points.names) > 1 and np.ptp(points.scores) > 0:
            yield group, level, cell, points


def sobol_runs(
    frame: pd.DataFrame, configs: Mapping[str, Mapping[str, Any]]
) -> Iterator[tuple[Group, int, str, pd.DataFrame]]:
    """Yield each (group, level, cell) with the runs of its Sobol points, including failed runs.

    Parameters
    ----------
    frame : DataFrame
        Records, as `analysis.load` returns them.
    configs : mapping of str to mapping
        Sweep files by the name of the sweep.

    Yields
    ------
    tuple of Group, int, str and DataFrame
        Group, level, cell and runs.
    """
    if not {"score", "generation"} <= set(frame):
        return
    for group, runs in split_groups(frame[_by_sobol(frame, configs)]):
        for (level, cell), some in runs.groupby(["level", "cell"], sort=True):
            yield group, int(level), str(cell), some


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


def _forest(inputs: Array, scores: Array, seed: int) -> Forest:
    return Forest(TREES, LEAST_LEAF, seed).fit(inputs, scores)


def _samples(inputs: Array) -> tuple[Array, Array]:
    """Return two independent samples (256, d), drawn from the values of each column."""
    width = inputs.shape[1]
    unit = qmc.Sobol(2 * width, rng=generator("analysis", "importance", "sample")).random(
        _BASE_POINTS
    )
    ranks = np.minimum((unit * len(inputs)).astype(int), len(inputs) - 1)
    columns = np.sort(inputs, axis=0)
    drawn = np.take_along_axis(np.concatenate([columns, columns], axis=1), ranks, axis=0)
    return drawn[:, :width], drawn[:, width:]


def _mixed(first: Array, second: Array, columns: list[int]) -> Array:
    """Return `first` with some columns of `second`."""
    mixed = first.copy()
    mixed[:, columns] = second[:, columns]
    return mixed


def _total(forest: Forest, first: Array, second: Array) -> Array:
    """Return the total index of each input.

    It is half the mean squared change when that input alone is drawn anew, over the variance.
    """
    width = first.shape[1]
    batches = [first, second, *(_mixed(first, second, [column]) for column in range(width))]
    values = forest.predict(np.concatenate(batches)).reshape(len(batches), -1)
    variance = float(values[:2].var())
    if variance == 0:
        return np.zeros(width)
    total: Array = 0.5 * ((values[2:] - values[0]) ** 2).mean(axis=1) / variance
    return total


def _interaction(forest: Forest, first: Array, second: Array, columns: list[int]) -> float:
    """Return Sobol's second-order index of two inputs.

    It is the share of the variance from their joint effect, beyond their own effects.
    """
    batches = [
        first,
        second,
        *(_mixed(second, first, chosen) for chosen in ([columns[0]], [columns[1]], columns)),
    ]
    values = forest.predict(np.concatenate(batches)).reshape(len(batches), -1)
    values = values - values[:2].mean()
    variance = float((values[:2] ** 2).mean())
    if variance == 0:
        return float("nan")
    one, other, both = ((values[0] * (mixed - values[1])).mean() / variance for mixed in values[2:])
    return float(both - one - other)


def _folds(count: int) -> list[NDArray[np.int64]]:
    order = generator("analysis", "importance", "folds").permutation(count)
    return [np.sort(order[first::FOLDS]) for first in range(FOLDS)]
