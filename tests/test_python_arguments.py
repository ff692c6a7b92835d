"""Arguments of another type, given in Python: one line that names the parameter."""

import inspect
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import seqmem
from seqmem import InputError, analysis

ODD: dict[str, tuple[Callable[[], Any], str]] = {
    "compare": (
        lambda: seqmem.compare(["ACGT"], "4 steps"),
        "path must be the path of a file; ['A",
    ),
    "compare without a budget": (
        lambda: seqmem.compare(["ACGT"]),
        "path must be the path of a file; ['A",
    ),
    "compare, budget": (lambda: seqmem.compare("x.csv", 20), "budget must be a text; 20 is of"),
    "seed": (lambda: seqmem.generate(target=9, seed="0"), "seed must be a whole number; '0' is of"),
    "source": (lambda: seqmem.generate(["iid"], target=9, seed=0), "source must be a text"),
    "sources": (lambda: seqmem.match("iid", target=9, seed=0), "sources must be a list; 'iid' is"),
    "pair": (lambda: seqmem.match([5], target=9, seed=0), "sources: 5 is neither a name nor"),
    "text": (lambda: seqmem.from_text(5), "text must be a text; 5 is of type int"),
    "path": (lambda: seqmem.read_strings(["a"]), "path must be the path of a file; ['a'] is of"),
    "model": (lambda: seqmem.load_memorizer(5), "path must be the path of a file; 5 is of type"),
    "report": (lambda: seqmem.build_report(5), "folder must be a folder of a sweep, or a list of"),
    "sources of a report": (lambda: analysis.load_sources(5), "folders must be a folder of a sw"),
    "records": (lambda: seqmem.load(pd.DataFrame()), "path must be a folder of a sweep, or a lis"),
    "preset": (lambda: seqmem.load_config(5), "name_or_path must be a name or the path of a fil"),
    "settings": (lambda: seqmem.load_config("quick", 5), "overrides must be a setting section.ke"),
    "memorizer": (
        lambda: analysis.show_memorizer("recall_map", "x"),
        "trained must be a TrainedMemorizer, made by train(...) or load_memorizer(FILE); 'x' is",
    ),
    "sweep": (lambda: seqmem.run_sweep("quick"), "run_sweep needs a SweepConfig, made by load_co"),
    "swapped": (
        lambda: seqmem.show(pd.DataFrame(), "anytime"),
        "name must be the name of a figure, which comes before the records; Empty DataFrame",
    ),
}


@pytest.mark.parametrize("name", ODD)
def test_the_message_names_the_parameter(name: str) -> None:
    call, message = ODD[name]
    with pytest.raises(InputError) as refused:
        call()
    assert str(refused.value).startswith(message)


def test_strings_that_are_no_strings_are_not_written(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"strings must be SymbolStrings.*'ABC' is a str"):
        seqmem.write_strings(tmp_path / "x.csv", ["ABC"])
    assert list(tmp_path.iterdir()) == []


def of_records() -> list[str]:
    """Return the public functions whose first parameter is a frame of records."""
    public = {name: getattr(analysis, name) for name in dir(analysis)}
    functions = {name: one for name, one in public.items() if inspect.isfunction(one)}
    first = {name: next(iter(inspect.signature(one).parameters)) for name, one in functions.items()}
    # One function takes timings.
    return [name for name in first if first[name] == "frame" and name != "step_time_ratios"]


@pytest.mark.parametrize("name", of_records())
def test_functions_of_records_take_records_only(name: str) -> None:
    function = getattr(analysis, name)
    parameters = inspect.signature(function).parameters.values()
    needed = sum(one.default is one.empty for one in parameters) - 1
    with pytest.raises(InputError, match=r"frame must be records, as load\(FOLDER\) returns them"):
        function("runs/x", *[{}] * needed)


def test_options_are_named_as_parameters(tmp_path: Path) -> None:
    file = tmp_path / "x.csv"
    draw = random.Random(0)
    file.write_text(
        "\n".join(["string", *("".join(draw.choices("AB", k=40)) for _ in range(30))]), "utf-8"
    )
    with pytest.raises(InputError, match=r"^cells gru: two or more"):
        seqmem.compare(file, "4 steps", cells=["gru"])
    with pytest.raises(InputError, match=r"^searches -1: at least 2"):
        seqmem.compare(file, "4 steps", searches=-1)
    with pytest.raises(InputError, match=r"^unknown option of compare 'trails'; did you mean 'tr"):
        seqmem.compare(file, "4 steps", trails=4)
    file.write_bytes("string\nÄB\n".encode("latin-1"))
    with pytest.raises(InputError, match="for example encoding=latin-1"):
        seqmem.read_strings(file)
