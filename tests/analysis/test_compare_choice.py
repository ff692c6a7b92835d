"""Which cell a comparison recommends, and what it says beside an open choice."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from seqmem.analysis.claims.rules.time_ratio_parts import RATIO_MARGIN
from seqmem.analysis.estimators.contrasts import Contrast
from seqmem.workflows.compare.choice import Choice, choose_cell
from seqmem.workflows.compare.differences import RECALL_MARGIN, Difference
from seqmem.workflows.compare.needed_searches import searches_to_decide, with_searches
from seqmem.workflows.compare.reason import reason
from seqmem.workflows.compare.sentences import excluded_line, more_line, sooner_line

NO_TIMES = Contrast(math.nan, math.nan, 0, 0, 0, 0)


def contrast(estimate: float, error: float, searches: int = 4) -> Contrast:
    return Contrast(estimate, error, searches - 1, searches, 1, 8 * searches)


def difference(
    fraction: Contrast, rho: Contrast, first: str = "gru", second: str = "lstm"
) -> Difference:
    bits = fraction._replace(estimate=100 * fraction.estimate, error=100 * fraction.error)
    return Difference(first, second, bits, fraction, rho, rho, 0.975, 32, 0, 100.0)


def test_the_cell_that_recalls_more_is_recommended_although_it_costs_more() -> None:
    open_choice = difference(contrast(-0.3, 0.15), NO_TIMES)
    choice = choose_cell(["lstm", "gru"], [open_choice])
    assert choice == Choice("lstm", "undecided", ("gru",))
    line = reason(choice, [open_choice], strings_per_search=6)
    assert line.startswith(
        "undecided between LSTM and GRU; LSTM is recommended: "
        "it recalls 30.0 % more of a string than GRU by estimate; "
    )
    # t of 5 degrees of freedom at 97.5 %: 3.16 * 0.15 * sqrt(4 / 6) = 0.387; of 8 searches: 0.301;
    # of 9: 0.275.
    assert line.endswith(
        "to decide, about 9 searches are needed if estimates hold "
        "(--searches 9, 54 different strings, with --extend or another --out)"
    )


@pytest.mark.parametrize(
    ("fraction", "rho", "choice"),
    [
        # Both intervals lie within the margins: the cheaper cell, although it is behind.
        ((-0.002, 0.001), (-0.01, 0.01), Choice("gru", "equal", ("lstm",))),
        # As much is recalled, but the times are open: the faster one by estimate.
        ((0.0, 0.0), (-0.5, 0.4), Choice("lstm", "undecided", ("gru",))),
        ((0.0, 0.0), (0.5, 0.4), Choice("gru", "undecided", ("lstm",))),
        # The recall is open: the one that recalls more, although it is slower by estimate.
        ((-0.1, 0.1), (0.5, 0.4), Choice("lstm", "undecided", ("gru",))),
        # The recall is open, although one is faster for certain: time decides nothing.
        ((-0.3, 0.15), (0.5, 0.01), Choice("lstm", "undecided", ("gru",))),
        ((0.3, 0.15), (0.5, 0.01), Choice("gru", "undecided", ("lstm",))),
        # An interval excludes zero.
        ((-0.1, 0.01), (0.5, 0.4), Choice("lstm", "difference found")),
        ((-0.001, 0.001), (0.5, 0.01), Choice("gru", "difference found")),
    ],
)
def test_only_cells_that_are_shown_to_be_equal_are_chosen_by_their_cost(
    fraction: tuple[float, float], rho: tuple[float, float], choice: Choice
) -> None:
    one = difference(contrast(*fraction), contrast(*rho))
    assert choose_cell(["lstm", "gru"], [one]) == choice
    mirrored = difference(
        contrast(-fraction[0], fraction[1]), contrast(-rho[0], rho[1]), "lstm", "gru"
    )
    assert choose_cell(["gru", "lstm"], [mirrored]) == choice


def test_a_faster_cell_that_may_recall_less_is_said_to_be_faster_only() -> None:
    one = difference(contrast(-0.3, 0.15), contrast(0.5, 0.01))
    assert (one.sooner, one.is_decided) == ("gru", False)
    line = reason(choose_cell(["lstm", "gru"], [one]), [one], strings_per_search=6)
    assert line.startswith(
        "undecided between LSTM and GRU; LSTM is recommended: it recalls 30.0 % more of a string "
        "than GRU by estimate, but GRU reaches the same recall faster; "
    )
    assert line.endswith(
        "to decide, about 9 searches are needed if estimates hold "
        "(--searches 9, 54 different strings, with --extend or another --out)"
    )
    ahead_in_both = difference(contrast(0.0, 0.15), contrast(0.5, 0.01))
    line = reason(choose_cell(["lstm", "gru"], [ahead_in_both]), [ahead_in_both], 6)
    assert "GRU is recommended: it reaches the same recall 1.41 times as fast as LSTM; " in line
    behind_in_time = difference(contrast(0.0, 0.15), contrast(-0.5, 0.01))
    line = reason(choose_cell(["lstm", "gru"], [behind_in_time]), [behind_in_time], 6)
    assert "it is not behind LSTM in recall by estimate, and GRU is cheaper (" in line
    assert ", but LSTM reaches the same recall faster; " in line


def test_time_drops_only_cells_that_are_shown_to_recall_as_much() -> None:
    pairs = [
        difference(contrast(0.001, 0.001), contrast(0.5, 0.01), "gru", "lstm"),
        difference(contrast(0.2, 0.2), contrast(0.5, 0.01), "gru", "rnn"),
        difference(contrast(0.2, 0.2), contrast(0.0, 0.01), "lstm", "rnn"),
    ]
    choice = choose_cell(["lstm", "gru", "rnn"], pairs)
    assert choice == Choice("gru", "undecided", ("rnn",))


def test_an_open_choice_of_three_names_those_that_may_be_better() -> None:
    wide = contrast(0.0, 0.0), contrast(0.2, 0.3)
    pairs = [
        difference(contrast(0.4, 0.01), contrast(0.1, 0.2), "gru", "rnn"),
        difference(contrast(0.4, 0.01), contrast(0.1, 0.2), "lstm", "rnn"),
        difference(*wide, "gru", "lstm"),
    ]
    choice = choose_cell(["lstm", "gru", "rnn"], pairs)
    assert choice == Choice("gru", "undecided", ("lstm",))
    assert reason(choice, pairs, 6).startswith("undecided between GRU and LSTM; GRU is recommended")


def test_without_an_interval_nothing_is_equal() -> None:
    single = Contrast(0.0, math.nan, 0, 1, 1, 4)
    one = difference(single, single)
    choice = choose_cell(["lstm", "gru"], [one])
    assert choice == Choice("gru", "undecided", ("lstm",))
    assert "at least 2 searches are needed" in reason(choice, [one], 6)
    assert searches_to_decide([one]) is None


def test_so_many_searches_decide_and_one_less_does_not() -> None:
    for one in (
        difference(contrast(-0.3, 0.15), NO_TIMES),
        difference(contrast(0.001, 0.02), contrast(0.01, 0.1)),
    ):
        assert not one.is_decided
        needed = searches_to_decide([one])
        assert needed is not None
        assert with_searches(one, needed).is_decided
        assert not with_searches(one, needed - 1).is_decided
    assert searches_to_decide([difference(contrast(0.0, 0.0), NO_TIMES)]) is None


def test_no_limit_that_is_shown_exceeds_a_whole_string() -> None:
    # t of 1 degree of freedom at 97.5 %: 0.05 +- 25.5 * 0.1.
    one = difference(contrast(-0.05, 0.1, searches=2), NO_TIMES)
    assert min(one.bits.interval(one.confidence)) < -100
    assert more_line(one) == (
        "memorizes more: undecided between GRU and LSTM; estimate: "
        "LSTM by 5 bits (interval -100 to 100) per string, 5.0 % (-100.0 to 100.0) of it"
    )


def test_only_what_is_unknown_is_left_out_of_what_is_not_excluded() -> None:
    recall, times = contrast(-0.3, 0.01), contrast(0.5, 0.01)
    unknown = Contrast(0.0, math.nan, 0, 1, 1, 4)
    assert excluded_line([difference(recall, NO_TIMES)]) == (
        "differences of up to 34.2 % of a string are not excluded"
    )
    assert excluded_line([difference(unknown, times)]) == (
        "differences of up to a factor of 1.46 in time are not excluded"
    )
    assert excluded_line([difference(recall, times), difference(unknown, NO_TIMES)]) == (
        "the largest possible difference is unknown"
    )
    assert excluded_line([difference(contrast(0.0, 0.0), NO_TIMES)]) == (
        "the largest possible difference is unknown"
    )


def test_the_margins_are_those_of_study_1() -> None:
    assert (RECALL_MARGIN, RATIO_MARGIN) == (0.03, 0.15)


def test_limits_beyond_any_number_are_said_as_such() -> None:
    """Two searches at the confidence of 30 intervals leave an interval of thousands of octaves."""
    wide = replace(difference(contrast(0.0, 0.0, 2), contrast(1.0, 50.0, 2)), confidence=0.998)
    assert wide.rho.interval(wide.confidence)[1] > 1024
    assert sooner_line(wide) == (
        "faster to the same recall: undecided between GRU and LSTM; estimate: GRU by a factor of 2 "
        "(interval less than 0.01 to more than 100; rho 1 octaves)"
    )
    assert "a factor of more than 100 in time" in excluded_line([wide])
