"""Laws of the reader of tables: agreement with pandas, grammar of numbers, and published SAX."""

import csv
import io
import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqmem.core.errors import InputError
from seqmem.core.seeding import generator
from seqmem.generators.data.columns import table_content
from seqmem.generators.data.fasta import parse_fasta
from seqmem.generators.data.number_grammar import as_numbers, foreign_number, is_number
from seqmem.generators.data.read_options import ReadOptions
from seqmem.generators.sources.corpus import CorpusSource

DELIMITERS = (",", ";", "\t", "|")
numbers = st.one_of(
    st.integers(-(10**9), 10**9).map(str),
    st.floats(allow_nan=False, allow_infinity=False, width=32).map(repr),
)
words = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"), exclude_characters="\ufeff"),
    min_size=1,
).filter(str.strip)


@given(
    st.lists(st.tuples(words, numbers), min_size=1, max_size=8),
    st.sampled_from(DELIMITERS),
    st.sampled_from(("\n", "\r\n")),
)
def test_tables_are_read_as_pandas_reads_them(
    rows: list[tuple[str, str]], delimiter: str, line_end: str
) -> None:
    file = io.StringIO()
    writer = csv.writer(file, delimiter=delimiter, lineterminator=line_end)
    writer.writerows([("name", "value"), *rows])
    text = file.getvalue()
    by_pandas = pd.read_csv(
        io.StringIO(text), sep=delimiter, keep_default_na=False, dtype={"name": str}
    )
    ours = text.replace("\r\n", "\n")
    names = table_content(
        "x", ours, ReadOptions(column="name", delimiter=delimiter, cells="strings")
    )
    assert names.records == by_pandas["name"].tolist()
    values = table_content("x", ours, ReadOptions(column="value", delimiter=delimiter))
    assert values.records[0].tolist() == pytest.approx(by_pandas["value"].tolist())


@given(numbers)
def test_a_number_and_its_foreign_forms(number: str) -> None:
    assert is_number(number)
    assert as_numbers([number]).tolist() == [float(number)]
    assert foreign_number(number) is None
    for foreign in (f"{number}%", f"{number}\u00a0", f"$ {number}"):
        assert not is_number(foreign)
        assert foreign_number(foreign) is not None


@given(st.text(st.sampled_from("0123456789.eE+-_ ,nai٣"), max_size=12))
def test_what_is_a_number_is_a_finite_one_to_python(cell: str) -> None:
    if is_number(cell):
        assert math.isfinite(float(cell))
        assert "_" not in cell
        assert cell.isascii()


@given(
    st.lists(st.text("ACGT-*", min_size=1, max_size=30), min_size=1, max_size=6), st.integers(1, 9)
)
def test_sequences_do_not_depend_on_the_width_of_lines(texts: list[str], width: int) -> None:
    lines = []
    for number, text in enumerate(texts):
        lines.append(f">{number}")
        lines += [text[start : start + width] for start in range(0, len(text), width)]
    assert parse_fasta("x", "\n".join(lines)).texts == texts


def sax(values: np.ndarray, segments: int, breakpoints: list[float]) -> str:
    """Return the word of Lin et al. 2003, step by step."""
    standard = (values - values.mean()) / values.std()
    averages = [part.mean() for part in np.split(standard, segments)]
    return "".join("abcd"[sum(average >= b for b in breakpoints)] for average in averages)


def test_sax_is_the_published_one(tmp_path: Any) -> None:
    """Breakpoints for four symbols in table 3 of Lin et al. 2003: -0.67, 0, 0.67."""
    rng = generator("sax")
    differ = 0
    for index in range(20):
        values = np.cumsum(rng.normal(size=64)) + rng.normal(0, 0.5, size=64)
        path = tmp_path / f"{index}.csv"
        path.write_text("x\n" + "\n".join(f"{value:.12f}" for value in values))
        symbols = {
            kind: CorpusSource(4, str(path), column="x", bins_by=kind, segment=4).corpus.records[0]
            for kind in ("sax", "gaussian")
            if kind == "gaussian" or len(set(sax(values, 16, [-0.6745, 0, 0.6745]))) == 4
        }
        if "sax" not in symbols:
            continue
        word = "".join("abcd"[symbol] for symbol in symbols["sax"])
        assert word == sax(values, 16, [-0.6744897501960817, 0, 0.6744897501960817])
        differ += int((symbols["sax"] != symbols["gaussian"]).sum())
    assert differ > 0


def test_sax_standardizes_each_series(tmp_path: Any) -> None:
    path = tmp_path / "rows.csv"
    row = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]
    scaled = [100 + 10 * value for value in row]
    path.write_text("\n".join(",".join(map(str, line)) for line in (row, scaled)) + "\n")
    options: dict[str, Any] = {"format": "csv", "series": "rows", "header": False}
    first, second = CorpusSource(4, str(path), **options, bins_by="sax").corpus.records
    assert first.tolist() == second.tolist() == [0, 0, 1, 1, 2, 2, 3, 3]
    first, second = CorpusSource(2, str(path), **options).corpus.records
    assert (set(first.tolist()), set(second.tolist())) == ({0}, {1})
    path.write_text("1,1,1,1\n2,3,4,5\n")
    assert [
        one.tolist() for one in CorpusSource(4, str(path), **options, bins_by="sax").corpus.records
    ] == [[0, 1, 2, 3]]
    path.write_text("1,1,1\n2,2,2\n")
    with pytest.raises(InputError, match="a series of equal numbers cannot be standardized"):
        CorpusSource(4, str(path), **options, bins_by="sax")
