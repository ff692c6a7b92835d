"""The atlas of sources: its numbers, and that it is drawn the same twice."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text

from seqmem.analysis.figures import ATLASES, build_atlas
from seqmem.analysis.figures.complexity_atlas import ATLAS_SOURCES, atlas_strings, caption, compute
from seqmem.analysis.figures.parts.appearance import Appearance, using
from seqmem.analysis.figures.parts.page import draw_page
from seqmem.analysis.figures.parts.placed_names import placed
from seqmem.analysis.figures.parts.theme import theme
from seqmem.core.errors import InputError
from seqmem.generators import SOURCES


@pytest.fixture(scope="module")
def strings() -> pd.DataFrame:
    return atlas_strings(length=2047, strings=1)


def test_every_source_but_the_users_own_has_a_place(strings: pd.DataFrame) -> None:
    assert set(strings["source"]) == set(SOURCES) - {"corpus"}
    assert len(compute(strings)) == len(ATLAS_SOURCES)
    assert set(strings["period"]) == {2047}


def test_the_two_measures_are_different_dials(strings: pd.DataFrame) -> None:
    mean = compute(strings).groupby("label")[["lzw", "min_context"]].mean()
    # As many codes as chance, and far less context: a register of 11 cells.
    assert mean.loc["shift register", "lzw"] == pytest.approx(mean.loc["i.i.d.", "lzw"], rel=0.05)
    assert mean.loc["shift register", "min_context"] <= 11 < mean.loc["i.i.d.", "min_context"]
    # Few codes and much context.
    assert mean["lzw"].idxmin() == "Sturmian"
    assert mean.loc["Sturmian", "min_context"] > 10 * mean.loc["i.i.d.", "min_context"]
    assert mean["min_context"].idxmax() == "periodic, 16"
    # The same source, another entropy rate.
    assert (
        mean.loc["Markov, 0.3 bit", "lzw"]
        < mean.loc["Markov, 0.5 bit", "lzw"]
        < mean.loc["i.i.d.", "lzw"]
    )


def test_caption_says_n(strings: pd.DataFrame) -> None:
    assert caption(compute(strings)).startswith(
        "Strings of 2,047 symbols over 2, 1 of every source (seeds 0 to 0)."
    )


@pytest.mark.slow
def test_the_same_bytes_twice(
    tmp_path, monkeypatch: pytest.MonkeyPatch, strings: pd.DataFrame
) -> None:
    figure, _ = ATLASES["complexity_atlas"]
    monkeypatch.setitem(ATLASES, "complexity_atlas", (figure, lambda: strings))
    first, again = (build_atlas("complexity_atlas", tmp_path / name) for name in ("first", "again"))
    assert [path.suffix for path in first] == [".pdf", ".svg", ".png", ".csv"]
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in again]
    assert pd.read_csv(first[-1])["lzw"].tolist() == strings["lzw"].tolist()


def test_unknown_atlas(tmp_path) -> None:
    with pytest.raises(InputError, match="unknown figure 'anytime'; valid: complexity_atlas"):
        build_atlas("anytime", tmp_path)


@pytest.fixture(scope="module")
def all_strings() -> pd.DataFrame:
    return compute(atlas_strings())


@pytest.mark.parametrize(
    ("width", "style"),
    [
        (None, ()),
        (5.0, ()),
        (3.3, ()),
        pytest.param(2.0, (), marks=pytest.mark.slow),
        (3.3, "seqmem.slides"),
        pytest.param(2.75, "seqmem.slides", marks=pytest.mark.slow),
    ],
)
def test_names_cover_neither_dots_nor_each_other(all_strings, width, style) -> None:
    figure, _ = ATLASES["complexity_atlas"]
    with using(Appearance(width, style)), theme():
        page = draw_page(figure, all_strings)
        canvas = FigureCanvasAgg(page)
        canvas.draw()
        (ax,) = page.axes
        boxes = [Text.get_window_extent(name, canvas.get_renderer()) for name in ax.texts]
        frame = ax.get_window_extent()
    assert len(boxes) == len(ATLAS_SOURCES)
    dots = ax.transData.transform(all_strings[["lzw", "min_context"]].to_numpy(dtype=float))
    for number, box in enumerate(boxes):
        assert not any(box.overlaps(other) for other in boxes[:number])
        assert not any(box.contains(*dot) for dot in dots)
        assert frame.x0 - 1 <= box.x0 < box.x1 <= frame.x1 + 1
        assert frame.y0 - 1 <= box.y0 < box.y1 <= frame.y1 + 1


@pytest.mark.parametrize(
    ("style", "message"),
    [((), "width 1.9: .* at least 2 inches"), ("seqmem.slides", "at least 2.75 inches")],
)
def test_a_page_too_narrow_for_the_names_is_refused(all_strings, style, message) -> None:
    figure, _ = ATLASES["complexity_atlas"]
    with using(Appearance(1.9, style)), pytest.raises(InputError, match=message):
        draw_page(figure, all_strings)


def test_a_name_gives_way_to_another_one_and_to_dots() -> None:
    frame = np.array([[0.0, 0.0], [200.0, 50.0]])
    sizes = np.array([[30.0, 6.0], [30.0, 6.0]])
    dots = [np.array([[60.0, 25.0]]), np.array([[100.0, 25.0]])]
    first, second = placed(dots, sizes, frame, [True, False])
    assert np.abs(first - second)[0] >= 30 or np.abs(first - second)[1] >= 6
    alone = placed([*dots, np.array([[80.0, 25.0]])], np.vstack([sizes, [1, 1]]), frame, [True] * 3)
    assert alone[0].tolist() != [79.0, 25.0]
