"""C10: a network stores a number of bits linear in its parameters."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.cautions import GIVEN_SHARE
from analysis.claims.claim import Claim
from analysis.claims.evidence import Evidence
from analysis.claims.verdict import INCONCLUSIVE, REFUTED, SUPPORTED, Part, Verdict, conjunction, not_tested
from analysis.contrasts import PLAIN
from analysis.plateau import LOADS, REFERENCE_LINES, log_slope, plateau_table, size_table

LOWEST, HIGHEST = 0.9, 1.1
SIZES, STRINGS = 6, 3
AT_LEAST = "at least: the plateau is not reached"


def test(evidence: Evidence) -> Verdict:
    """Slope of log2 plateau bits on log2 parameters, for each cell; a gate says whether the plateau was reached."""
    rows = _runs(evidence)
    loaded = plateau_table(rows).dropna(subset="load") if len(rows) else pd.DataFrame()
    needs = _needs(loaded)
    if needs:
        return not_tested(needs)
    sizes = size_table(rows)
    found = {str(cell): _part(str(cell), some) for cell, some in sizes.groupby("cell", sort=True) if len(some) >= SIZES}
    parts = tuple(found.values())
    verdict, tag = conjunction(parts)
    notes = tuple(_per_parameter(cell, sizes[sizes["cell"] == cell]) for cell in found)
    return Verdict(verdict, tag, parts, notes=notes, setting=", ".join(sorted(set(sizes["budget"]))))


def _runs(evidence: Evidence) -> pd.DataFrame:
    """Runs on i.i.d. strings that go on after memorizing, under a decaying learning rate and a budget in steps."""
    runs = evidence.runs
    if "learning_rate_schedule" not in runs:
        return runs.iloc[:0]
    use = (runs["source"] == "iid") & (runs["budget_unit"] == "steps") & ~runs["stop_on_memorized"].eq(True)
    use &= runs["learning_rate_schedule"] != "constant"
    return runs[use & (runs["given_bits"] <= GIVEN_SHARE * runs["reference_bits"])]


def _needs(loaded: pd.DataFrame) -> list[str]:
    if loaded.empty:
        return [
            f"{SIZES} sizes x {STRINGS} i.i.d. strings at loads of 3 and 8 bits per parameter, equal steps,"
            " stop_on_memorized = false, a learning-rate schedule that decays"
        ]
    found = []
    for cell, rows in loaded.groupby("cell", sort=True):
        for load in LOADS:
            some = rows[rows["load"] == load]
            sizes = some["parameters"].nunique()
            if sizes < SIZES:
                found.append(f"{SIZES} sizes of {str(cell).upper()} at {load:g} bits per parameter (there are {sizes})")
            elif some["strings"].min() < STRINGS:
                found.append(f"{STRINGS} strings for each size of {str(cell).upper()} at {load:g} bits per parameter")
    if loaded["budget"].nunique() > 1:
        found.append("one number of steps for all sizes")
    return found


def _part(cell: str, sizes: pd.DataFrame) -> Part:
    """The slope of one cell; where the gate is shut at any size nothing can be said of linearity."""
    slope, low, high = log_slope(sizes["parameters"].to_numpy(dtype=float), sizes["plateau_bits"].to_numpy(dtype=float))
    verdict = INCONCLUSIVE
    if low >= LOWEST and high <= HIGHEST:
        verdict = SUPPORTED
    elif high < LOWEST or low > HIGHEST:
        verdict = REFUTED
    tag = ""
    if not sizes["gate"].all():
        verdict, tag = INCONCLUSIVE, AT_LEAST
    basis = f"{len(sizes)} sizes, each a mean over at least {sizes['strings'].min()} strings"
    quantity = "slope of log2 bits on log2 parameters"
    return Part(cell.upper(), quantity, slope, low, high, low, high, HIGHEST - 1, verdict, tag, basis, PLAIN)


def _per_parameter(cell: str, sizes: pd.DataFrame) -> str:
    least = "" if sizes["gate"].all() else "at least "
    values = sizes["bits_per_parameter"]
    lines = ", ".join(f"{value:g} ({name})" for name, value in REFERENCE_LINES.items())
    mean = float(np.exp2(np.log2(values).mean()))
    found = f"{least}{mean:.2g} bits per parameter ({values.min():.2g}–{values.max():.2g})"
    return f"{cell.upper()}: {found}; for reference {lines}"


CLAIM = Claim(
    statement="A network stores a number of bits linear in its parameters.",
    source="Collins et al. 2016; Morris et al. 2025",
    rule="95 % interval of the slope of log2 plateau bits on log2 parameters within [.9, 1.1]; not linear where it"
    " is disjoint from that; said only where the last doubling of steps adds less than 3 % and loads of 3 and 8 bits"
    " per parameter agree within 5 %",
    test=test,
)
