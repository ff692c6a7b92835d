"""Records with a known truth for each claim, and its verdict on them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from seqmem.analysis.claims.rules.evidence import Evidence
from seqmem.analysis.claims.study_1 import CLAIMS

SEARCH = {
    "depth": {"low": 1, "high": 4},
    "units": {"low": 8, "high": 128},
    "learning_rate": {"low": 1e-4, "high": 1.0, "log": True},
}
C6 = "probe_loss_after_steps_1709_nll_bits_per_symbol"
C7 = "probe_loss_volatility_log_loss_sd"


def both_alphabets(
    make_frame, ratio: float, levels=(16, 64), centre: float = 60.0, seed: int = 3, **fields
):
    """GRU with `ratio` times the LSTM's capacity, in two sweeps of 2 and 4 symbols."""
    cells = (("gru", centre * ratio**0.5), ("lstm", centre / ratio**0.5))
    plan = {"searches": 3, "confirm": 8, "tau": 0.05, "spread": 0.05, "budget": "2 cal-s"} | fields
    frames = []
    for k in (2, 4):
        frame = make_frame(
            levels=levels, capacities=cells, sweep=f"{plan['budget']}-k{k}", seed=seed + k, **plan
        )
        frames.append(frame.assign(alphabet_size=k))
    return pd.concat(frames, ignore_index=True)


def verdict(name: str, frame: pd.DataFrame, configs=None, timings=None):
    return CLAIMS[name].test(Evidence(frame, configs or {}, timings))


def configured(frame: pd.DataFrame, **search):
    return {sweep: {"search": SEARCH | search} for sweep in frame["sweep"].unique()}


def depth_sweeps(make_frame, gains: dict[str, float], matched: bool = True):
    """Make sweeps with a fixed depth of 1 to 4; capacity grows by 2^(gain * (depth - 1))."""
    frames = []
    configs = {}
    for design in ("plain", "matched") if matched else ("plain",):
        for depth in (1, 2, 3, 4):
            if design == "matched" and depth == 1:
                continue
            for budget, gain in gains.items():
                capacity = 100.0 * 2 ** (gain * (depth - 1))
                sweep = f"{design}-{depth}-{budget}"
                frame = make_frame(
                    levels=(256, 512), capacities=(("gru", capacity), ("lstm", capacity)),
                    searches=3, confirm=4, tau=0.01, spread=0.01, budget=budget, sweep=sweep,
                    seed=depth,
                ).assign(depth=depth)  # fmt: skip
                frame["string_id"] = frame["string_id"].str.removeprefix(sweep)
                frames.append(frame)
                units = {"low": 8, "high": 128} if design == "plain" else {"low": 4, "high": 96}
                configs[sweep] = {"search": {"units": units}}
    return pd.concat(frames, ignore_index=True), configs


def sobol_records(
    weights: dict[str, float], noise: float = 0.02, points: int = 256, cells=("gru", "lstm")
):
    """Make one trial per point and string; the score is a weighted sum of inputs in [0, 1]."""
    rng = np.random.default_rng(5)
    names = "depth units learning_rate batch length gradient_clip weight_decay".split()
    frames = []
    for cell in cells:
        inputs = rng.random((points, len(names)))
        score = sum(
            weights.get(name, 0.0) * column for name, column in zip(names, inputs.T, strict=True)
        )
        frame = pd.DataFrame(inputs, columns=names).assign(
            score=score + noise * rng.normal(size=points)
        )
        frames.append(
            frame.assign(
                cell=cell, trial=range(points), string_id=[f"{cell}{i}" for i in range(points)]
            )
        )
    records = pd.concat(frames, ignore_index=True).assign(
        sweep="sobol", condition="c", search=0, role="tune", status="budget_spent", generation=0,
        level=128, source="iid", alphabet_size=4, measure="lzw", protocol="stream",
        budget="1 cal-s", budget_unit="cal-s", budget_amount=1.0,
    )  # fmt: skip
    return records.assign(condition=records["cell"])


def timings(
    ratio: float, spread: float = 0.01, processes: int = 8, torch_ratio: float | None = None
):
    rng = np.random.default_rng(3)
    rows = []
    for process in range(processes):
        for engine in ("fused", "torch"):
            factor = (torch_ratio if engine == "torch" and torch_ratio else ratio) * np.exp(
                spread * rng.normal()
            )
            for work in ("train", "inference"):
                for depth in (1, 2):
                    for units in (16, 64, 128):
                        for batch in (1, 64):
                            shape = {
                                "depth": depth,
                                "units": units,
                                "batch": batch,
                                "length": 64,
                                "alphabet_size": 4,
                            }
                            where = {"process": process, "engine": engine, "work": work} | shape
                            rows.append(where | {"cell": "lstm", "seconds_per_symbol": 1e-6})
                            rows.append(
                                where | {"cell": "gru", "seconds_per_symbol": factor * 1e-6}
                            )
    return pd.DataFrame(rows)


def long_runs(make_frame, effects: dict[str, float], column: str, base: float, noise: float = 0.02):
    """Make sweeps that go on after memorizing; LSTM minus GRU is the effect of the sweep."""
    rng = np.random.default_rng(11)
    frames = []
    for name, effect in effects.items():
        frame = make_frame(
            sweep=name,
            levels=(64, 128),
            searches=3,
            confirm=4,
            budget="1709 steps",
            seed=len(frames),
        )
        values = base + effect * (frame["cell"] == "lstm") + noise * rng.normal(size=len(frame))
        frame = frame.assign(**{column: np.exp(values)}, stop_on_memorized=False)
        if name != "own":
            frame = frame.assign(learning_rate=float(name), trial=0)
        frames.append(frame)
    return pd.concat(frames, ignore_index=True)


def gradient_runs(make_frame, decays: dict[str, float], initial: float = 0.6):
    """Runs with the probe of gradients; the LSTM once more with forget bias 1."""
    rng = np.random.default_rng(2)
    frames = []
    for name, cells in (("plain", ("gru", "lstm", "rnn")), ("open", ("lstm",))):
        frame = make_frame(
            sweep=name, levels=(64, 128), searches=1, confirm=12, budget="400 steps",
            capacities=tuple((cell, 100.0) for cell in cells),
        )  # fmt: skip
        frame["string_id"] = frame["string_id"].str.removeprefix(name)
        trained = frame["cell"].map(decays) + 0.001 * rng.normal(size=len(frame))
        frames.append(
            frame.assign(
                probe_gradient_by_lag_trained_decay_per_symbol=trained,
                probe_gradient_by_lag_initial_decay_per_symbol=initial,
                forget_bias=1.0 if name == "open" else None,
                stop_on_memorized=False,
                trial=0,
            )
        )
    return pd.concat([frame.astype({"forget_bias": float}) for frame in frames], ignore_index=True)


def plateau_runs(make_frame, exponent: float, gain: float = 0.01, light: float = 1.0):
    """Make six sizes at two loads; stored bits follow parameters^exponent, times `light` at 3."""
    rng = np.random.default_rng(1)
    frames = []
    for index, units in enumerate((8, 12, 16, 24, 32, 48)):
        parameters = 10 * units**2
        for load, factor in ((3.0, light), (8.0, 1.0)):
            frame = make_frame(
                levels=(1000,), searches=1, confirm=3, budget="4000 steps", sweep=f"{units}-{load}"
            )
            offered = np.full(len(frame), load * parameters)
            stored = factor * 2.0 * parameters * (parameters / 5000) ** (exponent - 1)
            stored = stored * np.exp(0.005 * rng.normal(size=len(frame)))
            curves = [
                [bits - s / (1 + gain), bits - s] for bits, s in zip(offered, stored, strict=True)
            ]
            frames.append(frame.assign(
                units=units, depth=1, parameters=parameters, reference_bits=offered,
                given_bits=1.0, level=1000 + index,
                checkpoint_fractions=[[0.5, 1.0]] * len(frame), checkpoint_nll_bits=curves,
                steps=4000, checkpoint_steps=[[2000, 4000]] * len(frame),
                checkpoint_spent=[[2000.0, 4000.0]] * len(frame),
                checkpoint_exact_prefixes=[[1, 1]] * len(frame), status="budget_spent",
                stop_on_memorized=False, learning_rate_schedule="cosine 4000 steps",
            ))  # fmt: skip
    return pd.concat(frames, ignore_index=True)
