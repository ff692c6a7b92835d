"""Figures in papers and slides of others: widths, styles, groups, names, and axes of one's own."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import pandas as pd
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure as Page

from seqmem import analysis
from seqmem.analysis.figures import FIGURES
from seqmem.analysis.figures.parts.appearance import STYLES, Appearance, using
from seqmem.analysis.figures.parts.figure import panels_of
from seqmem.analysis.figures.parts.own_axes import draw_on
from seqmem.analysis.figures.parts.theme import in_order, look, theme
from seqmem.analysis.records.groups import split_groups
from seqmem.cli.app import main
from seqmem.core.errors import InputError
from seqmem.core.exit_codes import BAD_INPUT, DONE


@pytest.fixture(scope="module")
def frame(make_frame):
    return make_frame(levels=(48, 96))


@pytest.fixture(scope="module")
def two_groups(make_frame):
    return pd.concat([make_frame(levels=(48, 96), budget=budget) for budget in ("2 GF", "4 GF")])


def page_size(svg: str) -> tuple[float, ...]:
    """Return width and height of an SVG in points."""
    head = svg[svg.index("<svg") : svg.index("<svg") + 400]
    return tuple(
        float(re.search(rf'\b{side}="([\d.]+)pt"', head)[1]) for side in ("width", "height")
    )


@pytest.mark.slow
@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_draws_into_given_axes_and_makes_no_other_figure(report_data_for, name):
    figure = FIGURES[name]
    data = figure.compute(report_data_for(name)[figure.source])
    if figure.grouped:
        _, data = next(split_groups(data))
    count = len(panels_of(figure, data))
    before = plt.get_fignums()
    page = Page(figsize=(7, 3))
    axes = list(page.subplots(1, count, squeeze=False).flat)
    assert draw_on(figure, data, axes) == axes
    assert page.axes == axes
    assert all(ax.has_data() and ax.get_xlabel() and ax.get_ylabel() for ax in axes)
    assert plt.get_fignums() == before
    assert page.legends == []


def test_a_subfigure_gets_all_panels_and_their_legend(frame):
    page = Page(figsize=(7, 3), layout="constrained")
    left, right = page.subfigures(1, 2)
    panels = analysis.draw("anytime", frame, left)
    assert len(panels) == 2
    assert left.axes == panels
    assert right.axes == []
    assert [text.get_text() for text in left.legends[0].get_texts()] == ["LSTM", "GRU"]
    assert len(analysis.draw("anytime", frame, right, panel=1)) == 1
    assert right.axes[0].get_title() == panels[1].get_title()


def test_axes_that_do_not_fit_the_panels_are_refused(frame):
    ax = Page().subplots()
    with pytest.raises(InputError, match=r"ax has 1 axes, and anytime has 2 panels: give 2 axes, "):
        analysis.draw("anytime", frame, ax)
    with pytest.raises(InputError, match="panel 2: anytime has the panels 0 to 1"):
        analysis.draw("anytime", frame, ax, panel=2)
    with pytest.raises(InputError, match="ax must be Axes, a list of Axes, or a SubFigure"):
        analysis.draw("anytime", frame, "left")
    assert not ax.has_data()


@pytest.mark.slow
def test_every_group_is_shown_and_one_can_be_picked(two_groups):
    both = analysis.show("capacity_curve", two_groups)
    headings = [part.get_suptitle() for part in both.page.subfigs]
    assert [text.rpartition(", ")[2] for text in headings] == ["2 GF", "4 GF"]
    assert both.caption.count("\n\n") == 1
    assert both.data["budget"].unique().tolist() == ["2 GF", "4 GF"]
    for group in (1, "iid-4-lzw-stream-4GF"):
        one = analysis.show("capacity_curve", two_groups, group)
        assert one.data["budget"].unique().tolist() == ["4 GF"]
        assert one.page.subfigs == []
    known = r"has the groups 0 \(iid-4-lzw-stream-2GF\), 1 \(iid-4-lzw-stream-4GF\)"
    for wrong in (2, -1, "4GF"):
        with pytest.raises(InputError, match=known):
            analysis.show("capacity_curve", two_groups, group=wrong)
    with pytest.raises(InputError, match="capacity_curve: give group=; the groups 0"):
        analysis.draw("capacity_curve", two_groups, Page().subplots())


@pytest.mark.parametrize("style", [(), *STYLES])
def test_the_width_is_that_of_the_saved_file(frame, tmp_path, style):
    figure = analysis.show("capacity_curve", frame, width=3.3, style=style)
    svg = figure.save(tmp_path / "one.svg").read_text()
    width, height = page_size(svg)
    assert width == pytest.approx(3.3 * 72, abs=0.01)
    assert 0.5 < height / width < 1.3
    with using(figure.appearance), theme():
        box = figure.page.axes[0].get_tightbbox()
    assert box.x0 >= -1
    assert box.x1 <= figure.page.bbox.width + 1


@pytest.mark.slow
def test_narrow_pages_have_fewer_panels_side_by_side(frame):
    four = analysis.show("gru_against_lstm", frame)
    narrow = analysis.show("gru_against_lstm", frame, width=3.3)
    rows = [len({ax.get_subplotspec().rowspan.start for ax in shown.page.axes})
            for shown in (four, narrow)]  # fmt: skip
    assert rows == [1, 2]


@pytest.mark.slow
def test_a_notebook_shows_vectors_or_pixels(frame):
    pixels = analysis.show("capacity_curve", frame, width=3.3)
    assert pixels._repr_svg_() is None
    assert pixels._repr_png_().startswith(b"\x89PNG")
    vectors = analysis.show("capacity_curve", frame, width=3.3, vector=True)
    assert vectors._repr_png_() is None
    assert vectors._repr_svg_() == vectors.svg == pixels.svg


def test_text_of_an_svg_can_be_edited(frame, tmp_path):
    figure = analysis.show("capacity_curve", frame, width=3.3)
    outlines = figure.save(tmp_path / "outlines.svg").read_text()
    text = figure.save(tmp_path / "text.svg", editable_text=True).read_text()
    assert "<text" not in outlines
    assert re.search(r"<text[^>]*>LZW complexity \(codes\)</text>", text)
    assert page_size(text) == page_size(outlines)
    with pytest.raises(InputError, match=r"path .*one\.gif: give a name that ends in"):
        figure.save(tmp_path / "one.gif")


@pytest.mark.slow
def test_names_order_and_colours_of_cells_are_replaced_everywhere(frame):
    asked = {"labels": {"gru": "ours"}, "order": ["gru"], "colours": {"gru": "#123456"}}
    figure = analysis.show("anytime", frame, **asked)
    legend = figure.page.legends[0]
    assert [text.get_text() for text in legend.get_texts()] == ["ours", "LSTM"]
    assert to_hex(legend.legend_handles[0].get_color()) == "#123456"
    ax = Page().subplots()
    analysis.draw("capacity_curve", frame, ax, **asked)
    assert ax.get_legend_handles_labels()[1][0].startswith("ours: ")
    rho = analysis.show("gru_against_lstm", frame, labels={"gru": "ours"})
    assert rho.page.axes[0].get_ylabel() == "ρ in octaves (+: ours sooner)"
    assert (look("gru").name, in_order(["gru", "lstm"])) == ("GRU", ["lstm", "gru"])


def test_panels_follow_the_order_of_cells(report_data_for):
    figure = FIGURES["landscape"]
    _, data = next(split_groups(figure.compute(report_data_for("landscape")["records"])))
    for order in (["gru", "lstm"], ["lstm", "gru"]):
        with using(Appearance(order=order)):
            assert [rows["cell"].iloc[0] for rows in panels_of(figure, data)] == order


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"width": 0.2}, "width 0.2: give inches, from 1 to 40"),
        ({"width": "3"}, "width must be a number of inches"),
        ({"style": "seqmem-paper"}, "did you mean 'seqmem.paper'"),
        ({"style": "mine"}, "valid: seqmem.paper, seqmem.slides, the path .*ggplot"),
        ({"style": [1]}, "style must be a name or a list of names"),
        ({"labels": {"grru": "ours"}}, "unknown cell in labels 'grru'; did you mean 'gru'"),
        ({"order": ["grru"]}, "unknown cell in order 'grru'"),
        ({"colours": {"gru": "bleu"}}, "colours: 'bleu' of 'gru' is no colour"),
        ({"colours": ["red"]}, "colours must be a dict by cell"),
    ],
)  # fmt: skip
def test_what_is_asked_wrongly_is_named(frame, asked, message):
    with pytest.raises(InputError, match=message):
        analysis.show("anytime", frame, **asked)


@pytest.mark.parametrize("style", STYLES)
def test_styles_are_files_of_the_package_that_matplotlib_finds(style):
    assert (files("seqmem") / f"{style.partition('.')[2]}.mplstyle").is_file()
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.style.use(style)
        assert mpl.rcParams["font.size"] == {"seqmem.paper": 8, "seqmem.slides": 11}[style]
        assert not mpl.rcParams["axes.spines.top"]


def test_the_command_writes_figures_of_a_width_with_editable_text(frame, tmp_path, capsys):
    frame.to_parquet(tmp_path / "runs.parquet", index=False)
    options = ["--only", "capacity_curve", "--out", str(tmp_path / "figures")]
    asked = ["--width", "3.3", "--style", "seqmem.slides", "--editable-text"]
    assert main(["figures", str(tmp_path), *options, *asked]) == DONE
    written = [Path(line) for line in capsys.readouterr().out.splitlines()]
    (svg,) = (path.read_text() for path in written if path.suffix == ".svg")
    assert page_size(svg)[0] == pytest.approx(3.3 * 72, abs=0.01)
    assert "<text" in svg
    assert main(["figures", str(tmp_path), *options, "--style", "papr"]) == BAD_INPUT
    error = capsys.readouterr().err
    assert "unknown style 'papr'" in error
    assert "seqmem.paper" in error
    assert len(error) <= 301
