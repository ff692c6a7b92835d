"""The atlas of sources: its numbers, and that it is drawn the same twice."""

import pandas as pd
import pytest

from seqmem.analysis.figures import ATLASES, build_atlas
from seqmem.analysis.figures.complexity_atlas import ATLAS_SOURCES, atlas_strings, caption, compute
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
