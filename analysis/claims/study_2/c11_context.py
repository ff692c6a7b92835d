"""C11: what makes a string hard is the context it needs, not its bits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from seqmem.analysis.claims.rules.claim import Claim
from seqmem.analysis.claims.rules.evidence import Evidence
from seqmem.analysis.claims.rules.requirements import fewer_within, missing_cells
from seqmem.analysis.claims.rules.verdict import (
    CLOCK_DEPENDS,
    INCONCLUSIVE,
    SUPPORTED,
    Verdict,
    VerdictPart,
    doubted,
    not_tested,
)
from seqmem.analysis.claims.study_2.rules.constants import (
    BITS_OCTAVES,
    CONTEXT_CONDITIONS,
    CONTEXT_OCTAVES,
    CONTEXT_SPREAD,
    CONTEXT_STRINGS_WITHIN,
    DELTA,
    LEAST_CONTEXT_SLOPE,
    LEAST_SEARCHES,
    MOST_CENSORED,
    STORED_SHARE,
)
from seqmem.analysis.claims.study_2.rules.judging import combined, judged_part
from seqmem.analysis.claims.study_2.rules.sweeps import SOURCES, parts_of
from seqmem.analysis.estimators.context_effects import ContextEffects, context_effects
from seqmem.analysis.estimators.contrasts import Contrast
from seqmem.analysis.estimators.stored_times import log2_stored_times
from seqmem.analysis.estimators.survival import times_to_memorize
from seqmem.analysis.estimators.time_ratios import learning_curves
from seqmem.study.memorizers.cells import cell_title

_CELLS = ("gru", "lstm")
_CLOCK = "cal-s"
_SLOPE = "octaves of time per octave of context"
_BITS = "octaves of time per octave of bits"
_EXCESS = (
    f"octaves of time of {CONTEXT_OCTAVES} octaves of context minus {BITS_OCTAVES} octaves of bits"
)
TO_STORED = f"to {STORED_SHARE:.0%} stored".replace("%", " %")
AT_FLOPS = f"{TO_STORED}, in FLOPs"
OF_UNIFORM = f"{TO_STORED} of a uniform code (exploratory)"
TO_MEMORIZED = "to memorize (exploratory)"


def test(evidence: Evidence) -> Verdict:
    """Return the verdict on C11: the effects of context and of bits on the time to 90 % stored.

    Both cells must have a slope of context above .1, and an effect of 4 octaves of context above
    that of 2 octaves of bits.
    """
    rows = _wanted(evidence, evidence.runs)
    nominal = nominal_contexts(evidence.configs)
    needs = _needs(_wanted(evidence, evidence.designed), rows, nominal)
    if needs:
        return not_tested(needs)
    spread = conditions_out_of_range(rows, nominal)
    rows = rows[~rows["stratum"].isin(list(spread))]
    effects = {
        (reading, cell): context_effects(
            times[times["cell"] == cell], (CONTEXT_OCTAVES, BITS_OCTAVES), MOST_CENSORED
        )
        for reading, times in _readings(evidence, rows).items()
        for cell in _CELLS
    }
    main = [effects[TO_STORED, cell] for cell in _CELLS]
    known = [one for one in main if one is not None]
    if len(known) < len(_CELLS):
        return not_tested([
            f"more than 3 string conditions with at most {MOST_CENSORED:.0%} of the times censored,"
            " whose contexts and bits differ"
        ])  # fmt: skip
    by_reading = {key: _parts(*key, one) for key, one in effects.items() if one is not None}
    deciding = [part for cell in _CELLS for part in by_reading[TO_STORED, cell]]
    beside = [
        _part(f"{cell_title(cell)}: bits", _BITS, one.bits, 0.0)
        for cell, one in zip(_CELLS, known, strict=True)
    ]
    beside += [part for key, some in by_reading.items() if key[0] != TO_STORED for part in some]
    doubts = evidence.doubts(rows, DELTA)
    judged = [doubted(part, doubts) for part in deciding]
    outcome = _on_flops(combined(deciding), effects)
    if doubts:
        outcome = (judged[0].verdict, judged[0].tag)
    budgets = ", ".join(sorted(rows["budget"].unique()))
    return Verdict(
        *outcome,
        (*judged, *beside),
        tuple(part.name for part in beside),
        notes=(*doubts, *_notes(spread, effects), *evidence.unknown_ranges(rows)),
        setting=f"the best point of a search of the frozen box; {budgets}",
        p_value=max(
            value
            for one in known
            for value in (
                one.context.p_value_beyond(LEAST_CONTEXT_SLOPE), one.excess.p_value_beyond(0.0)
            )
        ),
    )  # fmt: skip


def nominal_contexts(configs: Mapping[str, Mapping[str, Any]]) -> dict[str, int]:
    """Return the nominal context of the strings of each sweep that has one, in symbols.

    Parameters
    ----------
    configs : mapping of str to mapping
        Sweep files by the name of the sweep.

    Examples
    --------
    >>> nominal_contexts({"a": {"strings": {"parameters": {"context": 5}}}, "b": {}})
    {'a': 5}
    """
    parameters = {
        name: config.get("strings", {}).get("parameters", {}) for name, config in configs.items()
    }
    return {name: int(one["context"]) for name, one in parameters.items() if "context" in one}


def conditions_out_of_range(rows: pd.DataFrame, nominal: Mapping[str, int]) -> dict[str, float]:
    """Return the string conditions whose strings do not have the nominal context.

    Parameters
    ----------
    rows : DataFrame
        Runs with `sweep`, `stratum`, `string_id` and `min_context`.
    nominal : mapping of str to int
        Nominal context by sweep, in symbols.

    Returns
    -------
    dict of str to float
        Share of strings within 20 % of the nominal context, by stratum, where it is below 3/4.
    """
    strings = rows.drop_duplicates(["stratum", "string_id"])
    wanted = strings["sweep"].map(nominal)
    within = (strings["min_context"] / wanted - 1).abs() <= CONTEXT_SPREAD + 1e-9
    shares = within.groupby(strings["stratum"]).mean()
    return {
        str(key): float(value) for key, value in shares[shares < CONTEXT_STRINGS_WITHIN].items()
    }


def _wanted(evidence: Evidence, rows: pd.DataFrame) -> pd.DataFrame:
    return rows[
        rows["sweep"].isin(parts_of(SOURCES, evidence.sweeps))
        & rows["cell"].isin(_CELLS)
        & (rows["budget_unit"] == _CLOCK)
        & ~rows["stop_on_memorized"].eq(True)
    ]


def _needs(planned: pd.DataFrame, runs: pd.DataFrame, nominal: Mapping[str, int]) -> list[str]:
    if runs.empty:
        return [
            f"GRU and LSTM of {SOURCES} with a budget in {_CLOCK} and stop_on_memorized = false"
        ]
    unknown = sorted(set(runs["sweep"]) - set(nominal))
    phrases = (
        [f"sweep files with the context of the strings of {', '.join(unknown)}"] if unknown else []
    )
    phrases += missing_cells(planned, _CELLS)
    phrases += fewer_within(planned, ["cell"], ["stratum"], CONTEXT_CONDITIONS, "string conditions")
    return phrases + fewer_within(
        planned, ["stratum", "cell"], ["cluster"], LEAST_SEARCHES, "searches per condition"
    )


def _readings(evidence: Evidence, rows: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return the times of the strings by reading; the first decides."""
    amount = rows["budget_amount"].to_numpy(dtype=float)
    curves = evidence.curves.take(rows.index.to_numpy())
    uniform = rows["period"] * np.log2(rows["alphabet_size"].astype(float))
    memorized, unsolved = times_to_memorize(rows)
    of_uniform = learning_curves(rows.assign(reference_bits=uniform))
    times = {
        TO_STORED: log2_stored_times(rows, curves, STORED_SHARE),
        AT_FLOPS: log2_stored_times(rows, curves, STORED_SHARE, "flops"),
        OF_UNIFORM: log2_stored_times(rows, of_uniform, STORED_SHARE),
        TO_MEMORIZED: (np.log2(memorized * amount), unsolved > 0),
    }
    return {reading: _strings(rows, *some) for reading, some in times.items()}


def _strings(rows: pd.DataFrame, log2_time: np.ndarray, censored: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "cell": rows["cell"],
            "condition": rows["stratum"],
            "search": rows["cluster"],
            "log2_time": log2_time,
            "censored": censored,
            "context": rows["min_context"],
            "bits": rows["reference_bits"],
        }
    )


def _parts(reading: str, cell: str, effects: ContextEffects) -> list[VerdictPart]:
    ending = "" if reading == TO_STORED else f", {reading}"
    title = cell_title(cell)
    return [
        _part(f"{title}: context{ending}", _SLOPE, effects.context, LEAST_CONTEXT_SLOPE),
        _part(f"{title}: context against bits{ending}", _EXCESS, effects.excess, 0.0),
    ]


def _part(name: str, quantity: str, contrast: Contrast, margin: float) -> VerdictPart:
    part = judged_part("C11", name, quantity, contrast, margin)
    counts = f"{contrast.values} searches of {contrast.clusters} string conditions"
    return replace(part, basis=f"{counts}; {contrast.freedom:.1f} degrees of freedom")


def _on_flops(
    outcome: tuple[str, str], effects: Mapping[tuple[str, str], ContextEffects | None]
) -> tuple[str, str]:
    """Return the verdict; a supported one needs the same signs in FLOPs."""
    others = [effects[AT_FLOPS, cell] for cell in _CELLS]
    agree = all(one and min(one.context.estimate, one.excess.estimate) > 0 for one in others)
    return (INCONCLUSIVE, CLOCK_DEPENDS) if outcome[0] == SUPPORTED and not agree else outcome


def _notes(
    spread: Mapping[str, float], effects: Mapping[tuple[str, str], ContextEffects | None]
) -> list[str]:
    notes = [
        f"{condition} is left out: only {share:.0%} of its strings have a context within"
        f" {CONTEXT_SPREAD:.0%} of the nominal one"
        for condition, share in spread.items()
    ]
    for (reading, cell), one in effects.items():
        if one is not None and one.left_out:
            notes.append(
                f"{cell_title(cell)}, {reading}: {', '.join(one.left_out)} left out, because more"
                f" than {MOST_CENSORED:.0%} of the times are longer than the budget. These are the"
                " hardest strings"
            )
    return notes


CLAIM = Claim(
    study=2,
    statement="What makes a string hard is the context it needs, not its bits.",
    source="study 1 (exploratory)",
    rule="Supported if, for both cells, the 98.75 % interval of the slope of log2 time to 90 %"
    " stored on log2 context lies above .1, and that of the effect of 4 octaves of context minus"
    " that of 2 octaves of bits above 0 (REML with a random string condition, Satterthwaite's"
    " degrees of freedom), with the same signs at equal FLOPs.",
    test=test,
)
