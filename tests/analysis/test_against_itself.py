"""Cells against themselves: independent searches agree, and the check sees a real difference."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from seqmem.analysis.claims.rules.against_itself import search_pairs
from seqmem.analysis.claims.rules.evidence import Evidence
from tests.analysis.claim_records import (
    C6,
    C7,
    both_alphabets,
    depth_sweeps,
    gradient_runs,
    long_runs,
    verdict,
)


def test_pairs_are_disjoint_and_of_one_cell_and_number(make_frame):
    runs = Evidence(make_frame(searches=5, confirm=3)).runs
    pairs = search_pairs(runs)
    assert len(pairs) == 2 * 4 * 2 * 3  # cells, levels, pairs of five searches, strings
    first, second = (runs.loc[rows].reset_index(drop=True) for rows in (pairs.first, pairs.second))
    for name in ("cell", "level", "replicate"):
        assert first[name].tolist() == second[name].tolist()
    assert (second["search"] == first["search"] + 1).all()
    assert set(first["search"]) == {0, 2}
    assert len(set(pairs.clusters)) == 4 * 2
    assert not len(search_pairs(Evidence(make_frame(searches=1)).runs))


@pytest.mark.parametrize("ratio", [2.0, 1.0])
def test_c1_finds_no_difference_of_a_cell_and_itself(make_frame, ratio):
    parts = verdict("C1", both_alphabets(make_frame, ratio)).against_itself
    assert [part.name for part in parts] == [
        f"in calibrated time, {cell} against itself" for cell in ("gru", "lstm")
    ]
    assert {part.verdict for part in parts} == {"agrees"}
    assert all(part.low < 0 < part.high and part.margin == 0.15 for part in parts)


def test_searches_of_unequal_luck_are_seen_to_differ(make_frame):
    frame = both_alphabets(make_frame, 1.0, searches=4)
    slow = frame["search"] % 2 == 1
    bits = zip(frame["checkpoint_nll_bits"], frame["reference_bits"], slow, strict=True)
    later = [[r - (r - v) / 4 if late else v for v in values] for values, r, late in bits]
    parts = verdict("C1", frame.assign(checkpoint_nll_bits=later)).against_itself
    assert {part.verdict for part in parts} == {"differs"}


@pytest.mark.slow
def test_every_comparison_of_searches_has_it_beside(make_frame):
    high = both_alphabets(make_frame, 0.5, levels=(512, 2048), centre=100.0)
    depths = depth_sweeps(make_frame, {"8 cal-s": 0.0, "2 cal-s": 0.0})
    rates = dict.fromkeys(("own", "0.003", "0.01", "0.03"), 0.3)
    verdicts = {
        "C2": verdict("C2", high),
        "C3": verdict("C3", *depths),
        "C6": verdict("C6", long_runs(make_frame, {"own": 0.7, "0.01": 0.7}, C6, -2.0)),
        "C7": verdict("C7", long_runs(make_frame, rates, C7, -2.0)),
    }
    counts = {name: len(verdicts[name].against_itself) for name in verdicts}
    assert counts == {"C2": 2, "C3": 2 * 4, "C6": 2 * 2, "C7": 2 * 4}
    for name, claim_verdict in verdicts.items():
        assert {part.verdict for part in claim_verdict.against_itself} == {"agrees"}, name
        assert not {part.name for part in claim_verdict.against_itself} & {
            part.name for part in claim_verdict.parts
        }


def test_one_search_has_nothing_to_be_held_against(make_frame):
    frame = gradient_runs(make_frame, {"rnn": 0.8, "gru": 0.98, "lstm": 0.985})
    assert verdict("C8", frame).against_itself == ()
    two = pd.concat(
        [frame, frame.assign(search=1, string_id=frame["string_id"] + "b")], ignore_index=True
    )
    noise = 1 + 0.0005 * np.random.default_rng(4).normal(size=len(two))
    column = "probe_gradient_by_lag_trained_decay_per_symbol"
    parts = verdict("C8", two.assign(**{column: two[column] * noise})).against_itself
    assert len(parts) == 3 + 1  # all cells with forget bias 0, the LSTM with 1
    assert {part.verdict for part in parts} == {"agrees"}
