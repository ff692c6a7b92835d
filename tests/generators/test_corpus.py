"""The user's own data: reading, mapping and refusal."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from seqmem import generators
from seqmem.core.errors import InputError
from seqmem.core.seeding import generator
from seqmem.generators.data.discretization import (
    discretize,
    gaussian_breakpoints,
    piecewise_averages,
)
from seqmem.generators.records import whole_records
from seqmem.generators.sources.corpus import CorpusSource


@pytest.fixture
def write(tmp_path: Path) -> Any:
    """Write a file and return its path."""

    def written(name: str, content: str | bytes) -> str:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(path)

    return written


def test_plain_text_keeps_its_characters(write: Any) -> None:
    path = write("fox.txt", "the quick brown fox\njumps\n")
    (string,) = whole_records({"path": path})
    assert string.text == "the quick brown fox\njumps"
    assert string.mapping["symbols"] == sorted(set(string.text))
    assert string.source == "corpus"
    assert string.reference_kind == "uniform"
    lines = whole_records({"path": path, "by_line": True})
    assert [line.text for line in lines] == ["the quick brown fox", "jumps"]
    assert {line.alphabet_size for line in lines} == {len(set("the quick brown foxjumps"))}


FASTA = ">first a record\nACGT\nacgt\n\n>second\nGGGC CA\n>empty\n"


def test_fasta_records(write: Any) -> None:
    path = write("genome.fa", FASTA)
    assert [record.text for record in whole_records({"path": path})] == ["ACGTacgt", "GGGCCA"]
    upper = whole_records({"path": path, "upper": True})
    assert [record.text for record in upper] == ["ACGTACGT", "GGGCCA"]
    assert upper[1].alphabet_size == 4
    assert upper[1].symbols.tolist() == [2, 2, 2, 1, 1, 0]
    assert upper[1].parameters["record"] == 2


def test_csv_of_strings_symbols_and_numbers(write: Any) -> None:
    path = write(
        "data.csv",
        "id;word;mood;level\n1;abba;calm;3\n2;baab;wild;1.5\n3;abab;calm;2\n4;;wild;1e1\n",
    )
    read = {"path": path, "delimiter": ";"}
    assert [record.text for record in whole_records(read | {"column": "word"})] == [
        "abba",
        "baab",
        "abab",
    ]
    (moods,) = whole_records(read | {"column": "mood", "cells": "symbols"})
    assert moods.symbols.tolist() == [0, 1, 0, 1]
    assert moods.mapping["symbols"] == ["calm", "wild"]
    levels = CorpusSource(2, **read, column="level")
    assert levels.corpus.records[0].tolist() == [1, 0, 0, 1]
    assert levels.mapping["breakpoints"] == [2.5]


def test_strings_of_a_corpus_are_parts_of_it(write: Any) -> None:
    text = "".join("ACGT"[symbol] for symbol in generator("dna").integers(4, size=3000))
    path = write("dna.txt", text)
    string = generators.generate(
        "corpus", measure="lz76", target=40, seed=3, parameters={"path": path}
    )
    assert string.text in text
    assert string.complexity("lz76") == 40
    assert string.letters == "ACGT"
    starts = {
        text.index(generators.generate("corpus", target=40, seed=s, parameters={"path": path}).text)
        for s in range(9)
    }
    assert len(starts) == 9
    assert max(starts) > 1000
    first = generators.generate("corpus", target=40, seed=3, parameters={"path": path, "start": 0})
    assert text.startswith(first.text)


def test_targets_that_only_the_whole_corpus_reaches(write: Any) -> None:
    text = "".join("ACGT"[symbol] for symbol in generator("dna").integers(4, size=500))
    path = write("dna.txt", text)
    total = generators.from_text(text).complexity("lzw")
    assert (
        generators.generate("corpus", target=total, seed=3, parameters={"path": path}).complexity(
            "lzw"
        )
        == total
    )
    with pytest.raises(
        InputError, match=rf"the largest value reached is {total} \(in 500 symbols\)"
    ):
        generators.generate("corpus", target=total + 1, seed=3, parameters={"path": path})


def test_a_moved_file_gives_the_same_strings(write: Any) -> None:
    text = "".join("ACGT"[symbol] for symbol in generator("dna").integers(4, size=500))
    here, there = ({"path": write(name, text)} for name in ("here.txt", "there.txt"))
    one, two = (
        generators.generate("corpus", target=40, seed=3, parameters=where)
        for where in (here, there)
    )
    assert one == two
    noisy = [
        generators.generate(
            "noisy", target=40, seed=3, parameters={"source": "corpus", "parameters": where}
        )
        for where in (here, there)
    ]
    assert noisy[0] == noisy[1]
    assert noisy[0].letters == "ACGT"


def test_csv_round_trip_keeps_the_mapping(write: Any, tmp_path: Path) -> None:
    strings = [
        *whole_records({"path": write("genome.fa", FASTA), "upper": True}),
        *whole_records({"path": write("series.csv", "x\n" + "\n".join(map(str, range(100))))}),
        *whole_records({"path": write("words.csv", "x\nup\ndown\nup\nup\n"), "cells": "symbols"}),
    ]
    path = tmp_path / "strings.csv"
    generators.write_strings(path, strings)
    again = generators.read_strings(path)
    assert again == strings
    assert [string.text for string in again] == [string.text for string in strings]
    assert [dict(string.mapping) for string in again] == [
        json.loads(json.dumps(dict(s.mapping))) for s in strings
    ]


@given(st.integers(2, 12), st.integers(1, 5))
def test_bins_hold_equally_many_values(bins: int, each: int) -> None:
    values = generator("values", bins, each).permutation(bins * each).astype(float)
    symbols, breakpoints = discretize(values, bins, "quantiles")
    assert np.bincount(symbols).tolist() == [each] * bins
    assert len(breakpoints) == bins - 1
    assert (symbols == (values[:, None] >= breakpoints).sum(axis=1)).all()


def test_gaussian_breakpoints_of_the_paper() -> None:
    """Lin et al. 2003, table 3, for values of mean 0 and SD 1."""
    standard = np.array([-1.0, 1.0])
    assert gaussian_breakpoints(standard, 3).round(2).tolist() == [-0.43, 0.43]
    assert gaussian_breakpoints(standard, 5).round(2).tolist() == [-0.84, -0.25, 0.25, 0.84]
    assert gaussian_breakpoints(standard * 3 + 7, 7) == pytest.approx(
        norm(7, 3).ppf(np.arange(1, 7) / 7)
    )
    assert piecewise_averages(np.arange(7.0), 3).tolist() == [1.0, 4.0]


def test_averages_come_before_the_breakpoints(write: Any) -> None:
    path = write("x.csv", "x\n" + "\n".join(f"{value}" for value in [0, 2, 10, 12, 4, 6, 20, 22]))
    (string,) = whole_records({"path": path, "segment": 2, "bins_by": "gaussian"})
    averages = np.array([1.0, 11.0, 5.0, 21.0])
    assert string.mapping["breakpoints"] == gaussian_breakpoints(averages, 4).tolist()
    assert string.symbols.tolist() == [0, 2, 1, 3]


@pytest.mark.parametrize(
    ("name", "content", "parameters", "message"),
    [
        ("x.txt", b"", {}, "x.txt: is empty"),
        ("x.txt", b"\n\n", {}, "x.txt: is empty"),
        ("x.txt", b"\xff\xfe\xfa", {}, "x.txt: not a text file in UTF-16: byte 0xfa at offset 2"),
        ("x.txt", b"aaaa", {}, "x.txt: 1 distinct symbol; valid: 2 to 65,536"),
        (
            "x.txt",
            "".join(map(chr, [*range(0x21, 0xD000), *range(0xE000, 0x15000)])),
            {},
            "distinct symbols; valid: 2 to",
        ),
        ("x.fa", b"ACGT\n", {}, "holds no FASTA records: the first line"),
        ("x.fa", b">only a name\n", {}, "x.fa: holds no strings: 1 record, all empty"),
        ("x.csv", b"a,b\n1,2\n", {}, "column is not given; give --column, valid: a, b"),
        ("x.csv", b"a,b\n1,2\n", {"column": "c"}, "unknown column of .*x.csv: 'c'; valid: a, b"),
        ("x.csv", b"a,b\n,2\n", {"column": "a"}, "column 'a' is empty"),
        (
            "x.csv",
            b"a\n1\nx\n",
            {"column": "a", "cells": "numbers"},
            "1 cell of 2 that is no number, the first 'x' in row 2",
        ),
        ("x.csv", b"a\n1\n1\n1\n", {}, "4 bins by quantiles: all 3 values lie in 1 of them"),
        ("x.csv", b"a\n1\n2\n", {"segment": 3}, "2 numbers; segment 3 needs at least 6"),
        ("x.csv", b'a\n"1\n', {}, "not a table \\(unexpected end of data\\)"),
        ("x.csv", b"a\n1\n", {"delimiter": ",,"}, "delimiter ',,'; valid: one character"),
        (
            "x.csv",
            b"a\n1\n",
            {"cells": "rows"},
            "unknown values 'rows'; valid: numbers, strings, symbols",
        ),
        (
            "x.csv",
            b"a\n1\n",
            {"bins_by": "SAX"},
            "unknown bins_by 'SAX'; did you mean 'sax'",
        ),
        ("x.csv", b"a\n1\n", {"segment": 0}, "segment 0; valid"),
        (
            "x.txt",
            b"abc",
            {"format": "word"},
            "unknown format 'word'; valid: csv, fasta, fastq, text",
        ),
        ("x.txt", b"abc", {"upper": 1}, "upper 1; valid: true, false"),
        ("x.txt", b"abc", {"record": 2}, "record 2; valid: a whole number from 1 to 1"),
        (
            "x.txt",
            b"ab\naa",
            {"by_line": True, "record": 2},
            "record 2: the string has one distinct symbol",
        ),
        ("x.txt", b"bb\naa", {"by_line": True}, "record 1: the string has one distinct symbol"),
    ],
)
def test_bad_data(write: Any, name: str, content: bytes, parameters: dict, message: str) -> None:
    with pytest.raises(InputError, match=message):
        whole_records({"path": write(name, content)} | parameters)


def test_what_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nowhere.txt: No such file"):
        whole_records({"path": str(tmp_path / "nowhere.txt")})
    with pytest.raises(InputError, match="Is a directory"):
        whole_records({"path": str(tmp_path)})
    with pytest.raises(InputError, match="source 'corpus' needs a file: path=FILE, with --param"):
        generators.generate("corpus", target=40, seed=0)
    path = tmp_path / "abc.txt"
    path.write_text("abcabb", encoding="utf-8")
    with pytest.raises(InputError, match=r"4 symbols are asked for, but .*abc.txt has 3 distinct"):
        generators.generate(
            "corpus", alphabet_size=4, target=40, seed=0, parameters={"path": str(path)}
        )
