"""The bytes of figures do not depend on hashes, on Python's version or on the last bits."""

from __future__ import annotations

import re

import numpy as np
import pytest

from seqmem.analysis.figures import FIGURES
from seqmem.analysis.figures.parts import theme as look
from seqmem.analysis.figures.parts.page import draw_page
from seqmem.analysis.figures.parts.saving import render
from seqmem.analysis.figures.parts.steady import steady_svg
from seqmem.analysis.records.groups import split_groups


@pytest.fixture
def page(report_data_for):
    """Make the first page of a figure."""

    def make(name):
        figure = FIGURES[name]
        _, data = next(iter(split_groups(figure.compute(report_data_for(name)[figure.source]))))
        return draw_page(figure, data)

    return make


@pytest.mark.parametrize("name", ["time_to_memorize", "landscape"])
def test_any_hash_gives_the_same_svg(page, name, monkeypatch):
    """Ids are hashes of the text of floats; another salt acts like another text."""
    drawn = page(name)
    usual = render(drawn, "svg")
    for salt in ("another", None):
        monkeypatch.setitem(look._KEPT, "svg.hashsalt", salt)
        assert render(drawn, "svg") == usual


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["svg", "pdf", "png"])
def test_last_bits_of_the_layout_do_not_show(page, kind):
    drawn = page("time_to_memorize")
    usual = render(drawn, kind)
    for ax in drawn.axes:
        ax.set_position(np.nextafter(ax.get_position().bounds, 1))
    assert render(drawn, kind) == usual


def test_every_reference_has_one_definition(page):
    text = render(page("time_to_memorize"), "svg").decode()
    defined = re.findall(r' id="(i\d+)"', text)
    referred = re.findall(r'(?:href="#|url\(#)([^")]+)', text)
    assert len(defined) == len(set(defined))
    assert set(referred) == set(defined)
    first = dict.fromkeys(re.findall(r'(?: id="|href="#|url\(#)(i\d+)', text))
    assert list(first) == [f"i{number + 1}" for number in range(len(first))]


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ('<g transform="translate(1.00005 -0) scale(0.015625)"/>',
         '<g transform="translate(1.0001 0) scale(0.015625)"/>'),
        ('<path d="M -0.00001 2.5 L 10 100.123449"/>', '<path d="M 0 2.5 L 10 100.1234"/>'),
        ('<g id="axes_1"><!-- 0.015625 --></g>', '<g id="axes_1"><!-- 0.015625 --></g>'),
        ('<use href="#b"/><g id="b" clip-path="url(#a)"/>',
         '<use href="#i1"/><g id="i1" clip-path="url(#i2)"/>'),
    ],
)  # fmt: skip
def test_what_is_rounded_and_what_is_not(written, kept):
    assert steady_svg(written) == kept
