"""Volatility of the loss: known values, and what it does not see."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqmem.study.probes.loss_volatility import LEAST_STEPS, WINDOW_STEPS, log_loss_deviation


def naive(losses: list[float], alphabet_size: int) -> tuple[float, int]:
    """The definition, window by window."""
    squares = []
    for index in range(12, len(losses) - 12):
        middle = sorted(losses[index - 12 : index + 13])[12]
        if 0.05 < losses[index] / math.log(alphabet_size) < 0.9:
            squares.append((math.log(losses[index]) - math.log(middle)) ** 2)
    return math.sqrt(math.fsum(squares) / len(squares)) if len(squares) >= 50 else math.nan, len(
        squares
    )


@given(st.lists(st.floats(1e-3, 3), max_size=200), st.integers(2, 9))
def test_it_is_the_definition(losses: list[float], alphabet_size: int) -> None:
    deviation, steps = log_loss_deviation(losses, alphabet_size)
    expected, expected_steps = naive(losses, alphabet_size)
    assert steps == expected_steps
    assert deviation == pytest.approx(expected, nan_ok=True)


@given(st.lists(st.floats(0.071, 1.24), min_size=80, max_size=200))
def test_steady_progress_has_none(losses: list[float]) -> None:
    assert log_loss_deviation(sorted(losses, reverse=True), alphabet_size=4) == (
        0,
        len(losses) - 24,
    )


def test_noise_is_found_whatever_the_trend() -> None:
    rng = np.random.default_rng(1)
    trend = np.linspace(math.log(0.9), math.log(0.15), 2000)
    deviation, _ = log_loss_deviation(np.exp(trend + rng.normal(0, 0.03, 2000)), alphabet_size=4)
    assert deviation == pytest.approx(0.03, rel=0.06)


def test_only_the_losses_between_count() -> None:
    learned = [0.01, 0.02] * 100
    guessing = [1.3, 1.38] * 100
    between = [0.5] * 100
    deviation, steps = log_loss_deviation(guessing + between + learned, alphabet_size=4)
    assert steps == 100
    assert deviation < 1e-9
    assert log_loss_deviation(guessing + learned, alphabet_size=4) == (
        pytest.approx(math.nan, nan_ok=True),
        0,
    )


def test_too_few_steps_are_not_a_number() -> None:
    enough = LEAST_STEPS + WINDOW_STEPS - 1
    assert log_loss_deviation([0.5] * enough, 4) == (0, LEAST_STEPS)
    for count in (0, 3, WINDOW_STEPS, enough - 1):
        deviation, steps = log_loss_deviation([0.5] * count, 4)
        assert math.isnan(deviation)
        assert steps == max(0, count - WINDOW_STEPS + 1)


def test_what_follows_divergence_is_not_looked_at() -> None:
    losses = [0.5, 0.6, 0.4] * 50
    assert log_loss_deviation([*losses, math.nan, 0.1], 4) == log_loss_deviation(losses, 4)
    assert log_loss_deviation([*losses, math.inf], 4) == log_loss_deviation(losses, 4)


def test_a_loss_of_zero_is_a_very_small_one() -> None:
    assert log_loss_deviation([0.5] * 90 + [0.0] * 3, 4)[0] == 0
