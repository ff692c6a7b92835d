"""The freeze of study 2: what is refused, by which launcher, and what may still change."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from seqmem.cli.app import main
from seqmem.core.errors import InputError
from seqmem.core.exit_codes import BAD_INPUT, DONE
from seqmem.study import kernels
from seqmem.sweeps.config.search_counts import with_searches
from seqmem.sweeps.config.sweep_file import load_config, load_configs, preset_names
from seqmem.workflows.study_2 import freeze as freezing
from seqmem.workflows.study_2.freeze import (
    FILE,
    PAGE,
    ROOT,
    SHOWN,
    Freeze,
    check_frozen,
    current_freeze,
    freeze_differences,
    read_freeze,
    write_freeze,
)
from seqmem.workflows.study_2.frozen_settings import (
    added_core_hours,
    frozen_config,
    settings_problem,
)
from seqmem.workflows.study_2.presets import PILOT, frozen_presets, preset_bytes

FROZEN = Freeze("page", {"study2-aa": "aa"}, "rules", "kernels")
NAME = "study2-aa:a"


def check(name: str, *settings: str, frozen: Freeze | None = FROZEN) -> None:
    check_frozen(load_configs(name, settings), lambda: frozen, lambda: FROZEN)


@pytest.fixture
def unfrozen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Make study 2 not frozen, also after it was."""
    monkeypatch.setattr(freezing, "PACKAGED", tmp_path / "none" / FILE)
    return tmp_path


def test_every_preset_but_the_pilots_is_frozen() -> None:
    study_2 = {name for name in preset_names() if name.startswith("study2-")}
    assert PILOT in study_2
    assert {*frozen_presets()} == {name for name in study_2 if not name.startswith(PILOT)}


def test_without_a_freeze_only_the_pilot_may_run() -> None:
    check(PILOT, frozen=None)
    check("quick", frozen=None)
    for name in frozen_presets():
        with pytest.raises(
            InputError, match=r"study 2 is not frozen .*study-2-frozen\.json is miss"
        ):
            check(name, frozen=None)


def test_what_is_frozen_may_run() -> None:
    for name in frozen_presets():
        check(name)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"page": "other"}, "the numbered sections of study-2.md have changed"),
        ({"presets": {"study2-aa": "other"}}, "preset study2-aa has changed .git checkout"),
        ({"presets": {}}, "preset study2-aa has changed"),
        ({"rules": "other"}, "constants of the rules have changed"),
        ({"kernels": "old"}, "kernels have changed from version old to kernels, so steps may have"),
    ],
)
def test_a_changed_digest_is_refused_and_named(change: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        check("study2-scaling", frozen=FROZEN._replace(**change))


def test_an_installed_wheel_has_no_page_to_compare() -> None:
    assert freeze_differences(FROZEN, FROZEN._replace(page=None)) == []


def test_all_launchers_refuse(unfrozen: Path, capsys: pytest.CaptureFixture[str]) -> None:
    copy = unfrozen / "mine.toml"
    copy.write_bytes(preset_bytes("study2-aa"))
    out = ("--out", str(unfrozen / "out"))
    storage = ("--array", "2", "--storage", "postgresql+psycopg://me@host/sweeps")
    for arguments in (
        ["sweep", "study2-aa", *out],
        ["sweep", NAME, *out],
        ["sweep", f"{copy}:b", *out],
        ["sweep", NAME, "--set", "search.searches=2", *out],
        ["slurm", NAME, *storage],
    ):
        assert main(arguments) == BAD_INPUT
        assert "study 2 is not frozen" in capsys.readouterr().err
    assert not (unfrozen / "out").exists()


def test_points_may_be_seen_before_the_freeze(
    unfrozen: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["sweep", "study2-controls:twice", "--points", "--shard", "1/6"]) == DONE
    assert capsys.readouterr().out.count("learning_rate") >= 1


def test_a_copy_with_other_settings_is_refused() -> None:
    for setting in ("seed=3", "search.trials=16", "training.budget='2 cal-s'", "strings.confirm=2"):
        name = setting.partition("=")[0].replace(".", r"\.")
        with pytest.raises(InputError, match=f"differs from its preset in {name}:"):
            check(NAME, setting)
    with pytest.raises(InputError, match="no preset of study 2 has a sweep of this name"):
        check("quick", "name='study2-mine'")
    check(NAME, "name='mine'")


def test_more_searches_may_be_added_up_to_three_core_hours() -> None:
    k4 = load_config("study2-scaling:k4")
    half = with_searches(k4, ["1/2"])
    assert [half.at_level(level).search.searches for level in half.strings.levels] == [
        6, 6, 3, 5, 6, 3, 3, 4,
    ]  # fmt: skip
    assert settings_problem(half) == ""
    more = with_searches(k4, ["2048=20"])
    # 12 searches of two cells, 50 runs of 5 seconds each.
    assert added_core_hours(more, k4) == pytest.approx(12 * 2 * 50 * 5 / 3600)
    assert settings_problem(more) == ""
    too_many = with_searches(k4, ["2048=20", "1448=30"])
    assert "the added searches would take 3.7 core-hours; at most 3" in settings_problem(too_many)


def test_a_sweep_that_no_preset_has_is_none() -> None:
    assert frozen_config("study2-scaling-k3") is None
    assert frozen_config("study2-nothing") is None
    assert frozen_config("quick") is None


def test_the_file_holds_what_is_installed(unfrozen: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if not kernels.available():
        pytest.skip("needs the fused kernels")
    with pytest.raises(InputError, match=r"study-2\.md is missing; freeze study 2 in a checkout"):
        write_freeze(unfrozen)
    (unfrozen / PAGE).parent.mkdir(parents=True)
    shutil.copy(ROOT / PAGE, unfrozen / PAGE)
    shown, packaged = write_freeze(unfrozen)
    assert shown == unfrozen / SHOWN
    assert shown.read_bytes() == packaged.read_bytes()
    with pytest.raises(InputError, match="study 2 is frozen; what is frozen does not change"):
        write_freeze(unfrozen)
    monkeypatch.setattr(freezing, "PACKAGED", packaged)
    assert read_freeze() == current_freeze()
    check_frozen(load_configs("study2-scaling"))
    page = unfrozen / PAGE
    notes = "\n## Deviations and later changes\n\nOne.\n"
    page.write_text(page.read_text(encoding="utf-8") + notes, encoding="utf-8")
    assert current_freeze(unfrozen) == read_freeze()
    page.write_text(page.read_text(encoding="utf-8").replace(".15", ".2", 1), encoding="utf-8")
    assert current_freeze(unfrozen).page != read_freeze().page


def test_a_damaged_file_is_named(unfrozen: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = unfrozen / FILE
    file.write_text('{"page": "1"}', encoding="utf-8")
    monkeypatch.setattr(freezing, "PACKAGED", file)
    with pytest.raises(InputError, match="must have the keys page, presets, rules, kernels"):
        read_freeze()


def test_the_two_copies_are_equal_or_both_missing() -> None:
    packaged = ROOT / "src" / "seqmem" / "workflows" / "study_2" / FILE
    copies = [path.read_bytes() if path.exists() else None for path in (ROOT / SHOWN, packaged)]
    assert copies[0] == copies[1]


def test_what_is_frozen_in_this_checkout_has_not_changed() -> None:
    frozen = read_freeze()
    if frozen is None or not kernels.available():
        pytest.skip("study 2 is not frozen yet, or the kernels are not compiled")
    # The version of the kernels covers the compiler, which differs between machines.
    assert freeze_differences(frozen._replace(kernels=kernels.version()), current_freeze()) == []
