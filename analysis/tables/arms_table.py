"""Each cell against itself, in sweeps that differ only in their first repeat."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from seqmem.analysis.claims.rules.against_itself import AGREES, DIFFERS, UNKNOWN
from seqmem.analysis.claims.rules.time_ratio_parts import RATIO_MARGIN
from seqmem.analysis.claims.rules.verdict import OPPOSITE, SUPPORTED, judge
from seqmem.analysis.estimators.contrasts import BONFERRONI, clustered_contrast
from seqmem.analysis.estimators.tuning.search_points import SearchRuns, rho_curve
from seqmem.analysis.records.arms import second_arms
from seqmem.analysis.records.groups import Group
from seqmem.analysis.records.kinds import RECORDS
from seqmem.analysis.tables.search_panels import Panel, paired_runs, panels
from seqmem.core.arrays import Array
from seqmem.core.errors import InputError
from seqmem.core.python_arguments import argument_kinds

ARMS_COLUMNS = (
    "level cell first second points rho low high low_bonferroni high_bonferroni"
    " searches freedom verdict"
).split()


@argument_kinds(frame=RECORDS)
def arms_table(frame: pd.DataFrame, configs: Mapping[str, Mapping[str, Any]]) -> pd.DataFrame:
    """Compare each cell with itself in sweeps that differ only in `[training] first_repeat`.

    Both arms have the same strings and points but other initial weights and data orders. There is
    no difference to find. If the rule of a claim finds one, the intervals are too narrow.

    Parameters
    ----------
    frame : DataFrame
        Records, as `analysis.load` returns them.
    configs : mapping of str to mapping
        Sweep files by the name of the sweep.

    Returns
    -------
    DataFrame
        One row per (group, level, cell) with the best of all N points: `rho` in octaves, with t
        intervals over searches at 95 and 99.4 %. `verdict` is "differs" if the rule of a claim
        finds a difference (margin .15 octaves, 99.4 % interval), otherwise "agrees".

    Raises
    ------
    InputError
        If two arms share a run. They would then be compared with themselves.

    Examples
    --------
    >>> from pathlib import Path
    >>> from seqmem import analysis
    >>> sources = analysis.load_sources([Path("runs/a"), Path("runs/b")])  # doctest: +SKIP
    >>> analysis.arms_table(sources.frame, sources.configs)  # doctest: +SKIP
    """
    rows: list[list[object]] = []
    for second, first in sorted(second_arms(configs).items()):
        sides = [frame[frame["sweep"].astype(str) == sweep] for sweep in (first, second)]
        shared = set(sides[0]["run_id"].dropna()) & set(sides[1]["run_id"].dropna())
        if shared:
            raise InputError(
                f"sweeps {first} and {second} share {len(shared)} runs, so a run would be compared "
                "with itself; run the second again with another training.first_repeat"
            )
        both = [list(panels(side.assign(design=""), configs)) for side in sides]
        for panel, other in _same(*both):
            for cell in sorted(set(panel.cells) & set(other.cells)):
                renamed = {(first, *name[1:]): runs for name, runs in other.cells[cell].items()}
                pairs = paired_runs(panel.cells[cell], renamed)
                if pairs and panel.has_rho and other.has_rho:
                    rows.append([*panel.group, panel.level, cell, first, second, *_verdict(pairs)])
    return pd.DataFrame(rows, columns=[*Group._fields, *ARMS_COLUMNS])


def _same(first: list[Panel], second: list[Panel]) -> Iterator[tuple[Panel, Panel]]:
    by_place = {(panel.group, panel.level): panel for panel in second}
    for panel in first:
        if (panel.group, panel.level) in by_place:
            yield panel, by_place[panel.group, panel.level]


def _verdict(pairs: list[tuple[SearchRuns, SearchRuns]]) -> list[object]:
    """Return the numbers of a row of `arms_table`, from the number of points on."""
    points = pairs[0][0].tune.shape[-1]
    values: Array = np.array([rho_curve(*pair).values[-1] for pair in pairs])
    contrast = clustered_contrast(values, [0] * len(values), [*range(len(values))])
    verdict, tag = judge(*contrast.interval(BONFERRONI), RATIO_MARGIN)
    result = DIFFERS if verdict == SUPPORTED or tag == OPPOSITE else AGREES
    limits = [*contrast.interval(), *contrast.interval(BONFERRONI)]
    counts = [contrast.clusters, contrast.freedom, result if contrast.freedom else UNKNOWN]
    return [points, contrast.estimate, *limits, *counts]
