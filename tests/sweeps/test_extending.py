"""Growing of a sweep: equal to the larger sweep from nothing, whatever happens on the way."""

import logging
import re
import shutil
import signal
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import seqmem.study.config
import seqmem.sweeps.storage.larger
from seqmem import sweeps
from seqmem.analysis.records.loading import load
from seqmem.cli.app import main
from seqmem.core.errors import InputError
from seqmem.core.exit_codes import BAD_INPUT, DONE
from seqmem.core.progress import Silent
from seqmem.generators.symbols import SymbolString
from seqmem.study.config import RunConfig
from seqmem.sweeps.config.conditions import Shard
from seqmem.sweeps.config.extension import extension_problem, needs_string_check
from seqmem.sweeps.execution.answering import AnsweringExecutor
from seqmem.sweeps.execution.executors.executor import SerialExecutor
from seqmem.sweeps.storage.answers import Answers
from tests.sweeps.growing import COMMAND, LARGER, SMALLER, TINY, TWICE, Interrupted
from tests.sweeps.launching import start_driven, start_forked

Check = Callable[[Path, Path], None]
FIXED = ("search.sampler=sobol",)
SALTELLI = ("search.sampler=saltelli", "strings.fresh=true", "search.depth=1")
HALVING = ("search.pruner=halving", "search.rungs=[0.5]", "training.budget='8 steps'")


@pytest.fixture
def old(tiny: Path, tmp_path: Path) -> Path:
    """A copy of the smaller sweep."""
    return Path(shutil.copytree(tiny, tmp_path / "old"))


def execute_sql(folder: Path, statement: str) -> None:
    with closing(sqlite3.connect(folder / "optuna.db")) as connection, connection:
        connection.execute(statement)


def run_ids(folder: Path) -> set[str]:
    return set(load(folder)["run_id"])


class Counting(Silent):
    """Counts the executed runs and those that were taken over."""

    advanced = skipped = 0

    def advance(self, note: str, seconds_left: float | None = None) -> None:
        self.advanced += 1

    def skip(self, note: str) -> None:
        self.skipped += 1


def test_only_the_new_runs_are_executed(
    larger: Path, tiny: Path, tmp_path: Path, assert_same_records: Check
) -> None:
    content = (tiny / "optuna.db").read_bytes()
    progress = Counting()
    result = sweeps.run_sweep(LARGER, tmp_path / "new", extend=tiny, progress=progress)
    assert (result.executed, result.answered, result.left_out) == (10, 10, 0)
    assert (progress.advanced, progress.skipped) == (10, 10)
    assert "executed=10, answered=10" in repr(result)
    assert_same_records(larger, tmp_path / "new")
    assert (tiny / "optuna.db").read_bytes() == content
    again = sweeps.run_sweep(LARGER, tmp_path / "new", extend=tiny)
    assert (again.executed, again.answered) == (0, 0)


@pytest.mark.slow
def test_a_sweep_grows_in_its_folder_and_is_kept(
    larger: Path, old: Path, tmp_path: Path, assert_same_records: Check
) -> None:
    kept = (old / "config.toml").read_text("utf-8")
    shutil.copytree(old, tmp_path / "copy")
    with pytest.raises(KeyboardInterrupt):
        sweeps.run_sweep(LARGER, old, extend=True, executor=Interrupted(after=3))
    assert (old / "before-1" / "config.toml").read_text("utf-8") == kept
    # Resumed by the command without --extend.
    result = sweeps.run_sweep(LARGER, old)
    assert result.status.is_done
    assert_same_records(larger, old)
    assert_same_records(tmp_path / "copy", old / "before-1")
    assert sweeps.load_config(old / "config.toml") == LARGER.resolved()
    assert load([old / "before-1", old]).folder.nunique() == 2
    assert len(load([old / "before-1", old])) == len(load(old))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("step", "call"),
    [
        ("copy_sqlite", 1),
        ("copy_sqlite", 2),
        ("open", 1),
    ],
)
def test_broken_off_while_the_folder_changes_hands(
    step: str,
    call: int,
    larger: Path,
    old: Path,
    assert_same_records: Check,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    module = seqmem.sweeps.storage.larger
    name = "replace_file" if step == "open" else step
    function = getattr(module, name)
    calls = 0

    def broken(*arguments: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == call:
            raise KeyboardInterrupt
        return function(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(module, name, broken)
        with pytest.raises(KeyboardInterrupt):
            sweeps.run_sweep(LARGER, old, extend=True)
    if step == "copy_sqlite":
        # The smaller sweep is as it was.
        assert sweeps.run_sweep(SMALLER, old).executed == 0
    result = sweeps.run_sweep(LARGER, old, extend=True)
    assert (result.executed, result.answered) == (10, 10)
    assert_same_records(larger, old)
    assert [path.name for path in old.glob("before-*")] == ["before-1"]


@pytest.mark.slow
def test_a_sweep_grows_twice(larger: Path, old: Path, assert_same_records: Check) -> None:
    one_cell = sweeps.load_config("smoke", (*TWICE, "memorizer.cells=['lstm']"))
    result = sweeps.run_sweep(one_cell, old, extend=True)
    assert (result.answered, result.executed, result.left_out) == (5, 5, 5)
    # The runs of gru come from the first of the two that are kept.
    assert sweeps.run_sweep(LARGER, old, extend=True).executed == 5
    assert_same_records(larger, old)
    assert sorted(path.name for path in old.glob("before-*")) == ["before-1", "before-2"]


def test_the_same_sweep_again_leaves_nothing_to_do(old: Path) -> None:
    result = sweeps.run_sweep(SMALLER, old, extend=True)
    assert (result.executed, result.answered) == (0, 0)
    assert list(old.glob("before-*")) == []


@pytest.mark.slow
def test_shards_of_several_machines_are_joined(
    larger: Path, tmp_path: Path, assert_same_records: Check
) -> None:
    shards = [tmp_path / f"shard-{index}" for index in (1, 2)]
    for index, folder in enumerate(shards, start=1):
        sweeps.run_sweep(LARGER, folder, shard=Shard(index, 2))
    assert len(load(shards)) == 20
    result = sweeps.run_sweep(LARGER, tmp_path / "all", extend=shards)
    assert (result.executed, result.answered) == (0, 20)
    assert_same_records(larger, tmp_path / "all")


# Settings of the smaller sweep, and of the larger one.
GROWN = {
    "levels": ((), ("strings.levels=[12,6]",)),
    "cells": (("memorizer.cells=['gru']",), ()),
    "searches": ((), ("search.searches=3",)),
    "Sobol points": (FIXED, (*FIXED, "search.trials=11")),
    "random points": (("search.sampler=random",), ("search.sampler=random", "search.trials=9")),
    "generations of TPE": (("search.trials=5",), ("search.trials=9",)),
    "confirmation": ((), ("strings.confirm=3",)),
    "repeats": ((), ("training.repeats=2",)),
    "finalists": ((), ("search.finalists=3",)),
    "tuning strings of Sobol points": (FIXED, (*FIXED, "strings.tune=2")),
    "trials on fresh strings": (
        (*FIXED, "strings.fresh=true"),
        (*FIXED, "strings.fresh=true", "search.trials=8"),
    ),
    "another name": ((), ("name=other", "search.searches=2")),
    "rows of Saltelli": (
        (*SALTELLI, "search.rows=2", "search.trials=8"),
        (*SALTELLI, "search.rows=4", "search.trials=16"),
    ),
    "a pruner of all runs": ((*FIXED, *HALVING[2:]), (*FIXED, *HALVING)),
    "more points with a pruner": (
        (*FIXED, *HALVING, "search.trials=4"),
        (*FIXED, *HALVING, "search.trials=8"),
    ),
}
# Parts of these sweeps are not asked for, or few of their runs are.
SELDOM = ("a pruner of all runs", "more points with a pruner")


@pytest.mark.slow
@pytest.mark.parametrize("what", GROWN)
def test_a_grown_sweep_is_the_larger_one_from_nothing(
    what: str, tmp_path: Path, assert_same_records: Check
) -> None:
    smaller, larger = (sweeps.load_config("smoke", (*TINY, *given)) for given in GROWN[what])
    runs = sweeps.run_sweep(smaller, tmp_path / "old").executed
    everything = sweeps.run_sweep(larger, tmp_path / "nothing").executed
    result = sweeps.run_sweep(larger, tmp_path / "grown", extend=tmp_path / "old")
    assert result.executed + result.answered == everything
    assert result.answered >= (1 if what in SELDOM else runs / 2)
    unasked = run_ids(tmp_path / "old") - run_ids(tmp_path / "grown")
    assert result.left_out == len(unasked)
    assert_same_records(tmp_path / "nothing", tmp_path / "grown")


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ((), ("training.budget='9 s'",), r"'9 s': how far a run gets in s depends on the machine"),
        ((), ("training.budget='9 wall-s'",), "so no run can stand for another"),
        ((), ("training.budget='8 steps'",), "every run would have another budget"),
        ((), ("search.units.high=32",), "search.units of lstm: other ranges, or one more"),
        ((), ("search.dropout={low=0,high=0.5}",), "dropout .*|engine of lstm"),
        ((), ("search.batch={low=8,high=16}",), "search.batch of lstm: other ranges"),
        ((), ("search.startup=5",), "the model of the sampler tpe would see other trials"),
        ((), ("search.generation=3",), "the model of the sampler tpe would see other trials"),
        ((), ("search.sampler=sobol",), "another sampler suggests other points"),
        ((), ("strings.tune=2",), "the scores of trials would change"),
        ((), ("strings.fresh=true",), "the strings would be others"),
        ((), ("strings.alphabet_size=3",), "the strings would be others"),
        ((), ("seed=2",), "another seed makes other strings"),
        ((), ("training.batch=16",), "no run of the old sweep is one of the new sweep"),
        ((), ("training.first_repeat=1",), "the repeats would be others"),
        ((), ("training.probes=['loss_volatility']",), "no run of the old sweep"),
        ((), ("memorizer.match=parameters",), "the units of all cells but the first"),
        (
            ("memorizer.match=parameters",),
            ("memorizer.match=parameters", "memorizer.cells=['gru','lstm']"),
            "with match, the first cell must stay lstm, not gru",
        ),
        ((), ("memorizer.cells=['rnn']",), "the old sweep has none of rnn"),
        ((), ("strings.levels=[9]",), "the old sweep has none of 9"),
    ],
)
def test_what_cannot_grow_is_refused_with_the_reason(
    before: tuple[str, ...], after: tuple[str, ...], message: str
) -> None:
    old, new = (sweeps.load_config("smoke", given).resolved() for given in (before, after))
    assert re.search(message, extension_problem(old, new))


def test_strings_per_search_of_pieces_are_refused(tmp_path: Path) -> None:
    from seqmem.sweeps.config.sweep_config import SweepConfig

    data = tmp_path / "data.txt"
    data.write_text("\n".join("ab" * 20 + "b" * index for index in range(1, 40)), "utf-8")
    content = sweeps.load_config("smoke").to_dict()
    parameters = {"path": str(data), "by_line": True}
    strings = {"source": "corpus", "parameters": parameters, "alphabet_size": 2, "levels": [6]}
    old, new = (
        SweepConfig.model_validate(
            content
            | {
                "strings": strings
                | {"pieces": {"longest": 50, "data": "0"}, "tune": 1, "select": 1, "confirm": count}
            }
        )
        for count in (1, 2)
    )
    assert "each search would get other pieces of the data" in extension_problem(old, new)


@pytest.mark.slow
def test_counts_of_strings_need_equal_strings(tmp_path: Path) -> None:
    smaller = sweeps.load_config("smoke", (*TINY, *FIXED))
    sweeps.run_sweep(smaller, tmp_path / "old")
    more = sweeps.load_config("smoke", (*TINY, *FIXED, "strings.tune=2"))
    assert needs_string_check(smaller, more)
    result = sweeps.run_sweep(more, tmp_path / "new", extend=tmp_path / "old")
    assert (result.answered, result.left_out) == (10, 0)
    # A second selection string equals the first one for confirmation, which is drawn again.
    other = sweeps.load_config("smoke", (*TINY, *FIXED, "strings.select=2"))
    with pytest.raises(InputError, match="other confirm strings are drawn at level 6"):
        sweeps.run_sweep(other, tmp_path / "other", extend=tmp_path / "old")
    assert not (tmp_path / "other").exists()


@pytest.mark.parametrize("in_place", [pytest.param(False, marks=pytest.mark.slow), True])
def test_a_dry_run_counts_what_would_be_taken_over(
    in_place: bool, old: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, source = (old, []) if in_place else (tmp_path / "new", [str(old)])
    content = (old / "optuna.db").read_bytes()
    command = [*COMMAND, "--out", str(out), "--dry-run", "--jobs", "1", "--extend", *source]
    assert main(command) == DONE
    assert "at least 10 of 20 runs would be taken over" in capsys.readouterr().out
    assert (old / "optuna.db").read_bytes() == content
    assert not (tmp_path / "new").exists()


def test_a_smaller_sweep_is_refused_and_says_what_it_leaves_out(tiny: Path, tmp_path: Path) -> None:
    smaller = sweeps.load_config("smoke", (*TINY, "memorizer.cells=['gru']", "search.trials=2"))
    with pytest.raises(
        InputError,
        match=r"only leaves runs out \(memorizer.cells without lstm; search.trials: 3 -> 2\)",
    ):
        sweeps.run_sweep(smaller, tmp_path / "new", extend=tiny)
    assert not (tmp_path / "new").exists()


@pytest.mark.slow
def test_runs_that_are_not_asked_for_are_counted_and_stay(
    old: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = [*COMMAND, "--set", "memorizer.cells=['gru']", "--jobs", "1"]
    out = tmp_path / "new"
    assert main([*command, "--out", str(out), "--extend", str(old), "--executor", "serial"]) == DONE
    printed = capsys.readouterr().out
    assert "taken over: 5 runs, executed: 5 runs; 5 runs of the old sweeps are not" in printed
    assert len(pd.read_parquet(out / "runs.parquet")) == 10
    assert len(pd.read_parquet(old / "runs.parquet")) == 10


@pytest.mark.slow
def test_damaged_runs_are_executed_again(
    larger: Path,
    old: Path,
    tmp_path: Path,
    assert_same_records: Check,
    caplog: pytest.LogCaptureFixture,
) -> None:
    damaged = (
        "UPDATE trial_user_attributes SET value_json = replace(value_json, "
        "'\"depth\": ', '\"depth\": -') WHERE rowid = "
        "(SELECT min(rowid) FROM trial_user_attributes WHERE key = 'run:0:0')"
    )
    execute_sql(old, damaged)
    with caplog.at_level(logging.WARNING, "seqmem"):
        result = sweeps.run_sweep(LARGER, tmp_path / "new", extend=old)
    assert (result.executed, result.answered) == (11, 9)
    assert "1 left out, because it is damaged: trial 0 of smoke/" in caplog.text
    assert_same_records(larger, tmp_path / "new")


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("DROP TABLE trial_params", "no such table"),
        ("UPDATE study_user_attributes SET value_json = '{'", "not valid JSON"),
        ("DELETE FROM study_user_attributes WHERE key = 'environment'", "'environment' of the sw"),
        ("UPDATE alembic_version SET version_num = 'v1.3.0.a'", "optuna storage upgrade"),
    ],
)
def test_a_damaged_storage_is_one_line(
    statement: str, message: str, old: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    execute_sql(old, statement)
    out = tmp_path / "new"
    command = [*COMMAND, "--jobs", "1", "--out", str(out), "--extend", str(old)]
    assert main(command) == BAD_INPUT
    printed = capsys.readouterr().err
    assert printed.count("\n") == 1
    assert message in printed
    assert "--extend" in printed or str(old) in printed
    assert not out.exists()


def test_records_of_another_version_say_what_to_do(
    old: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seqmem.study.config, "RECORD_VERSION", 4)
    content = (old / "optuna.db").read_bytes()
    with pytest.raises(InputError, match=r"of another version of seqmem .* use what made it, or"):
        sweeps.run_sweep(LARGER, old, extend=True)
    assert (old / "optuna.db").read_bytes() == content
    assert list(old.glob("before-*")) == []


@pytest.mark.slow
def test_another_environment_is_refused_or_marked(old: Path, tmp_path: Path) -> None:
    for table in ("study_user_attributes", "trial_user_attributes"):
        execute_sql(old, f"UPDATE {table} SET value_json = replace(value_json, 'optuna', 'optunb')")
    with pytest.raises(InputError, match=r"another environment \(.*allow_environment_change=True"):
        sweeps.run_sweep(LARGER, tmp_path / "new", extend=old)
    result = sweeps.run_sweep(LARGER, tmp_path / "new", extend=old, allow_environment_change=True)
    assert result.answered > 0
    frame = pd.read_parquet(tmp_path / "new" / "runs.parquet")
    assert frame.environment_changed.sum() == result.answered


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--extend",), "holds no sweep that could grow; name the old one"),
        (("--extend", "nowhere"), "--extend nowhere: holds no sweep"),
        (("--extend", "--storage", "sqlite:///x.db"), "name the old sweep, as in --extend runs/"),
    ],
)
def test_what_is_missing_is_said(
    options: tuple[str, ...],
    message: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["sweep", "smoke", "--jobs", "1", "--out", "new", *options]) == BAD_INPUT
    assert message in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_the_refusal_of_another_sweep_hints_at_growing(old: Path) -> None:
    with pytest.raises(InputError, match=r"searches: 1 -> 2\).* grow it with extend"):
        sweeps.run_sweep(LARGER, old)
    with pytest.raises(InputError, match=r"choose another out or name$"):
        sweeps.run_sweep(sweeps.load_config("smoke", (*TINY, "seed=2")), old)


def test_an_equal_string_of_another_seed_keeps_its_seed() -> None:
    """At low levels two searches may draw the same string, and their runs have one id."""
    texts = [SymbolString([0, 1, 1], 2, 3.0, source="iid", seed=seed) for seed in (1, 2)]
    first, second = (
        RunConfig(string=text, cell="gru", units=4, budget="1 steps") for text in texts
    )
    assert first.run_id == second.run_id
    ((_, outcome),) = SerialExecutor().run([first])

    class Held(Answers):
        def __len__(self) -> int:
            return 1

        def find(self, wanted: Any) -> Iterator[tuple[int, dict[str, Any]]]:
            assert [run.run_id for run in wanted] == [second.run_id]
            yield 0, outcome

    ((_, answered),) = AnsweringExecutor(SerialExecutor(), Held()).run([second])
    assert answered["record"] == outcome["record"] | {"string_seed": 2}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("jobs", "moments"),
    [
        (1, "copy:1 begin:1 copy:2 config:1 files:1 write:3 write:7 tell:2 add:4 export:1"),
        # The folder changes hands before there are any workers.
        (2, "write:3 write:7 add:4"),
    ],
)
def test_killed_while_it_grows(
    jobs: int, moments: str, larger: Path, old: Path, assert_same_records: Check
) -> None:
    executor = "serial" if jobs == 1 else "loky"
    command = (*COMMAND, "--jobs", jobs, "--executor", executor, "--out", old, "--extend")
    for moment in moments.split():
        code, _, err = start_driven("KILL", moment, *command).finish()
        assert code == -signal.SIGKILL, (moment, err)
    assert start_forked(*command).finish()[0] == 0
    assert_same_records(larger, old)
    assert [path.name for path in old.glob("before-*")] == ["before-1"]


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("[{level=6,searches=1}]", "[{level=6,searches=3}]", ""),
        ("[{level=6,depth=1}]", "[{level=6,depth=2}]", "search.depth of lstm: other ranges"),
        ("[]", "[{level=12,depth=2}]", "search.depth of lstm: other ranges"),
        (
            "[{level=6,budget='4 steps'}]",
            "[{level=6,budget='8 steps'}]",
            "every run would have another budget",
        ),
    ],
)
def test_boxes_of_levels_grow_by_level(before: str, after: str, message: str) -> None:
    old, new = (
        sweeps.load_config("smoke", f"search.levels={boxes}").resolved()
        for boxes in (before, after)
    )
    problem = extension_problem(old, new)
    assert message in problem
    assert bool(message) == bool(problem)


@pytest.mark.slow
def test_a_level_is_added_to_a_sweep_of_the_new_space(
    tmp_path: Path, assert_same_records: Check
) -> None:
    settings = (*TINY, "search.space=2", "search.sampler=sobol", "search.batch={low=4,high=8}")
    small, large = (
        sweeps.load_config("smoke", (*settings, f"strings.levels={levels}"))
        for levels in ("[6]", "[6,12]")
    )
    sweeps.run_sweep(small, tmp_path / "old")
    sweeps.run_sweep(large, tmp_path / "nothing")
    result = sweeps.run_sweep(large, tmp_path / "new", extend=tmp_path / "old")
    assert (result.executed, result.answered) == (10, 10)
    assert_same_records(tmp_path / "nothing", tmp_path / "new")
