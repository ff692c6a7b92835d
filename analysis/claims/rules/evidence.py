"""What claims are tested on: records, study files and timings, with what several claims derive from them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seqmem.analysis.estimators.search_quality import OF_SEARCHES, SEARCH, doubts
from seqmem.analysis.estimators.time_ratios import Curves, learning_curves
from seqmem.analysis.records.groups import search_labels, source_labels
from seqmem.analysis.records.loading import confirmed

_PAIR = ["sweep", "stratum", "protocol", "budget", "search", "string_id", "repeat"]


@dataclass(frozen=True)
class Evidence:
    """Records of one or several sweeps, as `analysis.load` returns them.

    Attributes
    ----------
    frame : all runs.
    configs : resolved study file of each sweep, by its name; sweeps without one are missing.
    timings : what `seqmem time` wrote, if there is any.
    """

    frame: pd.DataFrame
    configs: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    timings: pd.DataFrame | None = None

    @cached_property
    def designed(self) -> pd.DataFrame:
        """Confirmation runs as they were planned, failed ones too, with `stratum` and `cluster`."""
        return _labelled(self.frame[self.frame["role"] == "confirm"])

    @cached_property
    def runs(self) -> pd.DataFrame:
        """Confirmation runs that enter inference, numbered from 0, with `stratum` and `cluster`."""
        return _labelled(confirmed(self.frame)).reset_index(drop=True)

    @cached_property
    def curves(self) -> Curves:
        """Learning curves of `runs`."""
        return learning_curves(self.runs)

    @cached_property
    def sweeps(self) -> set[str]:
        """Names of the sweeps."""
        return set(self.frame["sweep"].unique())

    def fixed(self, column: str, value: object) -> set[str]:
        """Sweeps in all of whose runs a column has this value."""
        if column not in self.frame:
            return set()
        known = self.frame[self.frame["status"] != "failed"]
        same = known[column].eq(value).groupby(known["sweep"]).all()
        return set(same.index[same])

    @cached_property
    def open_gates(self) -> set[str]:
        """Sweeps all of whose LSTMs start with forget bias 1."""
        if "forget_bias" not in self.frame:
            return set()
        known = self.frame[(self.frame["cell"] == "lstm") & (self.frame["status"] != "failed")]
        opened = known["forget_bias"].eq(1.0).groupby(known["sweep"]).all()
        return set(opened.index[opened])

    @cached_property
    def searched(self) -> set[str]:
        """Sweeps in which searches tried more than one configuration."""
        tune = self.frame[self.frame["role"] == "tune"]
        tried = tune.groupby([*SEARCH, "cell"])["trial"].nunique()
        return set(tried.index.get_level_values("sweep")[tried > 1])

    def behind(self, runs: pd.DataFrame) -> pd.DataFrame:
        """All records of the searches of which these are confirmation runs, trials and winners: what `doubts` reads."""
        wanted = set(runs["sweep"].astype(str) + "/" + runs["condition"].astype(str))
        return self._summaries[self._places.isin(wanted)]

    @cached_property
    def _places(self) -> pd.Series:
        return self.frame["sweep"].astype(str) + "/" + self.frame["condition"].astype(str)

    @cached_property
    def _summaries(self) -> pd.DataFrame:
        searched = {name for config in self.configs.values() for name in config.get("search", {})}
        return self.frame[[name for name in self.frame if name in OF_SEARCHES | searched]]

    def doubts(self, runs: pd.DataFrame, margin: float) -> list[str]:
        """Why a comparison of these runs is inconclusive whatever its interval (METHODS section 2)."""
        return doubts(self.behind(runs), self.configs, margin)

    def unknown_ranges(self, runs: pd.DataFrame) -> list[str]:
        """A sentence where searches behind these runs have no study file, so that their ranges are not known."""
        unknown = sorted(
            str(sweep) for sweep in runs["sweep"].unique() if sweep not in self.configs
        )
        if not unknown:
            return []
        return [
            f"no study file of {', '.join(unknown)}: whether winners lie at an edge of a range is not known"
        ]

    def units_range(self, sweep: str) -> str:
        """The searched units of a sweep as text, empty where its study file is missing."""
        units = self.configs.get(sweep, {}).get("search", {}).get("units")
        return "" if units is None else json.dumps(units, sort_keys=True)


class Pairs(NamedTuple):
    """Pairs of runs on the same string, network seed and data order: places in `Evidence.runs`, and what they share.

    Attributes
    ----------
    first, second : (n,).
    strata, clusters, units : (n,) labels: (source, alphabet, level); the search; the string and initialization.
    """

    first: NDArray[np.int64]
    second: NDArray[np.int64]
    strata: list[str]
    clusters: list[str]
    units: list[str]

    def __len__(self) -> int:
        return len(self.first)


def pair_cells(runs: pd.DataFrame, first: str, second: str, keys: Sequence[str] = _PAIR) -> Pairs:
    """Pair the runs of two cells by string, within a search; the index of `runs` says what their places are."""
    parts, runs = [], runs[[*dict.fromkeys([*keys, "cell", "stratum", "cluster", "unit"])]]
    for name, cell in (("first", first), ("second", second)):
        rows = runs[runs["cell"] == cell].drop_duplicates(list(keys))
        parts.append(rows[list(keys)].assign(**{name: rows.index}))
    both = parts[0].merge(parts[1], on=list(keys)).sort_values(["first", "second"])
    shared = runs.loc[both["first"]]
    labels = (shared[name].tolist() for name in ("stratum", "cluster", "unit"))
    return Pairs(
        both["first"].to_numpy(dtype=np.int64), both["second"].to_numpy(dtype=np.int64), *labels
    )


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
