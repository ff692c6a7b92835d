"""The expected duration of a sweep before it starts: laws, and the shipped sweeps."""

from math import ceil

import pandas as pd
import pytest

from seqmem import RunConfig, run, sweeps
from seqmem.study.budget import parse_budget
from seqmem.study.duration import expected_evaluation_seconds, expected_seconds
from seqmem.sweeps.config.conditions import WHOLE_SWEEP
from seqmem.sweeps.execution.expectation import Expectation, expect
from seqmem.sweeps.execution.machine_speed import (
    Speed,
    TimedRun,
    measure_speed,
    steps_of,
    time_briefly,
)
from seqmem.sweeps.execution.preparation import check_runs, searches_of
from seqmem.workflows.paper.checkout import STUDY_1

AS_EXPECTED = Speed()


def expectation(*settings: str, speed: Speed = AS_EXPECTED) -> Expectation:
    config = sweeps.load_config("smoke", settings).resolved()
    keys = searches_of(config, WHOLE_SWEEP)
    return expect(config, keys, check_runs(config, keys), measure=lambda *_: speed)


def test_an_expectation_counts_training_evaluation_start_and_search() -> None:
    plain = expectation("training.stop_on_memorized=false")
    slow = expectation("training.stop_on_memorized=false", speed=Speed(2.0, 3.0))
    assert slow.training == pytest.approx(2 * plain.training)
    assert slow.evaluation == pytest.approx(3 * plain.evaluation)
    assert (slow.start, slow.search) == (plain.start, plain.search)
    assert plain.wall_seconds(1) - plain.wall_seconds(2) == pytest.approx(
        (plain.training + plain.evaluation) / 2
    )
    # Budgets in seconds need no speed; 56 runs of one second.
    whole = expectation("training.budget='1 s'", "training.stop_on_memorized=false")
    assert whole.training == pytest.approx(56)
    assert len(plain.run_seconds) == 4


def test_runs_that_memorize_early_use_a_part_of_their_budget() -> None:
    shares = [
        expectation(f"training.budget='{amount} s'").training / (56 * amount)
        for amount in (0.001, 0.1, 10)
    ]
    assert 1 > shares[0] > shares[1] > shares[2] > 0


@pytest.mark.parametrize("budget", ["40 steps", "3 epochs", "0.5 MF", "0.5 Mw", "0.001 cal-s"])
def test_the_steps_of_a_budget_are_those_that_a_run_takes(budget: str) -> None:
    config = RunConfig(
        string="ABRACADABRA", cell="gru", units=8, budget=budget, batch=8, length=16,
        stop_on_memorized=False,
    )  # fmt: skip
    record = run(config)
    steps = steps_of(config, record.flops / record.steps)
    assert steps is not None
    assert record.steps == ceil(steps - 1e-9)
    assert steps_of(config.model_copy(update={"budget": parse_budget("1 s")}), 1.0) is None


def test_speed_is_a_ratio_over_runs_and_the_first_run_does_not_count() -> None:
    config = sweeps.load_config("smoke").resolved()
    seen = []

    def time_run(whole: RunConfig, brief: RunConfig) -> TimedRun:
        assert str(brief.budget) == "0.05 s"
        assert brief.model_copy(update={"budget": whole.budget, "stop_on_memorized": True}) == whole
        seen.append(whole.cell)
        return TimedRun(1e9, 1e9, 1.0, 1.0) if len(seen) == 1 else TimedRun(2.0, 6.0, 1.0, 2.0)

    assert measure_speed(config, "gru", time_run) == Speed(2.0, 3.0)
    assert seen == ["gru"] * 4


def test_a_timed_run_is_scaled_to_the_whole_budget() -> None:
    whole, brief = (
        RunConfig(string="ABRACADABRA", cell="gru", units=8, budget=budget, batch=8, length=16,
                  stop_on_memorized=False)
        for budget in ("400 steps", "20 steps")
    )  # fmt: skip
    timed = time_briefly(whole, brief)
    record_seconds = timed.training / 20
    assert record_seconds > 0
    assert timed.expected_training == pytest.approx(expected_seconds(whole))
    # Twenty steps have fewer checkpoints than four hundred.
    assert timed.expected_evaluation < expected_evaluation_seconds(whole)


@pytest.mark.parametrize(
    "name",
    ["paper-complexity-k4-low", "paper-depth-d2", "paper-protocol-d1", "paper-curves-rate-0.003"],
)
def test_the_shipped_sweeps_took_what_is_expected(name: str) -> None:
    folder = STUDY_1 / name
    config = sweeps.load_config(folder / "config.toml").resolved()
    keys = searches_of(config, WHOLE_SWEEP)
    expected = expect(config, keys, check_runs(config, keys), measure=lambda *_: Speed())
    columns = ["train_cpu_seconds", "evaluation_seconds"]
    taken = pd.read_parquet(folder / "runs.parquet", columns=columns).sum().sum()
    assert 1 / 1.5 < (expected.training + expected.evaluation) / taken < 1.5


def test_where_runs_fail_the_speed_is_as_expected(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(config: RunConfig) -> None:
        raise RuntimeError("no")

    monkeypatch.setattr("seqmem.study.runner.run", fails)
    assert measure_speed(sweeps.load_config("smoke").resolved(), "gru") == AS_EXPECTED
