"""The evidence that claims are tested on: records, sweep files and step times."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seqmem.analysis.estimators.search_gates import gate_reasons
from seqmem.analysis.estimators.search_quality import OF_SEARCHES, SEARCH, doubts
from seqmem.analysis.estimators.time_ratios import Curves, learning_curves
from seqmem.analysis.estimators.tuning.search_points import paired_sweeps
from seqmem.analysis.records.arms import without_second_arms
from seqmem.analysis.records.groups import search_labels, source_labels
from seqmem.analysis.records.kinds import RECORDS, TIMINGS
from seqmem.analysis.records.loading import confirmed
from seqmem.analysis.records.pruning import pruned_sweeps
from seqmem.analysis.records.search_spaces import searched_options
from seqmem.core.python_arguments import field_kinds

_PAIR = ["sweep", "stratum", "protocol", "budget", "search", "string_id", "repeat"]


@field_kinds(frame=RECORDS, timings=TIMINGS)
@dataclass(frozen=True)
class Evidence:
    """Records of one or several sweeps, as `analysis.load` returns them.

    Attributes
    ----------
    frame : DataFrame
        All runs.
    configs : mapping of str to mapping
        Resolved configuration of each sweep, by the sweep's name. Sweeps without one are missing.
    timings : DataFrame or None
        Step times written by `seqmem time`.
    """

    frame: pd.DataFrame
    configs: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    timings: pd.DataFrame | None = None

    def without_pruned_sweeps(self) -> tuple[Evidence, list[str]]:
        """Return the evidence without sweeps that have a pruner, and the names of these.

        Returns
        -------
        evidence : Evidence
            This one if there is no such sweep.
        refused : list of str
            Names of the sweeps.
        """
        refused = pruned_sweeps(self.frame, self.configs)
        if not refused:
            return self, []
        frame = self.frame[~self.frame["sweep"].astype(str).isin(refused)]
        configs = {name: config for name, config in self.configs.items() if name not in refused}
        return Evidence(frame.reset_index(drop=True), configs, self.timings), refused

    @cached_property
    def designed(self) -> pd.DataFrame:
        """Planned confirmation runs, with failed ones, and their `stratum` and `cluster`."""
        return _labelled(self._counted[self._counted["role"] == "confirm"])

    @cached_property
    def runs(self) -> pd.DataFrame:
        """Confirmation runs used for inference, numbered from 0, with `stratum` and `cluster`."""
        return _labelled(confirmed(self._counted)).reset_index(drop=True)

    @cached_property
    def _counted(self) -> pd.DataFrame:
        """Records without second arms, whose searches share strings and points with others.

        Runs whose context is too short for their string are left out too: no attention could
        memorize it, so they say nothing about the network.
        """
        counted = without_second_arms(self.frame, self.configs)
        if "context_too_short" not in counted:
            return counted
        return counted[~counted["context_too_short"].eq(True)]

    @cached_property
    def curves(self) -> Curves:
        """Learning curves of `runs`."""
        return learning_curves(self.runs)

    @cached_property
    def sweeps(self) -> set[str]:
        """Names of the sweeps."""
        return set(self.frame["sweep"].unique())

    def fixed(self, column: str, value: object) -> set[str]:
        """Return the sweeps in which a column has this value in every run."""
        if column not in self.frame:
            return set()
        known = self.frame[self.frame["status"] != "failed"]
        same = known[column].eq(value).groupby(known["sweep"]).all()
        return set(same.index[same])

    @cached_property
    def open_gates(self) -> set[str]:
        """Sweeps in which every LSTM starts with forget bias 1."""
        if "forget_bias" not in self.frame:
            return set()
        known = self.frame[(self.frame["cell"] == "lstm") & (self.frame["status"] != "failed")]
        opened = known["forget_bias"].eq(1.0).groupby(known["sweep"]).all()
        return set(opened.index[opened])

    @cached_property
    def searched(self) -> set[str]:
        """Sweeps whose searches tried more than one configuration."""
        tune = self.frame[self.frame["role"] == "tune"]
        tried = tune.groupby([*SEARCH, "cell"])["trial"].nunique()
        return set(tried.index.get_level_values("sweep")[tried > 1])

    def whole_searches(self, runs: pd.DataFrame) -> pd.DataFrame:
        """Return all columns of the records that `behind` returns."""
        return self.frame[self._is_behind(runs)]

    def behind(self, runs: pd.DataFrame) -> pd.DataFrame:
        """Return all records of the searches that these confirmation runs belong to."""
        return self._summaries[self._is_behind(runs)]

    def _is_behind(self, runs: pd.DataFrame) -> pd.Series:
        wanted = set(runs["sweep"].astype(str) + "/" + runs["condition"].astype(str))
        return self._conditions.isin(wanted)

    @cached_property
    def _conditions(self) -> pd.Series:
        return self.frame["sweep"].astype(str) + "/" + self.frame["condition"].astype(str)

    @cached_property
    def _summaries(self) -> pd.DataFrame:
        searched = {name for config in self.configs.values() for name in searched_options(config)}
        return self.frame[[name for name in self.frame if name in OF_SEARCHES | searched]]

    def doubts(self, runs: pd.DataFrame, margin: float) -> list[str]:
        """Return reasons why a comparison of these runs is inconclusive whatever its interval.

        Sweeps with paired points have the rules of `search_gates`, whose margin is in octaves. The
        others have those of section 2 of the pre-registration of study 1.

        Parameters
        ----------
        runs : DataFrame
            Confirmation runs.
        margin : float
            Smallest effect that counts in the rules of study 1, in stored fraction or in octaves.
        """
        behind = self._is_behind(runs)
        reasons = doubts(self._summaries[behind & ~self._is_paired], self.configs, margin)
        if (paired := behind & self._is_paired).any():
            reasons += gate_reasons(self.frame[paired], self.configs)
        return reasons

    @cached_property
    def _is_paired(self) -> pd.Series:
        """Whether each record is of a sweep whose searches can be paired by slot."""
        return self.frame["sweep"].astype(str).isin(list(paired_sweeps(self.frame, self.configs)))

    def unknown_ranges(self, runs: pd.DataFrame) -> list[str]:
        """Return a sentence that names the sweeps without a configuration, in a list.

        Without a configuration, a winner at an edge of its range cannot be detected.
        """
        unknown = sorted(
            str(sweep) for sweep in runs["sweep"].unique() if sweep not in self.configs
        )
        if not unknown:
            return []
        return [
            f"{', '.join(unknown)}: config.toml is missing, so winners at an edge of a range"
            " cannot be detected"
        ]

    def units_range(self, sweep: str) -> str:
        """Return the searched units of a sweep as JSON; empty if its configuration is missing.

        Levels with their own units are listed after the others.
        """
        search = self.configs.get(sweep, {}).get("search", {})
        units = search.get("units")
        own = [[box["level"], box["units"]] for box in search.get("levels", ()) if "units" in box]
        known = [units, *own] if own else units
        return "" if known is None else json.dumps(known, sort_keys=True)


class Pairs(NamedTuple):
    """Pairs of runs on the same string, with the same network seed and data order.

    Attributes
    ----------
    first, second : array of int, shape (n,)
        Row labels of the runs in `Evidence.runs`.
    strata : list of str
        Source, alphabet size and level of each pair.
    clusters : list of str
        Search of each pair.
    units : list of str
        String and initialization of each pair.
    """

    first: NDArray[np.int64]
    second: NDArray[np.int64]
    strata: list[str]
    clusters: list[str]
    units: list[str]

    def __len__(self) -> int:
        return len(self.first)


def pair_cells(runs: pd.DataFrame, first: str, second: str, keys: Sequence[str] = _PAIR) -> Pairs:
    """Pair the runs of two cells on the same string within a search.

    Parameters
    ----------
    runs : DataFrame
        Rows of `Evidence.runs`; their index labels enter the pairs.
    first, second : str
        The cells.
    keys : sequence of str
        Columns in which both runs of a pair must agree.
    """
    cells = runs["cell"].to_numpy()
    groups = runs.groupby(list(keys), sort=False, dropna=False).ngroup().to_numpy()
    sides = []
    for cell in (first, second):
        rows = np.flatnonzero(cells == cell)
        known, places = np.unique(groups[rows], return_index=True)
        sides.append((known, rows[places]))
    _, *matched = np.intersect1d(sides[0][0], sides[1][0], True, return_indices=True)
    labels = runs.index.to_numpy(dtype=np.int64)
    ones, others = (rows[places] for (_, rows), places in zip(sides, matched, strict=True))
    order = np.lexsort((labels[others], labels[ones]))
    ones, others = ones[order], others[order]
    texts = (runs[name].to_numpy()[ones].tolist() for name in ("stratum", "cluster", "unit"))
    return Pairs(labels[ones], labels[others], *texts)


def _labelled(rows: pd.DataFrame) -> pd.DataFrame:
    source = source_labels(rows) if "string_condition" in rows else rows["source"]
    alphabet = rows["alphabet_size"].astype("Int64").astype(str)
    return rows.assign(
        source=source,
        design=rows["design"] if "design" in rows else "",
        stratum=source.astype(str) + " k" + alphabet + " " + rows["measure"].astype(str) + " "
        + rows["level"].astype("Int64").astype(str).str.zfill(6),
        cluster=search_labels(rows),
        unit=rows["string_id"].astype(str) + "/" + rows["repeat"].astype("Int64").astype(str),
    )  # fmt: skip
