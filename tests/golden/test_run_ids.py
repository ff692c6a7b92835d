"""The id and seeds of a run, for every field, protocol, cell, unit and schedule."""

from pathlib import Path
from typing import Any

import pytest

from tests.golden.current import (
    TERMS,
    RunConfig,
    added_options,
    digest,
    from_text,
    generate,
    kernels_available,
    load_config,
    make_table,
    plan_reproduction,
    run_config,
)
from tests.golden.stored import golden, plain

TORCH = ("training.engine='torch'",)

# The engine is named, since ``auto`` depends on the machine.
COMMON: dict[str, Any] = {
    "string": "ABRACADABRA",
    "cell": "gru",
    "budget": "400 steps",
    "engine": "torch",
}
WINDOW = {"protocol": "window", "length": 20}
FLAT_TABLE = {
    "measured_on": {"cpu": "none", "instruction_set": "none", "kernels": "none"},
    "lanes": 16,
    "ranges": {
        "depth": [1, 2],
        "units": [4, 32],
        "batch": [1, 32],
        "length": [8, 64],
        "alphabet_size": [2, 8],
    },
    "cells": {"gru": dict.fromkeys(TERMS, 0.0) | {"step": 0.001}},
    "held_out_error": {"shapes": 1, "median": 0.0, "worst": 0.0},
}
CASES: dict[str, dict[str, Any]] = {
    "defaults": {},
    "device named": {"device": "cpu"},
    "lstm": {"cell": "lstm"},
    "rnn": {"cell": "rnn"},
    "mingru": {"cell": "mingru"},
    "minlstm": {"cell": "minlstm", "forget_bias": 1.0},
    "transformer": {"cell": "transformer"},
    "fused": {"engine": "fused"},
    "depth": {"depth": 3},
    "units": {"units": 48},
    "learning rate": {"learning_rate": 0.0031},
    "whole learning rate": {"learning_rate": 1},
    "batch and length": {"batch": 8, "length": 16},
    "seconds": {"budget": "2 s"},
    "wall seconds": {"budget": "1.5 wall-s"},
    "calibrated seconds": {"budget": "0.5 cal-s"},
    "calibrated seconds of another table": {"budget": "0.5 cal-s", "cost_table": FLAT_TABLE},
    "flops": {"budget": "2000000 flop"},
    "megaflops": {"budget": "20.0 MF"},
    "gigaflops": {"budget": "1.234567890123 GF"},
    "teraflops": {"budget": "1e-3 TF"},
    "work": {"budget": "3 Gw"},
    "epochs": {"budget": "2.5 epochs"},
    "window": WINDOW,
    "window, all options": WINDOW
    | {
        "total_length": 900,
        "stopping_loss": 0.1,
        "patience": 10,
        "restore_best_weights": True,
        "recall_start": "published",
        "recall_horizon": 50,
    },
    "window, one epoch": WINDOW | {"budget": "1 epochs", "stop_on_memorized": False},
    "adamw": {"optimizer": "adamw", "weight_decay": 0.01},
    "sgd": {"optimizer": "sgd", "momentum": 0.9},
    "gradient clip": {"gradient_clip": 0.25},
    "no gradient clip": {"gradient_clip": float("inf")},
    "cosine": {"learning_rate_schedule": "cosine 2000 steps"},
    "halve": {"learning_rate_schedule": "halve 500 steps"},
    "linear": {"learning_rate_schedule": "linear 300 steps"},
    "warmup": {"learning_rate_schedule": "warmup 100 steps"},
    "constant": {"learning_rate_schedule": "constant"},
    "dropout": {"depth": 2, "dropout": 0.2},
    "forget bias": {"cell": "lstm", "forget_bias": 1.0},
    "seed and repeat": {"seed": 2026, "repeat": 3},
    "largest seed": {"seed": 2**63 - 1},
    "all checkpoints": {"stop_on_memorized": False, "recall_horizon": 64},
    "one probe": {"probes": ["loss_volatility"]},
    "all probes": {"probes": ["timing", "loss_volatility", "loss_after_steps", "gradient_by_lag"]},
    # Of these the first is a text with the number of its letters, the others are grown.
    "text with a missing letter": {"string": ("ABACABAD", 5)},
    "generated": {"string": {"source": "iid", "alphabet_size": 4, "target": 64, "seed": 1}},
    "generated with parameters": {
        "string": {
            "source": "markov",
            "alphabet_size": 4,
            "target": 40,
            "seed": 3,
            "parameters": {"entropy_rate": 1.0},
        }
    },
    "generated without chance": {
        "string": {"source": "thue_morse", "alphabet_size": 2, "target": 30, "seed": 5}
    },
}
SWEEPS = (
    "paper-complexity:k4",
    "paper-complexity:matched",
    "paper-controls:open-gate",
    "paper-curves:own",
    "paper-importance:wide-gru",
    "paper-protocol:d2",
    "published",
    "smoke",
)
# Cases whose option holds its default.
SAME_AS_DEFAULTS = ("device named", "constant")


def values(folder: Path) -> Any:
    """Return the ids and seeds of all cases, of runs of sweeps, and of a reproduction."""
    return {
        "cases": {name: value(name) for name in CASES},
        "sweeps": {name: of_sweep(name) for name in SWEEPS},
        "reproduction": of_reproduction(),
    }


def value(name: str) -> Any:
    """Return id and seeds of one case."""
    options = COMMON | CASES[name]
    given = options["string"]
    if not isinstance(given, str):
        options["string"] = generate(**given) if isinstance(given, dict) else from_text(*given)
    if "cost_table" in options:
        options["cost_table"] = make_table(options["cost_table"])
    config = RunConfig(**options)
    return {
        "run_id": config.run_id,
        "network_seed": config.network_seed,
        "data_seed": config.data_seed,
    }


def of_sweep(name: str) -> Any:
    """Return units, forget bias and id of a run of each cell of a sweep, on another string."""
    config = load_config(name, TORCH).resolved()
    string = generate("iid", alphabet_size=config.strings.alphabet_size, target=40, seed=1)
    fields = {"depth": 1, "units": 32, "learning_rate": 0.01, "repeat": 0}
    runs = {cell: run_config(config, cell, string, fields) for cell in config.memorizer.cells}
    return {cell: [run.units, run.forget_bias, run.run_id] for cell, run in runs.items()}


def of_reproduction() -> Any:
    """Return the last ids of a reproduction's runs in alphabetical order, and a digest of all."""
    ids = sorted(
        run.run_id for run in plan_reproduction(["low"], layers=(1, 2), runs=1, overrides=TORCH)
    )
    return {"runs": len(ids), "last": ids[-3:], "digest": digest(*ids)}


@pytest.mark.parametrize("name", CASES)
def test_runs_keep_their_ids_and_seeds(name: str) -> None:
    if CASES[name].get("engine") == "fused" and not kernels_available():
        pytest.skip("no fused kernels here")
    assert plain(value(name)) == golden("run_ids")["cases"][name]


@pytest.mark.parametrize("name", SWEEPS)
def test_runs_of_sweeps_keep_their_ids(name: str) -> None:
    assert plain(of_sweep(name)) == golden("run_ids")["sweeps"][name]


def test_runs_of_a_reproduction_keep_their_ids() -> None:
    assert of_reproduction() == golden("run_ids")["reproduction"]


def test_the_cases_name_every_option() -> None:
    named = set(COMMON).union(*CASES.values())
    assert named == set(RunConfig.model_fields) - added_options()
    ids = [kept["run_id"] for kept in golden("run_ids")["cases"].values()]
    assert len(set(ids)) == len(ids) - len(SAME_AS_DEFAULTS)
