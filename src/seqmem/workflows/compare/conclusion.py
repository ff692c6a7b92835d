"""What a comparison came to, in sentences: differences that were found, what to use, and doubts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from seqmem.analysis.claims.rules.evidence import Evidence
from seqmem.analysis.estimators.contrasts import Contrast
from seqmem.analysis.estimators.search_quality import doubts
from seqmem.analysis.estimators.time_ratios import learning_curves
from seqmem.core.number_formats import number_range, plain_number
from seqmem.study.memorizers.cells import CELLS
from seqmem.workflows.compare.differences import Difference, cell_differences, recalled_fraction

# Differences of stored fractions below this are of no account (METHODS section 5, C3).
MARGIN = 0.03
REMEDY = "so it is inconclusive whatever its intervals; more --trials, or wider ranges by --set search.…, would help"
# Where the checkpoints end, ratios of times do too.
MANY_TIMES = 100
CONFIGURATION = ("depth", "units", "learning_rate")


@dataclass(frozen=True)
class Conclusion:
    """What the records of a comparison say.

    Attributes
    ----------
    differences : every two cells.
    cell : the one to use; None where no cell has a verdict run.
    found : whether it was chosen for a difference that was found; otherwise it is the cheapest of equals.
    configuration : depth, units and learning rate to use it with.
    findings, verdict : for a reader, what each cell did and how they differ; what follows from it.
    """

    differences: list[Difference]
    cell: str | None
    found: bool
    configuration: dict[str, float]
    findings: list[str]
    verdict: list[str]

    @property
    def lines(self) -> list[str]:
        """All of it, the verdict last."""
        return [*self.findings, *self.verdict]


def conclude(
    frame: pd.DataFrame, configs: Mapping[str, Mapping[str, Any]], cells: Sequence[str]
) -> Conclusion:
    """Return what records say about the cells that were compared.

    Parameters
    ----------
    frame : records of one comparison, as `analysis.load` returns them.
    configs : its study file by the name of the sweep.
    cells : names, in the order in which they are shown.
    """
    runs = Evidence(frame).runs
    there = [cell for cell in cells if (runs["cell"] == cell).any()]
    differences = cell_differences(frame)
    cell, found = choose_cell(there, differences)
    findings = [_cell_line(runs, name) for name in cells]
    for difference in differences:
        findings += [_more_line(difference), _sooner_line(difference)]
    if cell is None:
        return Conclusion(
            differences, None, False, {}, findings, ["conclusion: none, every verdict run failed"]
        )
    if differences:
        findings.append(
            "intervals: t, over searches; all of them together hold with 95 % (Bonferroni)"
        )
    verdict = [f"conclusion: {_conclusion(there, differences, cell, found)}"]
    reasons = doubts(frame, configs, MARGIN)
    if reasons:
        verdict.append(f"doubts: {'; '.join(reasons)}; {REMEDY}")
    own = runs[runs["cell"] == cell]
    configuration = best_configuration(own)
    verdict.append(_configuration_line(own, cell, configuration))
    return Conclusion(differences, cell, found, configuration, findings, verdict)


def choose_cell(cells: Sequence[str], differences: Sequence[Difference]) -> tuple[str | None, bool]:
    """Return the cell to use, and whether a difference decided it.

    Cells that another is found to memorize more than are out; of the rest, those that another is sooner than; of what
    is left, the cheapest: fewest gates, so fewest parameters and FLOPs at equal units.
    """
    left = list(cells)
    for winner in ("more", "sooner"):
        among = [d for d in differences if d.first in left and d.second in left]
        beaten = {
            d.second if getattr(d, winner) == d.first else d.first
            for d in among
            if getattr(d, winner)
        }
        left = [cell for cell in left if cell not in beaten] or left
    cheapest = min(left, key=lambda cell: (CELLS[cell].gates, cell), default=None)
    return cheapest, len(left) == 1 and len(cells) > 1


def best_configuration(runs: pd.DataFrame) -> dict[str, float]:
    """Return depth, units and learning rate of the winner that scored best on its verdict strings; ties by search."""
    means = runs.groupby("search", sort=True)["score"].mean()
    best = runs[runs["search"] == means.idxmax()].iloc[0]
    return {
        name: best[name].item() if hasattr(best[name], "item") else best[name]
        for name in CONFIGURATION
    }


def _conclusion(
    cells: Sequence[str], differences: Sequence[Difference], cell: str, found: bool
) -> str:
    name = cell.upper()
    if len(cells) < 2:
        return f"{name} is the only cell with verdict runs that did not fail"
    among = [d for d in differences if cell in (d.first, d.second)]
    if found:
        more = [_other(d, cell) for d in among if d.more == cell]
        sooner = [
            _other(d, cell) for d in among if d.sooner == cell and _other(d, cell) not in more
        ]
        reasons = [f"it memorizes more than {_names(more)}"] if more else []
        reasons += [f"it gets as far sooner than {_names(sooner)}"] if sooner else []
        return (
            f"{name}: {' and '.join(reasons)}" if reasons else f"{name}: every other cell is beaten"
        )
    equal = [_other(d, cell) for d in among if d.more is None and d.sooner is None]
    between = f" between {_names([cell, *equal])}" if len(cells) > 2 else ""
    return f"no difference found{between}; {name} is cheaper{_cost(cell, equal)}{_not_excluded(among, equal, cell)}"


def _not_excluded(differences: Sequence[Difference], equal: Sequence[str], cell: str) -> str:
    """How large a difference could still be, from the ends of the intervals."""
    compared = [d for d in differences if _other(d, cell) in equal]
    fractions = [limit for d in compared for limit in d.fraction.interval(d.confidence)]
    octaves = [limit for d in compared for limit in d.rho.interval(d.confidence)]
    if not np.isfinite([*fractions, *octaves]).all():
        return "; how large a difference could be is not known"
    percent, factor = 100 * min(max(map(abs, fractions)), 1.0), 2 ** max(map(abs, octaves))
    sizes = [f"{percent:.1f} % of a string"] if percent else []
    return f"; differences of up to {' or '.join([*sizes, f'{_times(factor)} times the time'])} are not excluded"


def _cost(cell: str, equal: Sequence[str]) -> str:
    ratios = [
        f"{CELLS[cell].gates / CELLS[other].gates:.2g} of {other.upper()}'s" for other in equal
    ]
    return (
        f" (at equal units its recurrent weights and FLOPs are {', '.join(ratios)})"
        if ratios
        else ""
    )


def _cell_line(runs: pd.DataFrame, cell: str) -> str:
    own = runs[runs["cell"] == cell].reset_index(drop=True)
    if own.empty:
        return f"{cell}: every verdict run failed"
    fraction = recalled_fraction(own, learning_curves(own))
    bits = (fraction * own["reference_bits"].to_numpy(dtype=float)).mean()
    return (
        f"{cell}: {int(own['memorized'].sum())} of {len(own)} verdict strings memorized; "
        f"{bits:.3g} of {own['reference_bits'].mean():.3g} bits a string recalled ({100 * fraction.mean():.0f} %)"
    )


def _more_line(found: Difference) -> str:
    bits, fraction = found.bits, found.fraction
    pair = f"{found.first.upper()} and {found.second.upper()}"
    if bits.interval(found.confidence) == (0.0, 0.0):
        return f"memorizes more: neither; {pair} recall as much of every verdict string"
    ahead = found.first if bits.estimate >= 0 else found.second
    sign = 1.0 if ahead == found.first else -1.0
    size = f"{_signed(bits, sign, found.confidence)} bits a string, {_percent(fraction, sign, found.confidence)}"
    if found.more:
        return f"memorizes more: {ahead.upper()}, by {size}"
    return f"memorizes more: not settled between {pair}; {ahead.upper()} by {size}"


def _sooner_line(found: Difference) -> str:
    rho, pair = found.rho, f"{found.first.upper()} and {found.second.upper()}"
    if not rho.values:
        return f"sooner: not known for {pair}; in every pair of runs one stored less than 2 % of its string"
    ahead = found.first if rho.estimate >= 0 else found.second
    sign = 1.0 if ahead == found.first else -1.0
    factor, interval = 2 ** (sign * rho.estimate), _limits(rho, sign, found.confidence)
    if interval is None:
        words = f"{factor:.2f} times as soon (no interval: fewer than 2 searches)"
    else:
        low, high = (2**limit for limit in interval)
        inside = f"interval {low:.2g} to {_times(high)}; rho {sign * rho.estimate:.2g} octaves"
        words = f"{_times(factor)} times as soon ({inside})"
    left = (
        f"; {found.uninformative} of {found.strings} pairs say nothing"
        if found.uninformative
        else ""
    )
    clock = "; the other way round at equal FLOPs" if found.depends_on_clock else ""
    lead = ahead.upper() if found.sooner else f"not settled between {pair}; {ahead.upper()}"
    return f"sooner at the same recall: {lead}, {words}{left}{clock}"


def _configuration_line(runs: pd.DataFrame, cell: str, configuration: Mapping[str, float]) -> str:
    winners = runs.drop_duplicates("search")
    depths = winners["depth"].astype(int)
    units = winners["units"].astype(int)
    rates = winners["learning_rate"].astype(float)
    spread = (
        f"winners of {len(winners)} searches: {number_range(depths.min(), depths.max())} layers, "
        f"{number_range(units.min(), units.max())} units, "
        f"learning rate {rates.min():.2g} to {rates.max():.2g}"
    )
    depth = int(configuration["depth"])
    layers = f"{depth} layer{'' if depth == 1 else 's'} of {int(configuration['units'])} units"
    return f"configuration to use: {cell.upper()}, {layers}, learning rate {configuration['learning_rate']:.3g} ({spread})"


def _limits(found: Contrast, sign: float, confidence: float) -> tuple[float, float] | None:
    limits = sorted(sign * limit for limit in found.interval(confidence))
    return None if np.isnan(limits).any() else (limits[0], limits[1])


def _signed(found: Contrast, sign: float, confidence: float) -> str:
    limits = _limits(found, sign, confidence)
    inside = (
        "no interval: fewer than 2 searches"
        if limits is None
        else f"interval {plain_number(limits[0], 3, grouped=False)} to {plain_number(limits[1], 3, grouped=False)}"
    )
    return f"{plain_number(sign * found.estimate, 3, grouped=False)} ({inside})"


def _percent(found: Contrast, sign: float, confidence: float) -> str:
    limits = _limits(found, sign, confidence)
    inside = "" if limits is None else f" ({100 * limits[0]:.1f} to {100 * limits[1]:.1f})"
    return f"{100 * sign * found.estimate:.1f} %{inside} of it"


def _times(factor: float) -> str:
    return f"{factor:.3g}" if factor < MANY_TIMES else f"more than {MANY_TIMES}"


def _other(found: Difference, cell: str) -> str:
    return found.second if found.first == cell else found.first


def _names(cells: Sequence[str]) -> str:
    return " and ".join(cell.upper() for cell in cells)
