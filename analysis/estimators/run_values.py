"""What each run is worth in a contrast: its score, its bits, and rho against another run."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seqmem.analysis.estimators.recalled_bits import recalled_fraction
from seqmem.analysis.estimators.time_ratios import (
    CLOCKS,
    Curves,
    TimeRatios,
    learning_curves,
    time_ratios,
)
from seqmem.analysis.records.checkpoint_curves import answers_smaller_budgets
from seqmem.core.arrays import Array
from seqmem.core.errors import unknown

Labels = NDArray[np.int64]


@dataclass(frozen=True)
class RunValues:
    """Values of runs, found by the labels of their rows.

    Attributes
    ----------
    places : Series of int
        Position of each run in the arrays, by row label.
    score, bits, reference : array of float, shape (n,)
        Score; recalled bits (all of a memorized string, otherwise the most that were stored); bits
        of the whole string.
    curves : Curves
        Learning curves on one clock.
    clock : str
        The clock.
    no_rho : str
        Why no ratio of times is defined; empty if one is.
    """

    places: pd.Series
    score: Array
    bits: Array
    reference: Array
    curves: Curves
    clock: str
    no_rho: str

    def at(self, labels: Labels) -> Labels:
        """Return the positions of runs, in an array of the same shape."""
        places: Labels = self.places.loc[labels.ravel()].to_numpy().reshape(labels.shape)
        return places

    def ratios(self, first: Labels, second: Labels) -> TimeRatios:
        """Return rho of pairs of runs, octaves by which the first is sooner.

        Parameters
        ----------
        first, second : array of int, shape (n,)
            Row labels of the pairs.

        Returns
        -------
        TimeRatios
            All NaN and not informative if no ratio is defined.
        """
        if self.no_rho:
            none = np.full(len(first), np.nan)
            never = np.zeros(len(first), dtype=bool)
            return TimeRatios(none, none, never, never)
        pairs = [self.curves.take(self.at(labels)) for labels in (first, second)]
        return time_ratios(pairs[0], pairs[1], self.clock)


def run_values(runs: pd.DataFrame, clock: str = "budget", other_budgets: bool = False) -> RunValues:
    """Return the values of runs that did not fail.

    Parameters
    ----------
    runs : DataFrame, n rows
        Records with distinct row labels.
    clock : {"budget", "flops", "symbols", "steps"}
        Clock of rho.
    other_budgets : bool, default False
        Whether runs of different budgets are compared. The clock `budget` then counts what they had
        spent, in the common unit.

    Returns
    -------
    RunValues
        Their values.

    Raises
    ------
    InputError
        The clock is unknown.
    """
    if clock not in CLOCKS:
        raise unknown("clock", clock, CLOCKS)
    curves = learning_curves(runs)
    no_rho = ""
    if not answers_smaller_budgets(runs).all():
        no_rho = "runs that restore their best weights do not answer smaller budgets"
    times = curves.times[clock]
    if clock == "budget" and other_budgets:
        if runs["budget_unit"].nunique() > 1:
            no_rho = "the budgets have different units; another clock compares them"
        times = times * runs["budget_amount"].to_numpy(dtype=float)[:, None]
    reference = runs["reference_bits"].to_numpy(dtype=float)
    return RunValues(
        pd.Series(np.arange(len(runs)), runs.index),
        runs["score"].to_numpy(dtype=float),
        recalled_fraction(runs, curves) * reference,
        reference,
        Curves(curves.best, {clock: times}),
        clock,
        no_rho,
    )
