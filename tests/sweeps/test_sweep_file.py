"""Sweep files with parts, fresh strings for every trial, and units outside the grid."""

from pathlib import Path

import pandas as pd
import pytest

from seqmem import sweeps
from seqmem.cli.app import main
from seqmem.core.errors import InputError
from seqmem.sweeps.config.conditions import search_keys
from seqmem.sweeps.config.sweep_file import load_config, load_configs, preset_names
from seqmem.sweeps.execution.launcher import SweepStopped
from seqmem.sweeps.search.strings import strings_of

TWO = """
name = "both"
seed = 3

[strings]
alphabet_size = 2
levels = [6]
tune = 1
select = 1
confirm = 1

[memorizer]
cells = ["lstm", "gru"]

[training]
budget = "8 steps"
batch = 4
length = 8

[search]
trials = 2
startup = 2
finalists = 1
depth = { low = 1, high = 1 }
units = { low = 4, high = 8 }

[[parts]]
name = "short"

[[parts]]
name = "long"
training = { budget = "16 steps" }
search = { units = { low = 6, high = 6 } }
"""


@pytest.fixture
def both(tmp_path: Path) -> Path:
    file = tmp_path / "both.toml"
    file.write_text(TWO)
    return file


def test_parts_differ_in_what_they_say_and_share_the_rest(both: Path) -> None:
    short, long = load_configs(both)
    assert (short.name, long.name) == ("both-short", "both-long")
    assert (str(short.training.budget), str(long.training.budget)) == ("8 steps", "16 steps")
    assert (short.training.batch, long.training.batch) == (4, 4)
    assert (short.search.units.grid, long.search.units.grid) == ((4, 8), (6,))
    assert short.search.trials == long.search.trials == 2
    assert short.strings == long.strings


def test_one_part_by_name_and_settings_for_all(both: Path) -> None:
    assert load_config(f"{both}:long") == load_configs(both)[1]
    assert [config.training.batch for config in load_configs(both, ("training.batch=2",))] == [2, 2]
    (only,) = load_configs(f"{both}:short")
    assert only.name == "both-short"


def test_a_file_whose_name_has_a_colon_is_read(tmp_path: Path, both: Path) -> None:
    odd = tmp_path / "a:b.toml"
    odd.write_text(both.read_text())
    assert [config.name for config in load_configs(odd)] == ["both-short", "both-long"]
    assert load_config(f"{odd}:short").name == "both-short"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (('"long"', '"short"'), "two parts are named 'short'"),
        (('name = "long"', ""), "a part has no name"),
        (('name = "both"', ""), "part short: name: missing"),
        (("[[parts]]", "[[part]]"), r"unknown key 'part'; did you mean \[\[parts\]\]"),
        (("16 steps", "16 stairs"), "both.toml, part long: .*stairs"),
        (("[[parts]]\nname", "[parts]\nname"), "not valid TOML|parts must be tables"),
    ],
)
def test_parts_that_cannot_be_told_apart(both: Path, change: tuple[str, str], message: str) -> None:
    both.write_text(both.read_text().replace(*change))
    with pytest.raises(InputError, match=message):
        load_configs(both)


def test_parts_cannot_all_get_one_name(both: Path) -> None:
    with pytest.raises(InputError, match="two sweeps are named 'x'"):
        load_configs(both, ("name=x",))
    assert load_config(f"{both}:long", ("name=x",)).name == "x"


def test_one_sweep_of_several_must_be_named(both: Path) -> None:
    with pytest.raises(
        InputError, match=r"2 parts; choose one of them; valid: .*toml:short, .*toml:long"
    ):
        load_config(both)


def test_an_unknown_part(both: Path) -> None:
    with pytest.raises(InputError, match="unknown part 'middle'; valid: long, short"):
        load_config(f"{both}:middle")
    with pytest.raises(InputError, match="preset smoke: has no parts; leave out ':x'"):
        load_config("smoke:x")


def test_every_part_of_every_preset_has_searches() -> None:
    assert all(
        list(search_keys(config)) for name in preset_names() for config in load_configs(name)
    )


@pytest.mark.slow
def test_the_command_runs_all_parts_into_one_folder(
    both: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["sweep", str(both), "--jobs", "1", "--executor", "serial"]
    assert main([*command, "--dry-run"]) == 0
    assert "both-short: 2 conditions" in (planned := capsys.readouterr().out)
    assert "both-long: 2 conditions" in planned
    assert main([*command, "--out", str(tmp_path / "runs")]) == 0
    capsys.readouterr()
    units = {
        part: set(pd.read_parquet(tmp_path / "runs" / part / "runs.parquet")["units"])
        for part in ("both-short", "both-long")
    }
    assert units["both-long"] == {6}
    assert units["both-short"] <= {4, 8}
    before = (tmp_path / "runs" / "both-long" / "runs.parquet").read_bytes()
    assert (
        main(
            [
                *command[:1],
                f"{both}:long",
                *command[2:],
                "--out",
                str(tmp_path / "runs" / "both-long"),
            ]
        )
        == 0
    )
    assert (tmp_path / "runs" / "both-long" / "runs.parquet").read_bytes() == before


def test_parts_after_one_that_was_stopped_are_not_begun(
    both: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def stopped(*_: object, **__: object) -> None:
        raise SweepStopped("the disk is full")

    monkeypatch.setattr("seqmem.sweeps.execution.launcher.launch", stopped)
    assert main(["sweep", str(both), "--jobs", "1", "--out", str(tmp_path / "runs")]) == 1
    assert capsys.readouterr().err == "seqmem: stopped: the disk is full; nothing is saved\n"


@pytest.mark.slow
def test_fresh_strings_differ_between_trials_and_not_between_cells(
    both: Path, tmp_path: Path
) -> None:
    config = load_config(
        f"{both}:short", ("strings.fresh=true", "strings.levels=[16]", "search.trials=5")
    )
    result = sweeps.run_sweep(config, tmp_path / "fresh")
    assert result.status.is_done
    tune = pd.read_parquet(tmp_path / "fresh" / "runs.parquet").query("role == 'tune'")
    by_trial = tune.groupby("trial")["string_id"]
    assert (by_trial.nunique() == 1).all()
    assert by_trial.first().nunique() == 5
    assert (tune.groupby(["trial", "cell"]).size() == 1).all()
    assert sweeps.run_sweep(config, tmp_path / "fresh").executed == 0


def test_fresh_strings_begin_as_those_of_fewer_trials(both: Path) -> None:
    settings = ("strings.fresh=true", "strings.levels=[16]", "strings.tune=2")
    few, more = (
        load_config(f"{both}:short", (*settings, f"search.trials={trials}")) for trials in (2, 4)
    )
    assert len(strings_of(more, 16, 0)["tune"]) == 8
    assert strings_of(more, 16, 0)["tune"][:4] == strings_of(few, 16, 0)["tune"]


def test_a_configuration_is_stored_as_before_unless_strings_are_fresh(both: Path) -> None:
    assert "fresh" not in load_config(f"{both}:short").to_dict()["strings"]
    assert (
        load_config(f"{both}:short", ("strings.fresh=true",)).to_dict()["strings"]["fresh"] is True
    )


def test_a_single_number_of_units_need_not_be_on_the_grid(both: Path) -> None:
    with pytest.raises(InputError, match=r"no unit count from 5 to 7; the grid is"):
        load_config(f"{both}:short", ("search.units={low=5,high=7}",))
