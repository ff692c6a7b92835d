"""Budgets and the clock, on a fake time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqmem.core.errors import InputError
from seqmem.study.budget import FLOP_UNITS, UNITS, Budget, Clock, checkpoint_fractions, parse_budget
from seqmem.study.memorizers.cost import flops_per_symbol, parameter_count


class FakeTime:
    """CPU and wall seconds that pass only when told to."""

    def __init__(self) -> None:
        self.cpu = self.wall = 100.0

    def work(self, seconds: float) -> None:
        self.cpu += seconds
        self.wall += 2 * seconds


def clock(budget: str, time: FakeTime) -> Clock:
    return Clock(
        parse_budget(budget),
        flops_per_symbol=1e4,
        work_per_symbol=2e4,
        symbols_per_epoch=100,
        seconds_per_step=0.25,
        thread_seconds=lambda: time.cpu,
        wall_seconds=lambda: time.wall,
    )


@pytest.mark.parametrize(
    ("text", "amount", "unit"),
    [
        ("400 steps", 400, "steps"),
        ("1.5 GF", 1.5, "GF"),
        ("2e3 flop", 2000, "flop"),
        ("2 wall-s", 2, "wall-s"),
    ],
)
def test_parse(text: str, amount: float, unit: str) -> None:
    assert parse_budget(text) == Budget(amount, unit)
    assert parse_budget(str(parse_budget(text))) == parse_budget(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("400", "no unit"),
        ("-4 steps", "must be positive"),
        ("0 s", "must be positive"),
        ("inf s", "must be positive"),
        ("nan s", "must be positive"),
        (
            "4 stops",
            r"unknown unit 'stops'; did you mean 'steps'\? valid: s, wall-s, cal-s, flop, MF, GF, "
            "TF, work, Mw, Gw, steps, epochs",
        ),
        ("many steps", "is not '<number> <unit>'; examples: '400 steps', '2 s', '1.5 GF'$"),
        ("", "is not '<number> <unit>'"),
    ],
)
def test_parse_refuses(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        parse_budget(text)


@pytest.mark.parametrize(
    ("budget", "steps"),
    [
        ("3 steps", 3),
        ("2.5 steps", 3),
        ("640000 flop", 1),
        ("640001 flop", 2),
        ("1.28 MF", 2),
        ("0.00128 GF", 2),
        ("2 epochs", 4),  # 200 symbols of 64 a step
        ("0.1 cal-s", 1),
        ("0.75 cal-s", 3),
        ("0.76 cal-s", 4),
        ("1 s", 2),  # half a CPU second a step
        ("1 wall-s", 1),  # a whole wall second a step
    ],
)
def test_every_unit_stops_at_the_first_step_that_reaches_it(budget: str, steps: int) -> None:
    time = FakeTime()
    charged = clock(budget, time)
    charged.start()
    while charged.fraction < 1:
        time.work(0.5)
        charged.charge_step(64, 64)
    charged.stop()
    assert charged.steps == steps
    assert charged.overrun == charged.spent - charged.budget.amount >= 0
    assert charged.cpu_seconds == pytest.approx(0.5 * steps)
    assert charged.wall_seconds == pytest.approx(1.0 * steps)


@pytest.mark.parametrize(
    ("unit", "spent"),
    [
        *(("steps", 3), ("epochs", 3.84), ("cal-s", 0.75), ("s", 1.5), ("wall-s", 3)),
        *(("flop", 1.92e6), ("MF", 1.92), ("GF", 1.92e-3), ("TF", 1.92e-6)),
        *(("work", 3.84e6), ("Mw", 3.84), ("Gw", 3.84e-3)),
    ],
)
def test_what_is_spent_is_in_the_unit_of_the_budget(unit: str, spent: float) -> None:
    """Three steps, each of 64 symbols that stand for 128."""
    time = FakeTime()
    charged = clock(f"1e9 {unit}", time)
    small = clock(f"1e-9 {unit}", time)
    for one in (charged, small):
        one.start()
    for _ in range(3):
        time.work(0.5)
        for one in (charged, small):
            one.charge_step(64, 128)
    for one in (charged, small):
        one.stop()
    assert charged.spent == small.spent == pytest.approx(spent)
    assert (charged.overrun, small.overrun) == (0, small.spent - 1e-9)
    assert charged.fraction == pytest.approx(spent / 1e9)
    assert (charged.symbols, charged.nominal_symbols) == (192, 384)
    assert (charged.flops, charged.nominal_flops, charged.epochs) == pytest.approx(
        (1.92e6, 3.84e6, 3.84)
    )


def test_only_times_measured_here_differ_between_machines() -> None:
    assert {unit for unit in UNITS if not Budget(1, unit).is_reproducible} == {"s", "wall-s"}


@pytest.mark.parametrize(
    ("budget", "text"), [(Budget(2.0, "GF"), "2 GF"), (Budget(1.23456789, "s"), "1.23456789 s")]
)
def test_a_budget_is_written_so_that_it_is_read_as_it_is(budget: Budget, text: str) -> None:
    assert str(budget) == text
    assert parse_budget(text) == budget
    assert parse_budget(budget) is budget


@pytest.mark.parametrize("unit", UNITS)
def test_what_happens_off_the_clock_is_free(unit: str) -> None:
    time = FakeTime()
    charged = clock(f"1e9 {unit}", time)
    time.work(50)
    charged.start()
    time.work(1)
    charged.charge_step(64, 64)
    charged.stop()
    before = charged.spent
    time.work(50)
    charged.stop()
    assert charged.spent == before
    charged.start()
    charged.stop()
    assert charged.spent == before
    assert charged.cpu_seconds == pytest.approx(1)


def test_time_is_charged_between_two_stops() -> None:
    time = FakeTime()
    charged = clock("10 s", time)
    for _ in range(3):
        charged.start()
        time.work(1)
        charged.charge_step(64, 64)
        charged.stop()
        time.work(7)
    assert charged.spent == pytest.approx(3)
    assert charged.overrun == 0


def test_synchronizes_before_it_reads_a_time() -> None:
    calls = []
    charged = Clock(
        parse_budget("1 wall-s"),
        flops_per_symbol=1,
        symbols_per_epoch=1,
        synchronize=lambda: calls.append("synchronize"),
        thread_seconds=lambda: 0.0,
        wall_seconds=lambda: calls.append("read") or 0.0,
    )
    charged.start()
    charged.charge_step(64, 64)
    assert calls == ["synchronize", "read"] * 2


def test_checkpoint_fractions() -> None:
    fractions = checkpoint_fractions()
    assert len(fractions) == 13
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1
    assert fractions[-3] == 0.5
    assert fractions[0] == 2**-6


@pytest.mark.parametrize("per_octave", [1, 3, 4, 16])
def test_other_grids_of_checkpoints_span_the_same_octaves(per_octave: int) -> None:
    fractions = checkpoint_fractions(per_octave)
    assert len(fractions) == 6 * per_octave + 1
    assert (fractions[0], fractions[-1]) == (2**-6, 1)
    assert {2.0**-j for j in range(7)} <= set(fractions)
    if per_octave % 2 == 0:
        assert set(checkpoint_fractions()) <= set(fractions)


@given(st.sampled_from(sorted(FLOP_UNITS)), st.floats(1e-3, 1e6))
def test_flop_units_are_powers_of_each_other(unit: str, amount: float) -> None:
    time = FakeTime()
    named = clock(f"{amount!r} {unit}", time)
    plain = clock(f"{amount * FLOP_UNITS[unit]!r} flop", time)
    for charged in (named, plain):
        charged.start()
        charged.charge_step(64, 64)
    assert named.fraction == pytest.approx(plain.fraction)


def test_published_parameter_counts() -> None:
    # 2 symbols, 1 layer of 128 units, readout over 2 symbols.
    assert parameter_count("lstm", 2, 1, 128) == 67_842
    assert parameter_count("gru", 2, 1, 128) == 50_946


def test_flops_by_hand() -> None:
    # Two layers of 8 units over 4 symbols: no input product at layer 0.
    assert flops_per_symbol("lstm", 4, 2, 8) == 6 * (4 * 8 * 8 + 4 * 8 * 16 + 8 * 4)
    assert flops_per_symbol("gru", 4, 1, 8) / flops_per_symbol("lstm", 4, 1, 8) == pytest.approx(
        224 / 288
    )
