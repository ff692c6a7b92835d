"""Sweep files: presets load, and a mistake is explained in one line."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from seqmem import sweeps
from seqmem.core.errors import InputError
from seqmem.core.validation import validate
from seqmem.study.engine import resolve_engine
from seqmem.sweeps.config.search_section import Search
from seqmem.sweeps.config.sweep_config import SweepConfig
from seqmem.sweeps.search.strings import strings_of
from seqmem.sweeps.search.suggestions import generation_sizes


@pytest.mark.parametrize("name", sweeps.preset_names())
def test_presets_load_and_survive_a_round_trip(name: str) -> None:
    for config in sweeps.load_configs(name):
        assert config.name.startswith(name)
        again = validate(SweepConfig, tomllib.loads(config.to_toml()))
        assert again == config
        assert again.to_dict() == config.to_dict()


def test_the_engine_is_resolved_on_request() -> None:
    config = sweeps.load_config("smoke")
    assert config.training.engine == "auto"
    assert config.resolved().to_dict()["training"]["engine"] == resolve_engine("auto", "cpu")
    assert config.resolved().resolved() == config.resolved()


def test_a_sweep_of_another_machine_can_be_read_here() -> None:
    assert sweeps.load_config("smoke", ("training.device=cuda",)).training.device == "cuda"


def test_smoke_runs_tpe_for_at_least_three_generations() -> None:
    assert len(generation_sizes(sweeps.load_config("smoke").search)) >= 1 + 3


def test_a_file_is_read_as_a_preset_is(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(sweeps.load_config("smoke").to_toml(), encoding="utf-8")
    assert sweeps.load_config(path) == sweeps.load_config("smoke")


def test_overrides() -> None:
    changed = sweeps.load_config(
        "smoke",
        (
            "search.trials=9",
            "training.budget=3 steps",
            "memorizer.cells=['gru']",
            "search.units={low=8,high=8}",
        ),
    )
    assert changed.search.trials == 9
    assert str(changed.training.budget) == "3 steps"
    assert changed.memorizer.cells == ("gru",)
    assert changed.search.units.grid == (8,)


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("search.trails=3", "unknown key 'search.trails'; did you mean 'trials'?"),
        ("strings.levels=[]", "strings.levels: [] given; must be a list of at least one"),
        ("strings.levels=32", "strings.levels: 32 given; must be a list"),
        ("search=5", "search: 5 given; must be a section"),
        ("memorizer.cells=['gru','gru']", "a cell is named twice"),
        ("memorizer.match=speed", "unknown match 'speed'; valid: flops, parameters"),
        ("memorizer.cells=[['gru']]", "unknown cell ['gru']"),
        ("seed=99999999999999999999999999", "seed: 99999999999999999999999999 given"),
        ("training.weight_decay=inf", "training.weight_decay: inf given"),
        ("search.learning_rate={low=nan,high=nan}", "search.learning_rate.low: nan given"),
        ("strings.levels=[1]", "level 1 is smaller than the alphabet"),
        ("strings.levels=[6,6]", "levels must be distinct"),
        (
            "strings.measure=entropy_rate",
            "unknown measure to target 'entropy_rate'; valid: distinct_substrings, ",
        ),
        ("strings.parameters.bias=1", "unknown parameter of source 'iid': 'bias'"),
        ("strings.alphabet_size=1", "strings.alphabet_size: 1 given"),
        ("strings.confirm=true", "strings.confirm: True given; must be a whole number"),
        ("strings.levels=[16, true]", "strings.levels: True given; must be a whole number"),
        ("search.learning_rate={low=true,high=1.0}", "low: True given; must be a number"),
        ("seed=true", "seed: True given; must be a whole number"),
        ("strings.source=idd", "unknown source 'idd'; did you mean 'iid'"),
        (
            "memorizer.cells=['gur']",
            "unknown cell 'gur'; did you mean 'gru'",
        ),
        ("memorizer.cells=[]", "memorizer.cells"),
        ("training.budget=4", "budget 4 has no unit"),
        ("training.budget=-4 steps", "must be positive"),
        ("training.engine=quick", "unknown engine 'quick'"),
        ("search.units={low=0,high=8}", "search.units.low: 0 given"),
        ("search.units={low=5,high=7}", "no unit count from 5 to 7; the grid is 4, 8, 12"),
        ("search.learning_rate={low=1,high=0.1,log=true}", "low 1 is greater than high 0.1"),
        ("search.learning_rate={low=0,high=0.1}", "low 0 must be positive"),
        ("search.learning_rate={low=0,high=0.1,log=true}", "must start above 0"),
        ("search.startup=99", "startup 99 is greater than trials 10"),
        ("search.finalists=99", "finalists 99 is greater than trials 10"),
        ("name=a/b", "name 'a/b'; valid: letters, digits"),
        ("search.trials", "is not 'section.key=value'"),
        ("seed.x=1", "'seed' is a value, not a section"),
    ],
)
def test_mistakes_are_one_line(override: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        sweeps.load_config("smoke", (override,))
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("source", "parameters", "measure"),
    [
        ("markov", "{entropy_rate=0.5,order=2}", "lz76"),
        ("noisy", "{source='sturmian',probability=0.2,parameters={slope=0.3}}", "lz78"),
        ("iid", "{probabilities=[0.2,0.8]}", "period"),
        ("thue_morse", "{}", "linear_complexity"),
        ("grammar", "{rules=4,depth=2}", "distinct_substrings"),
    ],
)
def test_a_sweep_names_any_source_and_any_measure_to_target(
    source: str, parameters: str, measure: str
) -> None:
    named = (
        f"strings.source={source}",
        f"strings.parameters={parameters}",
        f"strings.measure={measure}",
    )
    config = sweeps.load_config("smoke", (*named, "strings.levels=[40]"))
    assert validate(SweepConfig, tomllib.loads(config.to_toml())) == config
    drawn = [string for strings in strings_of(config, 40, 0).values() for string in strings]
    assert len(set(drawn)) == len(drawn)
    assert all(string.complexity(measure) >= 40 for string in drawn)
    assert {string.source for string in drawn} == {source}


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (
            ("strings.alphabet_size=4", "strings.measure=linear_complexity"),
            "needs a prime number of symbols",
        ),
        (("strings.alphabet_size=4", "strings.source=sturmian"), "source 'sturmian' has 2 symbols"),
    ],
)
def test_sources_and_measures_that_do_not_have_the_alphabet(
    overrides: tuple[str, ...], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        sweeps.load_config("smoke", overrides)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "No such file"),
        ("name = ", "not valid TOML"),
        ("", "name: missing; strings: missing"),
        (b"\xff", "not a text file in UTF-8"),
    ],
)
def test_bad_files(tmp_path: Path, content: str | bytes | None, message: str) -> None:
    path = tmp_path / "mine.toml"
    if content is not None:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(InputError, match=message):
        sweeps.load_config(path)


@pytest.mark.parametrize("section", ["depth", "units", "batch"])
def test_one_value_is_a_range_of_one_value(section: str) -> None:
    one = sweeps.load_config("smoke", f"search.{section}=6")
    range_of_one = sweeps.load_config("smoke", f"search.{section}={{ low = 6, high = 6 }}")
    assert one == range_of_one
    assert one.to_dict() == range_of_one.to_dict()
    assert getattr(Search(**{section: 6}), section).values in ((6,), range(6, 7))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Search(trials="many"), "trials: 'many' given; input should be a valid integer"),
        (lambda: Search(depht=2), "unknown key 'depht'; did you mean 'depth'?"),
        (lambda: Search(units=True), "units: True given; must be one number, or a range such as"),
        (lambda: SweepConfig(name="x"), "strings: missing; memorizer: missing; training: missing"),
        (lambda: sweeps.run_sweep("quick"), "run_sweep needs a SweepConfig.*; 'quick' is a str"),
        (lambda: sweeps.run_sweep(None), "run_sweep needs a SweepConfig.*; None is a NoneType"),
        (
            lambda: sweeps.run_sweep(sweeps.load_config("smoke"), jobs="2"),
            "jobs must be a whole number; '2' is of type str",
        ),
    ],
)
def test_values_given_in_python_are_refused_in_one_line(make: Any, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        make()
    assert "\n" not in str(caught.value)


def test_unknown_presets_list_the_known() -> None:
    with pytest.raises(InputError, match=r"unknown preset 'quik'; did you mean 'quick'"):
        sweeps.load_config("quik")
