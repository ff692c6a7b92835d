"""Figures of study 2: times against bits and context, settings of winners, bits by exposures."""

import numpy as np
import pytest

from seqmem.analysis.estimators.capacity_by_exposure import exposure_table
from seqmem.analysis.estimators.times_by_bits import times_by_bits
from seqmem.analysis.estimators.times_by_context import times_by_context
from seqmem.analysis.figures import FIGURES
from seqmem.analysis.figures.parts.page import draw_page
from seqmem.analysis.tables.report_data import ReportData
from seqmem.analysis.tables.winner_settings import STEP, winner_settings
from tests.analysis.study_2_designs import capacity_sweeps, source_sweeps
from tests.analysis.study_2_records import joined, scaling_sweeps, study_2_sweep, verdict

LEVELS = (64, 256, 1024)


@pytest.fixture(scope="module")
def scaling():
    """The GRU is half an octave sooner, and all levels take the same share of their budget."""
    budgets = {level: f"{level / 64:g} cal-s" for level in LEVELS}
    return joined(
        *(study_2_sweep(level, 0.5, budget=budgets[level], sweep="study2-scaling-k4", seed=level)
          for level in LEVELS)
    )  # fmt: skip


def test_exponents_are_those_of_the_claim():
    levels = {level: 0.2 for level in (64, 128, 256, 512, 1024, 1448, 2048)}
    frame, configs = scaling_sweeps(levels, alphabets=(4,))
    table = times_by_bits(frame.assign(sweep="study2-scaling-k4"), 0.9, 0.1).drop_duplicates("cell")
    parts = {part.name: part for part in verdict("C12", frame, configs).parts}
    for cell, title in (("gru", "GRU"), ("lstm", "LSTM")):
        (row,) = table[table["cell"] == cell].itertuples()
        part = parts[f"exponent of {title} in calibrated time"]
        claimed = (part.estimate, part.plain_low, part.plain_high)
        shown = (row.exponent, row.exponent_low, row.exponent_high)
        assert shown == pytest.approx(claimed, abs=1e-9)


def test_times_have_the_unit_of_the_budget_and_intervals_over_searches(scaling):
    frame, _ = scaling
    table = times_by_bits(frame, 0.9, 0.1)
    assert set(table["budget"]) == {"1 to 16 cal-s"}
    assert table["fitted"].all()
    # Every level takes the same share of its budget, on average.
    means = table.groupby("level")["time"].mean()
    assert (means / [1, 4, 16]).between(0.1, 0.6).all()
    assert (table["low"] < table["time"]).all()
    assert (table["time"] < table["high"]).all()
    assert (table["searches"] == 4).all()


def test_a_level_that_one_cell_does_not_reach_is_shown_and_not_fitted(scaling):
    frame = scaling[0].copy()
    hard = (frame["level"] == 1024) & (frame["cell"] == "lstm")
    start = frame["checkpoint_nll_bits"].map(lambda bits: [bits[0]] * len(bits))
    frame["checkpoint_nll_bits"] = frame["checkpoint_nll_bits"].where(~hard, start)
    table = times_by_bits(frame, 0.9, 0.1)
    assert set(table.loc[table["fitted"], "level"]) == {64, 256}
    assert table["exponent"].isna().all()
    missed = table[(table["level"] == 1024) & (table["cell"] == "lstm")].iloc[0]
    assert (missed["reached"], missed["time"]) == (0, pytest.approx(16.0))


def test_winners_have_the_ranges_of_their_level():
    frame, configs = scaling_sweeps({64: 0.0}, alphabets=(4,))
    (config,) = configs.values()
    box = {"level": 64, "batch": {"low": 8, "high": 32}, "length": {"low": 16, "high": 64}}
    config["search"] = config["search"] | {"levels": [box]}
    frame = frame.assign(batch=16, length=np.where(frame["search"] == 0, 16, 32))
    table = winner_settings(frame, configs)
    assert set(table["setting"]) >= {"units", "learning_rate", STEP}
    ends = table.groupby("setting")[["low", "high"]].first()
    assert ends.loc["units"].tolist() == [4, 512]
    assert ends.loc["learning_rate"].tolist() == [1e-4, 1.0]
    assert ends.loc[STEP].tolist() == [128, 2048]
    assert set(table.loc[table["setting"] == STEP, "value"]) == {256, 512}
    assert table.groupby("setting").size().nunique() == 1


def test_winners_of_a_lost_sweep_file_have_no_ranges():
    frame, _ = scaling_sweeps({64: 0.0}, alphabets=(4,))
    table = winner_settings(frame, {})
    assert len(table)
    assert table[["low", "high"]].isna().all(axis=None)


def test_times_grow_with_the_context_apart_from_bits():
    frame, _ = source_sweeps(0.5, 0.1)
    table = times_by_context(frame, 0.9)
    assert table.groupby("bits_class")["string_condition"].nunique().to_dict() == {
        "few": 5,
        "many": 5,
    }
    for _, rows in table.groupby(["cell", "bits_class"]):
        slope = np.polyfit(np.log2(rows["context"]), np.log2(rows["time"]), 1)[0]
        assert slope == pytest.approx(0.5, abs=0.05)
    assert times_by_context(frame[frame["min_context"] < 40], 0.9).groupby("cell").size().min() == 6
    assert times_by_context(frame[frame["min_context"] < 10], 0.9).empty


def test_bits_per_parameter_have_an_interval_over_strings():
    frame, _ = capacity_sweeps()
    table = exposure_table(frame)
    half = table["high"] - table["bits_per_parameter"]
    # Stored bits of six strings are apart by 1/1000: SD .00187, and t .975 with 5 degrees is 2.571.
    assert (half / table["bits_per_parameter"]).to_numpy() == pytest.approx(0.00196, rel=0.02)


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", ["time_by_bits", "winners_by_budget", "time_by_context", "bits_by_exposure"]
)
def test_a_figure_of_study_2_is_drawn(name, scaling):
    records = {
        "time_by_bits": scaling, "winners_by_budget": scaling,
        "time_by_context": source_sweeps(0.5, 0.1), "bits_by_exposure": capacity_sweeps(),
    }[name]  # fmt: skip
    figure = FIGURES[name]
    data = figure.compute(ReportData(*records)[figure.source])
    page = draw_page(figure, data)
    panels = data["panel"].nunique() if figure.panel_by else 1
    assert len(page.axes) == panels
    assert all(ax.lines for ax in page.axes)
    caption = figure.caption(data)
    assert "n = " in caption
    assert "95 % t interval" in caption


def test_figures_of_study_2_need_their_records(scaling):
    frame, _ = scaling
    assert FIGURES["time_by_context"].compute(frame).empty
    assert FIGURES["bits_by_exposure"].compute(frame).empty
    assert FIGURES["time_by_bits"].compute(frame[frame["level"] == 64]).empty
    assert FIGURES["winners_by_budget"].compute(winner_settings(frame.iloc[:0], {})).empty
