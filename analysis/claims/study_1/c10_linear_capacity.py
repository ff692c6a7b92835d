"""C10: a network stores a number of bits linear in its parameters."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import numpy as np
import pandas as pd

from seqmem.analysis.claims.rules.claim import Claim
from seqmem.analysis.claims.rules.evidence import Evidence
from seqmem.analysis.claims.rules.margin_scales import DEPARTURE_FROM_ONE
from seqmem.analysis.claims.rules.verdict import (
    INCONCLUSIVE,
    REFUTED,
    SUPPORTED,
    Verdict,
    VerdictPart,
    conjunction,
    not_tested,
)
from seqmem.analysis.estimators.contrasts import PLAIN
from seqmem.analysis.estimators.stored_bits import (
    LOADS,
    REFERENCE_LINES,
    by_settings,
    log_slope,
    plateau_table,
    size_table,
)
from seqmem.analysis.records.groups import GIVEN_SHARE, source_labels
from seqmem.analysis.records.loading import confirmed
from seqmem.study.memorizers.cells import cell_title

LOWEST_SLOPE = 0.9
HIGHEST_SLOPE = 1.1
LEAST_SIZES = 6
LEAST_STRINGS_PER_SIZE = 3
PLATEAU_NOT_REACHED = "at least: the plateau is not reached"
FILLED_SHARE = 0.95
_KEY = ["cell", "alphabet_size", "protocol", "design", "budget"]


def test(evidence: Evidence) -> Verdict:
    """Return the verdict on C10: slope of log2 plateau bits on log2 parameters, for each cell.

    A slope decides only if the plateau was reached. A cell is judged on every alphabet, protocol
    and budget for which it has the whole design.
    """
    tried = _tried(evidence)
    rows = confirmed(tried)
    loaded = plateau_table(tried).dropna(subset="load") if len(rows) else pd.DataFrame()
    if loaded.empty:
        return not_tested([
            f"{LEAST_SIZES} sizes x {LEAST_STRINGS_PER_SIZE} i.i.d. strings at loads of 3 and 8"
            " bits per parameter, equal steps, stop_on_memorized = false, a decaying"
            " learning-rate schedule"
        ])  # fmt: skip
    lacking = {key: _needs(some, _same(rows, key)) for key, some in loaded.groupby(_KEY, sort=True)}
    whole = [key for key, phrases in lacking.items() if not phrases]
    cells = {key[0] for key in whole}
    needs = [
        phrase for key, phrases in lacking.items() if key[0] not in cells for phrase in phrases
    ]
    if needs:
        return not_tested(dict.fromkeys(needs))
    sizes = size_table(tried)
    chosen = {key: _same(sizes, key) for key in whole}
    parts = tuple(_part(_name(key, whole), some) for key, some in chosen.items())
    verdict, tag = conjunction(parts)
    notes = [
        note for key, some in chosen.items() for note in _words(_name(key, whole), some, loaded)
    ]
    return Verdict(
        verdict,
        tag,
        parts,
        notes=tuple(notes),
        setting=", ".join(sorted({key[-1] for key in whole})),
    )


def _tried(evidence: Evidence) -> pd.DataFrame:
    """Return runs on i.i.d. strings that go on after memorizing, with decaying learning rate.

    Their budget is in steps. Trials are included, because they show what a search varied. Runs are
    separated by all settings other than the size.
    """
    runs = evidence.frame
    if "learning_rate_schedule" not in runs:
        return runs.iloc[:0]
    source = source_labels(runs) if "string_condition" in runs else runs["source"]
    use = (source == "iid") & (runs["budget_unit"] == "steps") & ~runs["stop_on_memorized"].eq(True)
    schedules = runs["learning_rate_schedule"].astype(str)
    use &= ~schedules.str.fullmatch(r"constant|warmup \d+ steps")
    return by_settings(runs[use & (runs["given_bits"] <= GIVEN_SHARE * runs["reference_bits"])])


def _same(table: pd.DataFrame, key: tuple[Hashable, ...]) -> pd.DataFrame:
    """Return the rows of one cell, alphabet, protocol, design and budget."""
    return table[(table[_KEY] == list(key)).all(axis=1)]


def _name(key: tuple[Any, ...], keys: list[tuple[Any, ...]]) -> str:
    """Return the cell, with its other settings if it has several parts."""
    twice = [other[0] for other in keys].count(key[0]) > 1
    return cell_title(str(key[0])) + (
        f", {key[1]} symbols, {', '.join(filter(None, key[2:]))}" if twice else ""
    )


def _needs(loaded: pd.DataFrame, runs: pd.DataFrame) -> list[str]:
    design = str(loaded["design"].iloc[0])
    phrases: list[str] = []
    cell = cell_title(str(loaded["cell"].iloc[0])) + (f" with {design}" if design else "")
    for load in LOADS:
        some = loaded[loaded["load"] == load]
        sizes = some["parameters"].nunique()
        if sizes < LEAST_SIZES:
            there = f"there {'is' if sizes == 1 else 'are'} {sizes}"
            phrases.append(
                f"{LEAST_SIZES} sizes of {cell} at {load:g} bits per parameter ({there})"
            )
        elif some["strings"].min() < LEAST_STRINGS_PER_SIZE:
            phrases.append(
                f"{LEAST_STRINGS_PER_SIZE} strings for each size of {cell} at {load:g} bits"
                " per parameter"
            )
    # A diverged run may have stopped early; every other run takes all steps of the budget.
    finished = runs.loc[runs["status"] != "diverged", ["steps", "batch", "length"]]
    if (finished.nunique() > 1).any():
        phrases.append(f"equal steps of equal batches for all sizes of {cell}")
    return phrases


def _part(name: str, sizes: pd.DataFrame) -> VerdictPart:
    """Return the slope of one cell; inconclusive if the plateau is not reached at every size."""
    means = sizes.groupby("parameters", sort=True)["plateau_bits"].mean()
    slope, low, high = log_slope(means.index.to_numpy(dtype=float), means.to_numpy(dtype=float))
    verdict = INCONCLUSIVE
    if low >= LOWEST_SLOPE and high <= HIGHEST_SLOPE:
        verdict = SUPPORTED
    elif high < LOWEST_SLOPE or low > HIGHEST_SLOPE:
        verdict = REFUTED
    tag = ""
    if not sizes["gate"].all():
        verdict = INCONCLUSIVE
        tag = PLATEAU_NOT_REACHED
    basis = f"{len(means)} sizes, each a mean over at least {sizes['strings'].min()} strings"
    quantity = "slope of log2 bits on log2 parameters"
    return VerdictPart(
        name, quantity, slope, low, high, low, high, HIGHEST_SLOPE - 1, verdict, tag, basis, PLAIN
    )


def _words(name: str, sizes: pd.DataFrame, loaded: pd.DataFrame) -> list[str]:
    """Return sentences on bits per parameter, and on sizes that stored all of the light load."""
    least = "" if sizes["gate"].all() else "at least "
    values = sizes["bits_per_parameter"]
    lines = ", ".join(f"{value:g} ({name})" for name, value in REFERENCE_LINES.items())
    kept = values[values > 0]
    if kept.empty:
        return [f"{name}: nothing was stored"]
    bits = f"{least}{float(np.exp2(np.log2(kept).mean())):.2g} bits per parameter"
    notes = [f"{name}: {bits} ({values.min():.2g}–{values.max():.2g}); for reference {lines}"]
    light = loaded[(loaded["load"] == min(LOADS)) & (loaded["cell"] == sizes["cell"].iloc[0])]
    full = int((light["stored_bits"] >= FILLED_SHARE * light["offered_bits"]).sum())
    if full:
        notes.append(
            f"{name}: at {full} of {len(light)} sizes the network stored the whole load of"
            f" {min(LOADS):g} bits per parameter, so this load cannot show the plateau there; the"
            " loads agree only if the network cannot hold more"
        )
    return notes


CLAIM = Claim(
    study=1,
    statement="A network stores a number of bits linear in its parameters.",
    source="Collins et al. 2016; Morris et al. 2025",
    rule="Supported if the 95 % interval of the slope of log2 plateau bits on log2 parameters is"
    " within [.9, 1.1]. Refuted if the interval is disjoint from it. Inconclusive unless the last"
    " doubling of steps adds less than 3 % and loads of 3 and 8 bits per parameter agree within"
    " 5 %.",
    test=test,
    scale=DEPARTURE_FROM_ONE,
)
