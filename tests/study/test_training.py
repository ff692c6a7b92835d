"""Training: budgets, checkpoints, statuses, and that nothing else is touched."""

import math
from collections.abc import Callable

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

import seqmem.study.measuring
from seqmem import generators, study
from seqmem.generators.complexity.entropy import floor_bits
from seqmem.study.budget import Clock
from seqmem.study.config import RunConfig
from seqmem.study.memorizers.memorizer import Memorizer, initialize
from seqmem.study.protocols.stream import StreamBatches
from seqmem.study.recall import Recall
from seqmem.study.runner import build, clock_for
from seqmem.study.training.loop import train_until_over
from seqmem.study.training.optimization import Optimization
from seqmem.study.training.trainer import TorchTrainer
from tests.cells import CELL_ENGINES, TORCH_MODULES, only_way, slow_if_alike
from tests.properties import at_most

STRING = generators.generate("iid", alphabet_size=3, target=14, seed=2)


def config(**changes: object) -> RunConfig:
    fields = {
        "string": STRING,
        "cell": "gru",
        "units": 8,
        "budget": "64 steps",
        "batch": 8,
        "length": 16,
    }
    return RunConfig(**(fields | only_way(str(changes.get("cell", "gru"))) | changes))


def test_abracadabra() -> None:
    record = study.run(RunConfig(string="ABRACADABRA", cell="gru", units=32, budget="400 steps"))
    assert record.status == "memorized"
    assert record.exact_prefix == 11
    assert record.memorized_fraction == record.checkpoint_fractions[-1]


@pytest.mark.parametrize(
    ("cell", "engine"),
    [
        pytest.param(*case, marks=[] if case == ("gru", "fused") else [pytest.mark.slow])
        for case in CELL_ENGINES
    ],
)
def test_a_checkpoint_is_a_run_of_that_budget(cell: str, engine: str) -> None:
    whole = study.run(config(cell=cell, engine=engine, stop_on_memorized=False, budget="70 steps"))
    for index, fraction in enumerate(whole.checkpoint_fractions):
        part = study.run(
            config(
                cell=cell, engine=engine, stop_on_memorized=False, budget=f"{70 * fraction!r} steps"
            )
        )
        assert part.steps == whole.checkpoint_steps[index]
        assert part.nll_bits == whole.checkpoint_nll_bits[index]
        assert part.exact_prefix == whole.checkpoint_exact_prefixes[index]
        assert part.loss_final == whole.checkpoint_losses[index]


def test_more_checkpoints_change_no_other_one_and_enter_the_run_id() -> None:
    usual = config(stop_on_memorized=False, budget="64 steps")
    finer = config(stop_on_memorized=False, budget="64 steps", checkpoints_per_octave=4)
    assert "checkpoints_per_octave" not in study.run(usual).to_row()
    assert finer.run_id != usual.run_id
    assert config(checkpoints_per_octave=2, stop_on_memorized=False, budget="64 steps") == usual
    few, many = study.run(usual), study.run(finer)
    assert many.to_row()["checkpoints_per_octave"] == 4
    assert many.checkpoint_steps == [
        1,
        2,
        3,
        4,
        5,
        6,
        7,
        8,
        10,
        12,
        14,
        16,
        20,
        23,
        27,
        32,
        39,
        46,
        54,
        64,
    ]
    found = dict(zip(many.checkpoint_steps, many.checkpoint_nll_bits, strict=True))
    for step, nll in zip(few.checkpoint_steps, few.checkpoint_nll_bits, strict=True):
        assert found[step] == nll


@at_most(10)
@given(
    amount=st.floats(0.5, 30),
    unit=st.sampled_from(["steps", "epochs", "MF"]),
    smaller=st.integers(0, 12),
)
def test_every_reproducible_unit_is_anytime(amount: float, unit: str, smaller: int) -> None:
    whole = study.run(config(budget=f"{amount!r} {unit}"))
    part_amount = amount * 2 ** (-smaller / 2)
    part = study.run(config(budget=f"{part_amount!r} {unit}"))
    values = dict(zip(whole.checkpoint_steps, whole.checkpoint_nll_bits, strict=True))
    if part.status == "memorized" and part.steps not in values:
        return  # It stopped at a checkpoint that lies between those of the larger budget.
    assert part.steps in values
    assert part.nll_bits == values[part.steps]


def test_same_configuration_same_record() -> None:
    first = study.run(config())
    again = study.run(config())
    timed = {"train_cpu_seconds", "train_wall_seconds", "evaluation_seconds"}
    row = first.to_row()
    other = again.to_row()
    assert {name: row[name] for name in row if name not in timed} == {
        name: other[name] for name in other if name not in timed
    }
    assert study.run(config(seed=1)).nll_bits != first.nll_bits
    assert study.run(config(repeat=1)).nll_bits != first.nll_bits


def test_a_run_restores_threads_and_touches_no_global_random_state() -> None:
    threads = torch.get_num_threads()
    torch.set_num_threads(2)
    torch_state = torch.get_rng_state()
    numpy_state = np.random.get_state()[1].copy()  # noqa: NPY002
    try:
        study.run(config(budget="2 steps"))
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(threads)
    assert torch.equal(torch.get_rng_state(), torch_state)
    assert (np.random.get_state()[1] == numpy_state).all()  # noqa: NPY002


def test_stops_at_the_first_checkpoint_where_it_is_memorized() -> None:
    early = study.run(config(string="ABC", budget="200 steps", learning_rate=0.05))
    assert early.status == "memorized"
    assert early.steps == early.checkpoint_steps[-1] < 200
    late = study.run(
        config(string="ABC", budget="200 steps", learning_rate=0.05, stop_on_memorized=False)
    )
    assert late.steps == 200
    assert late.memorized_fraction == early.memorized_fraction
    assert late.checkpoint_nll_bits[: len(early.checkpoint_nll_bits)] == early.checkpoint_nll_bits


class Scripted:
    """A trainer that returns given losses."""

    def __init__(self, losses: list[float]) -> None:
        self.losses = iter(losses)

    def step(self, inputs: torch.Tensor, targets: torch.Tensor) -> float:
        return next(self.losses)


def clock_on(chosen: RunConfig, now: Callable[[], float]) -> Clock:
    """The clock of a run, on another time."""
    return Clock(
        chosen.budget, flops_per_symbol=1, symbols_per_epoch=1, thread_seconds=now, wall_seconds=now
    )


def scripted(
    losses: list[float], budget: str, prefixes: list[int] | None = None, **options: bool
) -> object:
    remaining = iter(prefixes or [0] * 99)
    chosen = config(budget=budget)
    batches = StreamBatches(chosen)
    clock = clock_for(chosen)

    def evaluate() -> Recall:
        prefix = next(remaining)
        return Recall(STRING.period, prefix, prefix, 1.0)

    return train_until_over(Scripted(losses), batches, clock, evaluate, **options)


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_a_loss_that_is_not_finite_ends_the_run(bad: float) -> None:
    training = scripted([1.0, 0.9, bad, 0.8], "4 steps")
    assert training.status == "diverged"
    assert [checkpoint.step for checkpoint in training.checkpoints] == [1, 2]
    assert training.loss_first == 1.0
    assert not math.isfinite(training.loss_final)


@pytest.mark.parametrize("bad", [0.7, math.nan])
def test_a_watch_is_told_every_step_off_the_clock(bad: float) -> None:
    now = [0.0]
    seen = []
    chosen = config(budget="3 s")
    batches = StreamBatches(chosen)
    clock = clock_on(chosen, lambda: now[0])

    class Slow(Scripted):
        def step(self, inputs: torch.Tensor, targets: torch.Tensor) -> float:
            now[0] += 1
            return super().step(inputs, targets)

    def watch(step: int, loss: float) -> None:
        seen.append((step, loss))
        now[0] += 1000

    train_until_over(
        Slow([0.9, 0.8, bad]), batches, clock, lambda: Recall(STRING.period, 0, 0, 1.0), watch=watch
    )
    assert [step for step, _ in seen] == [1, 2, 3]
    assert [loss for _, loss in seen] == pytest.approx([0.9, 0.8, bad], nan_ok=True)
    assert clock.cpu_seconds == 3


def test_a_step_that_reaches_several_fractions_makes_one_checkpoint_at_the_smallest() -> None:
    training = scripted([1.0] * 4, "4 steps")
    assert [(round(point.fraction, 3), point.step) for point in training.checkpoints] == [
        (0.016, 1),
        (0.354, 2),
        (0.707, 3),
        (1.0, 4),
    ]


def test_memorized_in_between_but_not_at_the_end() -> None:
    n = STRING.period
    assert scripted([1.0] * 4, "4 steps", [0, n, 0, 0]).status == "memorized"
    late = scripted([1.0] * 4, "4 steps", [0, n, 0, 0], stop_on_memorized=False)
    assert late.status == "budget_spent"
    assert len(late.checkpoints) == 4
    assert (
        scripted([1.0] * 4, "4 steps", [0, 0, 0, n], stop_on_memorized=False).status == "memorized"
    )


class Epochs(StreamBatches):
    """Batches whose every step ends an epoch."""

    epoch_is_over = True


class Watched:
    """Early stopping that notes what it is asked, and takes time."""

    def __init__(self, clock: Clock, reasons: list[str | None]) -> None:
        self.clock = clock
        self.reasons = iter(reasons)
        self.calls = []

    def after_epoch(self) -> str | None:
        self.calls.append("asked")
        self.clock.time.work(50)
        return next(self.reasons)

    def restore(self) -> None:
        self.calls.append("restored")


class FakeTime:
    def __init__(self) -> None:
        self.now = 0.0

    def work(self, seconds: float) -> None:
        self.now += seconds


@pytest.mark.parametrize(
    ("reasons", "prefixes", "status", "calls"),
    [
        ([None, None, "converged"], [0, 0, 0], "converged", ["asked"] * 3 + ["restored"]),
        ([None, "stalled"], [0, 99], "memorized", ["asked"] * 2 + ["restored"]),
        (
            [None, None],
            [0, 99],
            "memorized",
            ["asked"] * 2,
        ),  # Stopped by memory: nothing is brought back.
        ([None] * 4, [0] * 4, "budget_spent", ["asked"] * 4 + ["restored"]),
    ],
)
def test_early_stopping_is_asked_off_the_clock_and_restores_before_the_last_checkpoint(
    reasons: list[str | None], prefixes: list[int], status: str, calls: list[str]
) -> None:
    time = FakeTime()
    chosen = config(budget="4 s")
    remaining = iter(prefixes)
    clock = Clock(
        chosen.budget,
        flops_per_symbol=1,
        symbols_per_epoch=1,
        thread_seconds=lambda: time.now,
        wall_seconds=lambda: time.now,
    )
    clock.time = time
    stopping = Watched(clock, reasons)

    class Slow(Scripted):
        def step(self, inputs: torch.Tensor, targets: torch.Tensor) -> float:
            time.work(1)
            return super().step(inputs, targets)

    def evaluate() -> Recall:
        stopping.calls.append("evaluated")
        prefix = min(next(remaining), STRING.period)
        return Recall(STRING.period, prefix, prefix, 1.0)

    training = train_until_over(Slow([1.0] * 9), Epochs(chosen), clock, evaluate, stopping=stopping)
    assert training.status == status
    assert [call for call in stopping.calls if call != "evaluated"] == calls
    assert stopping.calls[-1] == "evaluated"
    assert training.recall == training.checkpoints[-1].recall
    assert clock.spent == len(reasons)  # Not the seconds of validation.


@pytest.mark.parametrize(("cell", "engine"), slow_if_alike(CELL_ENGINES))
def test_learning_rate_10_diverges(cell: str, engine: str) -> None:
    string = generators.generate("iid", alphabet_size=4, target=64, seed=1)
    record = study.run(
        config(
            string=string, cell=cell, engine=engine, learning_rate=10, units=16, budget="60 steps"
        )
    )
    assert record.status == "diverged"
    assert not record.memorized
    assert record.steps == record.checkpoint_steps[-1] == 60
    assert len(record.checkpoint_losses) == len(record.checkpoint_nll_bits) > 8
    assert record.nll_bits > 2 * record.reference_bits
    assert record.loss_final > 2 * np.log(4)


@pytest.mark.parametrize(
    ("last", "bits", "status"),
    [
        (2.1, 2.1, "diverged"),
        (1.9, 2.1, "budget_spent"),
        (2.1, 1.9, "budget_spent"),
        (9.0, math.nan, "diverged"),
    ],
)
def test_diverged_is_worse_than_twice_a_guess_in_loss_and_recall(
    last: float, bits: float, status: str
) -> None:
    chosen = config(budget="2 steps")
    recall = Recall(
        STRING.period, 0, 0, bits * STRING.period
    )  # of one bit a symbol: a guess is right half the time
    training = train_until_over(
        Scripted([9.0, last * math.log(2)]),
        StreamBatches(chosen),
        clock_for(chosen),
        lambda: recall,
        uniform_loss=math.log(2),
    )
    assert training.status == status
    assert training.loss_first == 9.0  # A bad loss in between ends nothing.


def test_a_diverged_run_is_a_record() -> None:
    run_config = config(learning_rate=3e38, units=4, budget="40 steps")
    record = study.run(run_config)
    assert record.status == "diverged"
    assert not record.memorized
    assert math.isnan(record.nll_bits)
    assert record.to_row()["nll_bits"] is None


def test_the_bits_of_a_record() -> None:
    record = study.run(config(budget="30 steps", stop_on_memorized=False))
    n = STRING.period
    k = 3
    assert record.stored_bits == record.reference_bits - record.nll_bits
    assert record.stored_fraction == record.stored_bits / STRING.reference_bits
    assert record.gain_bits == pytest.approx(
        n * np.log2(k) - floor_bits(STRING.symbols, k) - record.nll_bits
    )
    assert record.given_bits == pytest.approx(min(n, STRING.complexity("min_context")) * np.log2(k))
    assert record.copies_in_context == (record.copy_nll_bits < 0.9 * n * np.log2(k))
    assert record.memorized_99 == (record.symbol_accuracy >= 0.99)
    assert record.symbols == record.steps * 8 * 16
    assert record.flops == record.symbols * study.flops_per_symbol("gru", k, 1, 8)
    assert record.parameters == study.parameter_count("gru", k, 1, 8)
    assert (record.spent, record.overrun) == (30.0, 0.0)


def test_a_network_that_copies_is_flagged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        seqmem.study.measuring,
        "copy_nll_bits",
        lambda memorizer, string, blocks: 0.89 * STRING.period * np.log2(3),
    )
    assert study.run(config(budget="2 steps")).copies_in_context
    monkeypatch.setattr(
        seqmem.study.measuring,
        "copy_nll_bits",
        lambda memorizer, string, blocks: 0.91 * STRING.period * np.log2(3),
    )
    assert not study.run(config(budget="2 steps")).copies_in_context


def test_stream_batches_follow_the_string() -> None:
    batches = StreamBatches(config(batch=5, length=7))
    phases = batches.phases.tolist()
    endless = np.tile(STRING.symbols, 20)
    for step in range(6):
        inputs, targets = batches.next()
        assert inputs.shape == targets.shape == (5, 7)
        for row, phase in enumerate(phases):
            start = phase + 7 * step
            assert inputs[row].tolist() == endless[start : start + 7].tolist()
            assert targets[row].tolist() == endless[start + 1 : start + 8].tolist()
    assert len(set(StreamBatches(config(batch=64)).phases.tolist())) > 5


@pytest.mark.parametrize("cell", TORCH_MODULES)
def test_the_training_step_is_that_of_torch(cell: str) -> None:
    memorizer = initialize(Memorizer(cell, 3, 1, 6), 1)
    module = TORCH_MODULES[cell](3, 6)
    module.load_state_dict(memorizer.recurrence.state_dict())
    readout = nn.Linear(6, 3)
    readout.load_state_dict(memorizer.readout.state_dict())
    parameters = [*module.parameters(), *readout.parameters()]
    optimizer = torch.optim.Adam(parameters, lr=0.05)
    batches, again = (StreamBatches(config(batch=4, length=8)) for _ in range(2))
    trainer = TorchTrainer(memorizer, Optimization(learning_rate=0.05, gradient_clip=0.3))
    state = None
    for _ in range(20):
        loss = trainer.step(*batches.next())
        inputs, targets = again.next()
        outputs, state = module(nn.functional.one_hot(inputs.t(), 3).float(), state)
        state = tuple(tensor.detach() for tensor in state) if cell == "lstm" else state.detach()
        theirs = nn.functional.cross_entropy(readout(outputs).flatten(0, 1), targets.t().flatten())
        optimizer.zero_grad()
        theirs.backward()
        nn.utils.clip_grad_norm_(parameters, 0.3)
        optimizer.step()
        assert loss == pytest.approx(theirs.item(), rel=1e-4)


def test_gradient_clipping_bounds_the_norm() -> None:
    built = build(config(gradient_clip=0.01))
    trainer = TorchTrainer(built, Optimization(gradient_clip=0.01))
    trainer.step(*StreamBatches(config()).next())
    norm = torch.cat([parameter.grad.flatten() for parameter in built.parameters()]).norm().item()
    assert norm == pytest.approx(0.01, rel=1e-3)
