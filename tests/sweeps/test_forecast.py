"""Forecasts: the time that is left, and the description of a sweep before it starts."""

import re
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from seqmem import sweeps
from seqmem.cli.app import main
from seqmem.core.exit_codes import BAD_INPUT
from seqmem.sweeps.config.conditions import WHOLE_SWEEP, Shard, conditions
from seqmem.sweeps.execution.dry_run import describe_sweep
from seqmem.sweeps.execution.expectation import SECONDS_PER_STORED_RUN, START_SECONDS, expect
from seqmem.sweeps.execution.forecast import ConditionWork, Forecast, TimeLeft, expected_run_seconds
from seqmem.sweeps.execution.machine_speed import Speed
from seqmem.sweeps.execution.preparation import check_runs, searches_of
from seqmem.sweeps.execution.status import Status, read_status
from seqmem.sweeps.execution.time_left import seconds_left
from seqmem.sweeps.storage.opening import open_sweep
from tests.sweeps.growing import SMALLER

CONFIG = sweeps.load_config("smoke")


def part(
    total: int, expected: float, observed: Sequence[float] = (), improves: bool = False
) -> ConditionWork:
    """Tuning runs of a condition, some of them stored."""
    return ConditionWork(
        {"tune": total}, expected, improves, {"tune": [(0.0, seconds) for seconds in observed]}
    )


def test_every_condition_is_judged_by_its_own_runs() -> None:
    parts = {"easy": part(100, 1.0, [0.1] * 20), "hard": part(100, 1.0, [2.0] * 20)}
    assert Forecast(parts).work_seconds_left == pytest.approx(80 * 0.1 + 80 * 2.0, rel=0.1)


def test_where_nothing_ran_the_expectation_is_corrected_by_the_others() -> None:
    parts = {"seen": part(10, 1.0, [3.0] * 10), "unseen": part(10, 2.0)}
    assert Forecast(parts).work_seconds_left == pytest.approx(10 * 2.0 * 3.0)


def test_later_runs_resemble_the_better_ones() -> None:
    """The higher the score, the sooner it memorized."""
    runs = [(score, 2.0 - score) for score in np.linspace(0, 1.5, 40)]
    totals = {"tune": 80, "select": 8, "confirm": 8}
    learned, drawn = (
        ConditionWork(totals, 1.0, improves, {"tune": list(runs)}) for improves in (True, False)
    )
    flat = np.mean([seconds for _, seconds in runs])
    assert Forecast({"": drawn}).work_seconds_left == pytest.approx(40 * flat + 16 * 0.7, rel=0.05)
    assert Forecast({"": learned}).work_seconds_left == pytest.approx(
        40 * (flat + flat + 0.875) / 3 + 16 * 0.7, rel=0.05
    )


def test_nothing_is_left_of_a_finished_sweep() -> None:
    assert Forecast({"done": part(4, 1.0, [2.0] * 4)}).work_seconds_left == 0


@pytest.mark.parametrize("workers", [1, 2, 32])
def test_time_left_is_right_where_conditions_differ(workers: int) -> None:
    """Half of the conditions stop after a tenth of the budget; workers wait a tenth of the time."""
    rng = np.random.default_rng(1)
    budget = {condition: 0.1 if condition % 2 else 1.0 for condition in range(12)}
    order = [condition for _ in range(48) for condition in rng.permutation(12)]
    clock = Clock()
    free = [0.0] * workers
    left = TimeLeft(
        Forecast({condition: part(48, 1.0) for condition in budget}),
        workers,
        lambda: clock.now,
        refresh_seconds=0,
    )
    ends = []
    for condition in order:
        seconds = budget[condition] * rng.uniform(0.7, 1.3)
        worker = int(np.argmin(free))
        free[worker] += 1.1 * seconds
        ends.append((free[worker], condition, seconds))
    ends.sort()
    guesses = []
    for clock.now, condition, seconds in ends:
        guesses.append(left.add(condition, "tune", 0.0, seconds))
    for share in (0.2, 0.5, 0.9):
        index = int(share * len(order))
        true = ends[-1][0] - ends[index][0]
        assert true / 1.3 < guesses[index] < true * 1.3
    assert guesses[-1] == 0


def test_runs_of_a_slower_machine_tell_how_conditions_compare() -> None:
    """Runs of both conditions were taken over from a machine that takes eight times as long."""
    forecast = Forecast({"short": part(12, 1.0), "long": part(12, 1.0)})
    for _ in range(6):
        forecast.take_over("short", "tune", 0.0, 8.0)
        forecast.take_over("long", "tune", 0.0, 80.0)
    assert forecast.work_seconds_left == pytest.approx(6 * 8.0 + 6 * 80.0, rel=0.15)
    forecast.add("short", "tune", 0.0, 1.0)
    assert forecast.work_seconds_left == pytest.approx(5 * 1.0 + 6 * 10.0, rel=0.15)
    for name, seconds, missing in (("short", 1.0, 5), ("long", 10.0, 6)):
        for _ in range(missing):
            forecast.add(name, "tune", 0.0, seconds)
    assert forecast.work_seconds_left == 0


class Clock:
    now = 0.0


def test_an_expected_run_is_its_calibrated_budget_and_the_evaluation() -> None:
    config = sweeps.load_config("quick", ("training.budget='5 cal-s'",))
    expected = [expected_run_seconds(config, condition) for condition in conditions(config)]
    assert all(5.01 < seconds < 5.2 for seconds in expected)
    # Longer strings take longer to evaluate.
    assert expected[0] < expected[-1]


def test_a_dry_run_says_what_would_be_done_and_does_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["sweep", "quick", "--dry-run", "--jobs", "2"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 12 + 2
    assert lines[0].startswith("iid-k4-lzw23/lstm/stream/0.016 cal-s: 3 searches x 16 runs, ")
    assert lines[0].endswith(" s each")
    assert lines[-2] == (
        "quick: 12 conditions, 36 searches, 288 trials, "
        "576 runs including selection and confirmation"
    )
    assert re.fullmatch(
        r"about .+ on this machine with 2 at a time: "
        r"training .+, evaluation .+, start-up .+, search \d+ s"
        r"(; longer while other work goes on \(load .* on \d+ processors?\))?",
        lines[-1],
    )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("load", "said"), [(0.2, False), (64.0, True)])
def test_a_busy_machine_is_mentioned(
    load: float, said: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.getloadavg", lambda: (load, load, load))
    monkeypatch.setattr("seqmem.sweeps.execution.dry_run.cpu_count", lambda: 2)
    line = describe_sweep(CONFIG, 1, WHOLE_SWEEP, as_expected).splitlines()[-1]
    assert ("longer while other work goes on (load 64.0 on 2 processors)" in line) == said


def test_a_dry_run_of_a_shard() -> None:
    first, second = (
        describe_sweep(CONFIG, 1, Shard(index, 2), as_expected).splitlines() for index in (1, 2)
    )
    assert first[-2] == (
        "smoke in shard 1/2: 2 conditions, 2 searches, 20 trials, "
        "28 runs including selection and confirmation"
    )
    assert set(first[:-2]).isdisjoint(second[:-2])
    assert set(first[:-2]) | set(second[:-2]) == set(
        describe_sweep(CONFIG, 1, WHOLE_SWEEP, as_expected).splitlines()[:-2]
    )


def as_expected(config: sweeps.SweepConfig, cell: str) -> Speed:
    """Take a machine on which the cost table holds."""
    return Speed()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--timeout", "-1"], "timeout -1: must be above 0"),
        (["--jobs", "0"], "jobs 0: at least 1"),
        (["--executor", "lokey"], "unknown executor 'lokey'; did you mean 'loky'"),
        (
            ["--shard", "1/2", "--storage", "sqlite:///x.db"],
            "several launchers cannot share sqlite:///x.db",
        ),
        (["--storage", "sqlite:////no/where.db"], "unable to open database file"),
        (["--out", "other"], "other holds another sweep (search.trials: "),
        (["--out", "files"], "files holds no sweep but other files (note.txt"),
        (["--set", "search.units.high=6400"], "search.units.high: 6400 is not on the grid of unit"),
    ],
)
def test_a_dry_run_refuses_what_the_sweep_would_refuse(
    options: list[str],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, file, text in (
        ("other", "config.toml", sweeps.load_config("smoke", "search.trials=8").to_toml()),
        ("files", "note.txt", ""),
    ):
        Path(name).mkdir()
        (Path(name) / file).write_text(text, encoding="utf-8")
    for dry in ([], ["--dry-run"]):
        assert main(["sweep", "smoke", *dry, *options]) == BAD_INPUT
        printed = capsys.readouterr()
        assert printed.out == ""
        assert printed.err.count("\n") == 1
        assert message in printed.err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["files", "other"]


@pytest.fixture
def interrupted(tmp_path: Path) -> Path:
    """A folder with a small sweep that was interrupted in its first generation."""
    from tests.sweeps.test_sweep import Interrupted

    with pytest.raises(KeyboardInterrupt):
        sweeps.run_sweep(SMALLER, tmp_path / "out", executor=Interrupted(after=3))
    return tmp_path / "out"


def test_status_tells_the_time_left(interrupted: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["status", str(interrupted), "--jobs", "3"]) == 0
    assert capsys.readouterr().out.splitlines()[-1].endswith("left with 3 at a time")


def stopped(folder: Path, after: int) -> Status:
    """Return the status of a sweep that was interrupted after so many runs."""
    from tests.sweeps.test_sweep import Interrupted

    with pytest.raises(KeyboardInterrupt):
        sweeps.run_sweep(CONFIG, folder, executor=Interrupted(after=after))
    config, storage = open_sweep(str(folder))
    with closing(storage):
        return read_status(config, storage)


def test_the_time_left_after_an_early_stop_is_that_of_a_dry_run(tmp_path: Path) -> None:
    config = CONFIG.resolved()
    status = stopped(tmp_path / "out", after=2)
    keys = searches_of(config, WHOLE_SWEEP)
    for speed in (Speed(), Speed(40.0, 40.0)):
        dry = expect(config, keys, check_runs(config, keys), measure=lambda *_, to=speed: to)
        left = seconds_left(config, status, 2, measure=lambda *_, to=speed: to)
        assert 0 < dry.wall_seconds(2) - left < 0.1 * dry.wall_seconds(2)


def test_stored_runs_tell_the_time_left_with_start_and_storing(tmp_path: Path) -> None:
    config = CONFIG.resolved()
    status = stopped(tmp_path / "out", after=6)
    left = seconds_left(config, status, 1, measure=lambda *_: pytest.fail("not timed"))
    work = status.forecast(config).work_seconds_left
    missing = status.total - status.stored
    assert left == pytest.approx(START_SECONDS + SECONDS_PER_STORED_RUN * missing + work)


def test_status_watches_until_the_sweep_is_done(
    interrupted: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    import seqmem.cli.status

    slept = []

    def go_on(seconds: float) -> None:
        slept.append(seconds)
        sweeps.run_sweep(SMALLER, interrupted)

    monkeypatch.setattr(seqmem.cli.status.time, "sleep", go_on)
    assert main(["status", str(interrupted), "--watch", "--every", "0.5"]) == 0
    assert slept == [0.5]
    printed = capsys.readouterr().out
    assert "left with" in printed
    assert "10/10 runs" in printed.splitlines()[-1]
