"""The rows of a contrast: for each quantity an estimate, its intervals and what they say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from seqmem.analysis.claims.rules.against_itself import AGREES, DIFFERS, UNKNOWN
from seqmem.analysis.claims.rules.time_ratio_parts import BIASED, MANY_DROPPED
from seqmem.analysis.claims.rules.verdict import (
    EQUIVALENT,
    OPPOSITE,
    REFUTED,
    SUPPORTED,
    judge_direction,
)
from seqmem.analysis.claims.study_1.c3_depth import GAIN_MARGIN
from seqmem.analysis.estimators.contrasts import BONFERRONI, Contrast, clustered_contrast
from seqmem.analysis.estimators.two_samples import smallest_found, welch_contrast
from seqmem.analysis.tables.contrast.paired import QUANTITIES
from seqmem.analysis.tables.contrast.unpaired import Matrices

UNITS = {"rho": "octaves", "score": "", "bits": "bits"}
EXPLORATORY = "exploratory"
CONTRAST_COLUMNS = (
    "label quantity unit estimate low high low_bonferroni high_bonferroni margin verdict tag"
    " found_from searches_a searches_b freedom strings uninformative at_start left_out"
).split()


class Reading(NamedTuple):
    """One contrast of one quantity, before it is judged.

    Attributes
    ----------
    contrast : Contrast
        Estimate and error.
    searches : tuple of int
        Searches of a and of b, counted in every stratum.
    left_out : int
        Pairs of searches, or searches of an unpaired contrast, without a value in every block.
    reference : float
        Mean bits of a string.
    strings : int
        Strings of a search.
    uninformative, at_start : float
        Shares of pairs of runs whose rho is unknown, or whose time is a bound.
    """

    contrast: Contrast
    searches: tuple[int, int]
    left_out: int
    reference: float
    strings: int
    uninformative: float
    at_start: float


class Rule(NamedTuple):
    """How intervals become words.

    Attributes
    ----------
    margin : float
        Smallest rho that counts, in octaves.
    from_tuning : bool
        Whether values come from tuning strings. With one of them, they support no claim.
    itself : bool
        Whether both sides are one setting, so that the true difference is 0.
    """

    margin: float
    from_tuning: bool = False
    itself: bool = False


def paired_readings(
    table: pd.DataFrame, strata: Sequence[str], blocks: Sequence[str]
) -> Iterator[tuple[str, Reading]]:
    """Yield the contrast of each quantity, from differences of pairs of searches.

    Parameters
    ----------
    table : DataFrame
        As `paired.confirmed_differences` returns it.
    strata, blocks : sequence of str
        Columns of the table. A search counts once in a stratum, with the mean over all blocks.

    Yields
    ------
    tuple of str and Reading
        Quantity and contrast.
    """
    stratum = _joined(table, strata)
    several = _joined(table, blocks).groupby(stratum).transform("nunique")
    for quantity in QUANTITIES:
        known = table[np.isfinite(table[quantity])]
        values = known.groupby([stratum[known.index], known["cluster"]], sort=True)[quantity]
        complete = values.size() == several[known.index].groupby(
            [stratum[known.index], known["cluster"]], sort=True
        ).first()  # fmt: skip
        means = values.mean()[complete]
        contrast = clustered_contrast(
            means, means.index.get_level_values(0), means.index.get_level_values(1)
        )
        clusters = len(table.assign(stratum=stratum)[["stratum", "cluster"]].drop_duplicates())
        yield (
            quantity,
            Reading(
                contrast._replace(values=len(known)),
                (contrast.clusters, contrast.clusters),
                clusters - contrast.clusters,
                float(table["reference"].mean()),
                int(table["strings"].min()),
                float(table["uninformative"].mean()),
                float(table["at_start"].mean()),
            ),
        )


def unpaired_readings(
    matrices: Sequence[Matrices], keys: Sequence[str], strata: Sequence[str]
) -> Iterator[tuple[str, Reading]]:
    """Yield the contrast of each quantity, from differences of every two searches.

    Parameters
    ----------
    matrices : sequence of Matrices
        One for each combination of keys.
    keys, strata : sequence of str
        Names of the keys, and of those that are strata. The others are blocks.

    Yields
    ------
    tuple of str and Reading
        Quantity and contrast.
    """
    places = [keys.index(name) for name in strata]
    by_stratum: dict[tuple[object, ...], list[Matrices]] = {}
    for one in matrices:
        by_stratum.setdefault(tuple(one.key[place] for place in places), []).append(one)
    for quantity in QUANTITIES:
        tables = [_over_blocks([one.tables[quantity] for one in some])
                  for some in by_stratum.values()]  # fmt: skip
        known = [_complete(table) for table in tables]
        sides = (sum(table.shape[0] for table in known), sum(table.shape[1] for table in known))
        every = sum(
            len({name for one in some for name in getattr(one.tables[quantity], axis)})
            for some in by_stratum.values()
            for axis in ("index", "columns")
        )
        yield (
            quantity,
            Reading(
                welch_contrast([table.to_numpy() for table in known]),
                sides,
                every - sum(sides),
                float(np.mean([one.reference for one in matrices])),
                min(one.strings for one in matrices),
                float(np.mean([one.uninformative for one in matrices])),
                float(np.mean([one.at_start for one in matrices])),
            ),
        )


def judged_row(label: str, quantity: str, reading: Reading, rule: Rule) -> list[object]:
    """Return a row of the table of a contrast, without the columns of `by`.

    Parameters
    ----------
    label : str
        What the row is about, such as "LZW 48" or "all".
    quantity : str
        One of `QUANTITIES`.
    reading : Reading
        The contrast.
    rule : Rule
        How it becomes words.

    Returns
    -------
    list
        Values of `CONTRAST_COLUMNS`.
    """
    contrast = reading.contrast
    margin = {
        "rho": rule.margin,
        "score": GAIN_MARGIN,
        "bits": GAIN_MARGIN * reading.reference,
    }[quantity]
    low, high = contrast.interval(BONFERRONI)
    exploratory = rule.from_tuning and reading.strings < 2
    verdict, tag = _verdict(low, high, margin, rule.itself)
    if exploratory and not rule.itself:
        verdict, tag = EXPLORATORY, ""
    is_rho = quantity == "rho"
    most = max(reading.uninformative, reading.at_start)
    if is_rho and tag == EQUIVALENT and most > MANY_DROPPED:
        tag = f"{tag}, {BIASED}"
    return [
        label, quantity, UNITS[quantity], contrast.estimate, *contrast.interval(), low, high,
        margin, verdict, tag, smallest_found(contrast, margin, BONFERRONI), *reading.searches,
        contrast.freedom, reading.strings, reading.uninformative if is_rho else 0.0,
        reading.at_start if is_rho else 0.0, reading.left_out,
    ]  # fmt: skip


def _verdict(low: float, high: float, margin: float, itself: bool) -> tuple[str, str]:
    verdict, tag = judge_direction(low, high, margin)
    if itself:
        if low != low:
            return UNKNOWN, ""
        found = verdict == SUPPORTED or (verdict == REFUTED and tag == OPPOSITE)
        return (DIFFERS if found else AGREES), ""
    return verdict, tag


def _joined(table: pd.DataFrame, names: Sequence[str]) -> pd.Series:
    if not names:
        return pd.Series("", table.index)
    return table[list(names)].astype(str).agg("/".join, axis=1)


def _over_blocks(tables: list[pd.DataFrame]) -> pd.DataFrame:
    """Return the mean over blocks of the searches that all of them have."""
    rows, columns = tables[0].index, tables[0].columns
    for table in tables[1:]:
        rows, columns = rows.intersection(table.index), columns.intersection(table.columns)
    # A pair of searches without a value in one block has none over all.
    parts = [table.loc[rows, columns] for table in tables]
    mean: pd.DataFrame = sum(parts[1:], parts[0]) / len(parts)
    return mean


def _complete(table: pd.DataFrame) -> pd.DataFrame:
    return table.dropna(axis=0, how="all").dropna(axis=1, how="all")
