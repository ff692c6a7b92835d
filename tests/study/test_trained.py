"""Trained memorizers: equal to their runs, and the same after a file as before."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file

from seqmem import generators, study
from seqmem.core.errors import InputError
from seqmem.study import kernels
from seqmem.study.memorizers.memorizer import Memorizer, initialize
from seqmem.study.model_file import ENTRY, FORMAT
from seqmem.study.record import TIMES
from seqmem.study.torch_network import TorchNetwork
from seqmem.study.trained import TrainedMemorizer
from tests.cells import CELL_ENGINES, TORCH_MODULES, only_way, slow_if_alike

STRING = "ABRACADABRA"
MADE_BY_NOBODY = {"a": torch.zeros(2)}


def config(cell: str = "gru", **options: Any) -> study.RunConfig:
    given = {"string": STRING, "units": 8, "budget": "24 steps", "batch": 4, "length": 16}
    return study.RunConfig(cell=cell, **given | only_way(cell) | options)


@pytest.fixture(scope="module")
def trained() -> TrainedMemorizer:
    return study.train(config(units=32, budget="400 steps", batch=32, length=64))


@pytest.fixture
def saved(tmp_path: Path, trained: TrainedMemorizer) -> Path:
    path = tmp_path / "m.safetensors"
    trained.save(path)
    return path


def without_times(record: study.RunRecord) -> dict[str, Any]:
    return {name: value for name, value in record.to_row().items() if name not in TIMES}


@pytest.mark.parametrize(("cell", "engine"), slow_if_alike(CELL_ENGINES))
def test_a_kept_run_is_the_run_and_its_file_the_same(
    cell: str, engine: str, tmp_path: Path
) -> None:
    options = config(cell, engine=engine, probes=["loss_volatility"])
    kept = study.train(options)
    assert without_times(kept.record) == without_times(study.run(options))
    path = tmp_path / "m.safetensors"
    kept.save(path)
    first = path.read_bytes()
    loaded = study.load_memorizer(path)
    assert loaded.configuration == options
    assert loaded.record.to_row() == kept.record.to_row()
    assert np.array_equal(loaded.trace, kept.trace)
    assert np.array_equal(loaded.predict(STRING), kept.predict(STRING))
    assert loaded.recall("ABRA", 20) == kept.recall("ABRA", 20)
    loaded.save(path)
    assert path.read_bytes() == first


@pytest.mark.parametrize(("cell", "engine"), slow_if_alike(CELL_ENGINES))
@pytest.mark.parametrize("depth", [pytest.param(1, marks=pytest.mark.slow), 2])
def test_the_torch_module_has_equal_outputs(cell: str, engine: str, depth: int) -> None:
    kept = study.train(config(cell, engine=engine, depth=depth))
    module = kept.to_torch()
    tokens = torch.tensor(generators.from_text(STRING * 3).symbols[None].astype(np.int64))
    with torch.no_grad():
        logits, state = module(tokens)
        direct, wanted_state = kept.network(tokens)
        _, again = module(tokens, state)
        _, expected = kept.network(tokens, wanted_state)
    probabilities = logits[:, 0].softmax(1).numpy()
    assert probabilities == pytest.approx(direct[:, 0].softmax(1).numpy(), abs=1e-6)
    if kept.configuration.blocks is None:
        assert probabilities == pytest.approx(kept.predict(STRING * 3), abs=1e-6)
    for tensor, wanted in zip(again, expected, strict=True):
        assert torch.allclose(tensor, wanted, atol=1e-5)
    assert isinstance(module.recurrence, TORCH_MODULES.get(cell, torch.nn.Module))


@pytest.mark.parametrize("cell", TORCH_MODULES)
def test_the_torch_module_is_equal_in_double_precision(cell: str) -> None:
    network = initialize(Memorizer(cell, 5, 2, 16), seed=1).double()
    before = torch.get_rng_state()
    module = TorchNetwork(network)
    assert torch.equal(torch.get_rng_state(), before)
    tokens = torch.arange(40).remainder(5).view(2, 20)
    with torch.no_grad():
        assert torch.allclose(module(tokens)[0], network(tokens)[0], atol=1e-12, rtol=0)


def test_a_change_of_the_torch_module_changes_nothing_else(trained: TrainedMemorizer) -> None:
    before = trained.predict(STRING)
    with torch.no_grad():
        trained.to_torch().readout.weight.zero_()
    assert np.array_equal(trained.predict(STRING), before)


@pytest.mark.parametrize("cell", ["gru", "lstm"])
def test_states_are_those_of_every_layer(cell: str) -> None:
    kept = study.train(config(cell, depth=2))
    first, second = kept.states(STRING)
    module = kept.to_torch()
    tokens = torch.tensor(kept.alphabet.read(STRING))[None]
    with torch.no_grad():
        outputs, final = module.recurrence(torch.nn.functional.one_hot(tokens.t(), 5).float())
    hidden = final[0] if cell == "lstm" else final
    assert second == pytest.approx(outputs[:, 0].numpy(), abs=1e-6)
    assert first[-1] == pytest.approx(hidden[0, 0].numpy(), abs=1e-6)
    assert first.shape == (11, 8)


def test_a_memorized_string_is_recalled(trained: TrainedMemorizer) -> None:
    assert trained.record.status == "memorized"
    assert trained.recall() == STRING
    assert trained.recall(symbols=15) == STRING + STRING[:4]
    assert trained.recall(trained.string, 11) == trained.recall(trained.string.symbols, 11)


def test_predictions_are_probabilities_of_the_next_symbol(trained: TrainedMemorizer) -> None:
    predicted = trained.predict(STRING * 4)
    assert predicted.shape == (44, 5)
    assert predicted.sum(1) == pytest.approx(np.ones(44))
    assert trained.alphabet.write(predicted[21:32].argmax(1)) == STRING


def test_the_trace_gives_the_code_length_of_every_checkpoint(trained: TrainedMemorizer) -> None:
    assert trained.trace.shape == (len(trained.record.checkpoint_steps), 11)
    bits = -np.log2(trained.trace.astype(float)).sum(1)
    assert bits == pytest.approx(trained.record.checkpoint_nll_bits, rel=1e-5)


@pytest.mark.parametrize(
    "options",
    [
        {"gradient_clip": float("inf"), "learning_rate_schedule": "cosine 2000 steps"},
        {"protocol": "window", "patience": 2, "total_length": 200, "recall_horizon": 20},
        {"budget": "0.002 cal-s", "units": 16, "batch": 32, "length": 64},
        {"cell": "lstm", "forget_bias": 1.0, "optimizer": "sgd", "momentum": 0.5},
        {"cell": "mingru", "block": True, "candidate": "positive", "depth": 2},
        {"string": generators.from_symbols(np.arange(60) * 7 % 60, 60)},
        {"string": generators.generate("markov", alphabet_size=3, measure="lzw", target=9, seed=4)},
        {"learning_rate": 1e9, "probes": ["loss_after_steps", "gradient_by_lag"]},
    ],
    ids=lambda options: next(iter(options)),
)
def test_every_configuration_survives_a_file(options: dict[str, Any], tmp_path: Path) -> None:
    kept = study.train(config(**options))
    kept.save(tmp_path / "m.safetensors")
    loaded = study.load_memorizer(tmp_path / "m.safetensors")
    assert loaded.configuration == kept.configuration
    assert loaded.configuration.run_id == kept.configuration.run_id
    assert loaded.record.to_row() == kept.record.to_row()
    origin = loaded.string.source, loaded.string.seed, loaded.string.letters
    assert origin == (kept.string.source, kept.string.seed, kept.string.letters)
    assert np.array_equal(loaded.predict(kept.string), kept.predict(kept.string), equal_nan=True)


def test_symbols_without_letters_are_numbers() -> None:
    kept = study.train(config(string=generators.from_symbols(np.arange(60) * 7 % 60, 60)))
    assert len(kept.recall("0 7 14", 5).split()) == 5
    with pytest.raises(InputError, match=r"prompt '7 60': '60' is not in the alphabet 0 … 59"):
        kept.recall("7 60")


@pytest.mark.parametrize(
    ("prompt", "message"),
    [
        ("ABX", "prompt 'ABX': 'X' is not in the alphabet ABCDR"),
        ("", "prompt: no symbols given; give at least one"),
        ([0, 5], "prompt '0 5': 5 is not in the alphabet ABCDR"),
        ([0, -1], "prompt '0 -1': -1 is not in the alphabet ABCDR"),
        ([0.5], r"prompt: \[0.5\] given; give a text or a sequence of integers"),
        ([[0, 1]], r"prompt: \[\[0, 1\]\] given; give a text or a sequence of integers"),
    ],
)
def test_a_prompt_of_other_symbols_is_refused(
    trained: TrainedMemorizer, prompt: Any, message: str
) -> None:
    with pytest.raises(InputError, match=f"^{message}$"):
        trained.recall(prompt)


@pytest.mark.parametrize("symbols", [0, -3, 10**9])
def test_an_impossible_number_of_symbols_is_refused(
    trained: TrainedMemorizer, symbols: int
) -> None:
    with pytest.raises(InputError, match=f"^symbols {symbols}: give 1 to 10,000,000$"):
        trained.recall("A", symbols)


@pytest.mark.skipif(not kernels.available(), reason="needs the fused kernels")
def test_a_fused_network_is_read_where_there_are_no_kernels(
    saved: Path, trained: TrainedMemorizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kernels, "available", lambda: False)
    loaded = study.load_memorizer(saved)
    assert type(loaded.network) is Memorizer
    assert loaded.configuration.engine == "fused"
    assert loaded.predict(STRING) == pytest.approx(trained.predict(STRING), abs=1e-6)


def content_of(path: Path) -> tuple[dict[str, Any], dict[str, torch.Tensor]]:
    with safe_open(path, framework="pt") as file:
        tensors = {name: file.get_tensor(name) for name in file.keys()}
        return json.loads(file.metadata()[ENTRY]), tensors


def rewrite(
    path: Path, change: Callable[[dict[str, Any], dict[str, torch.Tensor]], object]
) -> None:
    values, tensors = content_of(path)
    change(values, tensors)
    save_file(tensors, path, {ENTRY: json.dumps(values)})


def refusal(path: Path) -> str:
    """Return the message with which a file is refused, without its name."""
    with pytest.raises(InputError) as caught:
        study.load_memorizer(path)
    message = str(caught.value)
    assert "\n" not in message
    return message.removeprefix(f"{path}: ")


def test_a_truncated_file_is_refused(saved: Path) -> None:
    whole = saved.read_bytes()
    for size in [0, 4, 8, 100, len(whole) // 2, len(whole) - 1]:
        saved.write_bytes(whole[:size])
        assert refusal(saved).startswith("not a complete model file (")


def test_other_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "m.safetensors"
    assert refusal(path) == "No such file or directory"
    assert refusal(tmp_path) == "is not a file; give one of `seqmem train --save`"
    path.write_bytes(pickle.dumps({"a": 1}) * 9)
    assert refusal(path).startswith("not a complete model file (")
    save_file(MADE_BY_NOBODY, path)
    assert refusal(path).startswith("seqmem did not write this file")
    save_file(MADE_BY_NOBODY, path, {ENTRY: "[" * 100_000})
    assert refusal(path) == "not valid JSON: nested too deeply"


def test_another_version_is_refused(saved: Path) -> None:
    rewrite(saved, lambda values, _: values.update(format=FORMAT + 1))
    assert refusal(saved) == (
        "model format 2, this version reads format 1; use the version of seqmem that wrote the file"
    )


@pytest.mark.parametrize(
    ("part", "name", "value", "message"),
    [
        ("configuration", "units", "x", "configuration: units: 'x' given"),
        ("configuration", "cell", "lstn", "configuration: unknown cell 'lstn'; did you mean"),
        ("configuration", "cell", None, "configuration: unknown cell None"),
        ("configuration", "engine", "abacus", "configuration: unknown engine 'abacus'"),
        ("configuration", "engine", [], "configuration: "),
        ("configuration", "string", {"symbols": [0, 1]}, "configuration: "),
        ("configuration", "string", 5, "configuration: "),
        ("configuration", "cost_table", {"format": 1}, "configuration: "),
        ("configuration", "learning_rate", 0.5, "its configuration gives run id"),
        ("configuration", "colour", "red", "configuration: unknown key 'colour'"),
        ("record", "steps", "many", "record: column 'steps': 'many' given; must be of type"),
        ("record", "checkpoint_steps", [1.5], "record: column 'checkpoint_steps': [1.5] given"),
        ("record", "colour", "red", "record: unknown column 'colour'"),
        ("record", "memorized", 1, "record: column 'memorized': 1 given"),
    ],
)
def test_a_changed_value_is_refused(
    saved: Path, part: str, name: str, value: Any, message: str
) -> None:
    rewrite(saved, lambda values, _: values[part].update({name: value}))
    assert refusal(saved).startswith(message)


def test_a_configuration_of_a_huge_network_allocates_nothing(saved: Path) -> None:
    run_id = config(units=65_536, depth=64, budget="400 steps", batch=32, length=64).run_id

    def enlarge(values: dict[str, Any], _: object) -> None:
        values["configuration"].update(units=65_536, depth=64)
        values["record"].update(run_id=run_id)

    rewrite(saved, enlarge)
    assert refusal(saved) == (
        f"has 3909 weights, its configuration needs {study.parameter_count('gru', 5, 64, 65_536)}"
    )


@pytest.mark.parametrize("part", ["configuration", "record"])
@pytest.mark.parametrize("value", [None, 1, [], {}])
def test_a_part_of_another_form_is_refused(saved: Path, part: str, value: Any) -> None:
    rewrite(saved, lambda values, _: values.update({part: value}))
    assert refusal(saved)


def test_every_missing_column_is_refused(saved: Path, trained: TrainedMemorizer) -> None:
    whole = saved.read_bytes()
    for name in ["run_id", "steps", "nll_bits", "osa_similarity", "environment_key"]:
        rewrite(saved, lambda values, _, name=name: values["record"].pop(name))
        assert refusal(saved) == f"record: '{name}' is missing"
        saved.write_bytes(whole)


@pytest.mark.parametrize(
    ("name", "tensor", "message"),
    [
        ("readout.bias", torch.zeros(6), "has 3910 weights, its configuration needs 3909"),
        ("readout.bias", torch.zeros(5, 1), "weight 'readout.bias' of shape (5,) is missing or"),
        ("readout.bias", torch.zeros(5).double(), "weight 'readout.bias' of shape (5,) is missing"),
        ("trace", torch.zeros(2, 11), "tensor 'trace' of shape"),
        ("strange", torch.zeros(2), "has 3911 weights, its configuration needs 3909"),
        ("strange", torch.zeros(0), "tensor 'strange' is no weight of its network"),
    ],
)
def test_other_tensors_are_refused(
    saved: Path, name: str, tensor: torch.Tensor, message: str
) -> None:
    rewrite(saved, lambda _, tensors: tensors.update({name: tensor}))
    assert refusal(saved).startswith(message)


def test_a_file_of_another_program_is_not_replaced(
    tmp_path: Path, trained: TrainedMemorizer
) -> None:
    path = tmp_path / "m.safetensors"
    save_file(MADE_BY_NOBODY, path)
    before = path.read_bytes()
    with pytest.raises(InputError, match="is a file that seqmem did not write; remove it or"):
        trained.save(path)
    assert path.read_bytes() == before
    with pytest.raises(InputError, match=r"no folder .*nowhere; make it first"):
        trained.save(tmp_path / "nowhere" / "m.safetensors")
    with pytest.raises(InputError, match="is a folder; name a file"):
        trained.save(tmp_path)


def test_something_else_than_a_configuration_is_refused() -> None:
    with pytest.raises(InputError, match=r"^train needs a RunConfig, made by RunConfig\(...\); "):
        study.train("ABRACADABRA")  # type: ignore[arg-type]


def test_a_network_that_reads_blocks_takes_symbols_as_endlessly_repeated() -> None:
    kept = study.train(config("transformer", context=11, length=11, units=16))
    probabilities = kept.predict(STRING)
    assert probabilities.shape == (len(STRING), 5)
    assert probabilities.sum(1) == pytest.approx(1)
    # With context and length 11, a block begins at every period, so two periods repeat.
    twice = kept.predict(STRING * 2)
    assert twice[:11] == pytest.approx(twice[11:], abs=1e-6)
    assert twice[:11] == pytest.approx(probabilities, abs=1e-6)
    assert len(kept.recall(STRING, 22)) == 22


@pytest.mark.parametrize("depth", [1, 2])
def test_states_of_a_transformer_are_the_outputs_of_its_blocks(depth: int) -> None:
    kept = study.train(config("transformer", context=11, length=11, units=16, depth=depth))
    states = kept.states(STRING * 2)
    assert [layer.shape for layer in states] == [(22, 16)] * depth
    # A block begins at every period.
    assert states[0][:11] == pytest.approx(states[0][11:], abs=1e-5)
    # Final norm and readout of the top block's outputs give what is predicted.
    stack = kept.network.recurrence
    normalized = stack._normalized(torch.from_numpy(states[-1]), "final")
    probabilities = kept.network.readout(normalized).softmax(1).detach().numpy()
    assert probabilities == pytest.approx(kept.predict(STRING * 2), abs=1e-6)


def test_a_network_of_whole_windows_has_no_states_along_a_string() -> None:
    kept = study.train(config("bilstm"))
    with pytest.raises(InputError, match="has no states along a string to look at"):
        kept.states(STRING)
