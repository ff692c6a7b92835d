"""A bound of the searched unit counts must lie on their grid, except in sweeps that are stored."""

from pathlib import Path

import pytest

from seqmem import sweeps
from seqmem.cli.app import main
from seqmem.core.errors import InputError
from seqmem.core.exit_codes import BAD_INPUT
from seqmem.sweeps.config.section import UNITS_GRID
from seqmem.sweeps.execution import space_checks
from seqmem.sweeps.execution.space_checks import check_units
from tests.sweeps.test_sweep import Interrupted

GRID = ", ".join(map(str, UNITS_GRID))


@pytest.mark.parametrize(
    ("setting", "bound"),
    [("search.units.high=6400", "high: 6400"), ("search.units.low=5", "low: 5")],
)
def test_a_bound_off_the_grid_is_refused(setting: str, bound: str, tmp_path: Path) -> None:
    config = sweeps.load_config("smoke", setting)
    message = f"search.units.{bound} is not on the grid of unit counts; valid: {GRID}; a single"
    with pytest.raises(InputError, match=message):
        sweeps.run_sweep(config, tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_every_command_that_begins_a_sweep_refuses_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("text.txt").write_text(
        "".join("ACGT"[i * i % 7 % 4] + "AB"[i % 3 == 0] for i in range(90))
    )
    setting = ["--set", "search.units.high=6400"]
    Path("my.toml").write_text(sweeps.load_config("smoke", setting[1]).to_toml())
    for command in (
        ["sweep", "smoke", *setting],
        ["compare", "text.txt", "--budget", "4 steps", "--searches", "2", *setting],
        ["slurm", "my.toml", "--array", "2", "--storage", "postgresql+psycopg://a@b/c"],
    ):
        assert main(command) == BAD_INPUT
        assert (
            "high: 6400 is not on the grid of unit counts; valid: 4, 8" in capsys.readouterr().err
        )


def test_a_single_value_and_the_presets_are_accepted() -> None:
    check_units(sweeps.load_config("smoke", "search.units=6400"))
    check_units(sweeps.load_config("smoke", "search.units={ low = 6, high = 6 }"))
    for name in sweeps.preset_names():
        for config in sweeps.load_configs(name):
            check_units(config)


@pytest.mark.slow
def test_a_sweep_that_was_started_with_such_a_bound_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = sweeps.load_config("smoke", ("search.units.high=20", "strings.levels=[6]"))
    with monkeypatch.context() as before:
        before.setattr(space_checks, "UNITS_GRID", (*UNITS_GRID, 20))
        with pytest.raises(KeyboardInterrupt):
            sweeps.run_sweep(config, tmp_path / "out", executor=Interrupted(after=5))
    result = sweeps.run_sweep(config, tmp_path / "out")
    assert result.status.is_done
    assert result.executed > 0
