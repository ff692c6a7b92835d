"""The data from which figures and tables are made: records, timings, and each table made once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from seqmem.analysis.estimators.importance import importance_table
from seqmem.analysis.estimators.stored_bits import plateau_table
from seqmem.analysis.estimators.survival import logrank_table, memorized_curves
from seqmem.analysis.estimators.variance import variance_table
from seqmem.analysis.records.sources import Sources
from seqmem.analysis.tables.capacity_tables import (
    capacity_table,
    level_table,
    ratio_table,
    winner_table,
)
from seqmem.analysis.tables.time_ratio_table import rho_table, self_table

RECORDS = "records"
TIMINGS = "timings"
IMPORTANCE = "importance"

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


class ReportData:
    """Data frames by name: `records`, `timings`, `importance` and the names of `TABLES`.

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
        configs: Mapping[str, Mapping[str, Any]] | None = None,
        timings: pd.DataFrame | None = None,
        **made: pd.DataFrame,
    ) -> None:
        self._configs = configs or {}
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
            return importance_table(self._frames[RECORDS], self._configs, all_levels=False)
        return TABLES[name][1](self._frames[RECORDS])
