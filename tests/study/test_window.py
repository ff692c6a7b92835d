"""The window protocol: layout, exact deduplication, early stopping, forecasts."""

import math
from collections import Counter

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from seqmem import generators, study
from seqmem.core.errors import InputError
from seqmem.study import kernels
from seqmem.study.config import RunConfig
from seqmem.study.memorizers.memorizer import Memorizer, initialize
from seqmem.study.metrics import METRICS
from seqmem.study.protocols.layout import WindowLayout
from seqmem.study.protocols.window import WindowBatches, forecast
from seqmem.study.runner import TRAINERS, build
from seqmem.study.training.optimization import Optimization
from seqmem.study.training.stopping import EarlyStopping
from seqmem.study.training.trainer import TorchTrainer
from tests.cells import TORCH_MODULES
from tests.properties import at_most

ENGINES_HERE = ["fused", "torch"] if kernels.available() else ["torch"]
STRING = generators.generate("iid", alphabet_size=3, target=14, seed=2)


def config(**changes: object) -> RunConfig:
    fields = {
        "string": STRING,
        "cell": "gru",
        "units": 8,
        "budget": "2 epochs",
        "protocol": "window",
    }
    sizes = {"batch": 32, "length": 12, "total_length": 300, "recall_horizon": 20}
    return RunConfig(**(fields | sizes | changes))


def test_the_published_layout() -> None:
    # Published: T = 3500, 100 withheld, windows of 100, split 80/10/10 in order.
    layout = WindowLayout(3500, 100, 100)
    parts = [layout.training, layout.validation, layout.test]
    assert [len(part) for part in parts] == [2640, 330, 330]
    assert np.concatenate(parts).tolist() == list(range(3300))


@given(total=st.integers(1, 400), horizon=st.integers(1, 200), window=st.integers(1, 200))
def test_layouts_cover_all_windows_in_order_or_are_refused(
    total: int, horizon: int, window: int
) -> None:
    left = total - horizon - window
    if left < 10:
        with pytest.raises(
            InputError, match=f"{max(0, left)} windows are left, at least 10 are needed"
        ):
            WindowLayout(total, horizon, window)
        return
    layout = WindowLayout(total, horizon, window)
    parts = [layout.training, layout.validation, layout.test]
    assert np.concatenate(parts).tolist() == list(range(left))
    assert len(parts[1]) == len(parts[2]) == left // 10
    # The last window's target is the last symbol that is not withheld.
    assert layout.test[-1] + window == total - horizon - 1


def test_an_epoch_is_every_training_window_once() -> None:
    batches = WindowBatches(config(), deduplicate=False)
    sequence = np.tile(STRING.symbols, 99)[:300]
    first = [batches.next() for _ in range(7)]
    seen = Counter(
        (*row.tolist(), int(target))
        for inputs, targets, _, _ in first
        for row, target in zip(inputs, targets, strict=True)
    )
    assert seen == Counter(
        tuple(sequence[start : start + 13].tolist()) for start in range(268 - 2 * 26)
    )
    assert [size for *_, size in first] == [32] * 6 + [24]
    assert batches.epoch_is_over
    second = batches.next()
    assert not batches.epoch_is_over
    assert not torch.equal(first[0][0], second[0])  # Another order in every epoch.


def test_batches_depend_on_string_seed_and_repeat_only() -> None:
    def first(**changes: object) -> list:
        return WindowBatches(config(**changes)).next()[0].tolist()

    assert first() == first(cell="lstm", units=16, learning_rate=0.1, budget="7 steps")
    assert first() != first(repeat=1)
    assert first() != first(seed=1)


@pytest.mark.parametrize("engine", ENGINES_HERE)
@pytest.mark.parametrize("cell", TORCH_MODULES)
def test_deduplicated_gradients_are_the_plain_ones(cell: str, engine: str) -> None:
    """Against torch's own modules on every window of the minibatch."""
    chosen = config(cell=cell, engine=engine, depth=2, batch=64)
    plain = WindowBatches(chosen, deduplicate=False)
    distinct = WindowBatches(chosen)
    inputs, targets, _, size = plain.next()
    memorizer = build(chosen)
    module = TORCH_MODULES[cell](3, 8, 2)
    readout = nn.Linear(8, 3)
    module.load_state_dict(memorizer.recurrence.state_dict())
    readout.load_state_dict(memorizer.readout.state_dict())
    outputs, _ = module(nn.functional.one_hot(inputs.t(), 3).float())
    loss = nn.functional.cross_entropy(readout(outputs[-1]), targets)
    theirs = torch.autograd.grad(loss, [*module.parameters(), *readout.parameters()])

    before = [parameter.detach().clone() for parameter in memorizer.parameters()]
    sgd = Optimization(optimizer="sgd", learning_rate=1.0, gradient_clip=math.inf)
    step = distinct.step(TRAINERS[engine](memorizer, sgd))
    assert step.loss == pytest.approx(loss.item(), abs=1e-6)
    assert (
        (step.symbols, step.nominal_symbols)
        == (STRING.period * 12, size * 12)
        != (size * 12, size * 12)
    )
    for old, new, gradient in zip(before, memorizer.parameters(), theirs, strict=True):
        torch.testing.assert_close(old - new.detach(), gradient, rtol=1e-5, atol=1e-6)


@at_most(25)
@given(seed=st.integers(0, 99), batch=st.integers(1, 80), length=st.integers(1, 20))
def test_deduplicated_gradients_to_the_last_bits(seed: int, batch: int, length: int) -> None:
    """In float64, equal to 1e-12: nothing is left out or counted twice."""
    chosen = config(seed=seed, batch=batch, length=length)
    gradients = []
    for deduplicate in (True, False):
        memorizer = initialize(Memorizer("lstm", 3, 1, 5), seed).double()
        inputs, targets, weights, _ = WindowBatches(chosen, deduplicate).next()
        assert float(weights.double().sum()) == pytest.approx(1)
        losses = nn.functional.cross_entropy(memorizer(inputs)[0][-1], targets, reduction="none")
        exact = torch.round(weights.double() * batch) / batch
        gradients.append(torch.autograd.grad(exact @ losses, list(memorizer.parameters())))
    torch.testing.assert_close(*gradients, rtol=1e-9, atol=1e-12)


def test_the_carried_state_stays() -> None:
    trainer = TorchTrainer(build(config(engine="torch")), Optimization())
    WindowBatches(config()).step(trainer)
    assert trainer.state is None


@pytest.mark.parametrize("engine", ENGINES_HERE)
def test_test_loss_and_accuracy_are_those_of_the_last_windows(engine: str) -> None:
    chosen = config(engine=engine)
    memorizer = build(chosen)
    sequence = torch.as_tensor(np.tile(STRING.symbols, 99)[:300].astype(np.int64))
    measures = WindowBatches(chosen).measures(
        memorizer, TRAINERS[engine](memorizer, chosen.optimization)
    )
    for starts, loss, accuracy in (
        (range(216, 242), "validation_loss", None),
        (range(242, 268), "test_loss", "test"),
    ):
        logits = memorizer(torch.stack([sequence[start : start + 12] for start in starts]))[0][-1]
        targets = sequence[[start + 12 for start in starts]]
        assert getattr(measures, loss) == pytest.approx(
            nn.functional.cross_entropy(logits, targets).item(), rel=1e-5
        )
        if accuracy:
            share = (logits.argmax(1) == targets).float().mean().item()
            assert measures.test_accuracy == pytest.approx(share)


def test_forecast_is_fed_its_own_predictions() -> None:
    memorizer = build(config(engine="torch"))
    tokens = [0, 1, 2, 0, 1]
    expected = []
    for _ in range(9):
        window = torch.tensor([tokens[-5:]])
        expected.append(int(memorizer(window)[0][-1, 0].argmax()))
        tokens.append(expected[-1])
    assert forecast(memorizer, torch.tensor(tokens[:5]), 9).tolist() == expected


def test_the_published_start_scores_a_perfect_memorizer_against_the_wrong_symbols() -> None:
    # Published scores of perfect forecasts of this string (4 symbols, complexity 10): DL 0.08,
    # JW 0.1086.
    string = generators.from_text("CBDABBBADBDB")
    fields = {"string": string, "total_length": 3500, "recall_horizon": 100, "length": 100}
    published = WindowBatches(config(**fields, recall_start="published")).continuation(
        _Perfect(string)
    )
    assert published.is_solved
    assert 1 - METRICS["osa_similarity"](*_lists(published)) == pytest.approx(0.08)
    assert 1 - METRICS["jaro_winkler_similarity"](*_lists(published)) == pytest.approx(
        0.1086, abs=5e-5
    )
    correct = WindowBatches(config(**fields)).continuation(_Perfect(string))
    assert correct.is_solved
    assert _lists(correct)[0] == _lists(correct)[1]


def _lists(continuation: object) -> tuple[list[int], list[int]]:
    return continuation.predicted.tolist(), continuation.scored.tolist()


class _Perfect:
    """Predicts the symbol that follows a window of the repeated string."""

    def __init__(self, string: generators.SymbolString) -> None:
        self.size = string.alphabet_size
        self.symbols = string.symbols.tolist()

    def __call__(self, tokens: torch.Tensor) -> tuple[torch.Tensor, None]:
        (window,) = tokens.tolist()
        endless = self.symbols * (len(window) // len(self.symbols) + 2)
        (index,) = [
            at for at in range(len(self.symbols)) if endless[at : at + len(window)] == window
        ]
        following = torch.tensor([[endless[index + len(window)]]])
        return nn.functional.one_hot(following, self.size).float(), None


@pytest.mark.slow
@pytest.mark.parametrize("engine", ENGINES_HERE)
def test_a_window_run_is_a_record(engine: str) -> None:
    chosen = config(
        engine=engine, budget="40 epochs", learning_rate=0.03, stop_on_memorized=False, units=24
    )
    record = study.run(chosen)
    again = study.run(chosen)
    assert (record.epochs, record.spent, record.steps) == (40, 40, 280)
    assert record.nominal_symbols == 40 * 216 * 12
    assert record.symbols < record.nominal_symbols
    assert record.nominal_flops / record.flops == record.nominal_symbols / record.symbols
    assert record.solved_horizon
    assert record.osa_similarity == record.test_accuracy == 1
    assert math.isnan(record.carried_nll_bits)
    assert record.test_loss == again.test_loss
    assert (record.total_length, record.recall_horizon) == (300, 20)


def test_a_stream_run_has_nothing_held_out() -> None:
    record = study.run(RunConfig(string="ABRACADABRA", cell="gru", units=32, budget="400 steps"))
    assert record.solved_horizon
    assert record.symbols == record.nominal_symbols
    assert math.isnan(record.test_accuracy)
    assert record.total_length is None


def test_stopping_loss_ends_a_run_at_an_epoch() -> None:
    options = {
        "budget": "40 epochs",
        "learning_rate": 0.03,
        "units": 24,
        "stop_on_memorized": False,
    }
    record = study.run(config(**options, stopping_loss=0.5, repeat=1))
    assert record.status in ("converged", "memorized")
    assert record.validation_loss <= 0.5
    assert record.epochs == record.spent == round(record.epochs) < 40
    assert record.checkpoint_fractions[-1] == record.epochs / 40
    free = study.run(config(**options, repeat=1))
    assert free.epochs == 40
    shared = len(record.checkpoint_fractions) - 1
    assert free.checkpoint_nll_bits[:shared] == record.checkpoint_nll_bits[:shared]


def test_patience_ends_a_run_that_does_not_improve() -> None:
    record = study.run(
        config(budget="60 epochs", learning_rate=1e-12, patience=5, stopping_loss=0.1)
    )
    assert record.status == "stalled"
    assert record.epochs < 60


def test_best_weights_are_restored_only_on_request() -> None:
    options = {"budget": "30 epochs", "learning_rate": 0.3, "patience": 29, "units": 4}
    gained = []
    for seed in range(4):
        last = study.run(config(**options, seed=seed))
        best = study.run(config(**options, seed=seed, restore_best_weights=True))
        assert last.checkpoint_nll_bits[:-1] == best.checkpoint_nll_bits[:-1]
        for record in (last, best):
            assert record.nll_bits == record.checkpoint_nll_bits[-1]
        assert best.validation_loss <= last.validation_loss
        assert (best.nll_bits == last.nll_bits) == (best.validation_loss == last.validation_loss)
        gained.append(best.validation_loss < last.validation_loss)
    # The last epoch may happen to be the best one, but hardly of four networks.
    assert any(gained)


def test_early_stopping_by_the_losses() -> None:
    def reasons(losses: list[float], **options: object) -> list[str | None]:
        remaining = iter(losses)
        stopping = EarlyStopping(lambda: next(remaining), nn.Identity(), **options)
        return [stopping.after_epoch() for _ in losses]

    assert reasons([0.5, 0.2, 0.1], stopping_loss=0.1) == [None, None, "converged"]
    assert reasons([0.5, 0.4, 0.6, 0.4, 0.3], patience=3) == [None] * 5
    assert reasons([0.5, 0.5, 0.6, 0.4], patience=2) == [None, None, "stalled", None]
    assert reasons([math.nan, math.nan], patience=2) == [None, "stalled"]


def test_restored_weights_are_those_of_the_lowest_loss() -> None:
    layer = nn.Linear(1, 1, bias=False)
    losses = iter([0.3, 0.2, 0.2, 0.4])
    before = layer.weight.item()
    stopping = EarlyStopping(lambda: next(losses), layer, restore_best=True)
    stopping.restore()
    assert layer.weight.item() == before  # No epoch is over.
    for epoch in range(4):
        nn.init.constant_(layer.weight, float(epoch))
        stopping.after_epoch()
    stopping.restore()
    assert layer.weight.item() == 1
