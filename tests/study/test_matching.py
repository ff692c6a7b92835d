"""Matching: the closest whole number of units, or a refusal."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqmem.core.errors import InputError
from seqmem.study.memorizers.size_matching import MATCHES, match_units


@given(
    by=st.sampled_from(sorted(MATCHES)),
    pair=st.permutations(["gru", "lstm", "rnn"]),
    k=st.integers(2, 20),
    depth=st.integers(1, 4),
    units=st.integers(64, 256),
)
def test_no_other_number_of_units_is_closer(
    by: str, pair: list[str], k: int, depth: int, units: int
) -> None:
    cell, reference = pair[:2]
    matched = match_units(by, cell, reference, k, depth, units)
    wanted = MATCHES[by](reference, k, depth, units)
    gap = [
        abs(MATCHES[by](cell, k, depth, count) - wanted)
        for count in (matched - 1, matched, matched + 1)
    ]
    assert gap[1] <= min(gap[0], gap[2])
    assert match_units(by, reference, reference, k, depth, units) == units


def test_small_networks_cannot_always_be_matched() -> None:
    with pytest.raises(InputError, match=r"the closest for lstm is \d+ with \d+ units, \d+% off"):
        match_units("parameters", "lstm", "rnn", 2, 1, 4)


@pytest.mark.parametrize("by", sorted(MATCHES))
@pytest.mark.parametrize(("cell", "reference"), [("minlstm", "lstm"), ("gru", "mingru")])
def test_options_of_one_cell_count_for_it_alone(by: str, cell: str, reference: str) -> None:
    matched = match_units(by, cell, reference, 4, 2, 128, block=True, candidate="positive")
    blocks = {cell: {}, reference: {}} | {
        name: {"block": True} for name in (cell, reference) if name.startswith("min")
    }
    wanted = MATCHES[by](reference, 4, 2, 128, **blocks[reference])
    assert MATCHES[by](cell, 4, 2, matched, **blocks[cell]) == pytest.approx(wanted, rel=0.05)


def test_unknown_match() -> None:
    with pytest.raises(InputError, match=r"unknown match 'time'; valid: flops, parameters, work"):
        match_units("time", "lstm", "gru", 2, 1, 4)
