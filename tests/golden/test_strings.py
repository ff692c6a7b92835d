"""Generated strings: of every source and every measure, matched ones, and pieces cut from data."""

from pathlib import Path
from typing import Any

import pytest

from tests.golden.current import (
    STRING_COLUMNS,
    SymbolString,
    draw_record_strings,
    generate,
    match,
    whole_records,
)
from tests.golden.stored import golden, plain

FIRST = 24
TEXT = (
    "it was the best of times, it was the worst of times, it was the age of wisdom\n" * 2
    + "it was foolishness\n"
)
FASTA = ">one\nACGTACGGTCA\nGGTCATTACA\n>two\nacgtttga\n>three\nTTGACCATGACCATTAGACCA\n"
NUMBERS = "time,level\n" + "".join(f"{time},{time * time % 17 / 4}\n" for time in range(40))
LONG = "".join("acgt"[(index**3 + index * index // 7) % 101 % 4] for index in range(900))
FILES = {"text.txt": TEXT, "long.txt": LONG, "genome.fa": FASTA, "series.csv": NUMBERS}

# Every source but the user's data, and a length that its strings of 40 LZW codes can have.
SOURCES = {
    "iid": 67,
    "markov": 100,
    "automaton": 73,
    "grammar": 81,
    "periodic": 123,
    "thue_morse": 106,
    "period_doubling": 158,
    "rudin_shapiro": 124,
    "sturmian": 185,
    "de_bruijn": 88,
    "lfsr": 115,
    "cellular_automaton": 122,
    "logistic_map": 137,
    "bounded_context": 67,
    "noisy": 89,
}
MEASURES = (
    "lzw",
    "lz78",
    "lz76",
    "period",
    "distinct_substrings",
    "subwords_of_4",
    "subwords_of_8",
    "linear_complexity",
)
GROWN: dict[str, dict[str, Any]] = {
    **{source: {"source": source, "target": 40, "seed": 7} for source in SOURCES},
    **{
        f"iid to {measure}": {"alphabet_size": 3, "measure": measure, "target": 30, "seed": 2}
        for measure in MEASURES
    },
    "iid of 64 symbols": {"alphabet_size": 64, "target": 130, "seed": 1},
    "iid with probabilities": {
        "target": 30,
        "seed": 1,
        "parameters": {"probabilities": [0.5, 0.3, 0.2]},
    },
    "markov of order 2": {
        "source": "markov",
        "alphabet_size": 2,
        "target": 30,
        "seed": 1,
        "parameters": {"order": 2, "entropy_rate": 0.5, "model": 3},
    },
    "noise around markov": {
        "source": "noisy",
        "alphabet_size": 4,
        "target": 50,
        "seed": 1,
        "parameters": {"source": "markov", "probability": 0.1, "parameters": {"entropy_rate": 1.0}},
    },
    "corpus of text": {
        "source": "corpus",
        "target": 25,
        "seed": 1,
        "parameters": {"path": "long.txt"},
    },
    "corpus of FASTA": {
        "source": "corpus",
        "target": 8,
        "seed": 2,
        "parameters": {"path": "genome.fa", "upper": True},
    },
    "corpus of numbers": {
        "source": "corpus",
        "target": 10,
        "seed": 3,
        "parameters": {"path": "series.csv", "column": "level"},
    },
}
MATCHED: dict[str, dict[str, Any]] = {
    "of any length": {
        "sources": ["iid", "thue_morse"],
        "alphabet_size": 2,
        "target": 50,
        "seed": 1,
    },
    "of equal length": {
        "sources": ["iid", "markov", "noisy"],
        "alphabet_size": 4,
        "target": 110,
        "length": 260,
        "seed": 1,
    },
    "by a measure that leaps": {
        "sources": ["iid", "periodic"],
        "alphabet_size": 2,
        "measure": "distinct_substrings",
        "target": 60,
        "seed": 4,
    },
    # Their seeds hold the name of the source's class.
    **{
        name: {"sources": [name], "target": 40, "length": length, "seed": 1}
        for name, length in SOURCES.items()
    },
}
PIECES: dict[str, dict[str, Any]] = {
    "stretches of text": {
        "parameters": {"path": "text.txt"},
        "alphabet_size": 19,
        "longest": 30,
        "seed": 3,
    },
    "records of FASTA": {
        "parameters": {"path": "genome.fa", "upper": True},
        "alphabet_size": 4,
        "longest": 100,
        "seed": 0,
    },
}


@pytest.fixture(autouse=True)
def _in_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_files(tmp_path)


def write_files(folder: Path) -> None:
    """Write the user's data."""
    for name, content in FILES.items():
        (folder / name).write_text(content, encoding="utf-8")


def values(folder: Path) -> Any:
    """Return all strings; data are written to the folder, which is entered meanwhile."""
    write_files(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        return {
            "columns": STRING_COLUMNS,
            "grown": {name: describe(generate(**options)) for name, options in GROWN.items()},
            "matched": {
                name: [describe(string) for string in match(**options)]
                for name, options in MATCHED.items()
            },
            "pieces": {name: [describe(string) for string in cut(name)] for name in PIECES},
            "records": [describe(string) for string in whole_records({"path": "genome.fa"})],
        }


def cut(name: str) -> list[SymbolString]:
    """Return three pieces of the user's data."""
    return draw_record_strings(count=3, **PIECES[name])


def describe(string: SymbolString) -> Any:
    """Return what is stored of a string, and its first symbols."""
    return {
        "first": string.symbols[:FIRST].tolist(),
        "period": string.period,
        "string_id": string.string_id,
        "reference": [string.reference_bits, string.reference_kind],
        "provenance": [
            string.source,
            dict(string.parameters),
            string.seed,
            string.measure,
            string.target,
        ],
        "letters": string.letters,
        "data": string.mapping.get("data"),
    }


@pytest.mark.parametrize("name", GROWN)
def test_grown_strings_stay_the_same(name: str) -> None:
    assert plain(describe(generate(**GROWN[name]))) == golden("strings")["grown"][name]


@pytest.mark.parametrize("name", MATCHED)
def test_matched_strings_stay_the_same(name: str) -> None:
    assert (
        plain([describe(string) for string in match(**MATCHED[name])])
        == golden("strings")["matched"][name]
    )


@pytest.mark.parametrize("name", PIECES)
def test_pieces_of_data_stay_the_same(name: str) -> None:
    strings = plain([describe(string) for string in cut(name)])
    assert strings
    assert strings == golden("strings")["pieces"][name]


def test_records_of_data_stay_the_same() -> None:
    strings = [describe(string) for string in whole_records({"path": "genome.fa"})]
    assert plain(strings) == golden("strings")["records"]


def test_columns_of_string_files_stay_the_same() -> None:
    assert list(STRING_COLUMNS) == golden("strings")["columns"]
