"""Every figure of the registry obeys the same laws; then the numbers of each."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure as Page

import analysis
from analysis.figures import FIGURES, build_figures
from analysis.figures.figure import draw_page
from analysis.figures.saving import render
from analysis.figures.theme import in_order, look, theme
from analysis.groups import Group, split_groups
from analysis.records import confirmed

every_figure = pytest.mark.parametrize("name", FIGURES)


@pytest.fixture(scope="module")
def frame(make_frame):
    return make_frame()


@every_figure
def test_compute_starts_with_the_group_and_needs_only_confirmation_runs(frame, name):
    data = FIGURES[name].compute(frame)
    assert tuple(data.columns[: len(Group._fields)]) == Group._fields
    pd.testing.assert_frame_equal(data, FIGURES[name].compute(confirmed(frame).sample(frac=1, random_state=3)))


@every_figure
def test_draw_returns_the_axes_it_was_given_with_labels(frame, name):
    figure = FIGURES[name]
    _, data = next(split_groups(figure.compute(frame)))
    panel = data if figure.panel_by is None else data[data[figure.panel_by] == data[figure.panel_by].iloc[0]]
    with theme():
        ax = Page().subplots()
        assert figure.draw(panel, ax) is ax
    assert ax.get_xlabel()
    assert ax.get_ylabel()
    assert {text.split(":")[0] for text in ax.get_legend_handles_labels()[1]} == {"GRU", "LSTM"}


@every_figure
def test_captions_say_n_and_the_interval(frame, name):
    data = FIGURES[name].compute(frame)
    caption = FIGURES[name].caption(data)
    assert "95 %" in caption
    assert "runs" in caption
    assert "search" in caption


@every_figure
def test_pages_are_the_same_bytes_whenever_they_are_drawn(make_frame, name):
    data = FIGURES[name].compute(make_frame(levels=(48, 96), searches=1))
    assert render(draw_page(FIGURES[name], data), "svg") == render(draw_page(FIGURES[name], data), "svg")


@every_figure
@pytest.mark.parametrize(
    "change",
    [{"levels": (16,)}, {"levels": (4, 8)}, {"levels": (2048,), "confirm": 1}, {"searches": 1, "confirm": 1}],
    ids=["one level", "all memorized", "none memorized", "one string"],
)
def test_degenerate_sweeps_are_drawn_without_a_warning(make_frame, name, change):
    data = FIGURES[name].compute(make_frame(capacities=(("gru", 100.0),), **change))
    assert draw_page(FIGURES[name], data).axes


def test_legend_covers_no_axes(frame):
    for figure in FIGURES.values():
        page = draw_page(figure, figure.compute(frame))
        render(page, "png")
        top = page.legends[0].get_window_extent().y1
        assert all(ax.get_tightbbox().y0 >= top - 1 for ax in page.axes)


def test_build_writes_four_files_per_group_and_only_what_is_wanted(make_frame, tmp_path):
    both = pd.concat([make_frame(levels=(48, 96), budget=budget) for budget in ("2 GF", "4 GF")])
    built = build_figures(both, tmp_path, only=["capacity_curve"])
    names = sorted(path.name for path in tmp_path.iterdir())
    stems = [f"capacity_curve-iid-4-lzw-stream-{budget}" for budget in ("2GF", "4GF")]
    assert names == sorted(f"{stem}.{kind}" for stem in stems for kind in ("pdf", "svg", "png", "csv"))
    assert [item.group.budget for item in built] == ["2 GF", "4 GF"]


def test_unknown_figure_lists_the_valid_ones(frame, tmp_path):
    with pytest.raises(ValueError, match="unknown figure 'capcity'; valid: anytime, capacity_curve"):
        build_figures(frame, tmp_path / "figures", only=["capcity"])
    assert not list(tmp_path.iterdir())


def test_unknown_file_kind_lists_the_valid_ones():
    with pytest.raises(ValueError, match="valid: pdf, svg, png"):
        render(Page(), "gif")


def test_capacity_curve_holds_counts_curve_and_capacity(frame):
    data = FIGURES["capacity_curve"].compute(frame)
    gru = data[data["cell"] == "gru"].set_index("kind")
    runs = confirmed(frame)
    expected = runs[runs["cell"] == "gru"].groupby("level")["memorized"].agg(["mean", "size", "sum"])
    np.testing.assert_array_equal(gru.loc["observed", ["memorized", "runs", "hits"]].astype(float), expected)
    capacity = analysis.capacity_table(frame).set_index("cell").loc["gru"]
    row = gru.loc["capacity"]
    assert (row["level"], row["low"], row["high"]) == (
        capacity["capacity"],
        capacity["low"],
        capacity["high"],
    )
    curve = gru.loc["curve"]
    assert (curve["memorized"].diff().dropna() < 0).all()
    assert ((curve["low"] <= curve["memorized"]) & (curve["memorized"] <= curve["high"])).all()


def test_anytime_ends_at_the_best_stored_fraction_and_never_falls(frame):
    data = FIGURES["anytime"].compute(frame)
    for (level, cell), rows in data.groupby(["level", "cell"]):
        runs = confirmed(frame)
        runs = runs[(runs["level"] == level) & (runs["cell"] == cell)]
        best = [
            (1 - np.array(nll) / bits).max()
            for nll, bits in zip(runs["checkpoint_nll_bits"], runs["reference_bits"], strict=True)
        ]
        assert rows["stored"].iloc[-1] == pytest.approx(np.mean(best))
        assert rows["memorized"].iloc[-1] == runs["memorized"].mean()
        assert (rows["stored"].diff().dropna() >= -1e-12).all()
        assert rows["spent"].iloc[-1] == 2.0
        assert set(rows["interval_unit"]) == {"search"}


def test_anytime_starts_where_every_run_has_a_checkpoint(make_frame):
    frame = make_frame(levels=(2048,), searches=1, confirm=2)
    late = frame.index[(frame["role"] == "confirm") & (frame["cell"] == "gru")][0]
    for column in [c for c in frame if c.startswith("checkpoint_")]:
        frame.at[late, column] = frame.at[late, column][4:]
    data = FIGURES["anytime"].compute(frame)
    missing = data.set_index("cell")["stored"].isna().groupby("cell").sum()
    assert missing.to_dict() == {"gru": 4, "lstm": 0}


def test_every_cell_differs_in_colour_marker_and_line():
    looks = [look(cell) for cell in ("lstm", "gru", "rnn", "other")]
    for attribute in ("colour", "marker", "line"):
        assert len({getattr(item, attribute) for item in looks}) == 4
    assert in_order(["other", "gru", "lstm", "gru"]) == ["lstm", "gru", "other"]


def test_the_callers_settings_survive(frame):
    import matplotlib as mpl

    with mpl.rc_context({"font.size": 13.0}):
        draw_page(FIGURES["anytime"], FIGURES["anytime"].compute(frame))
        assert mpl.rcParams["font.size"] == 13.0
