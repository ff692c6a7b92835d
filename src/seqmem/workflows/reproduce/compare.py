"""Compare reproduced results with the published ones."""

from __future__ import annotations

from math import sqrt

import numpy as np
import pandas as pd
from rapidfuzz.distance import OSA, JaroWinkler

from seqmem.core.errors import InputError
from seqmem.core.number_formats import counted
from seqmem.study.memorizers.cells import cell_title
from seqmem.workflows.reproduce.reference import PARAMETERS, level_of, published

PUBLISHED_RUNS = 5
# A run with this test accuracy or more counts as `ok` in the published table.
OK = 0.99
TOTAL_LENGTH = 3500
HORIZON = 100
# Quantity -> (column of the published tolerance, whether it is relative).
QUANTITIES = {
    "test_accuracy": ("tol_acc", False),
    "ok": ("tol_ok", False),
    "solved": ("tol_solved", False),
    "geo_ep": ("tol_ep%", True),
}
TITLES = {
    "test_accuracy": "mean test accuracy",
    "ok": f"fraction of runs with test accuracy ≥ {OK}",
    "solved": "fraction of runs that forecast the horizon",
    "geo_ep": "geometric mean of epochs",
}
GROUP = ["level", "learning_rate", "model", "layers"]


def group_table(records: pd.DataFrame) -> pd.DataFrame:
    """Compare the group means with the published ones.

    Parameters
    ----------
    records : pandas.DataFrame
        As `seqmem.workflows.reproduce.runs.execute_missing` returns them; every string of a level
        equally often.

    Returns
    -------
    pandas.DataFrame
        One row per group and ``quantity``: the columns of the group, ``published``,
        ``reproduced``, ``tolerance`` (absolute), ``difference``, ``agrees``, ``runs``. The
        tolerance is 2.6 standard errors of the difference of two such sets, times
        sqrt((1 + 5/r)/2) for r runs per string.

    Raises
    ------
    InputError
        If runs are missing, because a mean over other strings cannot be compared.
    """
    records = _named(records)
    groups = published("groups").set_index(GROUP)
    rows = []
    for key, runs in records.groupby(GROUP, sort=True):
        theirs = groups.loc[key]
        ours = _means(runs)
        scale = sqrt((1 + PUBLISHED_RUNS / _runs_per_string(runs, key[0])) / 2)
        for quantity, (tolerance, relative) in QUANTITIES.items():
            allowed = scale * theirs[tolerance] * (theirs[quantity] / 100 if relative else 1)
            difference = ours[quantity] - theirs[quantity]
            rows.append(
                {
                    **dict(zip(GROUP, key, strict=True)),
                    "quantity": quantity,
                    "published": theirs[quantity],
                    "reproduced": ours[quantity],
                    "tolerance": allowed,
                    "difference": difference,
                    "agrees": bool(abs(difference) <= allowed),
                    "runs": len(runs),
                }
            )
    return pd.DataFrame(rows)


def string_table(records: pd.DataFrame) -> pd.DataFrame:
    """Compare the medians of each string over its runs with the published ones.

    Parameters
    ----------
    records : pandas.DataFrame
        Records, as `seqmem.workflows.reproduce.runs.execute_missing` returns them.

    Returns
    -------
    pandas.DataFrame
        One row per published cell that was run again: ``symbols``, ``complexity``, ``level``,
        ``learning_rate``, ``model``, ``layers``; ``epochs``, ``test_accuracy`` (medians) and
        ``solved`` (fraction), each as ``published_…`` and ``reproduced_…``; ``runs``.
    """
    key = ["symbols", "complexity", *GROUP]
    groups = _named(records).groupby(key, sort=True)
    ours = pd.DataFrame(
        {
            "epochs": groups["epochs"].median(),
            "test_accuracy": groups["test_accuracy"].median(),
            "solved": groups["solved_horizon"].mean(),
        }
    )
    theirs = published("cells").set_index(key)[list(ours.columns)]
    both = theirs.add_prefix("published_").join(ours.add_prefix("reproduced_"), how="inner")
    return both.assign(runs=groups.size()).reset_index()


def exact_table(records: pd.DataFrame) -> pd.DataFrame:
    """Compare results that must equal the published ones to their last digit.

    These are the parameter counts of one layer over 2 symbols, and the scores of a perfect forecast
    under the published start. The scores are compared twice: as computed from the string, with the
    published cells that all runs solved; and with the records of our runs that solved the horizon.

    Parameters
    ----------
    records : pandas.DataFrame
        Records, as `seqmem.workflows.reproduce.runs.execute_missing` returns them.

    Returns
    -------
    pandas.DataFrame
        One row per comparison: ``what``, ``compared`` (a count), ``equal`` (how many of them).
    """
    named = _named(records)
    counted = named[(named["symbols"] == 2) & (named["layers"] == 1)]
    counts = counted["parameters"] == counted["model"].map(PARAMETERS)
    strings = published("strings")
    key = ["symbols", "complexity"]
    perfect = {string: perfect_scores(string) for string in strings["string"]}
    cells = published("cells").query("solved == 1").merge(strings, on=key)
    theirs = np.array([perfect[string] for string in cells["string"]])
    same = np.isclose(theirs, cells[["DL", "JW"]], atol=5.001e-5).all(axis=1)
    solved = named[named["solved_horizon"].astype(bool)].merge(strings, on=key)
    scores = [perfect[string] for string in solved["string"]]
    ours = np.column_stack(
        [1 - solved["osa_similarity"], 1 - solved["jaro_winkler_similarity"]]
    ).astype(float)
    close = np.isclose(ours, np.reshape(scores, (-1, 2)), atol=1e-12).all(axis=1)
    forecast = "scores DL and JW of a perfect forecast"
    rows = [
        ("parameters of runs with 2 symbols and 1 layer", len(counts), int(counts.sum())),
        (f"{forecast}, in published cells that all runs solved", len(same), same.sum()),
        (f"{forecast}, in our runs that solved the horizon", len(scores), int(close.sum())),
    ]
    return pd.DataFrame(rows, columns=["what", "compared", "equal"])


def perfect_scores(string: str) -> tuple[float, float]:
    """Return the scores of a perfect memorizer under the published start.

    They are not 0, because the published forecast begins after the symbols it is compared with.

    Parameters
    ----------
    string : str
        One period of the training sequence.

    Returns
    -------
    dl : float
        Normalized Damerau–Levenshtein distance (optimal string alignment).
    jw : float
        Jaro–Winkler distance.

    Examples
    --------
    >>> [round(score, 4) for score in perfect_scores("CBDABBBADBDB")]  # published: 0.08, 0.1086
    [0.08, 0.1086]
    """
    endless = string * ((TOTAL_LENGTH + HORIZON) // len(string) + 1)
    withheld = endless[TOTAL_LENGTH - HORIZON : TOTAL_LENGTH]
    forecast = endless[TOTAL_LENGTH : TOTAL_LENGTH + HORIZON]
    similarity = JaroWinkler.normalized_similarity(forecast, withheld)
    return OSA.normalized_distance(forecast, withheld), 1 - similarity


def _named(records: pd.DataFrame) -> pd.DataFrame:
    """Give our records the published names; the published complexity is the LZW code count."""
    names = {"depth": "layers", "alphabet_size": "symbols", "lzw": "complexity"}
    named = records.drop(columns="symbols").rename(columns=names)
    return named.assign(model=records["cell"].map(cell_title), level=level_of(records["lzw"]))


def _means(runs: pd.DataFrame) -> dict[str, float]:
    # A diverged run has no accuracy; it counts as 0.
    accuracy = runs["test_accuracy"].astype(float).fillna(0.0)
    epochs = runs["epochs"].astype(float)
    return {
        "test_accuracy": float(accuracy.mean()),
        "ok": float((accuracy >= OK).mean()),
        "solved": float(runs["solved_horizon"].astype(float).mean()),
        "geo_ep": float(np.exp(np.log(epochs).mean())),
    }


def _runs_per_string(runs: pd.DataFrame, level: str) -> int:
    strings = published("strings")
    expected = strings[strings["level"] == level].set_index(["symbols", "complexity"]).index
    counts = runs.groupby(["symbols", "complexity"]).size().reindex(expected, fill_value=0)
    if counts.nunique() != 1:
        missing = int((counts.max() - counts).sum())
        raise InputError(
            f"missing from level {level}: {counted(missing, 'run')}; "
            "the same command executes what is missing"
        )
    return int(counts.iloc[0])
