"""Records of several folders: united, counted once, kept apart or refused."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import tomli_w

from seqmem import analysis
from seqmem.analysis.records.search_spaces import space_of
from seqmem.analysis.records.sources import with_designs
from seqmem.core.errors import InputError
from seqmem.sweeps.storage.courses import EARLIER_TIMES
from seqmem.workflows.shipping.collecting import different_columns

LEVELS = (16, 48)
CONFIG: dict[str, Any] = {
    "name": "one",
    "seed": 1,
    "strings": {"levels": [16], "confirm": 4},
    "memorizer": {"cells": ["lstm", "gru"]},
    "search": {"searches": 1, "trials": 8, "depth": {"low": 1, "high": 2}},
}

Write = Callable[[pd.DataFrame, Path], Path]


@pytest.fixture
def frame(make_frame) -> pd.DataFrame:
    return make_frame(levels=LEVELS).assign(sweep="one")


def changed(**sections: dict[str, Any]) -> dict[str, Any]:
    return CONFIG | {name: CONFIG.get(name, {}) | keys for name, keys in sections.items()}


@pytest.fixture
def write(write_sweep: Write, tmp_path: Path) -> Callable[..., Path]:
    def write(name: str, frame: pd.DataFrame, config: dict[str, Any] = CONFIG) -> Path:
        folder = write_sweep(frame, tmp_path / name)
        (folder / "config.toml").write_text(tomli_w.dumps(config), encoding="utf-8")
        return folder

    return write


def test_parts_of_a_sweep_are_united_and_a_common_run_counts_once(frame, write) -> None:
    low, high = (frame[frame.level == level].reset_index(drop=True) for level in LEVELS)
    slower = low.head(5).assign(train_cpu_seconds=9.0)
    folders = [
        write("a", low),
        write("b", pd.concat([slower, high]), changed(strings={"levels": list(LEVELS)})),
    ]
    joined = analysis.load(folders)
    assert len(joined) == len(frame)
    assert joined.folder.value_counts().to_dict() == {
        folders[0].as_posix(): len(low),
        folders[1].as_posix(): len(high),
    }
    columns = [name for name in frame if name != "folder"]
    pd.testing.assert_frame_equal(joined[columns], pd.concat([low, high], ignore_index=True))
    sources = analysis.load_sources(folders)
    assert len(sources.frame) == len(frame)
    assert "folder" not in sources.frame
    assert sources.configs["one"]["strings"]["levels"] == list(LEVELS)
    pd.testing.assert_frame_equal(sources.frame, analysis.load_sources(folders[::-1]).frame)


def test_parts_are_described_by_the_sweep_file_of_the_whole(frame, write) -> None:
    """Each level keeps its range of length; levels, cells and searches are those of all parts."""
    low, high = (frame[frame.level == level] for level in LEVELS)
    gru = frame[frame.cell == "gru"]
    first = lengths([16], {16: 8})
    second = lengths([48], {48: 32}) | {"memorizer": {"cells": ["gru"]}}
    second["search"] = second["search"] | {"searches": 3}
    folders = [write("a", low, first), write("b", high[high.cell == "gru"], second)]
    for order in (folders, folders[::-1]):
        config = analysis.load_sources(order).configs["one"]
        assert sorted(config["strings"]["levels"]) == [16, 48]
        assert config["memorizer"]["cells"] == ["lstm", "gru"]
        spaces = [space_of(config, level) for level in LEVELS]
        assert [space["length"]["high"] for space in spaces] == [8, 32]
        assert [space["searches"] for space in spaces] == [1, 3]
        assert all(space["depth"] == {"low": 1, "high": 2} for space in spaces)
    whole = write("c", gru, CONFIG)
    assert analysis.load_sources([whole]).configs["one"] == CONFIG


def test_seconds_of_earlier_courses_may_differ(frame, write) -> None:
    costs = {"earlier_courses": 1, "earlier_steps": 5} | dict.fromkeys(EARLIER_TIMES, 0.5)
    pruned = frame.assign(pruned=False, **costs)
    slower = pruned.assign(**dict.fromkeys(EARLIER_TIMES, 0.75))
    assert different_columns(pruned, slower) == []
    assert len(analysis.load([write("a", pruned), write("b", slower)])) == len(frame)
    longer = slower.assign(earlier_steps=6)
    assert different_columns(pruned, longer) == ["earlier_steps"]
    with pytest.raises(InputError, match=r"hold different .*\(earlier_steps 5 and 6\)"):
        analysis.load([write("a", pruned), write("b", longer)])


@pytest.mark.parametrize(
    ("column", "value"), [("nll_bits", -1.5), ("checkpoint_nll_bits", [1.0]), ("run_id", "x")]
)
def test_a_run_with_two_records_is_refused_by_name(frame, write, column, value) -> None:
    for name in [name for name in frame if name.startswith("checkpoint_")]:
        frame[name] = [entries[:1] for entries in frame[name]]
    other = frame.copy()
    other[column] = [value, *frame[column][1:]]
    folders = [write("a", frame), write("b", other)]
    with pytest.raises(
        InputError, match=rf"'.*a' and '.*b' hold different .*\({column} "
    ) as caught:
        analysis.load(folders)
    assert len(str(caught.value).replace(folders[0].parent.as_posix(), "")) <= 300


def test_different_sweeps_of_one_name_are_kept_apart(frame, write) -> None:
    folders = [write("a", frame), write("b", frame, changed(search={"depth": 2}))]
    joined = analysis.load(folders)
    assert len(joined) == 2 * len(frame)
    assert joined.groupby("folder").sweep.unique().explode().tolist() == ["one (a)", "one (b)"]
    assert sorted(analysis.load_sources(folders).configs) == ["one (a)", "one (b)"]


@pytest.mark.parametrize(
    ("first", "second", "is_one"),
    [
        ({"engine": "fused"}, {"engine": {"lstm": "fused", "gru": "fused", "rnn": "torch"}}, True),
        ({"engine": "fused"}, {"engine": {"lstm": "torch", "gru": "fused"}}, False),
        ({"engine": "fused"}, {"engine": "torch"}, False),
    ],
)
def test_engines_are_compared_by_cell(frame, write, first, second, is_one) -> None:
    low, high = (frame[frame.level == level] for level in LEVELS)
    folders = [
        write("a", low, changed(training=first)),
        write("b", high, changed(training=second)),
    ]
    assert (analysis.load(folders).sweep.unique().tolist() == ["one"]) == is_one


def lengths(levels: list[int], highs: dict[int, int], **boxes: Any) -> dict[str, Any]:
    """Return a sweep of the new space as it is stored, with the ranges of length of its levels."""
    ranges = {one: {"low": 8, "high": high, "powers_of_two": True} for one, high in highs.items()}
    if len(levels) == 1:
        own: dict[str, Any] = {"length": ranges[levels[0]]}
    else:
        own = {"levels": [{"level": one, "length": ranges[one]} | boxes for one in levels]}
    return changed(strings={"levels": levels}, search={"space": 2} | own)


@pytest.mark.parametrize(
    ("first", "second", "is_one"),
    [
        (lengths([16], {16: 8}), lengths([48], {48: 32}), True),
        (lengths([16], {16: 8}), lengths([16, 48], {16: 8, 48: 32}), True),
        (lengths([16], {16: 8}), lengths([48, 96], {48: 32, 96: 64}), True),
        (lengths([16], {16: 8}), lengths([16, 48], {16: 8, 48: 32}, searches=2), True),
        (lengths([16], {16: 8}), lengths([16, 48], {16: 16, 48: 32}), False),
        (lengths([16], {16: 8}), lengths([16, 48], {16: 8, 48: 32}, depth=2), False),
        (lengths([16], {16: 8}), lengths([16, 48], {16: 8, 48: 32}, budget="9 steps"), False),
    ],
)
def test_levels_are_compared_by_their_own_space(frame, write, first, second, is_one) -> None:
    low, high = (frame[frame.level == level] for level in LEVELS)
    for folders in (
        [("a", low, first), ("b", high, second)],
        [("c", high, second), ("d", low, first)],
    ):
        joined = analysis.load([write(*folder) for folder in folders])
        assert (joined.sweep.unique().tolist() == ["one"]) == is_one


@pytest.mark.parametrize(
    ("config", "is_one"),
    [
        (lengths([48], {48: 32}), True),
        (lengths([16, 48], {16: 8, 48: 32}), True),
        (lengths([16, 48], {16: 8, 48: 32}, budget="9 steps", searches=2, tune=1), True),
        (lengths([16, 48], {16: 8, 48: 32}, depth=2), False),
        (changed(strings={"levels": [48]}, search={"space": 2, "length": 8}), False),
    ],
)
def test_sweeps_of_other_levels_have_one_design(frame, config, is_one) -> None:
    both = pd.concat([frame, frame.assign(sweep="two")], ignore_index=True)
    configs = {"one": lengths([16], {16: 8}), "two": config}
    assert (with_designs(both, configs).design.unique().tolist() == [""]) == is_one


@pytest.mark.parametrize(("other", "is_one"), [(None, True), ("b", True), ("c", False)])
def test_a_cell_of_the_extended_cost_table_makes_no_other_sweep(
    frame, write, other, is_one
) -> None:
    low, high = (frame[frame.level == level] for level in LEVELS)
    table = {"budget": "0.1 cal-s", "cost_table_hash": "a"}
    extension = {} if other is None else {"cost_extension_hash": other}
    more = changed(
        memorizer={"cells": ["lstm", "gru", "mingru"]},
        training=table | {"cost_extension_hash": "b"},
    )
    folders = [write("a", low, changed(training=table | extension)), write("b", high, more)]
    assert (analysis.load(folders).sweep.unique().tolist() == ["one"]) == is_one


@pytest.mark.parametrize(("cells", "is_one"), [("rnn", True), ("gru", False)])
def test_own_ranges_of_a_further_cell_make_no_other_sweep(frame, write, cells, is_one) -> None:
    low, high = (frame[frame.level == level] for level in LEVELS)
    own = {"depth": {"low": 1, "high": 4}}
    more = changed(memorizer={"cells": ["lstm", "gru", "rnn"]}, search={"cells": {cells: own}})
    folders = [write("a", low), write("b", high, more)]
    assert (analysis.load(folders).sweep.unique().tolist() == ["one"]) == is_one


def test_a_smaller_version_beside_the_larger_is_refused(frame, write) -> None:
    folders = [write("a", frame), write("b", frame, changed(search={"trials": 16}))]
    with pytest.raises(InputError, match=r"search.trials: 8 -> 16\); give only the larger"):
        analysis.load(folders)


def test_sweeps_of_other_names_stand_side_by_side(frame, write) -> None:
    folders = [write("a", frame), write("b", frame.assign(sweep="two"), CONFIG | {"name": "two"})]
    joined = analysis.load(folders)
    assert joined.sweep.value_counts().to_dict() == {"one": len(frame), "two": len(frame)}


def test_other_environments_are_said(frame, write) -> None:
    low, high = (frame[frame.level == level] for level in LEVELS)
    folders = [
        write("a", low.assign(environment_key='{"torch": "2.11.0"}')),
        write("b", high.assign(environment_key='{"torch": "2.12.0"}')),
    ]
    with pytest.warns(UserWarning, match=r"differ in environment: torch 2.11.0 -> 2.12.0"):
        analysis.load(folders)
    assert "torch 2.11.0 -> 2.12.0" in analysis.load_sources(folders).notes[0]


def test_a_run_of_two_environments_says_so(frame, write) -> None:
    folders = [
        write("a", frame.assign(environment_key='{"torch": "2.11.0"}')),
        write("b", frame.assign(environment_key='{"torch": "2.12.0"}')),
    ]
    with pytest.raises(InputError, match=r"\(environments: torch 2.11.0 -> 2.12.0\); give one"):
        analysis.load(folders)


def test_errors_name_the_folder(frame, write, tmp_path) -> None:
    folder = write("a", frame)
    with pytest.raises(FileNotFoundError, match=r"no sweep folder '.*nowhere'"):
        analysis.load([folder, tmp_path / "nowhere"])
    with pytest.raises(InputError, match="no folder is given"):
        analysis.load([])
    with pytest.raises(InputError, match=r"a' is given twice"):
        analysis.load([folder, folder / "runs.parquet"])
    write("b", frame.query("role == 'tune'"))
    with pytest.raises(InputError, match=r"b/runs.parquet' holds .* none with role 'confirm'"):
        analysis.load([folder, tmp_path / "b"])
    assert tomllib.loads((folder / "config.toml").read_text("utf-8")) == CONFIG
