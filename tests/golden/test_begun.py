"""A sweep that was begun before the move goes on as if nothing had moved."""

import json
from pathlib import Path

import pytest

from tests.golden.begun_sweep import BEGUN, RUNS_BEFORE, attributes, copied, finished, go_on, values
from tests.golden.stored import golden, plain


@pytest.fixture(scope="module")
def gone_on(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of the sweep after it has gone on to its end."""
    folder = copied(tmp_path_factory.mktemp("golden"))
    go_on(folder)
    return folder


def test_it_was_interrupted_in_the_middle() -> None:
    runs = attributes(BEGUN, runs=True)
    all_runs = golden("begun")["runs"]
    assert len(runs) == RUNS_BEFORE < len(all_runs)
    assert 0 < len(values(BEGUN)) < len(golden("begun")["states"])
    trials = [address[:2] for address in runs]
    assert any(trials.count(trial) == 1 for trial in trials)


def test_what_was_finished_is_untouched(gone_on: Path) -> None:
    for runs in (True, False):
        before = attributes(BEGUN, runs=runs)
        after = attributes(gone_on, runs=runs)
        assert before
        assert {address: after[address] for address in before} == before
    told = values(BEGUN)
    told_after = values(gone_on)
    assert {trial: told_after[trial] for trial in told} == told
    assert (gone_on / "config.toml").read_bytes() == (BEGUN / "config.toml").read_bytes()


def test_what_follows_is_what_followed_before_the_move(gone_on: Path) -> None:
    stored = plain(finished(gone_on))
    kept = golden("begun")
    assert list(stored) == list(kept)
    for name in kept:
        assert stored[name] == kept[name], name


def test_the_manifest_only_gains(gone_on: Path) -> None:
    before, after = (
        json.loads((folder / "manifest.json").read_text("utf-8")) for folder in (BEGUN, gone_on)
    )
    assert after["environments"][0] == before["environments"][0]
    gained = {"environments", "resumed_by"}
    assert {key: after[key] for key in after.keys() - gained} == {
        key: before[key] for key in before.keys() - gained
    }
