"""Every figure of the registry obeys the same laws; then the numbers of each."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure as Page

from seqmem import analysis
from seqmem.analysis.figures import ATLASES, FIGURES, build_figures, figure_help, missing_figures
from seqmem.analysis.figures.parts.page import draw_page
from seqmem.analysis.figures.parts.plain_texts import plain_texts
from seqmem.analysis.figures.parts.saving import render
from seqmem.analysis.figures.parts.theme import in_order, look, theme
from seqmem.analysis.records.groups import Group, split_groups
from seqmem.analysis.records.loading import confirmed
from seqmem.analysis.tables.report_data import ReportData
from seqmem.core.errors import InputError
from seqmem.study.memorizers.cells import CELLS

every_figure = pytest.mark.parametrize("name", FIGURES)


# Figures of what was tried, not of what was confirmed.
OF_TRIALS = ("landscape", "importance", "tuning_curve", "bits_by_exposure")
ALWAYS = ("capacity_curve", "capacity_by_budget", "time_to_memorize", "anytime", "learning_curves")


@pytest.fixture(scope="module")
def frame(make_frame):
    return make_frame()


@pytest.fixture(scope="session")
def computed(report_data_for):
    """Compute the data of a figure once, from suitable records; every caller gets a copy."""
    compute = cache(lambda name: FIGURES[name].compute(report_data_for(name)[FIGURES[name].source]))
    return lambda name: compute(name).copy()


@pytest.fixture
def data(computed, name):
    """The data of a figure, from records that have what it needs."""
    return computed(name)


@every_figure
def test_compute_starts_with_the_group(data, name):
    if FIGURES[name].grouped:
        assert tuple(data.columns[: len(Group._fields)]) == Group._fields
    assert len(data)


@pytest.mark.parametrize("name", [name for name in FIGURES if FIGURES[name].source != "timings"])
def test_figures_of_confirmation_runs_need_no_others_and_no_order(report_data_for, data, name):
    report_data = report_data_for(name)
    records = report_data["records"] if name in OF_TRIALS else confirmed(report_data["records"])
    again = ReportData(
        records.sample(frac=1, random_state=3),
        report_data.configs,
        importance=report_data["importance"],
    )
    pd.testing.assert_frame_equal(data, FIGURES[name].compute(again[FIGURES[name].source]))


@every_figure
def test_draw_returns_the_axes_it_was_given_with_labels(data, name):
    figure = FIGURES[name]
    if figure.grouped:
        _, data = next(split_groups(data))
    panel = (
        data
        if figure.panel_by is None
        else data[data[figure.panel_by] == data[figure.panel_by].iloc[0]]
    )
    with theme():
        ax = Page().subplots()
        assert figure.draw(panel, ax) is ax
    assert ax.get_xlabel()
    assert ax.get_ylabel()
    labels = {text.split(":")[0] for text in ax.get_legend_handles_labels()[1]}
    assert labels >= {"GRU", "LSTM"} if figure.per_cell else labels


@every_figure
def test_captions_say_n_and_the_interval(data, name):
    caption = FIGURES[name].caption(data)
    assert "95 %" in caption
    assert "runs" in caption or "processes" in caption
    assert "search" in caption or "processes" in caption


@every_figure
@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"levels": (16,)}, marks=pytest.mark.slow),
        {"levels": (4, 8)},
        {"levels": (2048,), "confirm": 1},
        pytest.param({"searches": 1, "confirm": 1}, marks=pytest.mark.slow),
    ],
    ids=["one level", "all memorized", "none memorized", "one string"],
)
def test_degenerate_sweeps_are_drawn_or_left_out_without_a_warning(make_frame, name, change):
    figure = FIGURES[name]
    # The rho figure has nothing to show of one cell.
    for cells in (
        (("gru", 100.0), ("lstm", 80.0)) if name == "gru_against_lstm" else (("gru", 100.0),),
    ):
        data = figure.compute(ReportData(make_frame(capacities=cells, **change))[figure.source])
        if len(data):
            assert draw_page(figure, data).axes
            assert figure.caption(data)
        else:
            assert name not in ALWAYS


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[] if name in ALWAYS[:2] else [pytest.mark.slow])
        for name in FIGURES
    ],
)
def test_pages_are_the_same_bytes_whenever_they_are_drawn_and_nothing_on_them_is_covered_or_cut(
    data, name
):
    page = draw_page(FIGURES[name], data)
    assert render(page, "svg") == render(draw_page(FIGURES[name], data), "svg")
    render(page, "png", dpi=60)
    legend = page.legends[0].get_window_extent()
    assert all(ax.get_tightbbox().y0 >= legend.y1 - 1 for ax in page.axes)
    boxes = [legend, *(ax.get_tightbbox() for ax in page.axes)]
    width = page.bbox.width
    height = page.bbox.height
    assert all(
        -1 <= box.x0 and box.x1 <= width + 1 and -1 <= box.y0 and box.y1 <= height + 1
        for box in boxes
    )


def test_what_lacks_data_is_left_out_with_a_sentence_that_says_what_it_needs(
    make_frame, monkeypatch, tmp_path
):
    monkeypatch.setattr("seqmem.analysis.figures.write_page", lambda order: [])
    built = build_figures(make_frame(levels=(48,)), tmp_path)
    there = {item.figure.name for item in built}
    assert there == {
        "capacity_curve", "capacity_by_budget", "gru_against_lstm", "time_to_memorize", "anytime",
        "learning_curves", "winners_by_budget",
    }  # fmt: skip
    sentences = missing_figures(built)
    assert len(sentences) == len(FIGURES) - len(there)
    assert any("(cost_by_units): needs timings.parquet" in sentence for sentence in sentences)
    assert missing_figures(built, ["anytime"]) == []


def test_build_writes_four_files_per_group_and_only_what_is_wanted(make_frame, tmp_path):
    both = pd.concat([make_frame(levels=(48, 96), budget=budget) for budget in ("2 GF", "4 GF")])
    built = build_figures(both, tmp_path, only=["capacity_curve"])
    names = sorted(path.name for path in tmp_path.iterdir())
    stems = [f"capacity_curve-iid-4-lzw-stream-{budget}" for budget in ("2GF", "4GF")]
    assert names == sorted(
        f"{stem}.{kind}" for stem in stems for kind in ("pdf", "svg", "png", "csv")
    )
    assert [item.group.budget for item in built] == ["2 GF", "4 GF"]


def test_unknown_figure_lists_the_valid_ones(frame, tmp_path):
    with pytest.raises(
        ValueError,
        match=r"unknown figure 'capcity'; did you mean 'capacity_curve'",
    ):
        build_figures(frame, tmp_path / "figures", only=["capcity"])
    assert not list(tmp_path.iterdir())


def test_a_notebook_is_shown_a_picture_with_its_caption(frame):
    figure = analysis.show("anytime", frame)
    assert figure._repr_png_().startswith(b"\x89PNG")
    assert repr(figure) == figure.caption == FIGURES["anytime"].caption(figure.data)
    with pytest.raises(
        InputError, match=r"group 1: anytime has the groups 0 \(iid-4-lzw-stream-2GF\)"
    ):
        analysis.show("anytime", frame, group=1)
    with pytest.raises(InputError, match="cost_by_units: needs timings"):
        analysis.show("cost_by_units", frame)


def test_unknown_file_kind_lists_the_valid_ones():
    with pytest.raises(ValueError, match="valid: pdf, svg, png"):
        render(Page(), "gif")


def test_capacity_curve_holds_counts_curve_and_capacity(frame):
    data = FIGURES["capacity_curve"].compute(frame)
    gru = data[data["cell"] == "gru"].set_index("kind")
    runs = confirmed(frame)
    expected = (
        runs[runs["cell"] == "gru"].groupby("level")["memorized"].agg(["mean", "size", "sum"])
    )
    np.testing.assert_array_equal(
        gru.loc["observed", ["memorized", "runs", "hits"]].astype(float), expected
    )
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


def test_every_cell_differs_in_colour_and_marker():
    cells = ["lstm", "gru", "rnn", "mingru", "minlstm", "transformer", "bilstm", "bigru", "other"]
    assert set(cells) - {"other"} == set(CELLS)
    looks = [look(cell) for cell in cells]
    for attribute in ("name", "colour", "marker"):
        assert len({getattr(item, attribute) for item in looks}) == len(cells)
    assert len({look(cell).line for cell in ("lstm", "gru", "rnn", "other")}) == 4
    assert in_order(cells[::-1]) == cells
    assert in_order(["other", "gru", "lstm", "gru"]) == ["lstm", "gru", "other"]


def test_the_callers_settings_survive(frame):
    import matplotlib as mpl

    with mpl.rc_context({"font.size": 13.0}):
        draw_page(FIGURES["anytime"], FIGURES["anytime"].compute(frame))
        assert mpl.rcParams["font.size"] == 13.0


def test_budgets_of_one_unit_are_one_figure(make_frame):
    both = pd.concat([make_frame(levels=(48, 96), budget=budget) for budget in ("2 GF", "12 GF")])
    data = FIGURES["capacity_by_budget"].compute(both)
    assert data["budget"].unique().tolist() == ["2 GF, 12 GF"]
    tuned = data[data["retuned"]].set_index(["cell", "tuned_for"])
    capacity = analysis.capacity_table(both).set_index(["cell", "budget"])
    for key, row in tuned.iterrows():
        assert (row["capacity"], row["low"]) == (
            capacity.loc[key, "capacity"],
            capacity.loc[key, "low"],
        )


def test_rho_by_level_is_that_of_the_table_on_every_clock(computed, report_data_for):
    data = computed("gru_against_lstm")
    table = report_data_for("gru_against_lstm")["rho"]
    pd.testing.assert_frame_equal(data.drop(columns="panel"), table.dropna(subset="rho"))
    assert data.drop_duplicates("panel").sort_values("panel")["clock"].tolist() == [
        "budget", "flops", "symbols", "steps",
    ]  # fmt: skip


def test_depths_of_several_sweeps_and_budgets_are_one_figure(computed):
    data = computed("depth_at_budgets")
    assert data["budget"].unique().tolist() == ["2 cal-s, 8 cal-s"]
    assert data.groupby(["at", "cell"])["value"].apply(list).tolist() == [[1, 2, 3]] * 4
    assert not data["series"].any()


def test_the_landscape_is_of_trials_at_the_level_that_differs_most(computed, make_frame):
    data = computed("landscape")
    assert data.groupby("cell").size().to_dict() == {"gru": 64, "lstm": 64}
    assert data.groupby("cell")["won"].sum().to_dict() == {"gru": 2, "lstm": 2}
    assert data.loc[data.groupby("cell")["score"].idxmax(), "won"].all()
    assert data["learning_rate"].between(1e-4, 1e-1).all()
    assert FIGURES["landscape"].compute(make_frame()).empty


def test_stored_bits_are_read_per_parameter_and_in_all(computed):
    data = computed("stored_bits").set_index("reading")
    per = data.loc["offered"]
    size = data.loc["size"]
    assert set(per["load"]) == {3.0, 8.0}
    assert set(size["load"]) == {8.0}
    np.testing.assert_allclose(size["up"] / size["across"], per.loc[per["load"] == 8, "up"])
    assert per.loc[per["load"] == 8, "up"].between(3.8, 4.0).all()


def test_time_to_memorize_ends_at_the_share_that_memorized(computed, report_data_for):
    data = computed("time_to_memorize")
    runs = confirmed(report_data_for("time_to_memorize")["records"])
    for (level, cell), rows in data.groupby(["level", "cell"]):
        some = runs[(runs["level"] == level) & (runs["cell"] == cell)]
        # Everything is watched until the budget is spent: the estimate is the plain share.
        assert rows["memorized"].iloc[-1] == pytest.approx(some["memorized"].mean())
        assert (rows["memorized"].iloc[0], rows["fraction"].iloc[-1]) == (0.0, 1.0)
        assert rows["hits"].iloc[0] == some["memorized"].sum()


def test_labels_of_narrow_panels_do_not_touch(make_frame):
    frame = make_frame(budget="2000000 steps")
    with theme():
        narrow = draw_page(FIGURES["anytime"], FIGURES["anytime"].compute(frame))
        wide = draw_page(
            FIGURES["capacity_by_budget"], FIGURES["capacity_by_budget"].compute(frame)
        )
    assert [label.get_text() for label in narrow.axes[0].get_xticklabels()] == [
        "",
        "125,000",
        "",
        "2,000,000",
    ]
    assert [label.get_text() for label in wide.axes[0].get_xticklabels()] == [
        "31,250",
        "125,000",
        "500,000",
        "2,000,000",
    ]


def test_every_figure_has_one_line_of_help():
    lines = figure_help()
    assert list(lines) == sorted([*FIGURES, *ATLASES])
    assert all(line and "\n" not in line and len(line) < 90 for line in lines.values())


def test_captions_say_that_runs_stop_only_where_they_did(frame):
    going_on = frame.assign(stop_on_memorized=False)
    for name, phrase in (
        ("learning_curves", "leaves the curve"),
        ("anytime", "stops when it memorizes"),
    ):
        figure = FIGURES[name]
        assert phrase in figure.caption(figure.compute(frame))
        assert phrase not in figure.caption(figure.compute(going_on))


def test_learning_curves_are_medians_over_ln_k(computed, report_data_for):
    data = computed("learning_curves")
    runs = confirmed(report_data_for("learning_curves")["records"])
    row = data[(data["level"] == 192) & (data["cell"] == "lstm")].iloc[-1]
    some = runs[(runs["level"] == 192) & (runs["cell"] == "lstm")]
    assert row["loss"] == pytest.approx(
        np.median([losses[-1] for losses in some["checkpoint_losses"]]) / np.log(4)
    )


def test_volatility_is_a_geometric_mean_over_searches(computed, report_data_for):
    data = computed("loss_volatility")
    runs = confirmed(report_data_for("loss_volatility")["records"])
    some = runs[(runs["level"] == 48) & (runs["cell"] == "gru")]
    row = data[(data["kind"] == "mean") & (data["level"] == 48) & (data["cell"] == "gru")].iloc[0]
    logs = np.log(some["probe_loss_volatility_log_loss_sd"]).groupby(some["search"]).mean()
    assert row["volatility"] == pytest.approx(np.exp(logs.mean()))
    assert (row["interval_unit"], row["interval_units"], row["runs"]) == ("search", 2, 8)


def test_gradients_are_over_that_at_lag_one(computed):
    data = computed("gradient_by_lag").set_index(["moment", "cell", "lag"])["norm"]
    assert data[:, :, 1].eq(1).all()
    assert data["initial", "rnn", 16] == pytest.approx(2 ** (-0.7 * 15))
    assert data["trained", "rnn", 64] < 1e-8 < data["trained", "lstm", 64]


def test_costs_are_geometric_means_over_processes(computed, report_data_for):
    data = computed("cost_by_units")
    timings = report_data_for("cost_by_units")["timings"]
    row = data[
        (data["work"] == "train") & (data["engine"] == "fused") & (data["cell"] == "gru")
    ].iloc[0]
    some = timings[
        (timings["work"] == "train") & (timings["engine"] == "fused") & (timings["cell"] == "gru")
    ]
    some = some[some["units"] == row["units"]]
    assert row["microseconds"] == pytest.approx(
        1e6 * np.exp(np.log(some["seconds_per_symbol"]).mean())
    )
    assert data["panel"].iloc[0] > data["panel"].iloc[-1]


@pytest.mark.slow
def test_names_are_drawn_as_text(make_frame):
    frame = make_frame()
    frame["cell"] = frame["cell"].replace("gru", "$x_{$ 漢\n字")
    for name in ("capacity_curve", "anytime", "learning_curves"):
        page = draw_page(FIGURES[name], FIGURES[name].compute(frame))
        assert b"\xe6\xbc\xa2" in render(page, "svg")


@pytest.mark.slow
@pytest.mark.parametrize("cell", ["$x_{$ 漢\n字", "$a$ <b>|"])
def test_names_are_text(make_frame, tmp_path, cell):
    frame = make_frame()
    frame["cell"] = frame["cell"].replace("gru", cell)
    wanted = ["capacity_curve", "anytime", "learning_curves"]
    built = build_figures(frame, tmp_path, wanted)
    assert [item.figure.name for item in built] == wanted


def test_tick_labels_with_dollars_are_text():
    page = Page()
    ax = page.subplots()
    ax.set_xticks([0, 1], ["$x_{$", "b"])
    ax.set_yscale("log")
    ax.set(title="$x_{$", xlabel="$x_{$", ylim=(1, 100))
    plain_texts(ax)
    page.canvas.draw()
    assert [label.get_text() for label in ax.get_xticklabels()] == [r"\$x_{\$", "b"]
    # Powers of ten stay formulas.
    assert ax.get_yticklabels()[1].get_text() == r"$\mathdefault{10^{0}}$"


def test_the_caption_counts_pairs_left_out_only_if_there_are_any(computed):
    data = computed("gru_against_lstm")
    figure = FIGURES["gru_against_lstm"]
    none = data.assign(uninformative=0)
    one = none.assign(uninformative=(data["level"] == data["level"].min()).astype(int))
    assert "left out" not in figure.caption(none)
    assert "; 1 further pair that stored too little" in figure.caption(one)
    assert "is left out. Above 0" in figure.caption(one)
