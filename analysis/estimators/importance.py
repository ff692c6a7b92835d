"""Importance of hyper-parameters: total Sobol indices of a forest on Sobol points, beside other evaluators.

Evaluators disagree, so each is named: the total index (Jansen 1999) of a forest (Breiman 2001) fitted on points that
cover the space evenly, never on points that a sampler chose; PED-ANOVA and fANOVA as Optuna computes them; permutation.
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
from seqmem.core.arrays import Array
from seqmem.core.seeding import derive_seed, generator

SEARCHED = "depth units learning_rate batch length gradient_clip weight_decay dropout forget_bias momentum".split()
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
COLUMNS = "level cell hyper_parameter evaluator importance low high points".split()


class Points(NamedTuple):
    """Configurations that were tried and what came out: `inputs` (n, d), `scores` (n,), names of the d inputs.

    `strings` is the number of distinct strings behind them, `planned` that of all points, failed ones too.
    """

    inputs: Array
    scores: Array
    names: tuple[str, ...]
    strings: int
    planned: int = 0


class Sobol(NamedTuple):
    """Total indices of `refits` forests on resampled points (refits, d), of the forest on all points (d,), and its fit.

    Attributes
    ----------
    interaction : share of the variance from the joint effect of the first two named inputs beyond their own.
    r_squared : out of fold; how much of the scores the forest explains.
    """

    total: Array
    refits: Array
    interaction: float
    r_squared: float


def sobol_points(rows: pd.DataFrame, configs: Mapping[str, Mapping[str, Any]]) -> Points:
    """Points of a (group, level, cell) that a Sobol sequence chose, one per trial; score is the mean over its strings.

    A search starts with Sobol points (generation 0); with the sampler `sobol` all of its trials are.
    """
    planned = rows[_by_sobol(rows, configs)]
    chosen = planned[planned["status"] != "failed"]
    trials = chosen.groupby([*SEARCH, "trial"], sort=True)
    names = [name for name in SEARCHED if name in chosen and chosen[name].nunique() > 1]
    table = trials[names].first().astype(float).fillna(0.0)
    scores = trials["score"].mean().to_numpy(dtype=float)
    strings, count = (
        int(chosen["string_id"].nunique()),
        len(planned[[*SEARCH, "trial"]].drop_duplicates()),
    )
    return Points(table.to_numpy(dtype=float), scores, tuple(names), strings, count)


def within_points(rows: pd.DataFrame, configs: Mapping[str, Mapping[str, Any]]) -> float:
    """Share of the scores' variance that lies between the strings of one Sobol point; NaN unless points have several.

    One-way random effects: mean square within points over its sum with the variance of the points. What is explained
    by hyper-parameters, R², is 1 less this share at most where each point has one string.
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
    # Strings per point, as they count where points have unequal numbers of them.
    several = (size - float(counts @ counts) / size) / (len(counts) - 1)
    total = within + max(apart - within, 0.0) / several
    return within / total if total > 0 else float("nan")


def _by_sobol(rows: pd.DataFrame, configs: Mapping[str, Mapping[str, Any]]) -> pd.Series:
    """Whether each row is a run, failed or not, of a point that a Sobol sequence chose."""
    sampler = {
        name: config.get("search", {}).get("sampler", "tpe") for name, config in configs.items()
    }
    names = {
        how: [name for name in rows["sweep"].unique() if sampler.get(name, "tpe") == how]
        for how in _SAMPLERS
    }
    by_sobol, by_tpe = (rows["sweep"].isin(names[how]) for how in _SAMPLERS)
    chosen = by_sobol | (by_tpe & (rows["generation"] == 0))
    return chosen & (rows["role"] == "tune")


def sobol_indices(
    points: Points, refits: int = REFITS, pair: tuple[str, str] = ("learning_rate", "units")
) -> Sobol:
    """Total Sobol index of each input from a forest, with refits on points drawn with replacement.

    Inputs are drawn independently from the values that occur, so whole numbers and logarithmic ranges are as in the
    search. A seed that depends on nothing makes it repeatable.
    """
    inputs, scores = np.ascontiguousarray(points.inputs), np.ascontiguousarray(points.scores)
    return _sobol_indices(inputs.tobytes(), scores.tobytes(), points.names, refits, pair)


@lru_cache(maxsize=64)
def _sobol_indices(
    inputs: bytes, scores: bytes, names: tuple[str, ...], refits: int, pair: tuple[str, str]
) -> Sobol:
    """As `sobol_indices`, once for the same points: table and claim ask for the same."""
    points = Points(np.frombuffer(inputs).reshape(-1, len(names)), np.frombuffer(scores), names, 0)
    first, second = _samples(points.inputs)
    places = [points.names.index(name) for name in pair if name in points.names]
    full = _forest(points.inputs, points.scores, 0)
    drawn = [row for rows in map_parts(_refitted, _refits(points, refits)) for row in rows]
    interaction = _interaction(full, first, second, places) if len(places) == 2 else float("nan")
    table = np.array(drawn).reshape(refits, len(points.names))
    return Sobol(_total(full, first, second), table, interaction, out_of_fold_r_squared(points))


class _Refits(NamedTuple):
    """Some of the refits: the seed of each forest (m,), and the places of its points, drawn with replacement (m, n)."""

    points: Points
    seeds: range
    drawn: NDArray[np.int64]


def _refits(points: Points, count: int) -> Iterator[_Refits]:
    rng, size = generator("analysis", "importance", "bootstrap"), len(points.scores)
    for start in range(0, count, _REFITS_AT_A_TIME):
        seeds = range(start + 1, min(start + _REFITS_AT_A_TIME, count) + 1)
        yield _Refits(points, seeds, np.array([rng.integers(size, size=size) for _ in seeds]))


def _refitted(work: _Refits) -> list[Array]:
    """Total indices of each forest: m arrays (d,)."""
    points = work.points
    first, second = _samples(points.inputs)
    forests = (
        _forest(points.inputs[drawn], points.scores[drawn], seed)
        for seed, drawn in zip(work.seeds, work.drawn, strict=True)
    )
    return [_total(forest, first, second) for forest in forests]


def out_of_fold_r_squared(points: Points) -> float:
    """Share of the variance of the scores that forests explain on points they have not seen; NaN if there is none."""
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
    """Fall of the out-of-fold R² when an input is permuted, mean over repeats and folds: (d,)."""
    from sklearn.inspection import permutation_importance

    found = []
    for held in _folds(len(points.scores)):
        kept = np.setdiff1d(np.arange(len(points.scores)), held)
        forest = _forest(points.inputs[kept], points.scores[kept], 0)
        with np.errstate(divide="ignore", invalid="ignore"):
            result = permutation_importance(
                forest, points.inputs[held], points.scores[held], n_repeats=repeats,
                random_state=derive_seed("permutation") % 2**32,
            )  # fmt: skip
        found.append(result.importances_mean)
    mean: Array = np.mean(found, axis=0)
    return mean


def optuna_importances(points: Points) -> dict[str, Array]:
    """Importances by PED-ANOVA and fANOVA as Optuna computes them on the same points, each normalized to sum 1.

    Inputs are given as ranks, which are even on every range that was searched, logarithmic ones too.
    """
    with warnings.catch_warnings():
        # In a notebook without widgets tqdm, which optuna imports, warns that it can draw no bars.
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
    found = {}
    for name, evaluator in evaluators.items():
        values = optuna.importance.get_param_importances(optuna_study, evaluator=evaluator)
        found[name] = np.array([values.get(parameter, 0.0) for parameter in points.names])
    return found


def missing_package() -> str:
    """The package that forests need and the command that adds it; empty if it is installed."""
    return "" if find_spec("sklearn") else "scikit-learn: pip install 'seqmem[analysis]'"


def importance_table(
    frame: pd.DataFrame, configs: Mapping[str, Mapping[str, Any]], all_levels: bool = True
) -> pd.DataFrame:
    """Importance of each hyper-parameter by each evaluator: one row per (group, level, cell, parameter, evaluator).

    Levels with fewer than 64 Sobol points, or whose scores are all equal, are left out; unless `all_levels`, so are all
    but the level of each group whose scores differ most, since easy and hard levels tell little and each takes
    seconds. `low`, `high` are the 2.5 and
    97.5 % quantiles over refits on resampled points, for the evaluator `total Sobol index` alone; `points` counts.
    The interaction of learning rate and units stands in rows of its own. Without scikit-learn there are no rows.
    """
    rows: list[list[object]] = []
    if missing_package():
        return pd.DataFrame(rows, columns=[*Group._fields, *COLUMNS])
    known = list(enough_points(frame, configs))
    chosen = known if all_levels else _most_different(known)
    # Begun before the forests, which are many small parts and fill what time is left on every processor.
    others = [submit_part(_other_evaluators, points) for *_, points in chosen]
    for (group, level, cell, points), found in zip(chosen, others, strict=True):
        for name, evaluator, value, low, high in _evaluated(points, found):
            rows.append(
                [*group, level, cell, name, evaluator, value, low, high, len(points.scores)]
            )
    return pd.DataFrame(rows, columns=[*Group._fields, *COLUMNS])


def enough_points(
    frame: pd.DataFrame, configs: Mapping[str, Mapping[str, Any]], fewest: int = FEWEST_POINTS
) -> Iterator[tuple[Group, int, str, Points]]:
    """Each (group, level, cell) with at least `fewest` Sobol points, differing scores and two inputs that vary."""
    for group, level, cell, some in sobol_runs(frame, configs):
        if len(some) < fewest:
            continue
        points = sobol_points(some, configs)
        if len(points.scores) >= fewest and len(points.names) > 1 and np.ptp(points.scores) > 0:
            yield group, level, cell, points


def sobol_runs(
    frame: pd.DataFrame, configs: Mapping[str, Mapping[str, Any]]
) -> Iterator[tuple[Group, int, str, pd.DataFrame]]:
    """Each (group, level, cell) with the runs of its Sobol points, failed ones too."""
    if not {"score", "generation"} <= set(frame):
        return
    for group, runs in split_groups(frame[_by_sobol(frame, configs)]):
        for (level, cell), some in runs.groupby(["level", "cell"], sort=True):
            yield group, int(level), str(cell), some


def count_panels(frame: pd.DataFrame, configs: Mapping[str, Mapping[str, Any]]) -> int:
    """At how many (group, level, cell) forests can be fitted; none without scikit-learn."""
    return 0 if missing_package() else sum(1 for _ in enough_points(frame, configs))


def _most_different(
    known: list[tuple[Group, int, str, Points]],
) -> list[tuple[Group, int, str, Points]]:
    """Of each group the level whose scores differ most, mean over its cells."""
    spreads: dict[Group, dict[int, list[float]]] = {}
    for group, level, _, points in known:
        spreads.setdefault(group, {}).setdefault(level, []).append(float(points.scores.std()))
    chosen = {
        group: max(by_level, key=lambda level: sum(by_level[level]) / len(by_level[level]))
        for group, by_level in spreads.items()
    }
    return [item for item in known if item[1] == chosen[item[0]]]


def _other_evaluators(points: Points) -> dict[str, Array]:
    """Importance of each input by every evaluator but the total index."""
    return optuna_importances(points) | {"permutation": permutation(points)}


def _evaluated(
    points: Points, others: Callable[[], dict[str, Array]]
) -> Iterator[tuple[str, str, float, float, float]]:
    missing = float("nan")
    found = sobol_indices(points)
    low, high = np.quantile(found.refits, _QUANTILES, axis=0)
    for place, name in enumerate(points.names):
        yield name, TOTAL, found.total[place], low[place], high[place]
    yield "learning_rate x units", "interaction (forest)", found.interaction, missing, missing
    for evaluator, values in others().items():
        for name, value in zip(points.names, values.tolist(), strict=True):
            yield name, evaluator, value, missing, missing


def _forest(inputs: Array, scores: Array, seed: int) -> Forest:
    return Forest(TREES, LEAST_LEAF, seed).fit(inputs, scores)


def _samples(inputs: Array) -> tuple[Array, Array]:
    """Two independent samples (256, d) of inputs, each column drawn from the values that occur in it."""
    width = inputs.shape[1]
    unit = qmc.Sobol(2 * width, rng=generator("analysis", "importance", "sample")).random(
        _BASE_POINTS
    )
    ranks = np.minimum((unit * len(inputs)).astype(int), len(inputs) - 1)
    columns = np.sort(inputs, axis=0)
    drawn = np.take_along_axis(np.concatenate([columns, columns], axis=1), ranks, axis=0)
    return drawn[:, :width], drawn[:, width:]


def _mixed(first: Array, second: Array, columns: list[int]) -> Array:
    """`first` with some columns of `second`."""
    mixed = first.copy()
    mixed[:, columns] = second[:, columns]
    return mixed


def _total(forest: Forest, first: Array, second: Array) -> Array:
    """Total index of each input: half the mean squared change when it alone is drawn anew, over the variance."""
    width = first.shape[1]
    batches = [first, second, *(_mixed(first, second, [place]) for place in range(width))]
    values = forest.predict(np.concatenate(batches)).reshape(len(batches), -1)
    variance = float(values[:2].var())
    if variance == 0:
        return np.zeros(width)
    found: Array = 0.5 * ((values[2:] - values[0]) ** 2).mean(axis=1) / variance
    return found


def _interaction(forest: Forest, first: Array, second: Array, places: list[int]) -> float:
    """Share of the variance from the joint effect of two inputs beyond the effects of each (Sobol's second order)."""
    batches = [
        first,
        second,
        *(_mixed(second, first, chosen) for chosen in ([places[0]], [places[1]], places)),
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
    return [np.sort(order[place::FOLDS]) for place in range(FOLDS)]
