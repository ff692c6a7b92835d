"""Times to 90 % stored, for C12: per string, censored where the budget ended first."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from seqmem.analysis.claims.rules.evidence import Evidence, Pairs
from seqmem.analysis.claims.study_2.rules.constants import MOST_CENSORED, STORED_SHARE
from seqmem.analysis.estimators.censored_likelihood import AT_LEAST, AT_MOST, KNOWN
from seqmem.analysis.estimators.censored_lines import Line, fit_line
from seqmem.analysis.estimators.stored_times import log2_stored_times
from seqmem.core.arrays import Array


class Times(NamedTuple):
    """Censored values of n pairs of runs.

    Attributes
    ----------
    values : array of float, shape (n,)
        log2 of a time or of a ratio of times, or its bound; NaN if nothing is known.
    kinds : array of int, shape (n,)
        Whether each is known, a lower or an upper bound, as in `censored_likelihood`.
    """

    values: Array
    kinds: Array


class Passages(NamedTuple):
    """Times of n pairs of runs on one clock.

    Attributes
    ----------
    bits : array of float, shape (n,)
        log2 of the bits of each string.
    first, second : Times
        log2 of the time of each run.
    strata, clusters : list of str
        Of each pair.
    """

    bits: Array
    first: Times
    second: Times
    strata: list[str]
    clusters: list[str]

    @property
    def ratio(self) -> Times:
        """log2 of the second time over the first."""
        known = [self.first.kinds == KNOWN, self.second.kinds == KNOWN]
        kinds = np.where(known[0], np.where(known[1], KNOWN, AT_LEAST), AT_MOST)
        values = np.where(known[0] | known[1], self.second.values - self.first.values, np.nan)
        return Times(values, kinds)

    def censored(self) -> dict[str, float]:
        """Return the share of pairs of each stratum in which a run did not get there."""
        missed = (self.first.kinds != KNOWN) | (self.second.kinds != KNOWN)
        strata = np.array(self.strata)
        return {name: float(missed[strata == name].mean()) for name in sorted(set(self.strata))}

    def without_censored(self) -> Passages:
        """Return the pairs of strata in which at most 10 % are censored."""
        shares = self.censored()
        use = np.array([shares[stratum] <= MOST_CENSORED for stratum in self.strata], dtype=bool)
        first, second = (
            Times(side.values[use], side.kinds[use]) for side in (self.first, self.second)
        )
        strata, clusters = (
            [name for name, used in zip(names, use, strict=True) if used]
            for names in (self.strata, self.clusters)
        )
        return Passages(self.bits[use], first, second, strata, clusters)

    def shifted(self, octaves: Array) -> Passages:
        """Return the passages with octaves added to the second times."""
        values = self.second.values + octaves
        return self._replace(second=self.second._replace(values=values))

    def line(self, times: Times) -> Line:
        """Fit log2 times, or their ratio, on log2 bits; the searches are the clusters."""
        return fit_line(self.bits, times.values, times.kinds, self.strata, self.clusters)


def passages(evidence: Evidence, pairs: Pairs, clock: str) -> Passages:
    """Return the times to 90 % stored of pairs of runs.

    Parameters
    ----------
    evidence : Evidence
        Records of study 2.
    pairs : Pairs
        Pairs of `evidence.runs`.
    clock : {"budget", "flops"}
        Calibrated seconds, or FLOPs.
    """
    runs = evidence.runs
    sides = []
    for side in (pairs.first, pairs.second):
        curves = evidence.curves.take(side)
        rows = runs.loc[side]
        times, missed = log2_stored_times(rows, curves, STORED_SHARE, clock)
        sides.append(Times(times, np.where(missed, AT_LEAST, KNOWN)))
    bits = np.log2(runs.loc[pairs.first, "reference_bits"].to_numpy(dtype=float))
    first, second = sides
    return Passages(bits, first, second, pairs.strata, pairs.clusters)
