"""Options of training on both engines: schedules, optimizers, dropout, forget bias."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from seqmem import generators, study
from seqmem.core.errors import InputError
from seqmem.core.validation import validate
from seqmem.study import kernels
from seqmem.study.config import RunConfig
from seqmem.study.protocols.stream import StreamBatches
from seqmem.study.runner import TRAINERS, build
from seqmem.study.training.optimization import OPTIMIZERS, Optimization
from seqmem.study.training.schedule import KINDS, Schedule, parse_schedule

STRING = generators.generate("iid", alphabet_size=3, target=14, seed=2)
ENGINES_HERE = ["fused", "torch"] if kernels.available() else ["torch"]


def config(**changes: object) -> RunConfig:
    fields = {
        "string": STRING,
        "cell": "lstm",
        "units": 8,
        "budget": "20 steps",
        "batch": 8,
        "length": 16,
    }
    return RunConfig(**(fields | changes))


@given(
    st.sampled_from([kind for kind in KINDS if kind != "constant"]),
    st.integers(1, 500),
    st.integers(0, 2000),
)
def test_schedules_stay_in_bounds_and_survive_a_round_trip(
    kind: str, steps: int, step: int
) -> None:
    schedule = Schedule(kind, steps)
    assert parse_schedule(str(schedule)) == schedule
    assert 0 <= schedule.factor(step) <= 1
    rises = schedule.factor(step + 1) - schedule.factor(step)
    assert rises >= 0 if kind == "warmup" else rises <= 1e-12


def test_known_factors() -> None:
    assert Schedule().factor(10**6) == 1
    assert Schedule("linear", 100).factor(50) == pytest.approx(0.505)
    assert (
        Schedule("cosine", 100).factor(100)
        == Schedule("linear", 100).factor(1000)
        == pytest.approx(0.01)
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("cosine 50 %", "never relative to the budget"),
        ("cosine", "must be in steps"),
        ("cosine 0 steps", "is not one of"),
        ("cosine 1.5 steps", "is not one of"),
        ("constant 5 steps", "is not one of"),
        (
            "poly 5 steps",
            "unknown learning-rate schedule 'poly'; valid: constant, cosine, halve, linear, warmup",
        ),
    ],
)
def test_bad_schedules(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        parse_schedule(text)


@pytest.mark.parametrize("engine", ENGINES_HERE)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("momentum", [0.0, 0.8])
def test_steps_are_those_of_torch_optim(engine: str, optimizer: str, momentum: float) -> None:
    if momentum and optimizer != "sgd":
        pytest.skip("only sgd has momentum")
    chosen = config(
        engine=engine,
        optimizer=optimizer,
        momentum=momentum,
        weight_decay=0.01,
        learning_rate_schedule="halve 4 steps",
    )
    memorizer = build(chosen)
    module = nn.LSTM(3, 8)
    readout = nn.Linear(8, 3)
    module.load_state_dict(memorizer.recurrence.state_dict())
    readout.load_state_dict(memorizer.readout.state_dict())
    parameters = [*module.parameters(), *readout.parameters()]
    classes = {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW, "sgd": torch.optim.SGD}
    options = {"momentum": momentum} if optimizer == "sgd" else {}
    theirs = classes[optimizer](parameters, lr=chosen.learning_rate, weight_decay=0.01, **options)
    decay = torch.optim.lr_scheduler.StepLR(theirs, step_size=4, gamma=0.5)
    trainer = TRAINERS[engine](memorizer, chosen.optimization)
    batches = StreamBatches(chosen)
    again = StreamBatches(chosen)
    state = None
    for _ in range(12):
        loss = trainer.step(*batches.next())
        inputs, targets = again.next()
        outputs, state = module(nn.functional.one_hot(inputs.t(), 3).float(), state)
        state = tuple(tensor.detach() for tensor in state)
        value = nn.functional.cross_entropy(readout(outputs).flatten(0, 1), targets.t().flatten())
        theirs.zero_grad()
        value.backward()
        nn.utils.clip_grad_norm_(parameters, 1.0)
        theirs.step()
        decay.step()
        assert loss == pytest.approx(value.item(), rel=1e-4)
    for ours, other in zip(memorizer.parameters(), parameters, strict=True):
        torch.testing.assert_close(ours, other, rtol=1e-3, atol=1e-5)


def test_one_layer_has_nothing_to_drop() -> None:
    dropped = study.run(config(engine="torch", dropout=0.5))
    plain = study.run(config(engine="torch"))
    assert dropped.nll_bits == plain.nll_bits


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"cell": "gru", "forget_bias": 1.0}, "forget_bias 1: only cell '"),
        ({"block": True}, "block True: only cell 'mingru' or 'minlstm' has it, not 'lstm'"),
        ({"candidate": "positive"}, "candidate positive: only cell 'mingru' or 'minlstm' has it"),
        ({"candidate": "tanh"}, "unknown candidate 'tanh'; valid: linear, positive"),
        ({"momentum": 0.5}, "momentum 0.5: only optimizer 'sgd' has it, not 'adam'"),
        ({"optimizer": "rmsprop"}, "unknown optimizer 'rmsprop'; valid: adam, adamw, sgd"),
        ({"learning_rate_schedule": "cosine 10 %"}, "never relative to the budget"),
        ({"dropout": 1.0}, "dropout: 1.0 given; input should be less than 1"),
        ({"weight_decay": -1}, "weight_decay: -1 given"),
    ],
)
def test_options_that_do_not_fit(changes: dict, message: str) -> None:
    with pytest.raises(InputError) as caught:
        validate(RunConfig, {"string": "ABC", "cell": "lstm", "budget": "2 steps"} | changes)
    assert message in str(caught.value)


@pytest.mark.skipif(not kernels.available(), reason="the fused kernels are not installed")
def test_the_fused_engine_has_no_dropout() -> None:
    with pytest.raises(InputError, match=r"dropout 0.5: only engine 'torch' has it, not 'fused'"):
        validate(
            RunConfig,
            {
                "string": "ABC",
                "cell": "gru",
                "budget": "2 steps",
                "dropout": 0.5,
                "engine": "fused",
            },
        )


def test_defaults_of_an_optimization() -> None:
    assert Optimization() == RunConfig(string="ABC", cell="gru", budget="1 steps").optimization
