"""Numbers of searches from the command line, with which a sweep grows."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from seqmem import sweeps
from seqmem.cli.app import main
from seqmem.core.errors import InputError
from seqmem.core.exit_codes import DONE
from seqmem.sweeps.config.extension import extension_problem, smaller_by
from seqmem.sweeps.config.search_counts import with_searches
from seqmem.sweeps.config.sweep_config import SweepConfig

BOXES = (
    "strings.levels=[6, 8, 10]",
    "search.searches=4",
    "search.levels=[{ level = 8, searches = 3, units = 8 }]",
)


def counts(config: SweepConfig) -> list[int]:
    return [config.at_level(level).search.searches for level in config.strings.levels]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ((), [4, 3, 4]),
        (("7",), [7, 7, 7]),
        (("8=5",), [4, 5, 4]),
        (("10=6", "8=4"), [4, 4, 6]),
        (("1/2",), [2, 2, 2]),
        (("8=1/3",), [4, 1, 4]),
        (("7", "6=2"), [2, 7, 7]),
    ],
)
def test_counts_of_all_levels_of_one_and_shares(
    given: tuple[str, ...], expected: list[int]
) -> None:
    config = sweeps.load_config("smoke", BOXES)
    own = with_searches(config, given)
    assert counts(own) == expected
    assert own.at_level(8).search.units.high == 8
    assert counts(with_searches(own, ["6=4", "8=3", "10=4"])) == counts(config)


def test_the_same_counts_leave_a_sweep_as_it_is() -> None:
    config = sweeps.load_config("smoke", BOXES)
    assert with_searches(config, ["8=3", "6=4"]) == config


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("many", "--searches many: valid: a number, LEVEL=NUMBER, or a share as 1/2"),
        ("3/2", "a share is at most 1, as 1/2"),
        ("1/0", "a share is at most 1, as 1/2"),
        ("9=2", "smoke has the levels 6, 8, 10"),
        ("8=0", "searches"),
    ],
)
def test_other_counts_are_refused(given: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        with_searches(sweeps.load_config("smoke", BOXES), [given])


def test_a_sweep_of_study_2_may_be_run_in_steps() -> None:
    planned = sweeps.load_config("study2-scaling:k4")
    steps = [
        with_searches(planned, ["1/2"]),
        planned,
        with_searches(planned, ["2048=10"]),
    ]
    for old, new in pairwise(steps):
        assert extension_problem(old, new) == ""
        assert smaller_by(old, new) == []


def test_the_command_takes_counts(capsys: pytest.CaptureFixture[str]) -> None:
    settings = [f"--set={text}" for text in ("strings.levels=[6, 8]", "search.searches=2")]
    command = ["sweep", "smoke", *settings, "--points"]
    printed = []
    for given in ([], ["--searches", "8=3"]):
        assert main([*command, *given]) == DONE
        printed.append(capsys.readouterr().out.splitlines())
    fewer, more = printed
    assert [line for line in fewer if line not in more] == []
    assert len(more) > len(fewer)


@pytest.mark.slow
def test_a_sweep_grows_by_searches_of_one_level(tmp_path: Path) -> None:
    out = ("--out", str(tmp_path / "sweep"), "--executor", "serial")
    settings = ("--set", "strings.levels=[6]", "--set", "search.levels=[{ level = 6, tune = 1 }]")
    command = ("sweep", "smoke", *settings, *out)
    assert main(command) == DONE
    assert main([*command, "--searches", "6=2", "--extend"]) == DONE
    result = sweeps.load_config(str(tmp_path / "sweep" / "config.toml"))
    assert counts(result) == [2]
