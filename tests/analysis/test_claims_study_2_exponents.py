"""C12 of study 2: slopes of paired times, censoring, and the search for a break."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.stats import norm

from seqmem.analysis.claims.rules.evidence import Evidence, pair_cells
from seqmem.analysis.claims.study_2.c12_equal_exponents import (
    judge_slope,
    outside_p_value,
)
from seqmem.analysis.claims.study_2.rules.constants import EXPONENT_LEVELS
from seqmem.analysis.claims.study_2.rules.passage_times import Times, passages
from seqmem.analysis.estimators.censored_likelihood import AT_LEAST, AT_MOST, KNOWN
from seqmem.analysis.estimators.censored_lines import fit_line
from seqmem.analysis.estimators.knees import best_knee
from tests.analysis.study_2_records import joined, scaling_sweeps, study_2_sweep, verdict


def sweeps(slope: float):
    """Make `study2-scaling` whose budgets grow with the level and rho by `slope` per octave."""
    return joined(
        *(
            study_2_sweep(
                level,
                slope * np.log2(level / 256),
                tune=1,
                seed=70 + place,
                budget=f"{level / 64} cal-s",
            )
            for place, level in enumerate(EXPONENT_LEVELS)
        )
    )


@pytest.fixture(scope="module")
def alike():
    return sweeps(0.0)


def test_equal_exponents_have_a_slope_near_zero_and_cells_near_one(alike):
    outcome = verdict("C12", *alike)
    slope = outcome.parts[0]
    assert slope.low < 0 < slope.high
    assert abs(slope.estimate) < 0.15
    assert outcome.verdict in ("supported", "inconclusive")
    cells = {part.name: part for part in outcome.parts if part.name.startswith("exponent")}
    assert len(cells) == 4
    for part in cells.values():
        assert part.low < 1 < part.high
    notes = " ".join(outcome.notes)
    assert notes.count("break of") == 3
    assert "would have been found with 80 %" in notes
    assert (outcome.p_value < 0.0125) == (outcome.verdict == "supported")


def test_unequal_exponents_are_refuted():
    outcome = verdict("C12", *sweeps(0.6))
    assert outcome.words() == "refuted (the exponent of the LSTM is larger)"
    assert outcome.parts[0].estimate == pytest.approx(0.6, abs=0.15)
    assert outcome.p_value == 1.0


def test_levels_that_are_missing_are_named():
    outcome = verdict("C12", *scaling_sweeps({64: 0.0}, (4,), tune=1))
    assert outcome.words().startswith(
        "not tested: needs GRU and LSTM of study2-scaling at level 128 of 4 symbols"
    )


def test_a_level_with_many_censored_strings_is_shown_and_left_out(alike):
    frame, configs = alike
    slow = (frame["level"] == 2048) & (frame["replicate"] == 0)
    curves = [
        [bits] * len(values) if lost else values
        for bits, values, lost in zip(
            frame["reference_bits"], frame["checkpoint_nll_bits"], slow, strict=True
        )
    ]
    evidence = Evidence(frame.assign(checkpoint_nll_bits=curves), configs)
    found = passages(evidence, pair_cells(evidence.runs, "gru", "lstm"), "budget")
    shares = {int(name.split()[-1]): share for name, share in found.censored().items()}
    assert shares[2048] == pytest.approx(1 / 6)
    assert shares[64] == 0
    kept = {int(name.split()[-1]) for name in found.without_censored().strata}
    assert kept == set(EXPONENT_LEVELS) - {2048}
    outcome = verdict("C12", evidence.frame, configs)
    assert any("17 % of the pairs" in note and "left out" in note for note in outcome.notes)


def test_a_ratio_with_one_missing_time_is_a_bound(alike):
    evidence = Evidence(*alike)
    found = passages(evidence, pair_cells(evidence.runs, "gru", "lstm"), "budget")
    kinds = np.array([KNOWN, KNOWN, AT_LEAST, AT_LEAST])
    some = found._replace(
        first=Times(np.zeros(4), kinds),
        second=Times(np.array([1.0, 2.0, 3.0, 4.0]), kinds[[0, 2, 1, 3]]),
    )
    assert some.ratio.kinds.tolist()[:3] == [KNOWN, AT_LEAST, AT_MOST]
    assert some.ratio.values.tolist()[:3] == [1.0, 2.0, 3.0]
    assert np.isnan(some.ratio.values[3])


def test_a_known_line_is_least_squares_with_the_jackknife_over_clusters():
    rng = np.random.default_rng(0)
    x = np.repeat(np.arange(6.0), 4)
    y = x + rng.normal(size=24)
    clusters = np.repeat(np.arange(12), 2)
    line = fit_line(x, y, np.zeros(24), x, clusters)
    slopes = np.array([np.polyfit(x[clusters != g], y[clusters != g], 1)[0] for g in range(12)])
    assert line.slope == pytest.approx(np.polyfit(x, y, 1)[0])
    assert line.error == pytest.approx(np.sqrt(11 / 12 * ((slopes - line.slope) ** 2).sum()))


def test_censored_values_have_the_maximum_of_their_likelihood():
    rng = np.random.default_rng(1)
    x = np.repeat(np.arange(6.0), 4)
    y = x + rng.normal(size=24)
    kinds = np.select([y > 5, y < 0], [AT_LEAST, AT_MOST], KNOWN)
    y = np.clip(y, 0, 5)

    def negative(parameters):
        z = (y - parameters[0] - parameters[1] * x) / np.exp(parameters[2])
        logs = [norm.logpdf(z) - parameters[2], norm.logsf(z), norm.logcdf(z)]
        return -np.select([kinds == KNOWN, kinds == AT_LEAST, kinds == AT_MOST], logs).sum()

    best = minimize(
        negative, [0, 1, 0], method="Nelder-Mead", options={"xatol": 1e-8, "fatol": 1e-10}
    )
    line = fit_line(x, y, kinds, x, np.arange(24) // 2)
    assert line.slope == pytest.approx(best.x[1], abs=1e-5)
    assert line.sigma == pytest.approx(np.exp(best.x[2]), abs=1e-5)
    assert line.censored == int((kinds != KNOWN).sum()) > 2


@pytest.mark.parametrize(
    ("x", "y", "kinds"),
    [([1, 1, 1, 1], [1, 2, 3, 4], [0] * 4), ([1, 2], [1, 2], [0] * 2),
     ([1, 2, 3, 4], [1, 2, 3, 4], [1] * 4), ([], [], [])],
    ids=["one place", "two values", "all censored", "none"],
)  # fmt: skip
def test_too_little_for_a_line_has_no_slope(x, y, kinds):
    line = fit_line(x, y, kinds, x, range(len(x)))
    assert np.isnan(line.slope)
    assert np.isnan(line.interval()).all()


def test_p_values_of_equivalence_agree_with_the_interval():
    rng = np.random.default_rng(2)
    line = fit_line([0, 0, 3, 3], [0.1, -0.1, 0.2, -0.2], [0] * 4, "aabb", "0101")
    for slope, error, freedom in zip(
        rng.uniform(-0.1, 0.1, 100), rng.uniform(0.005, 0.04, 100), rng.uniform(5, 40, 100),
        strict=True,
    ):  # fmt: skip
        some = line._replace(slope=slope, error=error, freedom=freedom)
        is_supported = judge_slope(*some.interval(0.9875))[0] == "supported"
        assert (outside_p_value(some) < 0.0125) == is_supported


def test_a_knee_is_found_where_it_is_and_not_on_a_line():
    places = np.arange(9.0, 15.0)
    line = 0.9 * places
    bent = line + np.maximum(0, places - 12) * 0.8
    limits = (10.0, 13.0)
    found = best_knee(places, bent, [0.04] * 6, [8] * 6, limits, "test")
    assert found.place == pytest.approx(12, abs=0.1)
    assert found.change == pytest.approx(0.8, abs=0.05)
    assert found.p_value < 0.01
    none = best_knee(places, line, [0.04] * 6, [8] * 6, limits, "test")
    assert none.p_value > 0.9
    assert 0.1 < none.detectable < 1.0
    assert best_knee(places, line, [0.04] * 6, [8] * 6, limits, "test") == none
    assert best_knee(places[:3], line[:3], [0.04] * 3, [8] * 3, limits, "test") is None
    assert best_knee(places, line, [0.0] * 6, [8] * 6, limits, "test") is None
