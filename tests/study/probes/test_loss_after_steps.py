"""Losses after fixed steps: those of the network at that step, whatever comes later."""

import math
from statistics import median

import pytest

from seqmem.study.config import RunConfig
from seqmem.study.probes.loss_after_steps import STEPS, LossAfterSteps
from seqmem.study.recall import Recall
from seqmem.study.runner import build

CONFIG = RunConfig(string="ABRACADABRA", cell="gru", units=4, budget="1 steps")


def probed(monkeypatch: pytest.MonkeyPatch, losses: list[float]) -> dict[str, float]:
    measured = iter(range(1, 100))
    monkeypatch.setattr(
        "seqmem.study.probes.loss_after_steps.teacher_forced",
        lambda memorizer, string, blocks: Recall(
            11, exact_prefix=0, correct=0, nll_bits=11.0 * next(measured)
        ),
    )
    probe = LossAfterSteps()
    memorizer = build(CONFIG)
    probe.begin(memorizer, CONFIG)
    for step, loss in enumerate(losses, start=1):
        probe.see(step, loss)
    return probe.end(memorizer)


def test_a_loss_is_the_median_of_the_last_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    losses = [1 / step for step in range(1, 2001)]
    values = probed(monkeypatch, losses)
    for number, steps in enumerate(STEPS, start=1):
        assert (
            values[f"{steps}_loss_nats_per_symbol"]
            == median(losses[steps - 25 : steps])
            == 1 / (steps - 12)
        )
        assert values[f"{steps}_nll_bits_per_symbol"] == number


@pytest.mark.parametrize("last", [0.5, math.nan])
def test_steps_that_are_not_reached_are_not_a_number(
    last: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    values = probed(monkeypatch, [0.5] * 199 + [last])
    assert values["100_nll_bits_per_symbol"] == 1
    assert math.isnan(values["200_nll_bits_per_symbol"]) == math.isnan(last)
    assert math.isnan(values["500_loss_nats_per_symbol"])


def test_a_thousand_epochs_are_so_many_default_steps() -> None:
    default = RunConfig(string="AB", cell="gru", budget="1 steps")
    assert STEPS[-1] == round(1000 * 3500 / (default.batch * default.length))
