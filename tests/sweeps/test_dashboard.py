"""The dashboard serves a copy on the loopback address and leaves no trace."""

import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import optuna
import pytest

import seqmem.cli.dashboard
from seqmem.cli.app import main
from seqmem.cli.dashboard import LOOPBACK, Mirror, copy_optuna_studies, serving, source_of
from seqmem.core.errors import InputError
from seqmem.core.exit_codes import BAD_INPUT
from seqmem.sweeps.storage.backend import opened
from seqmem.sweeps.storage.folder import SweepFolder
from tests.sweeps.launching import start
from tests.waiting import PATIENCE_SECONDS, wait_until

pytest.importorskip("optuna_dashboard", reason="the extra 'dashboard' is not installed")


@pytest.fixture
def folder(smoke: Path, tmp_path: Path) -> Path:
    """A finished sweep of this test's own, in a folder whose name a URL would have to quote."""
    return Path(shutil.copytree(smoke, tmp_path / "a?b=c"))


@pytest.fixture
def mirror(folder: Path, tmp_path: Path) -> Iterator[Mirror]:
    (tmp_path / "copies").mkdir()
    made = Mirror(folder / "optuna.db", tmp_path / "copies")
    yield made
    made.close()


def fetch(url: str, method: str = "GET") -> tuple[int, Any]:
    request = Request(url, method=method, headers={"Content-Type": "application/json"})
    with urlopen(request, timeout=PATIENCE_SECONDS) as answer:
        content = answer.read()
    return answer.status, json.loads(content) if content else None


def studies(address: str) -> dict[str, int]:
    """The Optuna studies that a dashboard shows, with their ids."""
    summaries = fetch(f"{address}api/studies")[1]["study_summaries"]
    return {summary["study_name"]: summary["study_id"] for summary in summaries}


def stored(url: str) -> list[str]:
    """The Optuna studies of a storage."""
    with opened(url) as storage:
        return optuna.get_all_study_names(storage)


def add_study(url: str, name: str) -> None:
    with opened(url) as storage:
        optuna.create_study(study_name=name, storage=storage)


def trace(folder: Path) -> list[tuple[str, bytes, int]]:
    """Everything about a folder's files that a visitor could have changed."""
    return sorted(
        (path.name, path.read_bytes(), path.stat().st_mtime_ns) for path in folder.iterdir()
    )


def listening(port: int) -> set[str]:
    """The addresses at which this machine listens on a port, as the kernel writes them."""
    tables = [Path("/proc/net/tcp"), Path("/proc/net/tcp6")]
    rows = [
        line.split()
        for table in tables
        if table.exists()
        for line in table.read_text().splitlines()[1:]
    ]
    sockets = [row[1].split(":") for row in rows if row[3] == "0A"]
    return {address for address, number in sockets if int(number, 16) == port}


@pytest.mark.slow
def test_the_command_serves_a_copy_and_leaves_no_trace(folder: Path, tmp_path: Path) -> None:
    before = trace(folder)
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    options = ("--port", 0, "--refresh", 3600)
    process = start("dashboard", folder, *options, env=os.environ | {"TMPDIR": str(temporary)})
    wait_until(lambda: "\n" in process.out, process)
    address = process.out.split()[0]
    shown = studies(address)
    assert set(shown) == set(stored(SweepFolder(folder).storage_url))
    name = next(name for name in shown if name.endswith("/tune"))
    detail = fetch(f"{address}api/studies/{shown[name]}")[1]
    assert len(detail["trials"]) == 10
    assert fetch(f"{address}api/studies/{shown[name]}", "DELETE")[0] == 204
    assert name not in studies(address)
    if Path("/proc/net/tcp").exists():
        assert listening(int(address.rstrip("/").rpartition(":")[2])) == {"0100007F"}
    assert list(temporary.glob("seqmem-dashboard-*/copy-*.db"))
    process.send_signal(signal.SIGINT)
    code, out, err = process.finish()
    assert code == 0, err
    assert out.splitlines()[-1] == "the dashboard has ended"
    assert len(out.splitlines()) == 2
    assert list(temporary.iterdir()) == []
    assert trace(folder) == before
    assert name in stored(SweepFolder(folder).storage_url)


def test_a_new_copy_is_made_when_the_sweep_has_gone_on(
    folder: Path, mirror: Mirror, tmp_path: Path
) -> None:
    live = SweepFolder(folder).storage_url
    assert mirror.refresh()
    assert not mirror.refresh()
    with serving(mirror, 0) as address:
        assert "later" not in studies(address)
        for repeats in range(1, 5):
            add_study(live, "later" * repeats)
            assert mirror.refresh()
            assert "later" * repeats in studies(address)
        fetch(f"{address}api/studies/{studies(address)['later']}", "DELETE")
        add_study(live, "last")
        mirror.refresh()
        assert {"later", "last"} <= set(studies(address))
    assert len(list((tmp_path / "copies").iterdir())) == seqmem.cli.dashboard.KEPT_COPIES


def test_a_database_that_is_being_written_is_copied_whole(folder: Path, mirror: Mirror) -> None:
    with sqlite3.connect(folder / "optuna.db", isolation_level=None) as writer:
        writer.execute("begin immediate")
        writer.execute("delete from trials")
        mirror.refresh()
        writer.execute("rollback")
    writer.close()
    with serving(mirror, 0) as address:
        number = next(number for name, number in studies(address).items() if name.endswith("/tune"))
        assert len(fetch(f"{address}api/studies/{number}")[1]["trials"]) == 10


@pytest.mark.slow
def test_another_kind_of_storage_is_copied_by_its_studies(folder: Path, tmp_path: Path) -> None:
    before = trace(folder)
    url = SweepFolder(folder).storage_url
    copy_optuna_studies(url, tmp_path / "copy.db")
    assert trace(folder) == before
    with opened(url) as source, opened(f"sqlite:///{tmp_path}/copy.db") as copy:
        for name in stored(url):
            given, copied = (
                optuna.load_study(study_name=name, storage=storage) for storage in (source, copy)
            )
            assert given.user_attrs == copied.user_attrs
            assert [(t.number, t.params, t.value, t.state, t.user_attrs) for t in given.trials] == [
                (t.number, t.params, t.value, t.state, t.user_attrs) for t in copied.trials
            ]


def test_a_storage_that_cannot_be_read_any_more_leaves_the_last_copy(
    folder: Path,
    mirror: Mirror,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    mirror.refresh()
    (folder / "optuna.db").write_bytes(b"not a database, but long enough to look at" * 100)
    naps = iter([None, KeyboardInterrupt])

    def nap(seconds: float) -> None:
        if stop := next(naps):
            raise stop

    monkeypatch.setattr(time, "sleep", nap)
    with serving(mirror, 0) as address:
        with pytest.raises(KeyboardInterrupt):
            seqmem.cli.dashboard._keep_fresh(mirror, 30)
        assert len(studies(address)) == 1 + 4 * 3
    printed = capsys.readouterr().err
    assert printed.startswith("not refreshed: ")
    assert "file is not a database" in printed
    assert printed.count("\n") == 1


def test_a_write_that_a_killed_launcher_left_unfinished(folder: Path, mirror: Mirror) -> None:
    code = (
        "import os, signal, sqlite3, sys\n"
        "connection = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
        "connection.execute('pragma cache_size=1')\n"
        "connection.execute('begin immediate')\n"
        "connection.execute('update trial_user_attributes '\n"
        "    'set value_json = hex(randomblob(3000))')\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    database = folder / "optuna.db"
    assert subprocess.run([sys.executable, "-c", code, str(database)]).returncode == -signal.SIGKILL
    content = database.read_bytes()
    with pytest.raises(InputError, match="left an unfinished write: start the sweep again"):
        mirror.refresh()
    assert database.read_bytes() == content


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere"], "nowhere: holds no sweep"),
        (["sqlite:///nowhere.db"], "storage sqlite:///nowhere.db: no such file"),
        (["nosuchdb://me:secret@host/db"], "storage nosuchdb://me:***@host/db"),
        (["sqlite:///foreign.db"], "holds no sweep"),
        (["sqlite:///strange.db"], "storage '"),
        (["sqlite:///text.db"], "file is not a database"),
        (["nowhere", "--port", "70000"], "--port 70000: must be a number from 0 to 65535"),
        (["nowhere", "--refresh", "0"], "--refresh 0: must be from 1 to"),
    ],
)
def test_mistakes_are_one_line(
    arguments: list[str],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    add_study("sqlite:///foreign.db", "foreign")
    (tmp_path / "text.db").write_text("not a database, but long enough to look at" * 100)
    with sqlite3.connect("strange.db") as connection:
        connection.execute("create table mine (x)")
    connection.close()
    assert main(["dashboard", *arguments]) == BAD_INPUT
    printed = capsys.readouterr().err
    assert message in printed
    assert printed.count("\n") == 1
    assert "secret" not in printed


def test_a_port_that_is_taken(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server((LOOPBACK, 0)) as taken:
        port = str(taken.getsockname()[1])
        assert main(["dashboard", str(folder), "--port", port]) == BAD_INPUT
    assert f"--port {port}: Address already in use; give another" in capsys.readouterr().err


def test_without_the_extra_it_says_so(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "optuna_dashboard", None)
    assert main(["dashboard", str(folder)]) == BAD_INPUT
    assert "pip install 'seqmem[dashboard]'" in capsys.readouterr().err


def test_the_source_of_a_folder_without_its_own_database(folder: Path) -> None:
    assert source_of(str(folder)) == folder / "optuna.db"
    (folder / "optuna.db").unlink()
    with pytest.raises(InputError, match=r"no optuna\.db; give the storage URL"):
        source_of(str(folder))
