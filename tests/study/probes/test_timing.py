"""What the timing probe times; never how long it takes."""

from collections.abc import Sequence

import pytest

from seqmem.study.config import RunConfig
from seqmem.study.engine import resolve_engine
from seqmem.study.probes.timing import Timing
from seqmem.study.runner import build
from seqmem.study.stopwatch import Work

ENGINES = sorted({"torch", resolve_engine("auto", "cpu")})


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(("cell", "timed"), [("gru", 2), ("lstm", 2), ("rnn", 3)])
def test_all_work_is_done_and_told_per_symbol(cell: str, timed: int, engine: str) -> None:
    counts: list[int] = []

    def in_turn(works: Sequence[Work], rounds: int) -> list[float]:
        counts.append(len(works))
        for work in works:
            work()
            work()
        return [10.0 * (index + 1) for index in range(len(works))]

    shape = {"units": 4, "batch": 5, "length": 2}
    config = RunConfig(string="ABRACADABRA", cell=cell, budget="9 steps", engine=engine, **shape)
    probe = Timing(in_turn)
    memorizer = build(config)
    probe.begin(memorizer, config)
    seconds = probe.end(memorizer)
    assert list(seconds) == list(Timing.columns)
    assert counts == [timed] * 3
    assert seconds["train_gru_seconds_per_symbol"] == 1
    assert seconds["train_lstm_seconds_per_symbol"] == 2
    assert seconds["train_seconds_per_symbol"] == {"gru": 1, "lstm": 2, "rnn": 3}[cell]
    assert seconds["inference_batch_1_lstm_seconds_per_symbol"] == 10
    assert seconds["inference_batch_64_gru_seconds_per_symbol"] == 10 / 128


def test_a_forget_bias_and_a_cost_table_are_not_the_partners() -> None:
    config = RunConfig(
        string="ABRACADABRA", cell="lstm", units=4, budget="1 cal-s", forget_bias=1, length=8
    )
    probe = Timing(lambda works, rounds: [1.0 for _ in works])
    probe.begin(build(config), config)
    assert probe.end(build(config))["train_gru_seconds_per_symbol"] == 1 / (32 * 8)
