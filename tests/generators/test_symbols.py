"""The string value, seeds and CSV files."""

import pickle
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqmem import generators
from seqmem.core.errors import InputError
from seqmem.core.seeding import derive_seed
from seqmem.generators.data.read_options import OWN_COLUMNS


def test_from_text_maps_characters_in_order() -> None:
    string = generators.from_text("hello")
    assert string.symbols.tolist() == [1, 0, 2, 2, 3]
    assert string.text == "hello"
    assert string.reference_bits == 10.0
    assert string.reference_kind == "uniform"


@pytest.mark.parametrize("text", ["", "A", "AAAA"])
def test_from_text_needs_two_symbols(text: str) -> None:
    with pytest.raises(InputError, match=r"2 are needed|two distinct"):
        generators.from_text(text)


def test_symbols_outside_the_alphabet() -> None:
    with pytest.raises(InputError, match="0 … 1"):
        generators.from_symbols(np.array([0, 2]), 2)
    with pytest.raises(InputError, match="'C' is outside the alphabet AB"):
        generators.from_text("ABC", 2)


def test_large_alphabets_have_no_letters() -> None:
    string = generators.from_symbols(np.arange(300), 300)
    assert string.symbols.dtype == np.uint16
    assert string.text.startswith("0 1 2 3")


def test_pickling_keeps_read_only() -> None:
    string = pickle.loads(pickle.dumps(generators.from_text("ABC")))
    assert string == generators.from_text("ABC")
    assert not string.symbols.flags.writeable


def test_unknown_measure_lists_the_known() -> None:
    with pytest.raises(InputError, match=r"unknown measure 'lzz'; did you mean 'lzw'"):
        generators.from_text("AB").complexity("lzz")


texts = st.text(min_size=2, max_size=30).filter(
    lambda text: len(set(text)) > 1 and "\x00" not in text
)


@pytest.mark.parametrize(
    ("symbols", "message"),
    [
        ([0, 0], "one distinct symbol"),
        ([0.5, 1.2], "must be integers, not float64"),
        ([], "non-empty"),
        ([[0, 1]], "one-dim"),
    ],
)
def test_what_is_no_string(symbols: list, message: str) -> None:
    with pytest.raises(InputError, match=message):
        generators.from_symbols(np.array(symbols), 2)


def test_csv_of_long_and_rich_texts_and_of_spreadsheets(tmp_path: Path) -> None:
    rich = "".join(chr(0x4E00 + symbol) for symbol in range(60))
    long = generators.generate("iid", alphabet_size=2, target=14_000, seed=0)
    assert long.period > 131_072
    path = tmp_path / "strings.csv"
    generators.write_strings(path, [generators.from_text(rich), long])
    again = generators.read_strings(path)
    assert again[0].text == rich
    assert again[1] == long
    path.write_bytes(b"\xef\xbb\xbfstring\r\nABBA\r\n")
    assert generators.read_strings(path) == [generators.from_text("ABBA")]


@given(st.lists(texts, min_size=1, max_size=4))
def test_csv_round_trip_of_texts(
    tmp_path_factory: pytest.TempPathFactory, given_texts: list[str]
) -> None:
    path = tmp_path_factory.mktemp("csv") / "strings.csv"
    strings = [generators.from_text(text) for text in given_texts]
    generators.write_strings(path, strings)
    again = generators.read_strings(path)
    assert again == strings
    assert [string.text for string in again] == given_texts


def test_csv_round_trip_of_generated_strings(tmp_path: Path) -> None:
    strings = [
        generators.generate("iid", alphabet_size=k, target=k + 10, seed=seed)
        for k in (2, 60)
        for seed in (1, 2)
    ]
    path = tmp_path / "strings.csv"
    generators.write_strings(path, strings)
    again = generators.read_strings(path)
    assert again == strings
    for name in (
        "reference_bits",
        "reference_kind",
        "source",
        "seed",
        "measure",
        "target",
        "parameters",
    ):
        assert [getattr(string, name) for string in again] == [
            getattr(string, name) for string in strings
        ]


def written(string: str, **changed: str) -> str:
    """Return a table as `write_strings` writes it, with one string, and changed cells."""
    cells = dict.fromkeys(OWN_COLUMNS, "") | {
        "string": string,
        "alphabet_size": "2",
        "reference_bits": "2",
        **changed,
    }
    return ",".join(OWN_COLUMNS) + "\n" + ",".join(cells.values()) + "\n"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "No such file"),
        ("", "strings.csv: is empty"),
        ("string\n", "has a header but no rows"),
        ("word,name\nAB,CD\n", "column is not given; give column=…, valid: word, name"),
        ("string\nAA\nBB\n", "record 1: the string has one distinct symbol"),
        (written("AB", reference_bits="nan"), "row 1: reference_bits must be a number; nan"),
        (written("AB", parameters="3"), "row 1: parameters '3' are not a JSON object"),
        (written("AB", alphabet_size="two"), "row 1: alphabet_size 'two' is no whole number"),
        (written("AA"), "row 1: the string has one distinct symbol"),
    ],
)
def test_bad_files(tmp_path: Path, content: str | None, message: str) -> None:
    path = tmp_path / "strings.csv"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=message):
        generators.read_strings(path)


def test_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    from seqmem.core.atomic import replace_file

    path = tmp_path / "file"
    path.write_text("old", encoding="utf-8")
    with pytest.raises(UnicodeEncodeError), replace_file(path) as file:
        file.write("new \ud800")
    assert path.read_text(encoding="utf-8") == "old"
    assert [item.name for item in tmp_path.iterdir()] == ["file"]


def test_seeds_depend_on_every_component() -> None:
    seeds = {
        derive_seed(1, "network", "a", 0),
        derive_seed(2, "network", "a", 0),
        derive_seed(1, "data", "a", 0),
        derive_seed(1, "network", "b", 0),
        derive_seed(1, "network", "a", 1),
        derive_seed(1, "network", "a"),
    }
    assert len(seeds) == 6
    assert all(0 <= seed < 2**63 for seed in seeds)
    assert derive_seed(np.int64(1), np.str_("network"), "a", np.uint8(0)) == derive_seed(
        1, "network", "a", 0
    )
    with pytest.raises(TypeError, match="object is not a JSON-like"):
        derive_seed(object())
    # Part of every stored sweep: this value must never change.
    assert derive_seed(2026, "string", "iid") == 2882055930805696523
