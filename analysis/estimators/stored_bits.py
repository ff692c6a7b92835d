"""Bits that a network stores when it is offered more, by its size, and the gate of claim C10."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from seqmem.analysis.records.checkpoint_curves import stored_at
from seqmem.analysis.records.groups import Group, split_groups
from seqmem.analysis.records.kinds import RECORDS
from seqmem.analysis.records.loading import confirmed
from seqmem.core.arrays import Array
from seqmem.core.python_arguments import argument_kinds

# Bits per parameter in the literature. The first value is for recurrent networks.
REFERENCE_LINES = {"Collins et al. 2016": 5.0, "Morris et al. 2025 (transformers)": 3.6}
LOADS = (3.0, 8.0)
LOAD_TOLERANCE = 1.25
GATE_GAIN = 0.03
GATE_AGREEMENT = 0.05
# Settings that networks of all sizes share. If two sweeps treat one of these differently, their
# networks are not sizes of one kind. Depth and units are sizes.
_SETTINGS = (
    "learning_rate_schedule optimizer learning_rate batch length gradient_clip weight_decay"
    " dropout momentum forget_bias restore_best_weights candidate block heads context recall"
).split()
_ASKED = ["source", "alphabet_size", "measure", "protocol", "budget"]
PLATEAU_COLUMNS = (
    "cell depth units parameters load offered_bits offered_per_parameter stored_bits low high"
    " stored_per_parameter half_stored_bits last_doubling_gain strings steps"
).split()
SIZE_COLUMNS = (
    "cell depth units parameters plateau_bits bits_per_parameter last_doubling_gain"
    " load_disagreement gate strings"
).split()


@argument_kinds(frame=RECORDS)
def plateau_table(frame: pd.DataFrame) -> pd.DataFrame:
    """Compute the stored bits of each network at each load.

    Only confirmation runs that go on after memorizing count (`stop_on_memorized = false`).

    Parameters
    ----------
    frame : DataFrame
        Records, as `analysis.load` returns them.

    Returns
    -------
    DataFrame
        One row per (group, cell, depth, units, load), with `design` as in `by_settings`. `load` is
        3 or 8 where the offered bits per parameter are within a quarter of it. Other loads are NaN,
        with one row for each level. `stored_bits` is the mean over strings of the best value within
        the budget, with a 95 % t interval over strings. `half_stored_bits` is the same at half of
        the budget. `last_doubling_gain` is the relative gain from the last doubling of the budget.

    Examples
    --------
    >>> from seqmem import analysis
    >>> frame = analysis.load("runs/quick")  # doctest: +SKIP
    >>> analysis.plateau_table(frame)  # doctest: +SKIP
    """
    runs = confirmed(by_settings(frame[~frame["stop_on_memorized"].eq(True)]))
    rows = []
    for group, some in split_groups(runs):
        keyed = some.assign(load=_loads(some), **_stored(some))
        for (cell, depth, units, _), part in keyed.groupby(
            ["cell", "depth", "units", _load_keys(keyed)], sort=True
        ):
            rows.append([*group, cell, depth, units, *_plateau(part)])
    return pd.DataFrame(rows, columns=[*Group._fields, *PLATEAU_COLUMNS])


def by_settings(frame: pd.DataFrame) -> pd.DataFrame:
    """Return records with the settings in which sweeps of one budget differ, as `design`.

    Sweeps that differ only in sizes have one design. For a setting that a sweep searches, the text
    is `searched`.

    Parameters
    ----------
    frame : DataFrame
        Records, as `analysis.load` returns them.

    Returns
    -------
    DataFrame
        A copy with a new index. `design` is empty where sweeps do not differ.
    """
    frame = frame.reset_index(drop=True)
    design = pd.Series("", frame.index, dtype=object)
    for _, rows in frame.groupby(_ASKED, sort=True, observed=True):
        design[rows.index] = rows["sweep"].map(_settings(rows))
    return frame.assign(design=design)


def _settings(rows: pd.DataFrame) -> dict[str, str]:
    """Return the settings of each sweep that differ, such as `batch 8, learning rate searched`."""
    known = rows[[name for name in _SETTINGS if name in rows]].groupby(rows["sweep"], sort=True)
    values = known.agg(["nunique", "first"])
    texts: dict[str, list[str]] = {str(sweep): [] for sweep in values.index}
    for name in values.columns.unique(0):
        settings = [_setting(*row) for row in values[name].itertuples(index=False)]
        if len(set(settings)) < 2:
            continue
        for text, setting in zip(texts.values(), settings, strict=True):
            text.append(f"{name.replace('_', ' ')} {setting}")
    return {sweep: ", ".join(text) for sweep, text in texts.items()}


def _setting(count: int, value: object) -> str:
    """Return the text of a setting of one sweep with `count` values."""
    if count != 1:
        return "searched" if count else "none"
    return f"{value:g}" if isinstance(value, float) else str(value)


@argument_kinds(frame=RECORDS)
def size_table(frame: pd.DataFrame) -> pd.DataFrame:
    """Compute the plateau of each network that was offered about 8 bits per parameter.

    Parameters
    ----------
    frame : DataFrame
        Records, as `analysis.load` returns them.

    Returns
    -------
    DataFrame
        One row per (group, cell, depth, units). `plateau_bits` is the mean over strings under the
        load 8. `gate` is true if the last doubling of steps added less than 3 % under every load
        and the two loads agree within 5 %. Otherwise the plateau is a lower bound.

    Examples
    --------
    >>> from seqmem import analysis
    >>> frame = analysis.load("runs/quick")  # doctest: +SKIP
    >>> analysis.size_table(frame)  # doctest: +SKIP
    """
    table = plateau_table(frame)
    rows = []
    for key, some in table.groupby(
        [*Group._fields, "cell", "depth", "units", "parameters"], sort=True
    ):
        by_load = some.dropna(subset="load").set_index("load")
        if max(LOADS) not in by_load.index:
            continue
        heavy = by_load.loc[max(LOADS)]
        light = by_load["stored_bits"].get(min(LOADS), np.nan)
        apart = np.nan
        if heavy["stored_bits"] > 0:
            apart = abs(float(light) / float(heavy["stored_bits"]) - 1)
        # NaN, if nothing was stored at half of the budget, must fail the gate.
        gain = float(by_load["last_doubling_gain"].max(skipna=False))
        passed = bool(gain < GATE_GAIN and apart <= GATE_AGREEMENT)
        bits = heavy["stored_bits"]
        strings = int(by_load["strings"].min())
        rows.append([*key, bits, bits / key[-1], gain, apart, passed, strings])
    return pd.DataFrame(rows, columns=[*Group._fields, *SIZE_COLUMNS])


def log_slope(sizes: Array, values: Array, confidence: float = 0.95) -> tuple[float, float, float]:
    """Return the least-squares slope of log2 values on log2 sizes, with its t interval.

    Parameters
    ----------
    sizes : array of float, shape (n,)
        Positive sizes, such as parameters.
    values : array of float, shape (n,)
        Values such as stored bits. Sizes without a positive value are left out.
    confidence : float, default 0.95
        Coverage of the interval.

    Returns
    -------
    slope, low, high : float
        Slope and limits. The slope is NaN below two sizes, the limits below three.

    Examples
    --------
    >>> [round(x, 6) for x in log_slope(np.array([1.0, 2, 4, 8]), np.array([5.0, 10, 20, 40]))]
    [1.0, 1.0, 1.0]
    """
    known = np.isfinite(values) & (values > 0)
    x = np.log2(sizes[known])
    y = np.log2(values[known])
    if len(x) < 2:
        return float("nan"), float("nan"), float("nan")
    x = x - x.mean()
    spread = float(x @ x)
    if spread == 0:
        return float("nan"), float("nan"), float("nan")
    slope = float(x @ y) / spread
    if len(x) < 3:
        return slope, float("nan"), float("nan")
    rest = y - y.mean() - slope * x
    error = float(np.sqrt(rest @ rest / (len(x) - 2) / spread))
    half = float(stdtrit(len(x) - 2, (1 + confidence) / 2)) * error
    return slope, slope - half, slope + half


def _loads(runs: pd.DataFrame) -> Array:
    """Return 3 or 8 where the offered bits per parameter are close to it, otherwise NaN: (n,)."""
    offered = (runs["reference_bits"] / runs["parameters"]).to_numpy(dtype=float)
    loads = np.full(len(runs), np.nan)
    for load in LOADS:
        loads[(offered >= load / LOAD_TOLERANCE) & (offered <= load * LOAD_TOLERANCE)] = load
    return loads


def _load_keys(runs: pd.DataFrame) -> pd.Series:
    """Return the label over whose runs the mean is taken: a nominal load or a level."""
    loads = runs["load"].tolist()
    levels = runs["level"].tolist()
    names = [
        f"level {int(level):09d}" if np.isnan(load) else f"load {load:g}"
        for load, level in zip(loads, levels, strict=True)
    ]
    return pd.Series(names, runs.index, dtype=object)


def _stored(runs: pd.DataFrame) -> dict[str, Array]:
    """Return the bits stored within the whole budget and within half of it: two (n,) arrays."""
    fractions = stored_at(
        [0.5, 1.0],
        runs["checkpoint_fractions"],
        runs["checkpoint_nll_bits"],
        runs["reference_bits"],
        runs["status"] == "diverged",
    )
    bits = fractions * runs["reference_bits"].to_numpy(dtype=float)[:, None]
    return {"half_stored": bits[:, 0], "stored": bits[:, 1]}


def _plateau(runs: pd.DataFrame) -> list[object]:
    strings = runs.groupby("string_id", sort=True)[["stored", "half_stored"]].mean()
    count = len(strings)
    mean = strings["stored"].mean()
    half = strings["half_stored"].mean()
    width = np.nan
    if count > 1:
        width = stdtrit(count - 1, 0.975) * strings["stored"].std(ddof=1) / np.sqrt(count)
    parameters = int(runs["parameters"].iloc[0])
    offered = runs["reference_bits"].mean()
    gain = mean / half - 1 if half > 0 else np.nan
    stored = [mean, mean - width, mean + width, mean / parameters]
    load = runs["load"].iloc[0]
    steps = runs["steps"].median()
    return [parameters, load, offered, offered / parameters, *stored, half, gain, count, steps]
