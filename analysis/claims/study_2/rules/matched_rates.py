"""GRU against LSTM at matched learning rates, in runs of fixed length: shared by C6 and C7.

Nothing is searched. Both cells have the same learning rates, strings and seeds, and either equal
units or equal parameters. The string is the independent unit.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from seqmem.analysis.claims.rules.evidence import Evidence, Pairs, pair_cells
from seqmem.analysis.claims.rules.requirements import fewer, fewer_within, missing_cells
from seqmem.analysis.claims.study_2.rules.constants import (
    CURVE_LEVELS,
    CURVE_RATES,
    CURVE_STRINGS,
    SIZE_TOLERANCE,
)
from seqmem.analysis.claims.study_2.rules.sweeps import CURVES, parts_of
from seqmem.core.arrays import Array

EQUAL_UNITS = "equal units"
EQUAL_PARAMETERS = "equal parameters"
SIZES = (EQUAL_UNITS, EQUAL_PARAMETERS)
_CELLS = ("gru", "lstm")
_PAIR = ["sweep", "stratum", "protocol", "budget", "search", "string_id", "repeat", "learning_rate"]


class MatchedPairs(NamedTuple):
    """Pairs of runs of GRU and LSTM on the same string at the same learning rate.

    Attributes
    ----------
    table : DataFrame
        Columns `gru` and `lstm` (row labels of `Evidence.runs`), `size` (one of `SIZES`), `level`,
        `learning_rate` and `string_id`.
    needs : list of str
        Phrases for what the design lacks.
    """

    table: pd.DataFrame
    needs: list[str]

    def parts(self, by: list[str]) -> list[tuple[str, pd.DataFrame]]:
        """Return the pairs of each part, with its name: the values of columns, joined.

        Parameters
        ----------
        by : list of str
            `size`, `level` and perhaps `learning_rate`.
        """
        words = {"size": "{}", "level": "level {}", "learning_rate": "learning rate {:g}"}
        return [
            (
                ", ".join(words[name].format(value) for name, value in zip(by, key, strict=True)),
                rows,
            )
            for key, rows in self.table.groupby(by, sort=True)
        ]


def matched_pairs(evidence: Evidence, probe: str, measured: pd.Series) -> MatchedPairs:
    """Return the pairs of the sweeps of `study2-curves` in which nothing was searched.

    Parameters
    ----------
    evidence : Evidence
        Records of study 2.
    probe : str
        What the runs need, in words.
    measured : Series of bool
        Whether a run of `Evidence.runs` was measured. Sweeps without any such run are left out.
    """
    runs, planned = (_wanted(evidence, rows) for rows in (evidence.runs, evidence.designed))
    known = set(runs.loc[measured.reindex(runs.index, fill_value=False), "sweep"])
    runs, planned = (rows[rows["sweep"].isin(known)] for rows in (runs, planned))
    if runs.empty:
        needs = [f"GRU and LSTM of {CURVES} with {probe} and stop_on_memorized = false"]
        return MatchedPairs(pd.DataFrame(columns=["gru", "lstm", "size", "level"]), needs)
    pairs = pair_cells(runs, "gru", "lstm", _PAIR)
    columns = ["level", "learning_rate", "string_id"]
    table = evidence.runs.loc[pairs.first, columns].reset_index(drop=True)
    table = table.assign(gru=pairs.first, lstm=pairs.second, size=_sizes(evidence.runs, pairs))
    needs = missing_cells(runs, _CELLS) + _needs(planned, table)
    return MatchedPairs(table.dropna(subset="size"), needs)


def by_string(table: pd.DataFrame, values: Array) -> Array:
    """Return the mean of the values of each string over all learning rates, shape (strings,).

    A string that lacks a value at one learning rate is left out.

    Parameters
    ----------
    table : DataFrame, n rows
        Pairs of one size and level.
    values : array of float, shape (n,)
        One value per pair.
    """
    grid = pd.DataFrame(
        {"string": table["string_id"], "rate": table["learning_rate"], "value": np.asarray(values)}
    ).pivot_table(index="string", columns="rate", values="value", dropna=False)
    means: Array = grid.dropna().mean(axis=1).to_numpy(dtype=float)
    return means


def _wanted(evidence: Evidence, rows: pd.DataFrame) -> pd.DataFrame:
    sweeps = parts_of(CURVES, evidence.sweeps) - evidence.searched
    return rows[
        rows["sweep"].isin(sweeps)
        & rows["cell"].isin(_CELLS)
        & ~rows["stop_on_memorized"].eq(True)
        & rows["level"].isin(CURVE_LEVELS)
    ]


def _sizes(runs: pd.DataFrame, pairs: Pairs) -> list[str | None]:
    """Return in what the networks of each pair are equal; None if in neither."""
    first, second = (
        runs.loc[side, ["units", "parameters"]].to_numpy(dtype=float)
        for side in (pairs.first, pairs.second)
    )
    equal_units = first[:, 0] == second[:, 0]
    ratio = first[:, 1] / second[:, 1]
    equal_parameters = np.abs(np.log(ratio)) <= np.log1p(SIZE_TOLERANCE)
    return [
        EQUAL_UNITS if units else EQUAL_PARAMETERS if parameters else None
        for units, parameters in zip(equal_units, equal_parameters, strict=True)
    ]


def _needs(planned: pd.DataFrame, table: pd.DataFrame) -> list[str]:
    phrases = [f"pairs of {size}" for size in SIZES if size not in set(table["size"])]
    phrases += fewer(table, "level", len(CURVE_LEVELS), "levels")
    if phrases:
        return phrases
    phrases += fewer_within(
        table, ["size", "level"], ["learning_rate"], CURVE_RATES, "matched learning rates"
    )
    return phrases + fewer_within(
        planned, ["sweep", "stratum", "cell"], ["cluster", "replicate"], CURVE_STRINGS, "strings"
    )
