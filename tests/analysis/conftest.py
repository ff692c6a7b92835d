"""Synthetic sweeps: records like real ones, from a known capacity and a known learning curve."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

FRACTIONS = 2.0 ** (-np.arange(12, -1, -1) / 2)
CONFIG = """
name = "synthetic"
seed = 7

[strings]
source = "iid"
levels = [16, 48, 96, 192]

[search]
searches = 2
trials = 2
depth = { low = 1, high = 2 }
units = { low = 8, high = 64 }
learning_rate = { low = 1e-3, high = 1e-1, log = true }

[resolved]
engine = "torch"
"""
MANIFEST = {
    "versions": {"numpy": "2.4.6", "torch": "2.13.0"},
    "cpu_model": "A processor <fast>",
    "threads": 1,
    "host": "secret-host",
    "folder": "/home/secret/runs",
    "started": "2026-01-01T00:00:00",
    "environment_key": "abc",
}


@dataclass(frozen=True)
class Synthetic:
    """Plan of a simulation; each search shifts the log2 capacity of its cell by N(0, tau)."""

    levels: tuple[int, ...] = (16, 48, 96, 192)
    capacities: tuple[tuple[str, float], ...] = (("gru", 110.0), ("lstm", 80.0))
    searches: int = 2
    confirm: int = 4
    tune: int = 2
    tau: float = 0.15
    spread: float = 0.2
    budget: str = "2 GF"
    source: str = "iid"
    sweep: str = "synthetic"
    seed: int = 0


def synthetic_frame(plan: Synthetic) -> pd.DataFrame:
    """Records of a sweep that followed `plan`."""
    rng = np.random.default_rng(plan.seed)
    rows: list[dict[str, Any]] = []
    for cell, capacity in plan.capacities:
        for level in plan.levels:
            for search in range(plan.searches):
                centre = np.log2(capacity) + rng.normal() * plan.tau
                roles = [("tune", t, r) for t in range(2) for r in range(plan.tune)]
                roles += [("select", 0, r) for r in range(2)] + [
                    ("confirm", 0, r) for r in range(plan.confirm)
                ]
                for role, trial, replicate in roles:
                    margin = centre + plan.spread * rng.logistic() - np.log2(level)
                    rows.append(
                        _run(plan, cell, level, search, role, trial, replicate, float(margin))
                    )
    return pd.DataFrame(rows)


def _run(
    plan: Synthetic,
    cell: str,
    level: int,
    search: int,
    role: str,
    trial: int,
    replicate: int,
    margin: float,
) -> dict[str, Any]:
    """Make one record; `margin` octaves of budget were left at memorization (negative: missing)."""
    curve = np.clip((FRACTIONS * 2.0**margin) ** 0.6, 0, 1)
    hits = np.flatnonzero(curve >= 1)
    memorized = len(hits) > 0
    stop = int(hits[0]) if memorized else len(FRACTIONS) - 1
    fractions = FRACTIONS[: stop + 1]
    curve = np.minimum(curve[: stop + 1], 0.985)
    period = 3 * level
    budget, unit = plan.budget.split()
    amount = float(budget)
    bits = 2.0 * period
    condition = f"{plan.source}-4-lzw-{level}"
    string = f"{plan.sweep}/{plan.source}/{level}/{search}/{role}/{replicate}"
    steps = np.round(fractions * 900).astype(int)
    spent = fractions * amount
    return {
        **{
            "run_id": f"{string}/{cell}/{plan.budget}/{trial}",
            "sweep": plan.sweep,
            "string_condition": condition,
        },
        **{
            "condition": f"{condition}-{cell}-{plan.budget}",
            "search": search,
            "role": role,
            "trial": trial,
        },
        **{
            "generation": 0,
            "replicate": replicate,
            "repeat": 0,
            "string_id": string,
            "string_seed": replicate,
        },
        **{
            "network_seed": replicate,
            "data_seed": replicate,
            "source": plan.source,
            "alphabet_size": 4,
        },
        **{"measure": "lzw", "level": level, "period": period, "lzw": level, "min_context": 5},
        **{
            "reference_bits": bits,
            "reference_kind": "likelihood",
            "given_bits": 4.0,
            "floor_bits": 2.0,
        },
        **{
            "cell": cell,
            "depth": 1 + search % 2,
            "units": 32 + 8 * search,
            "parameters": 4000 + search,
        },
        **{"learning_rate": 0.01 * (search + 1), "batch": 32, "length": 64, "gradient_clip": 1.0},
        **{
            "optimizer": "adam",
            "protocol": "stream",
            "stop_on_memorized": True,
            "budget": plan.budget,
        },
        **{
            "restore_best_weights": False,
            "forget_bias": None,
            "learning_rate_schedule": "constant",
        },
        **{"budget_amount": amount, "budget_unit": unit, "engine": "torch", "device": "cpu"},
        **{
            "status": "memorized" if memorized else "budget_spent",
            "error": None,
            "steps": int(steps[-1]),
        },
        **{
            "symbols": int(steps[-1]) * 2048,
            "flops": spent[-1] * 1e9,
            "spent": spent[-1],
            "overrun": 0.001 * amount,
        },
        **{
            "train_cpu_seconds": 0.5 * spent[-1],
            "train_wall_seconds": 0.6 * spent[-1],
            "evaluation_seconds": 0.1,
        },
        **{
            "loss_first": 1.4,
            "loss_final": 0.1,
            "loss_min": 0.1,
            "checkpoint_fractions": fractions.tolist(),
        },
        **{"checkpoint_steps": steps.tolist(), "checkpoint_spent": spent.tolist()},
        **{
            "checkpoint_losses": (1.386 * (1 - curve)).tolist(),
            "checkpoint_nll_bits": (bits * (1 - curve)).tolist(),
        },
        "checkpoint_exact_prefixes": [*[period // 2] * stop, period if memorized else period // 2],
        **{
            "exact_prefix": period if memorized else period // 2,
            "memorized": memorized,
            "memorized_99": memorized,
        },
        **{"symbol_accuracy": 1.0 if memorized else 0.7, "nll_bits": bits * (1 - curve[-1])},
        **{
            "stored_bits": bits * curve[-1],
            "stored_fraction": curve[-1],
            "gain_bits": bits * curve[-1] - 2.0,
        },
        **{
            "copy_nll_bits": bits,
            "copies_in_context": False,
            "carried_nll_bits": bits * (1 - curve[-1]),
        },
        **{"memorized_fraction": fractions[-1] if memorized else np.nan, "recall_horizon": period},
        **{
            "osa_similarity": 0.9,
            "damerau_levenshtein_similarity": 0.9,
            "jaro_winkler_similarity": 0.9,
        },
        **{"score": float(curve[-1]), "environment_key": "abc", "environment_changed": False},
    }


def synthetic_folder(frame: pd.DataFrame, folder: Path) -> Path:
    """Write `frame` as a finished sweep's folder."""
    folder.mkdir(parents=True, exist_ok=True)
    frame.to_parquet(folder / "runs.parquet", index=False)
    (folder / "config.toml").write_text(CONFIG, encoding="utf-8")
    (folder / "manifest.json").write_text(json.dumps(MANIFEST), encoding="utf-8")
    return folder


def trials_frame(trials: int = 64, **fields: Any) -> pd.DataFrame:
    """Make Sobol points per cell and level, with scores by learning rate and units."""
    frame = synthetic_frame(Synthetic(levels=(48,), searches=2, confirm=2, tune=1, **fields))
    tune = frame[frame["role"] == "tune"].drop_duplicates(["cell", "level", "search"])
    rng = np.random.default_rng(1)
    points = []
    for trial in range(trials // 2):
        rate = 10 ** rng.uniform(-4, -1, len(tune))
        units = rng.choice([8, 16, 32, 64], len(tune))
        score = 1.05 - 0.5 * np.abs(np.log10(rate) + 2) - 0.1 * np.abs(np.log2(units) - 5)
        points.append(tune.assign(trial=trial, learning_rate=rate, units=units, score=score))
    tried = pd.concat(points, ignore_index=True)
    best = (
        tried.sort_values("score")
        .groupby(["cell", "search"])[["depth", "learning_rate", "units"]]
        .last()
    )
    rest = (
        frame[frame["role"] != "tune"].drop(columns=best.columns).join(best, on=["cell", "search"])
    )
    return pd.concat([tried, rest], ignore_index=True)


SOBOL_CONFIG = {"search": {"sampler": "sobol", "trials": 8}, "strings": {"tune": 2}}


def paired_frame(points: int = 8, tune: int = 2, searches: int = 4, **fields: Any) -> pd.DataFrame:
    """Make searches of shared points: margins of points, of cells and of runs, in octaves."""
    plan = Synthetic(**{"levels": (48, 96), "sweep": "paired", "seed": 5} | fields)
    rng = np.random.default_rng(plan.seed)
    rows: list[dict[str, Any]] = []
    for level in plan.levels:
        for search in range(searches):
            shared = rng.normal(size=points)
            for cell, capacity in plan.capacities:
                centre = np.log2(capacity / level) - 1.5 + shared + 0.3 * rng.normal(size=points)
                scores = np.zeros(points)
                for trial in range(points):
                    for replicate in range(tune):
                        margin = float(centre[trial] + plan.spread * rng.logistic())
                        rows.append(
                            _run(plan, cell, level, search, "tune", trial, replicate, margin)
                            | {"tune_trial": trial}
                        )
                        rows[-1]["score"] += 0.05 * margin
                        scores[trial] += rows[-1]["score"]
                for place, trial in enumerate(np.argsort(-scores, kind="stable")[:3]):
                    for replicate in range(2):
                        margin = float(centre[trial] + plan.spread * rng.logistic())
                        rows.append(
                            _run(plan, cell, level, search, "select", place, replicate, margin)
                            | {"tune_trial": int(trial)}
                        )
                winner = int(np.argmax(scores))
                for replicate in range(plan.confirm):
                    margin = float(centre[winner] + plan.spread * rng.logistic())
                    rows.append(
                        _run(plan, cell, level, search, "confirm", 0, replicate, margin)
                        | {"tune_trial": winner}
                    )
    return pd.DataFrame(rows)


def fixed_depth_frame() -> pd.DataFrame:
    """Make sweeps with a fixed depth, at two budgets, each of a different design."""
    return pd.concat(
        [
            synthetic_frame(
                Synthetic(
                    capacities=(("gru", 130.0 - 20 * depth), ("lstm", 70.0)),
                    sweep=f"depth {depth}, {budget}",
                    levels=(16, 48, 96, 192), budget=budget, seed=depth,
                )
            ).assign(depth=depth, design=f"depth {depth}")
            for depth in (1, 2, 3)
            for budget in ("2 cal-s", "8 cal-s")
        ],
        ignore_index=True,
    )  # fmt: skip


def endless_frame() -> pd.DataFrame:
    """Make runs that go on after memorizing; a network stores at most 4 bits per parameter."""
    frames = []
    for index, parameters in enumerate((100, 200, 400, 800)):
        frame = synthetic_frame(
            Synthetic(levels=(48, 192), searches=1, confirm=3, budget="900 steps", seed=index)
        )
        load = frame["level"].map({48: 3.0, 192: 8.0})
        offered = load * parameters
        stored = np.minimum(0.97 * offered, 4.0 * parameters * (1 - 0.02 * frame["replicate"]))
        nll = [
            [bits - share * kept for share in (0.5, 0.9, 1.0)]
            for bits, kept in zip(offered, stored, strict=True)
        ]
        frames.append(
            frame.assign(
                stop_on_memorized=False, parameters=parameters, units=8 * 2**index,
                reference_bits=offered, checkpoint_fractions=[[0.25, 0.5, 1.0]] * len(frame),
                checkpoint_nll_bits=nll, sweep=f"size {index}",
            )
        )  # fmt: skip
    return pd.concat(frames, ignore_index=True)


def probed_frame() -> pd.DataFrame:
    """Records with the probes loss_volatility and gradient_by_lag, of all three cells."""
    cells = (("gru", 110.0), ("lstm", 80.0), ("rnn", 40.0))
    frame = synthetic_frame(Synthetic(capacities=cells, levels=(48, 96)))
    rng = np.random.default_rng(2)
    lags = np.array([1, 2, 4, 8, 16, 32, 64])
    decay = np.log2(
        frame["cell"].map({"gru": 0.97, "lstm": 0.98, "rnn": 0.7})
    ) + 0.005 * rng.normal(size=len(frame))
    return frame.assign(
        probe_loss_volatility_log_loss_sd=0.1 * np.exp(0.2 * rng.normal(size=len(frame))),
        probe_gradient_by_lag_lags=[lags.tolist()] * len(frame),
        probe_gradient_by_lag_initial_log2_norms=[(-2 - 0.7 * lags).tolist()] * len(frame),
        probe_gradient_by_lag_trained_log2_norms=[(-1 + slope * lags).tolist() for slope in decay],
    )


def timings_frame(processes: int = 4) -> pd.DataFrame:
    """What `seqmem time` would write."""
    rng = np.random.default_rng(3)
    rows = [
        {"process": process, "work": work, "engine": engine, "cell": cell, "depth": 1,
         "units": units, "batch": 32, "length": 64, "alphabet_size": 4,
         "seconds_per_symbol": 1e-8 * gates * (units + 20) * (3 if work == "train" else 1)
         * np.exp(rng.normal() / 50)}
        for process in range(processes) for work in ("train", "inference")
        for engine in ("fused", "torch")
        for cell, gates in (("gru", 3), ("lstm", 4)) for units in (8, 16, 32, 64, 128)
    ]  # fmt: skip
    return pd.DataFrame(rows)


def importance_frame() -> pd.DataFrame:
    """The table `importance` of two cells at two levels."""
    group = {
        "source": "iid",
        "alphabet_size": 4,
        "measure": "lzw",
        "protocol": "stream",
        "budget": "2 GF",
        "design": "",
    }
    rows = []
    for cell, level in (("gru", 48), ("gru", 96), ("lstm", 48), ("lstm", 96)):
        panel = group | {"level": level, "cell": cell, "points": 64}
        for name, value in (("learning_rate", 0.8), ("units", 0.3), ("depth", 0.02)):
            limits = {"importance": value, "low": 0.8 * value, "high": 1.1 * value}
            rows.append(
                panel | {"hyper_parameter": name, "evaluator": "total Sobol index"} | limits
            )
            for evaluator, factor in (("PED-ANOVA", 0.7), ("fANOVA", 0.9), ("permutation", 1.3)):
                rows.append(
                    panel
                    | {
                        "hyper_parameter": name,
                        "evaluator": evaluator,
                        "importance": factor * value,
                    }
                )
        both = {
            "hyper_parameter": "learning_rate x units",
            "evaluator": "interaction (forest)",
            "importance": 0.1,
        }
        rows.append(panel | both)
    return pd.DataFrame(rows)


@pytest.fixture(scope="session")
def report_data_for() -> Callable[[str], Any]:
    """The report data of a synthetic sweep from which a figure, by its name, can be drawn."""
    from seqmem.analysis.tables.report_data import ReportData
    from tests.analysis.study_2_designs import capacity_sweeps, source_sweeps

    makers: dict[str, Callable[[], pd.DataFrame]] = {
        "depth_at_budgets": fixed_depth_frame, "landscape": trials_frame,
        "stored_bits": endless_frame, "loss_volatility": probed_frame,
        "gradient_by_lag": probed_frame, "tuning_curve": paired_frame,
        "bits_by_exposure": lambda: capacity_sweeps()[0],
        "time_by_context": lambda: source_sweeps(0.5, 0.1)[0],
    }  # fmt: skip

    @cache
    def make(name: str) -> ReportData:
        frame = makers[name]() if name in makers else synthetic_frame(Synthetic(budget="2 cal-s"))
        configs = {"paired": SOBOL_CONFIG}
        return ReportData(frame, configs, timings_frame(), importance=importance_frame())

    return make


@pytest.fixture(scope="session")
def reported(made_once) -> Path:
    """Return the folder of a synthetic sweep with step times and its report, to read only."""
    from seqmem import analysis
    from tests.analysis.claim_records import timings

    def make(folder: Path) -> None:
        synthetic_folder(synthetic_frame(Synthetic()), folder)
        timings(0.75).to_csv(folder / "timings.csv", index=False)
        analysis.build_report(folder)

    return made_once("secret-place", make)


@pytest.fixture
def write_only(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Return a function that lets figures be written as the named kinds alone."""
    from seqmem.analysis.figures.parts import saving

    def keep(*kinds: str) -> None:
        monkeypatch.setattr(saving, "_METADATA", {kind: saving._METADATA[kind] for kind in kinds})

    return keep


@pytest.fixture
def svg_only(write_only: Callable[..., None]) -> None:
    """Let figures be written as SVG alone: half of a report's time goes into PDF and PNG."""
    write_only("svg")


@pytest.fixture(scope="session")
def timings() -> Callable[[], pd.DataFrame]:
    """What `seqmem time` would write."""
    return timings_frame


@pytest.fixture(scope="session")
def make_frame() -> Callable[..., pd.DataFrame]:
    """Return a function that makes records from the fields of `Synthetic`, once per plan."""
    simulated = cache(synthetic_frame)
    return lambda **fields: simulated(Synthetic(**fields)).copy()


@pytest.fixture(scope="session")
def write_sweep() -> Callable[[pd.DataFrame, Path], Path]:
    """Write records as a sweep's folder."""
    return synthetic_folder
