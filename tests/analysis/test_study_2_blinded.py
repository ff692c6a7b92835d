"""The blinded re-estimation of the sample size: known deviations, and nothing that has a sign."""

from __future__ import annotations

from math import sqrt

import numpy as np
import pandas as pd
import pytest
from scipy.stats import t

from seqmem.core.errors import InputError
from seqmem.workflows.study_2.blinded import (
    Scatter,
    added_searches,
    blinded_lines,
    half_width,
    needed_searches,
    scatter,
)
from tests.analysis.contrast_records import rho_of
from tests.analysis.study_2_records import scaling_sweeps

RHO = {16: 0.4, 64: 0.2, 512: -0.3, 2048: -0.5}


@pytest.fixture(scope="module")
def records() -> tuple[pd.DataFrame, dict[str, dict[str, object]]]:
    return scaling_sweeps(RHO, searches=4)


def test_deviations_are_those_of_the_means_of_searches(records) -> None:
    frame, configs = records
    (found,) = [one for one in scatter(frame, configs) if (one.alphabet_size, one.level) == (4, 64)]
    rows = frame.query("alphabet_size == 4 and level == 64 and role == 'confirm'")
    means = []
    for _, search in rows.groupby("search"):
        first, second = (
            search[search["cell"] == cell].sort_values("replicate") for cell in ("gru", "lstm")
        )
        pairs = zip(first.iloc, second.iloc, strict=True)
        means.append(np.mean([rho_of(one, other) for one, other in pairs]))
    assert found.searches == len(means) == 4
    assert found.deviation == pytest.approx(np.std(means, ddof=1))


def test_nothing_that_is_shown_tells_which_cell_is_sooner(records) -> None:
    frame, configs = records
    swapped = frame.assign(cell=frame["cell"].map({"gru": "lstm", "lstm": "gru"}))
    lines = blinded_lines(scatter(frame, configs))
    assert lines == blinded_lines(scatter(swapped, configs))
    assert len(lines) > len(RHO) * 2


def test_the_half_width_is_that_of_a_t_interval_over_searches() -> None:
    strata = [Scatter(k, level, 6, 12, 0.3, 0.01) for k in (2, 4) for level in (16, 64)]
    expected = t.ppf(1 - 0.0125 / 2, 44) * 0.3 / sqrt(48)
    assert half_width(strata, [12] * 4) == pytest.approx(expected)
    assert needed_searches(strata) == [12] * 4


def test_searches_are_added_where_they_help_most_until_the_margin_is_reached() -> None:
    strata = [Scatter(4, 512, 6, 10, 0.6, 0.03), Scatter(4, 2048, 4, 8, 0.2, 0.1)]
    counts = needed_searches(strata)
    assert counts is not None
    assert counts[1] == 8
    assert half_width(strata, counts) <= 0.15 < half_width(strata, [counts[0] - 1, counts[1]])
    assert needed_searches([strata[0]._replace(deviation=float("nan"))]) is None


def test_only_the_first_half_of_the_planned_searches_counts() -> None:
    frame, configs = scaling_sweeps({2048: -0.5}, alphabets=(2,), searches=5)
    (unplanned,) = scatter(frame, configs)
    assert unplanned.searches == unplanned.planned == 5
    named = frame.assign(sweep="study2-scaling-k2")
    configs = {"study2-scaling-k2": next(iter(configs.values()))}
    (found,) = scatter(named, configs)
    assert (found.planned, found.searches) == (6, 3)
    (half,) = scatter(named[named["search"] < 3], configs)
    assert found == half


def test_what_is_added_stays_within_the_core_hours_allowed_and_goes_to_the_widest() -> None:
    # The strata of study 2 at half of its searches, from the records of that time.
    strata = [
        Scatter(2, 16, 6, 12, 0.520, 0.00064),
        Scatter(2, 64, 6, 12, 0.587, 0.0032),
        Scatter(2, 512, 5, 10, 0.478, 1 / 12),
        Scatter(2, 2048, 3, 6, 0.586, 1 / 9),
        Scatter(4, 16, 6, 12, 0.272, 0.0003),
        Scatter(4, 64, 6, 12, 0.251, 0.001),
        Scatter(4, 512, 6, 12, 0.573, 1 / 36),
        Scatter(4, 2048, 4, 8, 0.411, 5 / 36),
    ]
    added = added_searches(strata)
    assert added == [1, 5, 5, 16, 0, 0, 10, 3]
    hours = sum(more * one.core_hours for more, one in zip(added, strata, strict=True))
    assert hours == pytest.approx(2.906, abs=5e-4)
    lines = blinded_lines(strata)
    assert "2 symbols, level 2048: 22 searches, 16 more than planned, 1.78 core-hours" in lines
    assert lines[-1] == "C2: half-width of the interval with them 0.159 octaves"
    with pytest.raises(InputError, match="not all strata are there"):
        added_searches(strata[:-1])
    unknown = strata[0]._replace(deviation=float("nan"))
    with pytest.raises(InputError, match="the scatter of a stratum is unknown"):
        added_searches([unknown, *strata[1:]])


def test_lines_name_the_margin_the_rule_and_the_cost() -> None:
    strata = [
        Scatter(k, level, 4, 6, 0.8 if (k, level) == (4, 512) else 0.1, 0.5)
        for k in (2, 4)
        for level in (16, 64, 512, 2048)
    ]
    text = "\n".join(blinded_lines(strata))
    assert "4 symbols, level 512: 4 of 6 planned searches, standard deviation of rho" in text
    assert "C1: the planned searches are enough" in text
    assert "C2: half-width of the 98.75% interval with the planned searches" in text
    assert "wanted: the margin, 0.150 octaves" in text
    needed = needed_searches([one for one in strata if one.level >= 512])
    assert needed is not None
    more = needed[2] - 6
    assert f"C2: 4 symbols, level 512 needs {needed[2]} searches, {more} more than planned" in text
    assert f"{more * 0.5:.2f} core-hours" in text


def test_a_claim_needs_both_parts() -> None:
    (line,) = [one for one in blinded_lines([Scatter(4, 16, 4, 6, 0.1, 0.1)]) if "C1" in one]
    assert line == "C1: not all of its strata are there; give the folders of both parts"


def test_other_sweeps_are_refused(records) -> None:
    frame, configs = records
    with pytest.raises(InputError, match="no confirmed searches of study2-scaling"):
        scatter(frame.assign(sweep="study2-aa-a"), configs)
