"""Synthetic sweeps: records with the columns of a real one, from a known capacity and a known learning curve."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
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
    """What to simulate: log2 capacities are those of `capacities`, each search shifts its own by N(0, tau)."""

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
                roles += [("select", 0, r) for r in range(2)] + [("confirm", 0, r) for r in range(plan.confirm)]
                for role, trial, replicate in roles:
                    margin = centre + plan.spread * rng.logistic() - np.log2(level)
                    rows.append(_run(plan, cell, level, search, role, trial, replicate, float(margin)))
    return pd.DataFrame(rows)


def _run(
    plan: Synthetic, cell: str, level: int, search: int, role: str, trial: int, replicate: int, margin: float
) -> dict[str, Any]:
    """One record; `margin` octaves of budget were left when the string was memorized (negative: missing)."""
    curve = np.clip((FRACTIONS * 2.0**margin) ** 0.6, 0, 1)
    hits = np.flatnonzero(curve >= 1)
    memorized = len(hits) > 0
    stop = int(hits[0]) if memorized else len(FRACTIONS) - 1
    fractions, curve = FRACTIONS[: stop + 1], np.minimum(curve[: stop + 1], 0.985)
    period, amount, unit = 3 * level, float(plan.budget.split()[0]), plan.budget.split()[1]
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
        **{"condition": f"{condition}-{cell}-{plan.budget}", "search": search, "role": role, "trial": trial},
        **{
            "generation": 0,
            "replicate": replicate,
            "repeat": 0,
            "string_id": string,
            "string_seed": replicate,
        },
        **{"network_seed": replicate, "data_seed": replicate, "source": plan.source, "alphabet_size": 4},
        **{"measure": "lzw", "level": level, "period": period, "lzw": level, "min_context": 5},
        **{"reference_bits": bits, "reference_kind": "likelihood", "given_bits": 4.0, "floor_bits": 2.0},
        **{"cell": cell, "depth": 1 + search % 2, "units": 32 + 8 * search, "parameters": 4000 + search},
        **{"learning_rate": 0.01 * (search + 1), "batch": 32, "length": 64, "gradient_clip": 1.0},
        **{"optimizer": "adam", "protocol": "stream", "stop_on_memorized": True, "budget": plan.budget},
        **{"restore_best_weights": False, "forget_bias": None, "learning_rate_schedule": "constant"},
        **{"budget_amount": amount, "budget_unit": unit, "engine": "torch", "device": "cpu"},
        **{"status": "memorized" if memorized else "budget_spent", "error": None, "steps": int(steps[-1])},
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
        **{"loss_first": 1.4, "loss_final": 0.1, "loss_min": 0.1, "checkpoint_fractions": fractions.tolist()},
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
        **{"copy_nll_bits": bits, "copies_in_context": False, "carried_nll_bits": bits * (1 - curve[-1])},
        **{"memorized_fraction": fractions[-1] if memorized else np.nan, "recall_horizon": period},
        **{"osa_similarity": 0.9, "damerau_levenshtein_similarity": 0.9, "jaro_winkler_similarity": 0.9},
        **{"score": float(curve[-1]), "environment_key": "abc", "environment_changed": False},
    }


def synthetic_folder(frame: pd.DataFrame, folder: Path) -> Path:
    """Write `frame` as a finished sweep's folder."""
    folder.mkdir(parents=True, exist_ok=True)
    frame.to_parquet(folder / "runs.parquet", index=False)
    (folder / "config.toml").write_text(CONFIG, encoding="utf-8")
    (folder / "manifest.json").write_text(json.dumps(MANIFEST), encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def make_frame() -> Callable[..., pd.DataFrame]:
    """Records of a synthetic sweep, from the fields of `Synthetic`."""
    return lambda **fields: synthetic_frame(Synthetic(**fields))


@pytest.fixture(scope="session")
def write_sweep() -> Callable[[pd.DataFrame, Path], Path]:
    """Write records as a sweep's folder."""
    return synthetic_folder
