"""The Transformer: its size, heads, initialization, positions, and the blocks that it reads."""

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from seqmem import generators, study
from seqmem.study.block_reading import block_logits
from seqmem.study.blocks import Blocks
from seqmem.study.config import RunConfig
from seqmem.study.memorizers.memorizer import Memorizer, initialize
from seqmem.study.memorizers.size_matching import match_units
from seqmem.study.memorizers.transformer_stack import TransformerStack, turned
from seqmem.study.protocols.stream import StreamBatches
from seqmem.study.runner import build, clock_for
from seqmem.study.training.trainer import TorchTrainer

STRING = generators.generate("iid", alphabet_size=3, target=14, seed=2)


def config(**changes: object) -> RunConfig:
    fields = {
        "string": STRING,
        "cell": "transformer",
        "units": 16,
        "depth": 2,
        "budget": "20 steps",
        "batch": 4,
        "length": 6,
        "context": 9,
    }
    return RunConfig(**(fields | changes))


def test_the_parameters_are_those_of_the_definition() -> None:
    assert study.parameter_count("transformer", 4, 2, 32) == 25_732
    k, u, depth = 5, 12, 3
    expected = k * u + depth * (12 * u * u + 13 * u) + 2 * u + k * (u + 1)
    assert study.parameter_count("transformer", k, depth, u) == expected


def test_initial_values_are_normal_with_the_scale_of_their_inputs() -> None:
    units, depth = 64, 2
    memorizer = initialize(Memorizer("transformer", 50, depth, units), 3)
    deviations = {"embedding": 0.02, "readout": 1 / math.sqrt(units)}
    deviations |= {"_in_": 1 / math.sqrt(units), "_up_": 1 / math.sqrt(units)}
    deviations |= {"_out_": 1 / math.sqrt(units * 2 * depth)}
    deviations |= {"_down_": 1 / math.sqrt(4 * units * 2 * depth)}
    for name, value in memorizer.named_parameters():
        if "bias" in name:
            assert (value == 0).all(), name
        elif "gain" in name:
            assert (value == 1).all(), name
        else:
            (deviation,) = (size for part, size in deviations.items() if part in name)
            assert value.std().item() == pytest.approx(deviation, rel=0.05), name
            assert abs(value.mean().item()) < 0.1 * deviation, name


def test_units_per_head_are_even() -> None:
    with pytest.raises(ValueError, match=r"units 15 is not an even number.*multiple of 2 units"):
        config(units=15)
    with pytest.raises(ValueError, match=r"units 20 / heads 4 is not .*multiple of 8 units"):
        config(units=20, heads=4)
    assert config(units=24, heads=4).network_shape.heads == 4
    with pytest.raises(ValueError, match=r"heads 2: only cell 'transformer' has it, not 'gru'"):
        RunConfig(string="AB", cell="gru", budget="1 steps", heads=2)


def without_turns(outputs: Tensor, pairs: int) -> tuple[Tensor, Tensor]:
    zeros = torch.zeros(outputs.shape[1], pairs, dtype=outputs.dtype)
    return zeros + 1, zeros


def test_without_positions_a_block_is_that_of_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    """An independent oracle: the same weights in ``nn.TransformerEncoderLayer``."""
    units, heads = 16, 2
    monkeypatch.setattr(
        TransformerStack,
        "_turns",
        lambda self, outputs: without_turns(outputs, units // heads // 2),
    )
    memorizer = initialize(Memorizer("transformer", 3, 1, units, heads=heads), 1).double()
    own = dict(memorizer.recurrence.named_parameters())
    layer = nn.TransformerEncoderLayer(
        units, heads, 4 * units, 0.0, "gelu", batch_first=True, norm_first=True, dtype=torch.float64
    )
    names = {
        "self_attn.in_proj_weight": "weight_in_l0",
        "self_attn.in_proj_bias": "bias_in_l0",
        "self_attn.out_proj.weight": "weight_out_l0",
        "self_attn.out_proj.bias": "bias_out_l0",
        "linear1.weight": "weight_up_l0",
        "linear1.bias": "bias_up_l0",
        "linear2.weight": "weight_down_l0",
        "linear2.bias": "bias_down_l0",
        "norm1.weight": "gain_attention_l0",
        "norm1.bias": "bias_norm_attention_l0",
        "norm2.weight": "gain_mlp_l0",
        "norm2.bias": "bias_norm_mlp_l0",
    }
    layer.load_state_dict({name: own[ours] for name, ours in names.items()})
    tokens = torch.tensor([[0, 1, 2, 2, 0], [2, 1, 0, 1, 1]])
    mask = nn.Transformer.generate_square_subsequent_mask(5, dtype=torch.float64)
    expected = layer(own["embedding"][tokens], src_mask=mask, is_causal=True)
    expected = F.layer_norm(expected, (units,), own["gain_final"], own["bias_norm_final"])
    outputs, state = memorizer.recurrence(tokens)
    torch.testing.assert_close(outputs.transpose(0, 1), expected)
    assert state == ()


def test_scores_depend_on_the_distance_of_positions_alone() -> None:
    stack = TransformerStack(Memorizer("transformer", 2, 1, 8).shape, heads=1)
    cosine, sine = stack._turns(torch.zeros(1, 30, 8, dtype=torch.float64))
    rng = torch.Generator().manual_seed(0)
    query, key = torch.randn(2, 8, dtype=torch.float64, generator=rng)

    def score(at: int, other: int) -> float:
        places = (at, query), (other, key)
        first, second = (turned(value, (cosine[place], sine[place])) for place, value in places)
        return float(first @ second)

    assert score(12, 5) == pytest.approx(score(29, 22))
    assert score(12, 5) != pytest.approx(score(12, 6))


def test_a_step_has_the_targets_of_a_recurrent_cell_and_a_context_before() -> None:
    attention, recurrent = StreamBatches(config()), StreamBatches(config(cell="gru", context=64))
    endless = np.tile(STRING.symbols, 30)
    for step in range(5):
        assert torch.equal(attention.phases, recurrent.phases)
        phases = attention.phases.tolist()
        inputs, targets = attention.next()
        assert torch.equal(targets, recurrent.next()[1])
        assert inputs.shape == (4, 9 + 6 - 1)
        for row, phase in enumerate(phases):
            first = phase + 1 + 10 * STRING.period
            assert inputs[row].tolist() == endless[first - 9 : first + 5].tolist()
            assert targets[row].tolist() == endless[first : first + 6].tolist(), step


def test_symbols_and_flops_count_the_context() -> None:
    record = study.run(config(budget="3 steps"))
    assert (record.symbols, record.nominal_symbols) == (3 * 4 * 14, 3 * 4 * 6)
    row = 6 * (14 * 2 * 12 * 16**2 + 2 * 2 * 16 * (14 * 15 // 2) + 14 * 16 * 3)
    assert record.flops == record.nominal_flops == 3 * 4 * row
    assert record.flops_per_symbol * 14 == row
    work = study.run(config(budget="1 Mw"))
    assert work.spent == work.symbols * config().family.training_work(config().network_shape) / 1e6


def test_a_step_and_recall_read_the_same_blocks() -> None:
    chosen = config(learning_rate=1e-3)
    memorizer = build(chosen)
    batches = StreamBatches(chosen)
    symbols = torch.as_tensor(STRING.symbols.astype(np.int64))
    starts = batches.phases + 1
    logits = block_logits(memorizer, Blocks(9, 6), symbols, starts, 6)
    inputs, targets = batches.next()
    loss = TorchTrainer(memorizer, chosen.optimization).step(inputs, targets)
    assert loss == pytest.approx(F.cross_entropy(logits.flatten(0, 1), targets.flatten()).item())


@pytest.mark.parametrize("count", [1, 5, 6, 13])
def test_blocks_are_read_each_alone(count: int) -> None:
    memorizer = build(config())
    symbols = torch.as_tensor(STRING.symbols.astype(np.int64))
    logits = block_logits(memorizer, Blocks(9, 6), symbols, torch.tensor([2, 7]), count)
    assert logits.shape == (2, count, 3)
    for sequence, start in enumerate((2, 7)):
        for index in range(count):
            first = start + index - index % 6
            read = torch.arange(first - 9, start + index) % STRING.period
            expected = memorizer(symbols[read][None])[0][-1, 0]
            torch.testing.assert_close(logits[sequence, index], expected, atol=1e-5, rtol=1e-5)


def test_a_warm_up_of_100_steps_is_the_default_of_its_schedule() -> None:
    chosen = config()
    assert str(chosen.schedule) == "warmup 100 steps"
    assert chosen.optimization.learning_rate_at(0) == pytest.approx(0.01 / 100)
    assert config(learning_rate_schedule="warmup 100 steps").run_id == chosen.run_id
    assert study.run(config(budget="1 steps")).learning_rate_schedule == "warmup 100 steps"
    combined = config(learning_rate_schedule="warmup 10 steps + halve 20 steps")
    assert [combined.schedule.factor(step) for step in (0, 9, 20)] == [0.1, 1.0, 0.5]
    assert str(combined.schedule) == "warmup 10 steps + halve 20 steps"
    assert combined.run_id != chosen.run_id
    for bad in ("halve 20 steps + warmup 10 steps", "warmup 10 steps + constant"):
        with pytest.raises(ValueError, match="only a warm-up and a decay combine"):
            config(learning_rate_schedule=bad)


def test_defaults_of_its_options_enter_no_run_id() -> None:
    usual = config(context=64)
    fields = {name: getattr(usual, name) for name in RunConfig.model_fields if name != "context"}
    assert RunConfig(**fields).run_id == usual.run_id != config(context=63).run_id
    assert "context" not in study.run(config(context=64, budget="1 steps")).to_row()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"context": 0}, "context: 0 given"),
        ({"protocol": "window", "total_length": 300}, "context 9: only protocol 'stream' has it"),
        ({"budget": "1 cal-s"}, "'transformer'"),
        ({"engine": "fused"}, "engine 'fused'"),
    ],
)
def test_what_it_does_not_do_is_refused_in_one_line(changes: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message) as caught:
        config(**changes)
    assert "\n" not in str(caught.value)


def test_a_context_shorter_than_the_string_needs_is_recorded() -> None:
    needed = STRING.complexity("min_context")
    short = study.run(config(context=needed - 1, budget="1 steps"))
    enough = study.run(config(context=needed, budget="1 steps"))
    assert (short.context_too_short, enough.context_too_short) == (True, False)
    assert "context_too_short" not in enough.to_row()
    assert not study.run(config(cell="gru", context=64, budget="1 steps")).context_too_short


def test_matched_units_are_those_it_can_have() -> None:
    size = {"alphabet_size": 4, "depth": 2, "units": 64}
    units = match_units("parameters", "transformer", "lstm", **size)
    assert units % 2 == 0
    near = match_units("flops", "transformer", "lstm", length=64, context=64, **size)
    far = match_units("flops", "transformer", "lstm", length=64, context=1024, **size)
    assert far < near < units
    assert match_units("parameters", "transformer", "lstm", **size | {"units": 96}, heads=2) == 68


def test_a_budget_of_work_charges_rows() -> None:
    clock = clock_for(config(budget="1 Mw"))
    clock.charge_step(symbols=56, nominal_symbols=24)
    assert clock.nominal_flops == clock.flops
