"""Run configurations: frozen, validated, hashable; seeds and run ids from named components."""

import pytest

from seqmem import generators, run
from seqmem.core.errors import InputError
from seqmem.core.validation import validate
from seqmem.study.config import RunConfig
from seqmem.study.declaration import declared_options
from seqmem.study.engine import resolve_engine
from seqmem.study.environment import environment_key
from seqmem.study.environment_keys import environment_difference
from seqmem.study.options import WINDOW, RunOptions

WINDOW_OPTIONS = [
    name for name, item in declared_options(RunOptions).items() if WINDOW in item.option.only_with
]
VALID = {"string": "ABRACADABRA", "cell": "gru", "budget": "400 steps"}


def test_values_are_frozen_and_hashable() -> None:
    config = RunConfig(**VALID)
    assert hash(config) == hash(RunConfig(**VALID))
    assert config == RunConfig(**VALID)
    with pytest.raises(InputError, match="units: a RunConfig does not change"):
        config.units = 3
    assert config.engine == resolve_engine("auto", "cpu")


@pytest.mark.parametrize("changes", [{"units": "x"}, {"cell": "LSTM"}, {"unitz": 3}, {"depth": 0}])
def test_a_bad_configuration_is_one_line_in_python(changes: dict) -> None:
    with pytest.raises(InputError) as caught:
        RunConfig(**VALID | changes)
    with pytest.raises(InputError) as validated:
        validate(RunConfig, VALID | changes)
    assert str(caught.value) == str(validated.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("given", [{"cell": "gru"}, "ABRA", None])
def test_a_run_needs_a_configuration(given: object) -> None:
    with pytest.raises(InputError, match=r"run needs a RunConfig, made by RunConfig\(...\); "):
        run(given)


def test_run_id_covers_every_field() -> None:
    base = RunConfig(**VALID)
    others = {
        "string": "ABRACADABRB",
        "cell": "lstm",
        "depth": 2,
        "units": 16,
        "learning_rate": 0.02,
        "budget": "401 steps",
        "batch": 8,
        "length": 32,
        "optimizer": "adamw",
        "weight_decay": 0.1,
        "gradient_clip": 2.0,
        "learning_rate_schedule": "halve 10 steps",
        "seed": 1,
        "repeat": 1,
        "stop_on_memorized": False,
        "checkpoints_per_octave": 4,
        "recall_horizon": 5,
        "probes": ["loss_volatility"],
        "until": 0.5,
    }
    assert set(others) == set(RunConfig.model_fields) - {
        "cost_table",
        "protocol",
        *WINDOW_OPTIONS,
        "engine",
        "device",
        "momentum",
        "dropout",
        "forget_bias",
        "candidate",
        "block",
        "heads",
        "context",
    }
    ids = {RunConfig(**(VALID | {name: value})).run_id for name, value in others.items()}
    assert len(ids | {base.run_id}) == len(others) + 1
    windows = VALID | {"protocol": "window"}
    options = {
        "total_length": 900,
        "stopping_loss": 0.1,
        "patience": 3,
        "restore_best_weights": True,
    }
    options |= {"recall_start": "published", "recall": "window"}
    assert set(options) == set(WINDOW_OPTIONS)
    ids = {RunConfig(**(windows | {name: value})).run_id for name, value in options.items()}
    assert len(ids | {base.run_id, RunConfig(**windows).run_id}) == len(options) + 2
    assert RunConfig(**(VALID | {"engine": base.engine})).run_id == base.run_id


def test_network_and_data_seeds_do_not_know_cell_or_budget() -> None:
    base = RunConfig(**VALID)
    other = RunConfig(
        **(VALID | {"cell": "lstm", "budget": "2 s", "units": 7, "learning_rate": 0.5, "depth": 3})
    )
    assert (base.network_seed, base.data_seed) == (other.network_seed, other.data_seed)
    assert base.network_seed != base.data_seed
    assert RunConfig(**(VALID | {"repeat": 1})).network_seed != base.network_seed


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"cell": "lstn"}, "unknown cell 'lstn'; did you mean 'lstm'"),
        ({"units": 0}, "units: 0 given; input should be greater than or equal to 1"),
        ({"units": 2.5}, "units: 2.5 given"),
        ({"budget": "400"}, "budget '400' has no unit"),
        ({"learning_rate": float("nan")}, "learning_rate: nan given"),
        ({"learning_rate": 0}, "learning_rate: 0 given; input should be greater than 0"),
        ({"unitz": 3}, "unknown key 'unitz'; did you mean 'units'"),
        ({"string": "ABAB"}, "repetition of a shorter one"),
        ({"string": ""}, "the string is empty"),
        ({"string": 3}, "a string is a SymbolString or a text"),
        (
            {"protocol": "windows"},
            "unknown protocol 'windows'; did you mean 'window'",
        ),
        ({"engine": "fast"}, "unknown engine 'fast'; valid: auto, "),
        ({"device": "tpu"}, "unknown device 'tpu'; did you mean 'cpu'? valid: cpu, cuda"),
        ({"patience": 3}, "patience 3: only protocol 'window' has it, not 'stream'"),
        (
            {"protocol": "window", "recall_start": "end"},
            "unknown recall_start 'end'; valid: correct, published",
        ),
        (
            {"protocol": "window", "stopping_loss": 0},
            "stopping_loss: 0 given; input should be greater than 0",
        ),
        (
            {"protocol": "window", "length": 3400},
            "length 3400 and recall_horizon 100 are too long for total_length 3500: "
            "0 windows are left, at least 10",
        ),
        (
            {"protocol": "window", "total_length": 150},
            "too long for total_length 150: 0 windows are left",
        ),
        (
            {"protocol": "window", "recall_horizon": 3427},
            "recall_horizon 3427 are too long for total_length 3500",
        ),
        ({"gradient_clip": float("nan")}, "gradient_clip: nan given"),
    ],
)
def test_bad_values_are_one_line(changes: dict, message: str) -> None:
    with pytest.raises(InputError) as caught:
        validate(RunConfig, VALID | changes, "here")
    assert message in str(caught.value)
    assert str(caught.value).startswith("here: ")
    assert "\n" not in str(caught.value)


def test_missing_keys_are_named() -> None:
    with pytest.raises(InputError, match="cell: missing; budget: missing"):
        validate(RunConfig, {"string": "AB"})


def test_environment_differences_are_named() -> None:
    key = environment_key("torch")
    assert environment_difference(key, key) == []
    other = key.replace('"engine": "torch"', '"engine": "other"')
    assert environment_difference(key, other) == ["engine torch -> other"]


def test_given_strings_keep_their_period() -> None:
    assert RunConfig(**VALID).string == generators.from_text("ABRACADABRA")
