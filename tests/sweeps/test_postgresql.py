"""Several launchers on one PostgreSQL server, which may restart under them."""

import itertools
import signal
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from seqmem import sweeps
from seqmem.core.errors import InputError
from seqmem.study.config import RunConfig
from seqmem.sweeps.config.conditions import WHOLE_SWEEP, Shard, parse_shard
from seqmem.sweeps.execution.executors.executor import Outcome, SerialExecutor
from seqmem.sweeps.storage.server import ServerLock
from tests.sweeps.growing import LARGER, SMALLER, TWICE
from tests.sweeps.launching import COUNT_RUNS, LONGER, PRUNED, start_driven, start_forked
from tests.waiting import SeparateProcess, wait_until

postgres = pytest.importorskip(
    "tests.sweeps.postgres", reason="psycopg is not installed", exc_type=ImportError
)

pytestmark = pytest.mark.slow

Check = Callable[[Path, Path], None]
NewDatabase = Callable[[], str]
CONFIG = sweeps.load_config("smoke")
SMALL = sweeps.load_config("smoke", ("search.trials=4", "training.budget='1 steps'"))
DATABASES = itertools.count()
AWAY = "the storage does not answer; trying again"


@pytest.fixture(scope="session")
def server() -> Iterator["postgres.Server"]:
    server = postgres.Server()
    server.start()
    yield server
    server.remove()


@pytest.fixture
def own_server() -> Iterator["postgres.Server"]:
    """A server that no other test uses."""
    server = postgres.Server()
    server.start()
    yield server
    server.remove()


@pytest.fixture
def url(server: "postgres.Server") -> str:
    """URL of an empty database."""
    return server.new_database(f"sweeps{next(DATABASES)}")


def test_the_records_are_those_of_sqlite(
    smoke: Path, url: str, tmp_path: Path, assert_same_records: Check
) -> None:
    assert sweeps.run_sweep(CONFIG, tmp_path / "out", storage_url=url).executed == 56
    assert_same_records(smoke, tmp_path / "out")
    assert not (tmp_path / "out" / "optuna.db").exists()
    assert sweeps.run_sweep(CONFIG, tmp_path / "again", storage_url=url).executed == 0


@pytest.mark.slow
def test_shards_share_the_searches(
    smoke: Path, url: str, tmp_path: Path, assert_same_records: Check
) -> None:
    executed = [
        sweeps.run_sweep(
            CONFIG, tmp_path / str(index), storage_url=url, shard=Shard(index, 3)
        ).executed
        for index in (1, 2, 3)
    ]
    assert executed == [28, 14, 14]
    assert sweeps.run_sweep(CONFIG, tmp_path / "all", storage_url=url).executed == 0
    assert_same_records(smoke, tmp_path / "all")


@pytest.mark.slow
def test_shards_of_a_pruned_sweep_decide_as_one_launcher(
    pruned: Path, url: str, tmp_path: Path, assert_same_records: Check
) -> None:
    options = ("--jobs", 1, "--executor", "serial", "--storage", url)
    launchers = [
        start_forked("sweep", "smoke", *PRUNED, *options, "--shard", f"{index}/2", cwd=tmp_path)
        for index in (1, 2)
    ]
    assert [launcher.finish()[0] for launcher in launchers] == [0, 0]
    config = sweeps.load_config("smoke", PRUNED[1::2])
    assert sweeps.run_sweep(config, tmp_path / "all", storage_url=url).executed == 0
    assert_same_records(pruned, tmp_path / "all")


@pytest.mark.slow
def test_a_sweep_grows_beside_the_old_one(
    url: str, tiny: Path, larger: Path, tmp_path: Path, assert_same_records: Check
) -> None:
    assert sweeps.run_sweep(SMALLER, tmp_path / "old", storage_url=url).executed == 10
    named = sweeps.load_config("smoke", (*TWICE, "name=larger"))
    with pytest.raises(InputError, match="name the old sweep, as in extend runs/old"):
        sweeps.run_sweep(named, tmp_path / "new", storage_url=url, extend=True)
    result = sweeps.run_sweep(named, tmp_path / "new", storage_url=url, extend=url)
    assert (result.executed, result.answered) == (10, 10)
    # The storage now holds both.
    again = sweeps.run_sweep(named, tmp_path / "new", storage_url=url, extend=url)
    assert (again.executed, again.answered) == (0, 0)
    assert sweeps.run_sweep(LARGER, tmp_path / "folder", extend=url).executed == 10
    assert_same_records(larger, tmp_path / "folder")


class Meddling(SerialExecutor):
    """Try to start another launcher while this one is at work."""

    def __init__(self, url: str, out: Path, shard: Shard) -> None:
        super().__init__()
        self.url = url
        self.out = out
        self.shard = shard
        self.refusal = ""

    def run(self, configs: Sequence[RunConfig]) -> Iterator[tuple[int, Outcome]]:
        try:
            sweeps.run_sweep(SMALL, self.out, storage_url=self.url, shard=self.shard)
        except InputError as error:
            self.refusal = str(error)
        yield from super().run(configs)


@pytest.mark.parametrize(
    ("mine", "theirs", "message"),
    [
        (WHOLE_SWEEP, WHOLE_SWEEP, "sweep 'smoke' is being run by seqmem"),
        pytest.param(
            *(Shard(1, 2), Shard(1, 2), "shard 1/2 of sweep 'smoke' is being run by seqmem"),
            marks=pytest.mark.slow,
        ),
        pytest.param(
            *(Shard(1, 2), Shard(2, 3), "shard 2/3 would do some of its work again"),
            marks=pytest.mark.slow,
        ),
        (Shard(1, 2), WHOLE_SWEEP, "a launcher without shard would do some of its work again"),
    ],
)
def test_nobody_does_anothers_work(
    mine: Shard, theirs: Shard, message: str, url: str, tmp_path: Path
) -> None:
    other = Meddling(url, tmp_path / "other", theirs)
    assert sweeps.run_sweep(
        SMALL, tmp_path / "out", storage_url=url, shard=mine, executor=other
    ).status.is_done
    assert message in other.refusal
    assert "p%40ss" not in other.refusal
    assert "p@ss" not in other.refusal


def test_another_configuration_in_the_database_is_refused(url: str, tmp_path: Path) -> None:
    sweeps.run_sweep(SMALL, tmp_path / "one", storage_url=url)
    with pytest.raises(InputError, match=r"search.trials: 4 -> 9"):
        sweeps.run_sweep(
            sweeps.load_config("smoke", ("search.trials=9",)), tmp_path / "two", storage_url=url
        )


def test_a_wrong_password_is_one_line_without_it(url: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="password authentication failed") as caught:
        sweeps.run_sweep(CONFIG, tmp_path / "out", storage_url=url.replace("p%40ss", "wr0ng"))
    assert "wr0ng" not in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_a_password_is_nowhere_to_be_seen(url: str, tmp_path: Path) -> None:
    seen = []
    for command in (
        ("sweep", "smoke", "--jobs", 1, "--executor", "serial", "--out", "out", "--storage", url),
        ("status", url),
    ):
        code, out, err = start_forked(*command, cwd=tmp_path).finish()
        assert code == 0, err
        seen += [out, err]
    seen += [
        path.read_bytes().decode(errors="replace")
        for path in (tmp_path / "out").rglob("*")
        if path.is_file()
    ]
    assert any("researcher:***@" in text for text in seen)
    assert not [text for text in seen if "p@ss" in text or "p%40ss" in text]


@pytest.mark.slow
def test_launchers_that_start_together_make_the_tables_once(
    smoke: Path, url: str, tmp_path: Path, assert_same_records: Check
) -> None:
    options = ("--jobs", 1, "--executor", "serial", "--storage", url)
    launchers = [
        start_forked("sweep", "smoke", *options, "--shard", f"{index}/4", cwd=tmp_path)
        for index in range(1, 5)
    ]
    assert [launcher.finish()[0] for launcher in launchers] == [0] * 4
    assert sweeps.run_sweep(CONFIG, tmp_path / "all", storage_url=url).executed == 0
    assert_same_records(smoke, tmp_path / "all")


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["fast", "immediate"])
def test_a_server_that_restarts_in_the_middle(
    mode: str,
    undisturbed: Path,
    tmp_path: Path,
    assert_same_records: Check,
    own_server: "postgres.Server",
) -> None:
    url = own_server.new_database("sweeps")
    launchers = [
        start_forked(
            "sweep",
            "smoke",
            *LONGER,
            "--jobs",
            1,
            "--storage",
            url,
            "--shard",
            f"{index}/2",
            cwd=tmp_path,
        )
        for index in (1, 2)
    ]
    for outage, count in enumerate((6, 14), start=1):
        wait_until(lambda count=count: stored_runs(own_server) >= count, *launchers)
        own_server.stop(mode)
        wait_until(lambda outage=outage: told(launchers, AWAY) >= outage, *launchers)
        own_server.start()
    # The claims on the shards outlive the server.
    wait_until(lambda: len(claims(own_server)) == 2, *launchers)
    rival = ServerLock(url, "smoke", Shard(2, 2))
    with (
        pytest.raises(InputError, match="shard 2/2 of sweep 'smoke' is being run by seqmem"),
        rival.gate(),
    ):
        rival.claim()
    rival.release()
    for launcher in launchers:
        code, _, err = launcher.finish()
        assert code == 0, err
    assert told(launchers, "the storage answers again") == told(launchers, AWAY)
    config = sweeps.load_config("smoke", LONGER[1:])
    assert sweeps.run_sweep(config, tmp_path / "all", storage_url=url).executed == 0
    assert_same_records(undisturbed, tmp_path / "all")


def told(launchers: Sequence[SeparateProcess], message: str) -> int:
    return sum(launcher.err.count(message) for launcher in launchers)


def claims(server: "postgres.Server") -> "list[object]":
    import psycopg

    with psycopg.connect(server.address("sweeps")) as connection:
        return connection.execute(
            "SELECT objid FROM pg_locks WHERE locktype = 'advisory'"
        ).fetchall()


def stored_runs(server: "postgres.Server") -> int:
    import psycopg

    try:
        with psycopg.connect(server.address("sweeps")) as connection:
            row = connection.execute(COUNT_RUNS).fetchone()
    except psycopg.errors.UndefinedTable:
        return 0
    return int(row[0]) if row else 0


@pytest.mark.slow
def test_the_shard_of_a_killed_launcher_is_free_at_once(
    smoke: Path, server: "postgres.Server", tmp_path: Path, assert_same_records: Check
) -> None:
    url = server.new_database("killed")
    command = ("sweep", "smoke", "--jobs", 2, "--storage", url, "--out", tmp_path / "out")
    assert start_driven("KILL", "write:3", *command).finish()[0] == -signal.SIGKILL
    assert sweeps.run_sweep(CONFIG, tmp_path / "out", storage_url=url).status.is_done
    assert_same_records(smoke, tmp_path / "out")


@pytest.mark.parametrize("text", ["", "1", "0/2", "3/2", "a/b", "1/2/3", "-1/2", "1/100000"])
def test_no_shard(text: str) -> None:
    with pytest.raises(InputError, match="i/n with 1 <= i <= n"):
        parse_shard(text)


def test_shards_need_enough_searches(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="the sweep has 4 searches"):
        sweeps.run_sweep(
            CONFIG,
            tmp_path / "out",
            shard=Shard(1, 5),
            storage_url="postgresql+psycopg://nobody@127.0.0.1/x",
        )


def test_a_driver_must_be_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"write PostgreSQL URLs as postgresql\+psycopg://"):
        sweeps.run_sweep(CONFIG, tmp_path / "out", storage_url="postgresql://me@localhost/sweeps")
