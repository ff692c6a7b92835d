"""The data from which figures and tables are made: records, timings, and each table made once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from seqmem.analysis.estimators.importance import importance_table
from seqmem.analysis.estimators.saltelli import saltelli_table
from seqmem.analysis.estimators.stored_bits import plateau_table
from seqmem.analysis.estimators.survival import logrank_table, memorized_curves
from seqmem.analysis.estimators.variance import variance_table
from seqmem.analysis.estimators.winner_values import winner_values
from seqmem.analysis.records.kinds import RECORDS_OR_NONE
from seqmem.analysis.records.kinds import TIMINGS as TIMINGS_KIND
from seqmem.analysis.records.sources import Sources
from seqmem.analysis.tables.arms_table import arms_table
from seqmem.analysis.tables.capacity_tables import (
    capacity_table,
    level_table,
    ratio_table,
    winner_table,
)
from seqmem.analysis.tables.time_ratio_table import rho_table, self_table
from seqmem.analysis.tables.tuning_table import tuning_table
from seqmem.analysis.tables.winner_settings import winner_settings
from seqmem.core.python_arguments import field_kinds

RECORDS = "records"
TIMINGS = "timings"
IMPORTANCE = "importance"
TUNING = "tuning"

Configs = Mapping[str, Mapping[str, Any]]

TABLES: dict[str, tuple[str, Callable[[pd.DataFrame], pd.DataFrame]]] = {
    "capacity": ("Capacity of each cell", capacity_table),
    "ratios": ("Ratio of capacities", ratio_table),
    "levels": ("What happened at each level", level_table),
    "winners": ("Configurations that won their search", winner_table),
    "rho": ("GRU against LSTM: ratio of times to the same stored fraction", rho_table),
    "self": ("Each cell against itself, in independent searches", self_table),
    "memorized": ("Fraction memorized by time", memorized_curves),
    "logrank": ("Log-rank tests of times to memorize", logrank_table),
    "variance": ("Where differences between runs come from", variance_table),
    "plateau": ("Stored bits by bits offered", plateau_table),
}

# Tables that need the sweep files too. They have no rows for most sweeps.
CONFIGURED_TABLES: dict[str, tuple[str, Callable[[pd.DataFrame, Configs], pd.DataFrame]]] = {
    TUNING: ("Expected best of n points of a search", tuning_table),
    "saltelli": ("Sobol indices of hyper-parameters, from Saltelli's design", saltelli_table),
    "winner_values": ("Share of winners at each value of depth, batch and length", winner_values),
    "winner_settings": ("Settings of winners, with the ranges that were searched", winner_settings),
    "arms": ("Each cell against itself, with other initial weights", arms_table),
}


@field_kinds(frame=RECORDS_OR_NONE, timings=TIMINGS_KIND)
class ReportData:
    """Data frames by name.

    The names are `records`, `timings`, `importance` and those of `TABLES` and `CONFIGURED_TABLES`.

    A table is computed when it is first asked for.

    Parameters
    ----------
    frame : DataFrame
        Records, as `analysis.load` returns them.
    configs : mapping of str to mapping, optional
        Sweep files by the name of the sweep.
    timings : DataFrame, optional
        Step times, as `seqmem time` writes them.
    **made : data frame
        Tables that are already made, by name.
    """

    def __init__(
        self,
        frame: pd.DataFrame,
        configs: Configs | None = None,
        timings: pd.DataFrame | None = None,
        **made: pd.DataFrame,
    ) -> None:
        self.configs = configs or {}
        self._frames = {
            RECORDS: frame,
            TIMINGS: pd.DataFrame() if timings is None else timings,
        } | made

    @classmethod
    def of(cls, sources: Sources) -> ReportData:
        """Make the report data of sources.

        Parameters
        ----------
        sources : Sources
            Records, sweep files and timings, as `load_sources` returns them.

        Returns
        -------
        ReportData
            The data; no table is computed yet.
        """
        return cls(sources.frame, sources.configs, sources.timings)

    def __getitem__(self, name: str) -> pd.DataFrame:
        if name not in self._frames:
            self._frames[name] = self._made(name)
        return self._frames[name]

    def _made(self, name: str) -> pd.DataFrame:
        if name == IMPORTANCE:
            return importance_table(self._frames[RECORDS], self.configs, all_levels=False)
        if name in CONFIGURED_TABLES:
            return CONFIGURED_TABLES[name][1](self._frames[RECORDS], self.configs)
        return TABLES[name][1](self._frames[RECORDS])
