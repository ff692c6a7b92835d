"""One reader for the user's data: what each kind of file is read as, or why it is refused."""

import csv
import gzip
import io
import os
import sys
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from seqmem import generators
from seqmem.core.errors import InputError
from seqmem.generators.data import decoding
from seqmem.generators.data.decoding import read_document
from seqmem.generators.data.read_options import OWN_COLUMNS, ReadOptions
from seqmem.generators.data.reading import read_content
from seqmem.generators.data.string_files import is_strings_file
from seqmem.generators.records import read_strings, read_strings_with_note, whole_records

CASES = Path(__file__).parents[1] / "data" / "cases"
LOAD = [0.701, 0.128, 0.737, 0.885]


def read(name: str, **options: Any) -> Any:
    return read_content(str(CASES / name), ReadOptions(**options))[1]


@pytest.fixture
def write(tmp_path: Path) -> Any:
    """Write a file and return its path."""

    def written(name: str, content: str | bytes) -> str:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(path)

    return written


@pytest.mark.parametrize(
    ("name", "options", "count", "lengths", "letters"),
    [
        ("a1_u2028.csv", {}, 8, {41}, 5),
        ("a1_quoted2028.csv", {}, 8, {41}, 5),
        ("a1_formfeed.csv", {}, 8, {41}, 5),
        ("c1_fas.fas", {}, 8, {60}, 4),
        ("a3_underscore_codes.csv", {}, 400, {5}, 11),
        ("f10b.csv", {}, 40, {24}, 2),
        ("b1_fasta_blast_comments.fa", {}, 8, {60}, 20),
        ("b2_fasta_stop_gap_lower.fa", {}, 8, {63}, 42),
        ("b2_fasta_stop_gap_lower.fa", {"upper": True, "drop_symbols": "-*"}, 8, {60}, 20),
        ("f1_user_alphabet_size_float.csv", {}, 8, {40}, 4),
        ("f1_user_mapping_column.csv", {}, 8, {40}, 4),
        ("f1_duplicate_columns.csv", {"column": "1"}, 8, {40}, 4),
        ("h5_emptycell.csv", {}, 2, {6}, 4),
        ("h5_blankrow.csv", {}, 2, {6}, 4),
        ("g1_unicode_minus.csv", {"cells": "strings"}, 300, {4, 5, 6}, 12),
    ],
)
def test_strings_of_files(
    name: str, options: dict[str, Any], count: int, lengths: set[int], letters: int
) -> None:
    content = read(name, **options)
    assert content.kind == "strings"
    assert len(content.records) == count
    assert set(map(len, content.records)) == lengths
    assert len(set("".join(content.records))) == letters


@pytest.mark.parametrize(
    ("name", "options", "first", "count"),
    [
        ("a2_row_names_R.csv", {"column": "load"}, LOAD, 300),
        ("a2_R_writecsv.csv", {}, LOAD, 300),
        ("a2_R_writecsv.csv", {"column": "load"}, LOAD, 300),
        ("a2_semicolon_decimal_comma.csv", {"column": "load"}, LOAD, 300),
        (
            "a2_semicolon_decimal_comma.csv",
            {"column": "load", "delimiter": ";", "decimal": ","},
            LOAD,
            300,
        ),
        ("a2_decimal_comma_one_column.csv", {"delimiter": ";", "decimal": ","}, LOAD, 300),
        ("a2_decimal_comma_wide.csv", {"delimiter": ";", "decimal": ","}, [56, 57.32], 600),
        ("c1_sep_line.csv", {"column": "load"}, [57.0, 56.63], 300),
        ("c1_noheader.csv", {}, [57.89, 56.15], 300),
        ("c1_noheader.csv", {"header": False}, [57.89, 56.15], 300),
        ("a3_pandas_header0.csv", {"column": "0"}, [56.0, 57.32], 600),
        ("a3_pandas_header0.csv", {"header": True}, [56.0, 57.32], 600),
        ("a3_column_true.csv", {"column": "true"}, [20.09, 21.8], 600),
        ("a3_column_true.csv", {"column": "nan"}, [56.0, 57.32], 600),
        ("a3_blank_cells.csv", {"column": "value", "missing": "drop"}, [57, 56, 53], 320),
        ("a3_blank_cells.csv", {"column": "value", "missing": "interpolate"}, [57, 56, 54.5], 479),
    ],
)
def test_numbers_of_files(
    name: str, options: dict[str, Any], first: list[float], count: int
) -> None:
    content = read(name, **options)
    assert content.kind == "numbers"
    (series,) = content.records
    assert len(series) == count
    assert series[: len(first)].tolist() == first


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        (
            "a2_decimal_comma_one_column.csv",
            {},
            r"row 1 \(line 2\) has 2 cells where the header has 1; .*--delimiter ';' --decimal ,",
        ),
        ("a2_decimal_comma_wide.csv", {}, "row 1 .* has 2 cells where the header has 1"),
        ("a3_blank_cells.csv", {"column": "value"}, "160 of 480 values are missing, .*in row 1 "),
        ("f1_duplicate_columns.csv", {"column": "seq"}, "2 columns are named 'seq'; .*--column 1"),
        ("f1_ragged_short.csv", {"column": "seq"}, "row 1 .* has 1 cell where the header has 3"),
        ("c1_ucr.tsv", {}, "if every row is a series: --no-header --series rows"),
        ("g1_unicode_minus.csv", {}, r"'−4.56' in row 1 \(line 2\): it has the sign − \(U\+2212\)"),
        ("a3_pandas_header0.csv", {}, "'0', may be a name or a number; give --header"),
    ],
)
def test_files_that_need_a_decision(name: str, options: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        read(name, **options)


def test_series_in_rows_and_stretches_without_gaps() -> None:
    rows = read("c1_ucr.tsv", header=False, series="rows", label="1").records
    assert [len(series) for series in rows] == [40] * 12
    assert rows[0][:3].tolist() == [-0.11788, 0.08385, 0.45637]
    split = read("a3_blank_cells.csv", column="value", missing="split").records
    assert [len(series) for series in split] == [2] * 160
    assert split[0].tolist() == [57, 56]


def test_what_was_read_is_said() -> None:
    notes = {
        "c1_fas.fas": "c1_fas.fas: 8 records (FASTA), 60 symbols each, 4 letters (ACGT)",
        "h5_emptycell.csv": "h5_emptycell.csv: 2 records (table, column 'string'), 6 symbols each, "
        "4 letters (abcd); 1 empty record skipped",
        "a2_R_writecsv.csv": "a2_R_writecsv.csv: 1 record (table, column 'load'), 300 symbols, "
        "300 numbers in 4 bins by quantiles",
    }
    for name, note in notes.items():
        assert read_strings_with_note(CASES / name).note == note
    (said,) = [
        read_strings_with_note(CASES / "b2_fasta_stop_gap_lower.fa").note.partition("; ")[2],
    ]
    assert said == (
        "16 gaps, 8 stops read as symbols (--drop-symbols leaves them out); upper and lower case "
        "are different symbols in 8 records (--upper joins them)"
    )


@pytest.mark.parametrize(
    ("name", "content", "options", "kind", "records"),
    [
        # Encodings, marks and line ends.
        ("x.txt", "ABBA\r\nABAB\r\n", {}, "strings", ["ABBA\nABAB"]),
        ("x.txt", "ABBA\rABAB\r", {"by_line": True}, "strings", ["ABBA", "ABAB"]),
        (
            "x.txt",
            "ab\x0bab\x85ab\u2028ab",
            {"by_line": True},
            "strings",
            ["ab\x0bab\x85ab\u2028ab"],
        ),
        ("x.txt", "ABBA".encode("utf-16"), {}, "strings", ["ABBA"]),
        ("x.txt", "ABBA".encode("utf-32"), {}, "strings", ["ABBA"]),
        ("x.txt", "ÄÖÄ".encode("latin-1"), {"encoding": "latin-1"}, "strings", ["ÄÖÄ"]),
        ("x.txt", b"\xef\xbb\xbfAB\n\xef\xbb\xbfBA\n", {"by_line": True}, "strings", ["AB", "BA"]),
        ("x.fa.gz", gzip.compress(b">a\nACGT\n", mtime=0), {}, "strings", ["ACGT"]),
        # Formats by content before suffix.
        ("x.txt", ">a\nACGT\nAC\n>b\nGG\n", {}, "strings", ["ACGTAC", "GG"]),
        ("x.csv", ">a\nACGT\n", {}, "strings", ["ACGT"]),
        ("x.txt", "> quoted\n> text\n", {}, "strings", ["> quoted\n> text"]),
        ("x.fq", "@a\nACGT\n+\nIIII\n@b\nGGA\n+b\n@@@\n", {}, "strings", ["ACGT", "GGA"]),
        (
            "x.txt",
            "day;load\n1;0,5\n2;0,25\n3;1,0\n",
            {"column": "load"},
            "numbers",
            [[0.5, 0.25, 1]],
        ),
        ("x.txt", "3.5\n1.5\n2.5\n", {}, "numbers", [[3.5, 1.5, 2.5]]),
        ("x.txt", "3.5\n1.5\n2.5\n", {"format": "text"}, "strings", ["3.5\n1.5\n2.5"]),
        (
            "x.dat",
            "1 2.5\n2  3.5\n3 4\n",
            {"delimiter": " ", "column": "2"},
            "numbers",
            [[2.5, 3.5, 4]],
        ),
        (
            "x.txt",
            "Well, yes.\nOh, no.\nYes, well.\n",
            {},
            "strings",
            ["Well, yes.\nOh, no.\nYes, well."],
        ),
        # Tables.
        ("x.csv", 'x\n"5" \n', {"format": "text"}, "strings", ['x\n"5" ']),
        (
            "x.txt",
            "id   load\n1    5.0\n2    6.5\n",
            {"delimiter": " ", "column": "load"},
            "numbers",
            [[5, 6.5]],
        ),
        ("x.csv", "a|b\nAB|1\nBA|2\n", {"column": "a"}, "strings", ["AB", "BA"]),
        ("x.csv", "a\n0\n1\n1\n", {}, "numbers", [[0, 1, 1]]),
        ("x.csv", "a\n01101\n11010\n", {}, "strings", ["01101", "11010"]),
        ("x.csv", "a\nNA\nAB\n", {}, "strings", ["NA", "AB"]),
        ("x.csv", "a\nup\ndown\n", {"cells": "symbols"}, "symbols", [["up", "down"]]),
        ("x.csv", "ABABABAB\nBABABABA\n", {"header": False}, "strings", ["ABABABAB", "BABABABA"]),
        ("x.csv", "0,1\n5,6\n7,8\n", {"column": "1", "header": True}, "numbers", [[6, 8]]),
        ("x.csv", ",2019,2020\n0,7,5\n1,8,6\n", {"column": "3"}, "numbers", [[5, 6]]),
        ("x.csv", "id,2019\na,7\nb,8\n", {"column": "2019"}, "numbers", [[7, 8]]),
        ("x.csv", "a,b\n1,107,\n2,114,\n", {"column": "a"}, "numbers", [[1, 2]]),
        (
            "x.txt",
            '"n" "s"\n"1" 5 "A B"\n"2" 7 "B A"\n',
            {"delimiter": " ", "column": "s"},
            "strings",
            ["A B", "B A"],
        ),
        (
            "x.csv",
            "1,2.5\n1,3.5\n2,4.5\n",
            {"header": False, "column": "1"},
            "numbers",
            [[1, 1, 2]],
        ),
        (
            "x.csv",
            "a;b\n0,5;1,5\n0,6;2,3\n",
            {"delimiter": ";", "decimal": ",", "column": "b"},
            "numbers",
            [[1.5, 2.3]],
        ),
        ("x.csv", "0,5;1,5\n0,6;2,3\n", {"decimal": ",", "column": "2"}, "numbers", [[1.5, 2.3]]),
        (
            "x.csv",
            "a;d\n1;900\n1;1.100\n",
            {"column": "d", "decimal": "."},
            "numbers",
            [[900, 1.1]],
        ),
        (
            "x.txt",
            "1 2 3 4 5 6\n",
            {"format": "csv", "delimiter": " ", "header": False, "series": "rows"},
            "numbers",
            [[1, 2, 3, 4, 5, 6]],
        ),
        ("x.csv", ",0\n0,5\n1,6\n", {}, "numbers", [[5, 6]]),
        ("x.csv", "x,y\n1,2\n\n3,4\n", {"column": "y"}, "numbers", [[2, 4]]),
        ("x.csv", "x\n1e3\n+.5\n-0\n", {}, "numbers", [[1000, 0.5, 0]]),
        ("x.tsv", "s\tn\nA,B\t1\nB,A\t2\n", {"column": "s"}, "strings", ["A,B", "B,A"]),
    ],
)
def test_kinds_of_files(
    name: str, content: str | bytes, options: dict[str, Any], kind: str, records: Any, write: Any
) -> None:
    _, read_back = read_content(write(name, content), ReadOptions(**options))
    assert read_back.kind == kind
    plain = [one.tolist() if isinstance(one, np.ndarray) else one for one in read_back.records]
    assert plain == records


@pytest.mark.parametrize(
    ("name", "content", "options", "message"),
    [
        ("x.txt", b"AB\nB\xe9A\n", {}, r"byte 0xe9 at offset 4 \(line 2\); .*--encoding latin-1"),
        ("x.txt", "AB".encode("utf-16-le"), {}, "byte 0x00 at offset 1 .* --encoding utf-16-le"),
        ("x.txt", b"AB", {"encoding": "klingon"}, "unknown encoding 'klingon'"),
        ("x.txt", b"AB", {"encoding": "base64"}, "unknown encoding 'base64'"),
        ("x.gz", gzip.compress(b"ACGT", mtime=0)[:-6], {}, "damaged gzip file"),
        ("x.fa", "ACGT\n>a\nACGT\n", {}, "the first line does not start with '>'"),
        ("x.fa", "ACGT\n>a\nACGT\n", {"format": "fasta"}, "line 1 comes before the first line"),
        ("x.fq", "@a\nACGT\n+\nIII\n", {"format": "fastq"}, "4 symbols and 3 qualities"),
        ("x.txt", "1 2\n3 4\n5 6\n", {}, "looks like a table with blanks between its cells"),
        ("x.csv", "a;b,c\n1;2,3\n", {}, "',' and ';' both cut every row"),
        (
            "x.csv",
            "a,b\n1,2\n3\n",
            {"column": "a"},
            r"row 2 \(line 3\) has 1 cell where the header has 2",
        ),
        ("x.csv", "a,b\n1,2\n", {"column": "3"}, "unknown column of .*'3'; valid: a, b"),
        ("x.csv", "a\n1,5\n2,5\n", {}, "has 2 cells where the header has 1"),
        ("x.csv", "a;b\n1,234;1\n2,345;2\n", {"column": "a"}, r"for thousands .* or for decimals"),
        ("x.csv", "a\n12%\n13%\n", {}, "'12%' in row 1 .*: it has the sign %; remove it"),
        ("x.csv", 'a\n"1,234.5"\n"2,345.5"\n', {}, "it has commas between thousands"),
        ("x.csv", "a\n1\u00a0000\n2\u00a0000\n", {}, "it has a no-break space; remove it"),
        ("x.csv", "a\n1\n2\n٣\n", {}, "it has digits of another script; write 0 to 9"),
        (
            "x.csv",
            "a\nmm\n1\n2\n3\n",
            {},
            r"1 cell of 4 that is no number, the first 'mm' in row 1",
        ),
        ("x.csv", "a\n1\n1e999\n2\n3\n", {}, "that is no number, the first '1e999' in row 2"),
        ("x.csv", "a\n1\n\n3\n", {}, r"1 of 3 values are missing, the first in row 2 \(line 3\)"),
        (
            "x.csv",
            "a\nx\n\ny\n",
            {"cells": "symbols", "missing": "interpolate"},
            "symbols cannot be",
        ),
        (
            "x.csv",
            "ABABABAB\nBABABABA\n",
            {},
            "'ABABABAB' in the first row looks like the cells below it",
        ),
        ("x.csv", "a\n", {}, "has a header but no rows"),
        ("x.csv", "a,b\n,1\n", {"column": "a"}, "column 'a' is empty"),
        (
            "x.csv",
            "a\n12 5 7\n",
            {"upper": True, "cells": "numbers"},
            "no number, the first '12 5 7'",
        ),
        ("x.csv", "a\n1\n2\n", {"upper": True}, "--upper does not fit: .* has numbers"),
        ("x.txt", "ABBA", {"missing": "drop"}, "--missing drop is for tables; .* read as text"),
        ("x.txt", "ABBA", {"drop_symbols": "AB"}, "1 record, all empty"),
        # A first row that may be data.
        (
            "x.csv",
            "2,30\n1,20\n4,60\n",
            {"column": "2"},
            "'2' may be a name in the first row or the",
        ),
        ("x.csv", "1,30\n2,20\n1,60\n", {"series": "rows", "label": "1"}, "'1' may be a name in"),
        (
            "x.csv",
            "0,1\n1,3\n2,9\n",
            {"column": "2"},
            "the first row, '0', may be a name or a number",
        ),
        (
            "x.csv",
            "2020-01-01,5\n2020-01-02,6\n",
            {"column": "2"},
            "'2020-01-01' in the first row looks like",
        ),
        ("x.csv", "+,x\n-,y\n+,z\n", {"column": "1"}, r"'\+' in the first row looks like"),
        ("x.csv", "NaN\n1\n2\n", {}, "the first row, 'NaN', may be a name or a missing value"),
        ("x.csv", "ACGTAC\nACGT\nGTAC\n", {}, "'ACGTAC' in the first row looks like the cells"),
        ("x.csv", "a,b\n1,2\na,b\n3,4\n", {"column": "a"}, "line 3 repeats the header"),
        # Rows that differ from the header.
        ("x.csv", "time,load\n1,0,5\n2,3,2\n3,6,9\n", {"column": "load"}, "row 1 .* has 3 cells"),
        (
            "x.tsv",
            "load\n1\t0\n2\t7\n",
            {},
            "has 2 cells where the header has 1; if tabs are part of",
        ),
        ("x.csv", "load\n1;0\n2;7\n", {}, "has 2 cells where the header has 1; if ';' are part of"),
        # Numbers of other locales, in combinations.
        ("x.csv", "a\n$1100.50\n$900.00\n", {}, "it has a currency; remove it"),
        ("x.csv", "a\n10.5 EUR\n11.5 EUR\n", {}, "it has a currency; remove it"),
        (
            "x.csv",
            "a;b\n1\u202f000,5;1\n2\u202f000,5;2\n",
            {"column": "a"},
            "no-break space; remove it; it has a dec",
        ),
        ("x.csv", "a\n(10)\n(11)\n", {}, "it has brackets; write - instead"),
        ("x.csv", "a\n1.5D+00\n2.5D+00\n", {}, "it has the exponent D; write E"),
        (
            "x.csv",
            "a\n\u201210\n\u201211\n",
            {},
            r"it has the sign \u2012 \(U\+2012\); write - instead",
        ),
        (
            "x.csv",
            "a;b\n1.200,50;1\n2.300,50;1\n",
            {"column": "a"},
            "points between thousands; remove them, and",
        ),
        (
            "x.csv",
            "a;b\n1.200,50;1\n2,5;1\n",
            {"column": "a", "decimal": ","},
            "'1.200,50' .* no number with a d",
        ),
        (
            "x.csv",
            "a;d\n1;900\n1;1.100\n1;950\n",
            {"column": "d"},
            "'1.100' beside '900': if the points",
        ),
        ("x.csv", "a\n.\n.\n5\n", {}, "2 of 3 values are missing"),
        ("x.csv", 'a\n"0,137"\n"0,582"\n', {}, "it has a decimal comma; --decimal , reads it"),
        (
            "x.csv",
            "0,5;1,5\n2.345;6.123\n",
            {"series": "rows", "header": False},
            "'0,5' in cell 1 has a",
        ),
        (
            "x.csv",
            "1,5;2,5\n1.5;2.5\n",
            {"series": "rows", "header": False},
            "'1,5' in cell 1 has a",
        ),
        # Options that do not fit what the cells are.
        (
            "x.csv",
            "a\nAB\nBA\n",
            {"missing": "drop"},
            "--missing drop does not fit: .* has strings",
        ),
        ("x.csv", "a\nAB\nBA\n", {"segment": 4}, "--segment 4 does not fit: .* has strings"),
        ("x.csv", "a\nAB\nBA\n", {"decimal": ","}, "--decimal , does not fit: .* has strings"),
        (
            "x.csv",
            "a\n1\n2\n",
            {"drop_symbols": "-"},
            "--drop-symbols - does not fit: .* has numbers",
        ),
        (
            "x.txt",
            "AB\nBA\n",
            {"by_line": True, "column": "x"},
            "--by-line and --column exclude each",
        ),
        (
            "x.txt",
            "AB\nBA\n",
            {"by_line": True, "format": "csv"},
            "--by-line is for plain text, not for",
        ),
        # Texts that look like numbers.
        ("x.txt", "1%\n2%\n3%\n", {"header": False}, "it has the sign %; remove it"),
        ("x.txt", "1.5\n2.5\n2.5\n3.5\nmean 3\n", {}, "the first 'mean 3' in row 5"),
        ("x.txt", "# a b\n1.0 2.0\n3.0 4.0\n", {}, "looks like a table with blanks"),
        ("x.txt", '"a" "b"\n"1" 1.0 2.0\n"2" 3.0 4.0\n', {}, "looks like a table with blanks"),
        ("x.txt", "1 2 3 4 5 6\n", {}, "looks like numbers in a row; --format csv --no-header"),
        # Tables without a value, and options that do not fit.
        ("x.csv", "sep=;\n", {}, "x.csv: is empty"),
        (
            "x.csv",
            "a,b\nx,y\n",
            {"series": "rows", "cells": "strings"},
            "--series rows is for numbers",
        ),
        (
            "x.csv",
            "a,b\nx,1\n",
            {"series": "rows"},
            "'x' in cell 1 is no number; leave out a column",
        ),
        ("x.txt", b"a..\xffb", {"encoding": "idna"}, "not a text file in IDNA"),
        ("x.txt", b"\\uD800ab", {"encoding": "unicode_escape"}, "it holds half characters"),
        ("x.txt", "AB".encode("utf-16-be") * 9, {}, "give --encoding utf-16-be"),
        ("x.txt", bytes(range(256)) * 3, {}, "no text; export the data"),
        ("x.csv", "a\nAB\n", {"label": "1"}, "label '1' is for series in rows"),
        ("x.csv", "a\nAB\n", {"delimiter": ",", "decimal": ","}, "',' is also the delimiter"),
        ("x.csv", "a\nAB\n", {"series": "rows", "column": "a"}, "is for series in columns"),
    ],
)
def test_files_that_are_refused(
    name: str, content: str | bytes, options: dict[str, Any], message: str, write: Any
) -> None:
    with pytest.raises(InputError, match=message):
        read_content(write(name, content), ReadOptions(**options))


OTHERS = {
    "ARFF": ("x.arff", "@relation iris\n@attribute length numeric\n@data\n5.1\n4.9\n"),
    "JSON": ("x.jsonl", '{"seq": "ABBA"}\n{"seq": "BABA"}\n'),
    "Octave": ("x.mat", "# Created by Octave 8\n# name: x\n# type: matrix\n1 2\n"),
    "blanks between its cells": ("x.prn", "day  load  wind\n  1   5.0   3.1\n  2   6.5   2.9\n"),
    "SAM": (
        "x.sam",
        "@HD\tVN:1.6\n@SQ\tSN:chr1\tLN:45\nr1\t0\tchr1\t7\t30\t8M\t*\t0\t0\tTTAG\t*\n",
    ),
    "VCF": ("x.vcf", "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\n1\t5\trs1\n"),
    "MIDI as CSV": (
        "x.csv",
        "0, 0, Header, 1, 2, 480\n1, 0, Start_track\n1, 0, Note_on_c, 0, 60, 90\n",
    ),
    "PGN": ("x.pgn", '[Event "Match"]\n[Site "Here"]\n\n1. e4 e5 2. Nf3 Nc6 *\n'),
    "SubRip": (
        "x.srt",
        "1\n00:00:01,000 --> 00:00:02,000\nHello.\n\n2\n00:00:03,000 --> 00:00:04,000\nHi.\n",
    ),
    "zip archive": ("x.xlsx", b"PK\x03\x04\x14\x00\x06\x00"),
    "cell of 5": ("x.csv", "load\nkWh\n1.5\n2.5\n3.5\n4.5\n"),
    "old Office": ("x.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),
    "HTML": ("x.xls", "<html><table><tr><td>1</td></tr></table></html>"),
    "GenBank": ("x.gb", "LOCUS       AB000001   450 bp    DNA\nORIGIN\n  1 acgt\n"),
    "PIR": ("x.pir", ">P1;CRAB\nalpha crystallin\n MDITIHNP*\n"),
    "Stata": ("x.dta", "<stata_dta><header>\n"),
    "HTML ": ("x.txt", "<!-- exported -->\n<table><tr><td>1</td></tr></table>\n"),
    "JSON ": ("x.json", "[" * 100_000),
    "JSON  ": ("x.json", "[" + "9" * 5_000 + "]"),
    "SubStation": ("x.ass", "[Script Info]\nTitle: x\n"),
    "SubRip ": ("x.srt", "\n\n1\n00:00:01,000 --> 00:00:02,000\nHello.\n"),
    "PHYLIP": ("x.phy", " 2 8\nturtle  ACGTACGT\nrabbit  ACGTACGA\n"),
}


@pytest.mark.parametrize("kind", OTHERS)
def test_other_kinds_of_files_are_refused_by_name(kind: str, write: Any) -> None:
    name, content = OTHERS[kind]
    with pytest.raises(InputError, match=kind.strip()) as refused:
        read_content(write(name, content), ReadOptions())
    assert "\n" not in str(refused.value)


def test_logs_are_text(write: Any) -> None:
    log = "12:00:01 INFO started\n12:00:02 WARN slow\n12:00:09 INFO done\n"
    _, content = read_content(write("run.log", log), ReadOptions())
    assert content.records == [log.removesuffix("\n")]
    strings, note, *_ = read_strings_with_note(write("run.log", log))
    assert note.startswith("run.log: 1 record (text), 59 symbols")
    assert len(strings[0]) == 59


def test_a_field_of_any_length(write: Any) -> None:
    path = write("one_line.csv", "string\n" + "ACGT" * 33_000 + "\n")
    (string,) = read_strings(path)
    assert len(string) == 132_000
    (string,) = read_strings(write("no_header.csv", "ACGT" * 33_000 + "\n"), header=False)
    assert len(string) == 132_000


def test_a_pipe_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    writer = threading.Thread(target=fifo.write_text, args=("string\nABBAB\nBABAA\n",))
    writer.start()
    strings, note, *_ = read_strings_with_note(fifo)
    writer.join()
    assert [string.text for string in strings] == ["ABBAB", "BABAA"]
    assert note.startswith("pipe: 2 records")
    assert read_strings(fifo) == strings
    standard_input = io.TextIOWrapper(io.BytesIO(b"ABBAB\n"))
    monkeypatch.setattr(sys, "stdin", standard_input)
    assert read_document("-").text == "ABBAB\n"
    assert read_document("-").text == "ABBAB\n"


def test_another_pipe_under_the_same_path_is_read(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    for text in ("ABBAB", "BABBA"):
        os.mkfifo(fifo)
        writer = threading.Thread(target=fifo.write_text, args=(f"string\n{text}\nAAB\n",))
        writer.start()
        assert read_strings(fifo)[0].text == text
        writer.join()
        # Kept, so that the next pipe has another inode.
        fifo.rename(tmp_path / text)


def test_a_file_is_decoded_once(write: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    decoded = []
    decode = decoding._decoded
    monkeypatch.setattr(decoding, "_decoded", lambda *given: decoded.append(1) or decode(*given))
    read_strings(write("genes.fa", ">a\nACGT\n>b\nGGCA\n"))
    assert len(decoded) == 1


def test_names_follow_their_records(write: Any) -> None:
    read = read_strings_with_note(write("x.fa", ">a one\nACCA\n>b\n\n>c\nCCCC\n>d\nCACC\n"))
    assert list(zip(read.records, read.names, strict=True)) == [(1, "a"), (3, "d")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_files_that_seqmem_wrote_are_known_however_they_are_saved(
    encoding: str, pack: Any, tmp_path: Path
) -> None:
    path = tmp_path / "strings.csv"
    strings = [generators.generate("iid", target=20, seed=seed) for seed in range(40)]
    generators.write_strings(path, strings)
    path.write_bytes(pack(path.read_text("utf-8").encode(encoding)))
    assert is_strings_file(path)
    assert read_strings(path) == strings


def test_files_that_seqmem_wrote_are_restored_and_others_are_not(
    write: Any, tmp_path: Path
) -> None:
    path = tmp_path / "strings.csv"
    strings = [generators.from_text("A\r\nB\ufeffA"), generators.generate("iid", target=20, seed=1)]
    generators.write_strings(path, strings)
    again, note, *_ = read_strings_with_note(path)
    assert again == strings
    assert [string.text for string in again] == [string.text for string in strings]
    assert note == "strings.csv: 2 strings that seqmem wrote, 6 to 28 symbols"
    foreign = read_strings(write("user.csv", "string,seed,mapping\nABBA,one,{\nBAAB,two,}\n"))
    assert [string.text for string in foreign] == ["ABBA", "BAAB"]


def test_alphabets_without_letters_are_read_alike_everywhere(tmp_path: Path) -> None:
    path = tmp_path / "large.csv"
    strings = [
        generators.generate("iid", alphabet_size=60, target=90, seed=seed) for seed in range(3)
    ]
    generators.write_strings(path, strings)
    assert read_strings(path) == strings
    assert read_strings(path, column="string", values="strings") != strings
    assert whole_records({"path": str(path)}) == strings
    (tmp_path / "windows.csv").write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert read_strings(tmp_path / "windows.csv") == strings


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ({"mapping": '{"symbols": 5}'}, "mapping: symbols 5 are no list of texts"),
        ({"parameters": "[" * 100_000}, r"maximum recursion depth|too deep"),
        ({"alphabet_size": "-3"}, "alphabet_size '-3' is no whole number"),
        ({"seed": "9" * 5_000}, r"seed '9+…' is no whole number"),
    ],
)
def test_damaged_files_of_our_own(cells: dict[str, str], message: str, tmp_path: Path) -> None:
    path = tmp_path / "strings.csv"
    values = dict.fromkeys(OWN_COLUMNS, "") | {
        "string": "AB", "alphabet_size": "2", "reference_bits": "2"
    }  # fmt: skip
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([OWN_COLUMNS, (values | cells).values()])
    with pytest.raises(InputError, match=message):
        read_strings(path)


@pytest.mark.parametrize("bins", [-3, 1, 4.0, "4"])
def test_bins_are_a_whole_number(bins: Any) -> None:
    with pytest.raises(InputError, match=r"bins .*; valid: a whole number from 2 to 65536"):
        read_strings(CASES / "c1_noheader.csv", bins=bins)


def test_numbers_too_large_and_letters_one_by_one(write: Any) -> None:
    huge = write("x.csv", "a\n1e308\n-1e308\n1e307\n0\n5\n")
    with pytest.raises(InputError, match="too large for their standard deviation"):
        read_strings(huge, bins_by="gaussian")
    with pytest.raises(InputError, match="every record is one symbol; values=symbols"):
        read_strings(write("y.csv", "base\nA\nC\nG\nA\n"))
    with pytest.raises(InputError, match="0 numbers; segment 1 needs at least 2"):
        read_strings(
            write("z.csv", "x,y\n1,NA\n2,NA\n"), column="y", values="numbers", missing="split"
        )


def test_constant_records_are_skipped_and_said(write: Any) -> None:
    strings, note, *_ = read_strings_with_note(write("x.fa", ">a\nACCA\n>b\nAAAA\n>c\nCACC\n"))
    assert [string.text for string in strings] == ["ACCA", "CACC"]
    assert [string.parameters["record"] for string in strings] == [1, 3]
    assert note.endswith("1 constant record skipped")


def test_unknown_options_are_named() -> None:
    with pytest.raises(InputError, match="unknown option 'colum'; did you mean 'column'"):
        read_strings(CASES / "h5_emptycell.csv", colum="string")
