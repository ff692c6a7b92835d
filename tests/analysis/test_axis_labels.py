"""Ticks and labels of logarithmic axes, also of those that span little."""

import pytest
from matplotlib.figure import Figure as Page

from seqmem.analysis.figures.parts.axis_labels import octave_ticks, plain_log_labels


@pytest.mark.parametrize(
    ("low", "high", "shown"),
    [(0.4, 1.2, ["0.4", "0.6", "1"]), (0.96, 1.02, ["0.97", "0.98", "0.99", "1", "1.01"])],
)
def test_logarithmic_axes_within_a_decade_have_labels(
    low: float, high: float, shown: list[str]
) -> None:
    figure = Page()
    ax = figure.add_subplot()
    ax.plot([1, 2], [low, high])
    ax.set_yscale("log")
    plain_log_labels(ax.yaxis)
    figure.draw_without_rendering()
    labels = {text.get_text() for text in ax.get_yticklabels(which="both")}
    assert set(shown) <= labels


@pytest.mark.parametrize(
    ("low", "high", "shown"),
    [(3.9, 17, ["4", "8", "16"]), (9, 15, ["10", "12", "14"]), (17, 18, ["17", "17.5", "18"])],
)
def test_octaves_have_two_labels_or_more(low: float, high: float, shown: list[str]) -> None:
    figure = Page()
    ax = figure.add_subplot()
    octave_ticks(ax, low, high)
    labels = [text.get_text() for text in ax.get_yticklabels()]
    assert labels == shown
