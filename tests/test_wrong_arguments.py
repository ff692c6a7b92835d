"""Wrong values for every argument of every public function: a clear error that names the argument.

The functions, their arguments and what fits them come from the signatures. A new public function
needs a line in `CALLS`, with arguments that it takes, or in `UNTRIED`, with the reason.
"""

from __future__ import annotations

import importlib
import inspect
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from seqmem.core.errors import InputError
from tests.analysis.conftest import Synthetic, synthetic_frame

PACKAGES = ("seqmem", "seqmem.generators", "seqmem.study", "seqmem.sweeps", "seqmem.analysis")
CLEAR = (InputError, TypeError, ValueError)
WRONG = {
    "None": None,
    "a text": "x!",
    "a whole number": 5,
    "a fraction": 1.5,
    "minus one": -1,
    "NaN": float("nan"),
    "True": True,
    "a list": [object()],
    "an empty frame": pd.DataFrame(),
    "another frame": pd.DataFrame({"a": [1]}),
    "an object": object(),
}
# Words of an annotation that say that a value of a type may fit.
FITTING: dict[type, set[str]] = {
    type(None): {"None", "Shown"},
    str: {"str", "Path", "Shown", "Extend"},
    bool: {"bool", "Extend"},
    int: {"int", "float"},
    float: {"float"},
    list: {"Sequence", "Iterable", "list", "tuple", "Extend"},
    pd.DataFrame: {"DataFrame", "Shown"},
    object: set(),
}
ANYTHING = {"Any", "object"}
# What a converter takes beside the annotation, and how messages call an argument.
CONVERTED = {("RunConfig", "string"): str}
CALLED = {"parse_budget": "budget"}
# They would run, or search for strings, with numbers that fit.
LONG = ("compare", "generate", "match", "run_sweep")
# Columns of records that many functions need.
COLUMNS = ("role", "cell", "level", "budget", "checkpoint_fractions")
ACCEPTED = "accepted"


@cache
def records() -> pd.DataFrame:
    """Records of a small sweep."""
    return synthetic_frame(Synthetic(levels=(48,), searches=2, confirm=1, tune=1))


def machine() -> Any:
    from seqmem.generators import SOURCES

    return SOURCES["markov"](2, order=1, entropy_rate=0.5).machine


def string() -> Any:
    from seqmem.generators import from_text

    return from_text("ABRACADABRA")


def run_options() -> dict[str, Any]:
    return {"string": string(), "cell": "gru", "units": 4, "budget": "2 steps"}


def capacity() -> Any:
    from seqmem.analysis import estimate_capacity

    return estimate_capacity([16, 16, 32, 32], [0, 1, 0, 1], [True, True, False, False])


def clusters() -> dict[str, Any]:
    return {"values": [0.0, 1.0, 0.5, 0.2], "strata": "aabb", "clusters": "0101"}


def searches() -> dict[str, Any]:
    return {"values": [0.0, 1.0, 0.5, 0.2], "searches": "aabb", "strings": "0101"}


def shape() -> dict[str, Any]:
    return {"cell": "gru", "alphabet_size": 4, "depth": 1, "units": 8}


def evidence() -> Any:
    from seqmem.analysis import Evidence

    return Evidence(records())


def timings() -> pd.DataFrame:
    row = {"work": "train", "engine": "fused", "depth": 1, "units": 8, "batch": 1, "length": 64}
    row |= {"alphabet_size": 4, "process": 0, "seconds_per_symbol": 1e-6}
    return pd.DataFrame([row | {"cell": cell} for cell in ("gru", "lstm")])


def sweep_parts() -> dict[str, Any]:
    from seqmem.sweeps import load_config

    return load_config("smoke").to_dict()


def sweep() -> Any:
    from seqmem.sweeps import load_config

    return load_config("smoke")


@cache
def trained() -> Any:
    from seqmem.study import RunConfig, train

    return train(RunConfig(**run_options()))


def configs() -> dict[str, Any]:
    return {"synthetic": {"search": {"sampler": "sobol", "trials": 2}, "strings": {"tune": 1}}}


def of_frame() -> dict[str, Any]:
    return {"frame": records()}


def of_frame_and_configs() -> dict[str, Any]:
    return {"frame": records(), "configs": configs()}


# Arguments that fit. Required ones are here, and others of which only some values fit.
CALLS: dict[str, Callable[[], dict[str, Any]]] = {
    "RunConfig": run_options,
    "SweepConfig": sweep_parts,
    "SymbolString": lambda: {
        "symbols": np.array([0, 1, 1]), "alphabet_size": 2, "reference_bits": 3.0,
    },
    "build_report": lambda: {"folder": "nowhere"},
    "compare": lambda: {"path": "nowhere.csv", "budget": "2 steps"},
    "from_text": lambda: {"text": "AB"},
    "generate": lambda: {"target": 9, "seed": 0},
    "load": lambda: {"path": "nowhere"},
    "load_config": lambda: {"name_or_path": "smoke"},
    "load_configs": lambda: {"name_or_path": "smoke"},
    "load_memorizer": lambda: {"path": "nowhere"},
    "match": lambda: {"sources": ["iid"], "target": 9, "seed": 0},
    "read_strings": lambda: {"path": "nowhere"},
    "run": lambda: {},
    "train": lambda: {},
    "run_sweep": lambda: {"config": sweep()},
    "show": lambda: {"name": "anytime", "report_data": records()},
    "draw": lambda: {"name": "anytime", "report_data": records()},
    "show_memorizer": lambda: {"name": "recall_map", "trained": trained()},
    "draw_memorizer": lambda: {"name": "recall_map", "trained": trained(), "ax": None},
    "write_strings": lambda: {"path": "nowhere/x.csv", "strings": [string()]},
    "causal_states": lambda: {"machine": machine()},
    "from_symbols": lambda: {"symbols": np.array([0, 1]), "alphabet_size": 2},
    "Budget": lambda: {"amount": 2.0, "unit": "steps"},
    "Memorizer": shape,
    "flops_per_symbol": shape,
    "parameter_count": shape,
    "work_per_symbol": shape,
    "parse_budget": lambda: {"text": "2 steps"},
    "preset_names": dict,
    "Appearance": dict,
    "Evidence": of_frame,
    "ReportData": of_frame,
    "arms_table": of_frame_and_configs,
    "build_figures": lambda: {"report_data": records(), "out": "nowhere"},
    "capacity_by": lambda: {"frame": records(), "column": "depth"},
    "capacity_by_budget": of_frame,
    "capacity_lines": of_frame,
    "capacity_ratio": lambda: {"numerator": capacity(), "denominator": capacity()},
    "capacity_table": of_frame,
    "claims_table": lambda: {"outcomes": {}},
    "clustered_contrast": clusters,
    "max_t_intervals": lambda: {**clusters(), "values": [[0.0], [1.0], [0.5], [0.2]]},
    "confirmed": of_frame,
    "continuous_reading": lambda: {"levels": [16, 32], "fractions": [1.0, 0.5]},
    "contrast": lambda: {"frame": records(), "a": "cell=gru", "b": "cell=lstm"},
    "estimate_capacity": lambda: {
        "levels": [16, 32], "searches": [0, 1], "memorized": [True, False],
    },
    "first_passage": lambda: {"fractions": [0.5, 1.0], "values": [0.2, 0.9], "threshold": 0.5},
    "importance_table": of_frame_and_configs,
    "interquartile_mean": lambda: {"units": [0.1, 0.2, 0.3, 0.4]},
    "kaplan_meier": lambda: {"times": [1.0, 2.0], "censored": [False, True]},
    "load_sources": lambda: {"folders": "nowhere"},
    "logrank_table": of_frame,
    "memorized_curves": of_frame,
    "nested_components": searches,
    "performance_profile": lambda: {**searches(), "thresholds": [0.5]},
    "plateau_table": of_frame,
    "ratio_table": of_frame,
    "rho_table": of_frame,
    "saltelli_table": of_frame_and_configs,
    "self_table": of_frame,
    "size_table": of_frame,
    "step_time_ratios": lambda: {"frame": timings()},
    "tuning_table": of_frame_and_configs,
    "value_at": lambda: {"budgets": [0.5], "fractions": [0.5, 1.0], "values": [0.2, 0.9]},
    "variance_table": of_frame,
    "verdicts": lambda: {"evidence": evidence()},
}  # fmt: skip
UNTRIED = {
    "InputError": "an exception takes anything",
    "RunRecord": "made by run",
    "TrainedMemorizer": "made by train and load_memorizer",
    "SweepResult": "made by run_sweep",
    "ContrastResult": "made by contrast",
    "register_cell": "the module of plug-ins tests it",
    "register_figure": "the module of plug-ins tests it",
    "register_measure": "the module of plug-ins tests it",
    "register_probe": "the module of plug-ins tests it",
    "register_source": "the module of plug-ins tests it",
}


def public() -> dict[str, Any]:
    """Return the public functions and classes by name."""
    found: dict[str, Any] = {}
    for package in map(importlib.import_module, PACKAGES):
        for name in package.__all__:
            if callable(getattr(package, name)):
                found[name] = getattr(package, name)
    return found


def parameters(name: str) -> dict[str, inspect.Parameter]:
    given = inspect.signature(public()[name]).parameters
    return {key: one for key, one in given.items() if one.kind is not one.VAR_KEYWORD}


def may_fit(value: object, parameter: inspect.Parameter) -> bool:
    """Return whether the annotation of a parameter says that a value may fit."""
    words = set(re.findall(r"\w+", str(parameter.annotation)))
    return bool(words & ANYTHING or words & FITTING[type(value)])


TRIED = sorted(set(public()) - set(UNTRIED))


def problem(name: str, parameter: str, value: object) -> str:
    """Return what is wrong with the answer to a wrong argument; empty if nothing is."""
    try:
        public()[name](**{**CALLS[name](), parameter: value})
    except CLEAR as error:
        if type(error) not in CLEAR:
            return f"{type(error).__name__}: {error}"
        called = CALLED.get(name, name)
        is_named = re.search(rf"(?<![a-z]){parameter}(?![a-z])|^{called} ", str(error))
        return "" if is_named else f"not named: {type(error).__name__}: {error}"
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return ACCEPTED


def problems(name: str, values: dict[str, object], may_be_taken: bool) -> dict[str, str]:
    """Return the problems of the numeric parameters of a function."""
    found = {
        f"{parameter} {kind}": problem(name, parameter, value)
        for parameter, declared in parameters(name).items()
        for kind, value in values.items()
        if may_fit(1.5, declared)
    }
    return {
        key: text for key, text in found.items() if text and not (may_be_taken and text == ACCEPTED)
    }


@pytest.fixture(autouse=True)
def empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_every_public_function_is_tried_or_has_a_reason() -> None:
    assert set(public()) == set(CALLS) | set(UNTRIED)


@pytest.mark.parametrize("name", TRIED)
def test_a_value_of_a_wrong_type_is_refused_by_name(name: str) -> None:
    found = {
        f"{parameter}: {kind}": problem(name, parameter, value)
        for parameter, declared in parameters(name).items()
        for kind, value in WRONG.items()
        if not may_fit(value, declared) and CONVERTED.get((name, parameter)) is not type(value)
    }
    assert {key: text for key, text in found.items() if text} == {}


@pytest.mark.parametrize("name", [name for name in TRIED if name not in LONG])
def test_numbers_that_are_none_or_negative_have_no_internal_error(name: str) -> None:
    assert problems(name, {"NaN": float("nan")}, may_be_taken=False) == {}
    assert problems(name, {"minus one": -1}, may_be_taken=True) == {}


OF_RECORDS = [name for name in TRIED if "frame" in parameters(name) and name != "step_time_ratios"]


@pytest.mark.parametrize("name", OF_RECORDS)
def test_columns_and_rows_that_are_missing_are_named(name: str) -> None:
    assert problem(name, "frame", pd.DataFrame({"a": [1]})) == ""
    # Figures of timings need no records.
    without = ACCEPTED if name == "ReportData" else ""
    assert problem(name, "frame", pd.DataFrame()) == without
    for column in COLUMNS:
        found = problem(name, "frame", records().drop(columns=column))
        assert found in ("", ACCEPTED) or re.search(rf"InputError.*{column}", found), column
    found = problem(name, "frame", records().iloc[:0])
    assert found in ("", ACCEPTED) or found.startswith("not named: InputError")


def test_timings_without_columns_are_refused_by_name() -> None:
    for column in timings():
        found = problem("step_time_ratios", "frame", timings().drop(columns=column))
        assert re.search(rf"^$|InputError.*{column}", found), column
