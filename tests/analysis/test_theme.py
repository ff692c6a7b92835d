"""Looks of cells: nine curves are told apart by colour-blind readers, and in grey."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from seqmem.analysis.figures.parts.theme import Look, look, theme
from seqmem.study.memorizers.cells import CELLS, cell_title

# The cells of the package, and one of a plug-in.
NINE = [*CELLS.built_in, "ugrnn"]
LOOKS = [look(cell) for cell in NINE]
# What readers without long-, middle- or short-wave cones see, in linear RGB (Machado, Oliveira and
# Fernandes 2009, severity 1).
VISION = {
    "normal": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216],
         [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
         [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602],
         [0.004733, 0.691367, 0.303900]]
    ),
}  # fmt: skip
# Just noticeable differences are about 2.3 units of CIELAB.
CLEARLY_DIFFERENT = 9.0
# From linear RGB to XYZ of the sRGB standard, relative to its white.
TO_XYZ = np.array(
    [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
) / np.array([[0.9505], [1.0], [1.089]])


def lab(colour: str, vision: np.ndarray) -> np.ndarray:
    """Return a colour in CIELAB as a kind of vision sees it."""
    encoded = np.array(to_rgb(colour))
    linear = np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)
    x, y, z = np.cbrt(TO_XYZ @ np.clip(vision @ linear, 1e-6, 1))
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def drawn(style: Look, line: bool) -> np.ndarray:
    """Return a curve of a figure in black, with marks or with its line alone, as pixels."""
    with theme():
        page = Figure(figsize=(2.0, 0.3), dpi=100)
        ax = page.add_axes((0, 0, 1, 1))
        ax.axis("off")
        marker = "none" if line else style.marker
        linestyle = style.line if line else "none"
        ax.plot([0, 1, 2], [0, 0, 0], color="black", marker=marker, linestyle=linestyle)
        ax.set(xlim=(-0.2, 2.2), ylim=(-1, 1))
        canvas = FigureCanvasAgg(page)
        canvas.draw()
        return 1 - np.asarray(canvas.buffer_rgba())[..., 0] / 255


@pytest.mark.parametrize("vision", VISION)
def test_nine_colours_are_told_apart(vision: str) -> None:
    seen = [lab(style.colour, VISION[vision]) for style in LOOKS]
    for (one, first), (other, second) in combinations(zip(NINE, seen, strict=True), 2):
        assert np.linalg.norm(first - second) > CLEARLY_DIFFERENT, (one, other)


@pytest.mark.parametrize("line", [True, False], ids=["line", "marks"])
def test_nine_curves_are_told_apart_in_grey(line: bool) -> None:
    pictures = [drawn(style, line) for style in LOOKS]
    for (one, first), (other, second) in combinations(zip(NINE, pictures, strict=True), 2):
        ink = min(first.sum(), second.sum())
        assert np.abs(first - second).sum() > 0.15 * ink, (one, other)


def test_colour_marker_and_line_belong_to_the_name() -> None:
    assert len(NINE) == 9
    for part in ("colour", "marker", "line"):
        assert len({getattr(style, part) for style in LOOKS}) == 9
    assert [style.name for style in LOOKS] == [cell_title(cell) for cell in NINE]
    assert look("lstm") == look("lstm")
    assert look("ugrnn") == look("another plug-in")._replace(name="ugrnn")
