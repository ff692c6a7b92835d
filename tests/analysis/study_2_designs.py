"""Synthetic records of study 2's sweeps but the scaling, with known effects."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import qmc

from seqmem.analysis.records.checkpoint_curves import FRACTIONS
from seqmem.study.memorizers.identifiable import identifiable_parameters
from tests.analysis.conftest import Synthetic, paired_frame, synthetic_frame
from tests.analysis.study_2_records import SPACE, joined

CELLS = ("gru", "lstm")
OPTIONS = "depth units learning_rate batch length gradient_clip weight_decay".split()
SIZES = (8, 12, 16, 24, 32)
STEPS = (7_500, 15_000, 30_000, 60_000)
Records = tuple[pd.DataFrame, dict[str, dict[str, Any]]]


def depth_sweeps(
    gains: Mapping[int, float], levels: tuple[int, ...] = (512, 1024), noise: int = 0
) -> Records:
    """Make `study2-depth`: octaves by which each depth above 1 is sooner.

    Parameters
    ----------
    gains : mapping of int to float
        Octaves by depth.
    levels : tuple of int
        LZW levels.
    noise : int
        0 gives all depths equal points, so ratios do not vary. Otherwise the values of the points
        of each depth are independent.
    """
    sweeps = []
    for level in levels:
        for depth, gain in {1: 0.0, **gains}.items():
            name = f"study2-depth-d{depth}"
            # One name of the sweep while it is made, so that all depths have the same strings.
            frame = paired_frame(
                levels=(level,), sweep="study2-depth", seed=3 + level + noise * depth, confirm=3,
                capacities=tuple((cell, level * 2.0 ** (1 + gain)) for cell in CELLS),
                budget="1 cal-s", spread=0.05, points=4, tune=1, searches=3,
            )  # fmt: skip
            own = frame.assign(sweep=name, depth=depth, units=16, learning_rate=0.01)
            config = {"name": name, "search": SPACE | {"trials": 4}, "strings": {"tune": 1}}
            sweeps.append((own, {name: config}))
    return joined(*sweeps)


def importance_sweep(
    response: Callable[[np.ndarray], np.ndarray],
    levels: tuple[int, ...] = (32, 64),
    rows: int = 256,
) -> Records:
    """Make `study2-importance`: the octaves of budget left at each point of the unit cube.

    Parameters
    ----------
    response : callable
        Takes places, shape (..., 7), in the order of `OPTIONS`. It returns the octaves.
    levels : tuple of int
        LZW levels.
    rows : int
        Base rows.
    """
    count = len(OPTIONS)
    unit = qmc.Sobol(2 * count, rng=np.random.default_rng(7)).random(rows)
    first, second = unit[:, :count], unit[:, count:]
    mixed = np.where(np.eye(count, dtype=bool), second[:, None], first[:, None])
    places = np.concatenate([first[:, None], second[:, None], mixed], axis=1).reshape(-1, count)
    margins = response(places)
    curves = np.clip((FRACTIONS * 2.0 ** margins[:, None]) ** 0.6, 0, 0.985)
    frames = []
    for cell in CELLS:
        for level in levels:
            bits = 6.0 * level
            trials = np.arange(len(places))
            frames.append(
                pd.DataFrame(2.0 ** (10 * places), columns=OPTIONS).assign(
                    sweep="study2-importance", cell=cell, level=level, trial=trials, role="tune",
                    condition=f"{level}-{cell}", string_condition=f"iid-4-lzw-{level}", search=0,
                    string_id=[f"{level}/{row}" for row in trials // (count + 2)], replicate=0,
                    repeat=0, status="budget_spent", source="iid", alphabet_size=4, measure="lzw",
                    protocol="stream", budget="0.1 cal-s", budget_unit="cal-s", budget_amount=0.1,
                    reference_bits=bits, steps=900, flops=9e6, symbols=9e5,
                    checkpoint_fractions=[FRACTIONS.tolist()] * len(places),
                    checkpoint_spent=[(0.1 * FRACTIONS).tolist()] * len(places),
                    checkpoint_steps=[(900 * FRACTIONS).tolist()] * len(places),
                    checkpoint_nll_bits=(bits * (1 - curves)).tolist(),
                )
            )  # fmt: skip
    ranges = {name: {"low": 1, "high": 1024, "log": True} for name in OPTIONS}
    search = {"sampler": "saltelli", "rows": rows, **ranges}
    config = {"name": "study2-importance", "search": search}
    return pd.concat(frames, ignore_index=True), {"study2-importance": config}


def capacity_sweeps(
    slope: float = 1.0, move: float = 0.0, noise: float = 0.01, strings: int = 6, load: float = 6.0
) -> Records:
    """Make `study2-capacity`: one run on each string of each size at each number of steps.

    Parameters
    ----------
    slope : float
        Slope of log2 bits on log2 identifiable parameters at the most steps.
    move : float
        Change of the slope from each number of steps to the next.
    noise : float
        Standard deviation of a size, in octaves.
    strings : int
        Strings of each size.
    load : float
        Bits offered for each identifiable parameter.
    """
    rng = np.random.default_rng(4)
    rows = []
    for cell in CELLS:
        for units in SIZES:
            count = identifiable_parameters(cell, 4, 1, units)
            luck = noise * rng.normal()
            for place, steps in enumerate(STEPS):
                tilt = slope - move * (len(STEPS) - 1 - place)
                stored = 2.0 ** (8 + luck + 0.2 * place + tilt * (np.log2(count) - 9))
                bits = load * count
                for number in range(strings):
                    role = ("tune", "select")[number] if number < 2 else "confirm"
                    rows.append(
                        {
                            "sweep": f"study2-capacity-{cell}-{steps}", "cell": cell, "role": role,
                            "condition": f"{units}", "string_condition": f"iid-4-period-{units}",
                            "search": 0, "trial": 0, "replicate": number, "repeat": 0, "depth": 1,
                            "string_id": f"{units}/{number}", "source": "iid", "alphabet_size": 4,
                            "measure": "period", "level": units, "protocol": "stream",
                            "budget": f"{steps} steps", "budget_unit": "steps",
                            "budget_amount": float(steps), "units": units, "learning_rate": 0.02,
                            "learning_rate_schedule": f"linear {steps} steps", "steps": steps,
                            "stop_on_memorized": False, "status": "budget_spent",
                            "given_bits": 10.0, "reference_bits": bits, "period": int(bits / 2),
                            "symbols": 2048.0 * steps, "checkpoint_fractions": [0.5, 1.0],
                            "checkpoint_nll_bits": [bits, bits - stored * (1 + number / 1000)],
                        }
                    )  # fmt: skip
    frame = pd.DataFrame(rows)
    return frame, {name: {"name": name} for name in frame["sweep"].unique()}


def source_sweeps(slope: float, bits: float, spread: float = 0.05, searches: int = 3) -> Records:
    """Make `study2-sources`: log2 time to 90 % stored is linear in log2 context and log2 bits."""
    rng = np.random.default_rng(9)
    frames, configs = [], {}
    for context in (5, 10, 20, 40, 80):
        for amount in (120.0, 800.0):
            name = f"study2-sources-{context}-{amount:g}"
            cells = (("gru", 100.0), ("lstm", 100.0))
            frame = synthetic_frame(Synthetic(
                levels=(512,), searches=searches, confirm=4, capacities=cells, budget="8 cal-s",
                sweep=name,
            ))  # fmt: skip
            frame = frame[frame["role"] == "confirm"].reset_index(drop=True)
            luck = spread * rng.normal(size=searches)[frame["search"]]
            log2 = slope * np.log2(context / 20) + bits * np.log2(amount / 300) - 2 + luck
            log2 = log2 + spread * rng.normal(size=len(frame))
            times = np.clip(2.0**log2, 2e-3, None)
            label = f"bounded_context-{context:02x}{int(amount):04x}-k4-period512"
            frame["condition"] = label + "/" + frame["cell"]
            frames.append(frame.assign(
                string_condition=label, source="bounded_context", measure="period", period=512,
                min_context=context, reference_bits=amount, stop_on_memorized=False,
                status="budget_spent", spent=8.0, budget_amount=8.0,
                checkpoint_fractions=[[t / 16, t / 8, 1.0] for t in times],
                checkpoint_spent=[[t / 2, t, 8.0] for t in times],
                checkpoint_steps=[[t * 50, t * 100, 800.0] for t in times],
                checkpoint_nll_bits=[[amount, 0.1 * amount, 0.0]] * len(frame),
                checkpoint_exact_prefixes=[[0, 0, 512]] * len(frame),
                steps=800, flops=8e9, symbols=800 * 2048, alphabet_size=4,
            ))  # fmt: skip
            configs[name] = {"strings": {"parameters": {"context": context}}}
    return pd.concat(frames, ignore_index=True), configs
