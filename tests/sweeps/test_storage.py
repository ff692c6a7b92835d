"""Where a sweep is stored: other storages, unusable ones, and reading without a trace."""

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import optuna
import pytest

from seqmem import sweeps
from seqmem.core.damage import DamagedError
from seqmem.core.errors import InputError
from seqmem.sweeps.config.conditions import WHOLE_SWEEP
from seqmem.sweeps.execution.preparation import searches_of
from seqmem.sweeps.search.space import encode
from seqmem.sweeps.search.suggestions import running_trial
from seqmem.sweeps.storage.backend import opened
from seqmem.sweeps.storage.opening import open_sweep
from seqmem.sweeps.storage.storage import SweepStorage

Check = Callable[[Path, Path], None]


def test_a_folder_with_a_question_mark(tmp_path: Path) -> None:
    config = sweeps.load_config("smoke", ("strings.levels=[6]", "memorizer.cells=['gru']"))
    sweeps.run_sweep(config, tmp_path / "a?b=c")
    assert (tmp_path / "a?b=c" / "optuna.db").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["a?b=c"]


def test_reading_makes_nothing(tmp_path: Path) -> None:
    foreign = tmp_path / "foreign.db"
    with sqlite3.connect(foreign) as connection:
        connection.execute("create table mine (x)")
    connection.close()
    before = foreign.read_bytes()
    with pytest.raises(InputError, match="cannot be used"):
        open_sweep(f"sqlite:///{foreign}")
    assert foreign.read_bytes() == before


def test_a_damaged_storage_is_one_line(smoke: Path, tmp_path: Path) -> None:
    folder = tmp_path / "damaged"
    shutil.copytree(smoke, folder)
    content = bytearray((folder / "optuna.db").read_bytes())
    content[20_000:60_000] = bytes(40_000)
    (folder / "optuna.db").write_bytes(content)
    with pytest.raises(InputError, match="cannot be used") as caught:
        sweeps.run_sweep(sweeps.load_config("smoke"), folder)
    assert "\n" not in str(caught.value)


def test_storage_elsewhere(tmp_path: Path, assert_same_records: Check) -> None:
    url = f"sqlite:///{tmp_path / 'elsewhere.db'}"
    config = sweeps.load_config("smoke", ("strings.levels=[6]", "memorizer.cells=['gru']"))
    sweeps.run_sweep(config, tmp_path / "out", storage_url=url)
    assert not (tmp_path / "out" / "optuna.db").exists()
    again = sweeps.run_sweep(config, tmp_path / "another", storage_url=url)
    assert again.executed == 0
    assert_same_records(tmp_path / "out", tmp_path / "another")


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("nonsense", "'nonsense': not a URL"),
        ("postgresql+psycopg://me:secret@extra@host/db", "in a password, write @ as %40"),
        ("postgresql+psycopg://me:secret@extra:word@host/db", "in a password, write @ as %40"),
        ("mysql://host/db", "neither SQLite nor PostgreSQL"),
        ("foo://host/db", "foo://host/db"),
        ("sqlite:////nowhere/at/all.db", "unable to open database file"),
        ("sqlite://", "a database in memory cannot be resumed"),
    ],
)
def test_unusable_storage(tmp_path: Path, url: str, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        sweeps.run_sweep(sweeps.load_config("smoke"), tmp_path / "out", storage_url=url)
    assert "\n" not in str(caught.value)
    assert not [part for part in ("secret", "extra", "word@") if part in str(caught.value)]
    assert list(tmp_path.iterdir()) == []


def test_passwords_are_not_shown(tmp_path: Path) -> None:
    for url in ("nosuchdb://me:secret@host/db", "me:secret@host"):
        with pytest.raises(InputError) as caught:
            sweeps.run_sweep(sweeps.load_config("smoke"), tmp_path / "out", storage_url=url)
        assert "secret" not in str(caught.value)


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    path.write_text("not a database, but long enough to look at" * 10)
    with pytest.raises(InputError, match="file is not a database"):
        sweeps.run_sweep(
            sweeps.load_config("smoke"), tmp_path / "out", storage_url=f"sqlite:///{path}"
        )


def test_every_run_is_a_user_attribute_of_its_trial(smoke: Path) -> None:
    with opened(f"sqlite:///{smoke / 'optuna.db'}") as storage:
        names = optuna.get_all_study_names(storage)
        assert len(names) == 1 + 4 * 3
        name = next(name for name in names if name.endswith("gru/stream/16steps/search-0/tune"))
        trial = optuna.load_study(study_name=name, storage=storage).trials[5]
    assert trial.user_attrs["slot"] == [1, 1]
    assert trial.user_attrs["run:0:0"]["record"]["cell"] == "gru"
    assert set(trial.user_attrs["configuration"]) == {"depth", "units", "learning_rate"}


class OwnError(KeyError):
    """An error of our own code, which looks like one at a damaged value."""


def test_an_error_of_a_callback_is_not_called_damage(
    smoke: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise OwnError("ours")

    monkeypatch.setattr("seqmem.sweeps.storage.storage.is_server", lambda url: True)
    monkeypatch.setattr("seqmem.sweeps.storage.storage.RENEW_SECONDS", -1)
    storage = SweepStorage(f"sqlite:///{smoke / 'optuna.db'}", "smoke", read_only=True, renew=fail)
    with closing(storage), pytest.raises(OwnError, match="ours"):
        _ = storage.config


def test_a_claim_that_was_lost_makes_a_launcher_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("seqmem.sweeps.storage.storage.is_server", lambda url: True)
    monkeypatch.setattr("seqmem.sweeps.storage.storage.RENEW_SECONDS", -1)
    url = f"sqlite:///{tmp_path / 'optuna.db'}"
    lost = [False]
    mine = SweepStorage(url, "smoke", renew=lambda: lost[0])
    with closing(mine), closing(SweepStorage(url, "smoke")) as theirs:
        config = sweeps.load_config("smoke")
        key = searches_of(config, WHOLE_SWEEP)[0]
        point = encode(config.search, {"depth": 1, "units": 8, "learning_rate": 0.01})
        mine.add(key, "tune", running_trial(config.search, point, (0, 0)))
        (trial,) = mine.trials(key, "tune")
        theirs.tell(key, "tune", trial.number, 0.5)
        assert mine.trials(key, "tune")[0].value is None
        lost[0] = True
        assert mine.trials(key, "tune")[0].value == 0.5


def test_damage_names_its_cause(smoke: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OwnError("slot")

    storage = SweepStorage(f"sqlite:///{smoke / 'optuna.db'}", "smoke", read_only=True)
    monkeypatch.setattr(storage, "_optuna_study", fail)
    with closing(storage), pytest.raises(DamagedError, match="'slot' is missing") as caught:
        _ = storage.config
    assert isinstance(caught.value.__cause__, OwnError)


def test_an_error_while_a_sweep_is_claimed_is_not_called_damage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OwnError("ours")

    monkeypatch.setattr("seqmem.sweeps.execution.preparation.begin_or_resume", fail)
    with pytest.raises(OwnError, match="ours"):
        sweeps.run_sweep(sweeps.load_config("smoke"), tmp_path)
