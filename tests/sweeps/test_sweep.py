"""Whole sweeps: equal whatever the number of workers, resumable, honest about failures."""

import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path

import optuna
import pandas as pd
import pytest

from seqmem import sweeps
from seqmem.core.errors import InputError
from seqmem.study.config import RunConfig
from seqmem.study.engine import resolve_engine
from seqmem.study.record import columns
from seqmem.sweeps.execution.executors.executor import Outcome, SerialExecutor, execute
from seqmem.sweeps.storage.record_schema import CONCLUSION_COLUMNS, IDENTITY_COLUMNS
from tests.sweeps.growing import Interrupted

Check = Callable[[Path, Path], None]


def records(folder: Path) -> pd.DataFrame:
    return pd.read_parquet(folder / "runs.parquet")


@pytest.mark.slow
def test_two_workers_find_what_one_finds(
    smoke: Path, tmp_path: Path, assert_same_records: Check
) -> None:
    result = sweeps.run_sweep(sweeps.load_config("smoke"), tmp_path / "two", jobs=2)
    assert result.executed == len(records(smoke))
    assert_same_records(smoke, tmp_path / "two")


def test_records_are_complete(smoke: Path) -> None:
    frame = records(smoke)
    assert list(frame) == [*IDENTITY_COLUMNS, *columns(), *CONCLUSION_COLUMNS]
    assert len(frame) == 4 * (10 * 1 + 2 * 1 + 1 * 2)
    assert (frame.groupby("condition").role.value_counts().unstack() == [2, 2, 10]).all(axis=None)
    assert frame.error.isna().all()
    assert not frame.environment_changed.any()
    assert frame.environment_key.nunique() == 1
    tune = frame[frame.role == "tune"].groupby("condition")
    assert all(sorted(numbers) == list(range(10)) for numbers in tune.trial.apply(list))
    assert (frame[frame.role == "tune"].lzw == frame[frame.role == "tune"].level).all()


def test_both_cells_meet_the_same_strings_phases_and_networks(smoke: Path) -> None:
    frame = records(smoke)
    for _, rows in frame.groupby(["level", "role", "search", "replicate", "repeat"]):
        assert set(rows.cell) == {"gru", "lstm"}
        assert rows[["string_id", "network_seed", "data_seed"]].nunique().tolist() == [1, 1, 1]


def test_confirmation_uses_the_best_selected_configuration(smoke: Path) -> None:
    frame = records(smoke)
    for _, rows in frame.groupby("condition"):
        score = rows.groupby(["role", "tune_trial"]).score.mean()
        winner = rows[rows.role == "confirm"].tune_trial.unique()
        assert len(winner) == 1
        assert score["select"][winner[0]] == score["select"].max()
        assert set(score["select"].index) <= set(score["tune"].nlargest(2, keep="all").index)


def test_starting_again_does_nothing(smoke: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(smoke, tmp_path / "again"))
    before = (folder / "runs.parquet").read_bytes()
    result = sweeps.run_sweep(sweeps.load_config("smoke"), folder)
    assert result.executed == 0
    assert (folder / "runs.parquet").read_bytes() == before


def test_files_of_a_sweep(smoke: Path) -> None:
    assert sweeps.load_config(smoke / "config.toml") == sweeps.load_config("smoke").resolved()
    manifest = json.loads((smoke / "manifest.json").read_text())
    assert manifest["versions"]["optuna"] == optuna.__version__
    assert [environment["engine"] for environment in manifest["environments"]] == [
        resolve_engine("auto", "cpu")
    ]
    assert manifest["storage"] == "optuna.db"
    assert sorted(path.name for path in smoke.iterdir() if not path.name.startswith(".")) == [
        "config.toml",
        "manifest.json",
        "optuna.db",
        "runs.parquet",
    ]


@pytest.mark.slow
def test_options_reach_the_runs_that_have_them(tmp_path: Path) -> None:
    settings = (
        "strings.levels=[6]",
        "training.forget_bias=1.0",
        "training.optimizer=adamw",
        "training.learning_rate_schedule=halve 5 steps",
        "search.dropout={low=0.0,high=0.5}",
        "search.weight_decay={low=1e-4,high=1e-2,log=true}",
        "search.trials=4",
    )
    config = sweeps.load_config("smoke", settings)
    sweeps.run_sweep(config, tmp_path / "options")
    frame = records(tmp_path / "options")
    assert set(frame.engine) == {"torch"}  # the fused engine has no dropout
    assert (frame[frame.cell == "lstm"].forget_bias == 1.0).all()
    assert frame[frame.cell == "gru"].forget_bias.isna().all()
    assert set(frame.optimizer) == {"adamw"}
    assert set(frame.learning_rate_schedule) == {"halve 5 steps"}
    assert frame.dropout.nunique() >= 4
    assert frame.weight_decay.between(1e-4, 1e-2).all()
    assert sweeps.run_sweep(config, tmp_path / "options").executed == 0


@pytest.mark.parametrize(
    ("by", "column"),
    [
        ("parameters", "parameters"),
        pytest.param("flops", "flops_per_symbol", marks=pytest.mark.slow),
    ],
)
def test_matched_cells_cost_the_same(tmp_path: Path, by: str, column: str) -> None:
    settings = (
        "strings.levels=[6]",
        f"memorizer.match={by}",
        "search.trials=4",
        "search.units={low=24,high=64}",
    )
    sweeps.run_sweep(sweeps.load_config("smoke", settings), tmp_path / "matched")
    frame = records(tmp_path / "matched").query("role == 'tune'")
    lstm, gru = (
        frame[frame.cell == cell].sort_values("trial").reset_index() for cell in ("lstm", "gru")
    )
    assert (lstm.depth == gru.depth).all()
    assert (lstm.units < gru.units).all()
    assert (gru[column] / lstm[column]).between(0.95, 1.05).all()


def test_a_match_that_cannot_be_met_is_refused(tmp_path: Path) -> None:
    settings = (
        "memorizer.match=parameters",
        "search.units={low=4,high=4}",
        "memorizer.cells=['rnn','lstm']",
    )
    with pytest.raises(
        InputError, match=r"match = 'parameters': 4 units of rnn .* at most 5% is allowed"
    ):
        sweeps.run_sweep(sweeps.load_config("smoke", settings), tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_an_interrupted_sweep_goes_on(
    small_sweep: Path, tmp_path: Path, assert_same_records: Check
) -> None:
    config = sweeps.load_config("smoke", ("strings.levels=[6]",))
    folder = tmp_path / "interrupted"
    with pytest.raises(KeyboardInterrupt):
        sweeps.run_sweep(config, folder, executor=Interrupted(13))
    assert len(records(folder)) == 13
    result = sweeps.run_sweep(config, folder)
    assert result.executed == len(records(small_sweep)) - 13
    assert_same_records(small_sweep, folder)


class Backwards(SerialExecutor):
    """Hands the outcomes out in the opposite order."""

    def run(self, configs: Sequence[RunConfig]) -> Iterator[tuple[int, Outcome]]:
        yield from reversed(list(super().run(configs)))


def test_the_order_of_arrival_does_not_matter(
    small_sweep: Path, tmp_path: Path, assert_same_records: Check
) -> None:
    config = sweeps.load_config("smoke", ("strings.levels=[6]",))
    sweeps.run_sweep(config, tmp_path / "backwards", executor=Backwards())
    assert_same_records(small_sweep, tmp_path / "backwards")


class Failing(SerialExecutor):
    """Some runs raise."""

    def __init__(self, fails: Callable[[RunConfig], bool]) -> None:
        self.fails = fails

    def run(self, configs: Sequence[RunConfig]) -> Iterator[tuple[int, Outcome]]:
        for index, config in enumerate(configs):
            if self.fails(config):
                yield index, {"failure": "Traceback …\nRuntimeError: no"}
            else:
                yield index, execute(config)


def test_failed_runs_are_stored_and_the_sweep_goes_on(tmp_path: Path) -> None:
    config = sweeps.load_config("smoke", ("strings.levels=[6]", "memorizer.cells=['gru']"))
    result = sweeps.run_sweep(
        config, tmp_path / "some", executor=Failing(lambda run: run.units == 16)
    )
    frame = records(tmp_path / "some")
    failed = frame[frame.status == "failed"]
    assert 0 < len(failed) == result.status.failed < len(frame)
    assert failed.error.str.contains("RuntimeError: no").all()
    assert failed.score.isna().all()
    assert (failed.units == 16).all()
    assert result.status.is_done
    assert (frame[frame.role == "confirm"].status != "failed").all()
    assert sweeps.run_sweep(config, tmp_path / "some").executed == 0


def test_a_search_whose_trials_all_fail_ends(tmp_path: Path) -> None:
    config = sweeps.load_config("smoke", ("strings.levels=[6]",))
    result = sweeps.run_sweep(
        config, tmp_path / "all", executor=Failing(lambda run: run.cell == "gru")
    )
    frame = records(tmp_path / "all")
    assert set(frame[frame.cell == "gru"].role) == {"tune"}
    assert set(frame[frame.cell == "lstm"].role) == {"tune", "select", "confirm"}
    assert result.status.is_done
    assert result.status.failed == 10


def test_an_exception_in_a_run_becomes_its_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    import seqmem.study.runner

    def explode(config: RunConfig) -> None:
        raise MemoryError("too large")

    monkeypatch.setattr(seqmem.study.runner, "run", explode)
    outcome = execute(RunConfig(string="AB", cell="gru", budget="1 steps"))
    assert "MemoryError: too large" in outcome["failure"]


def test_another_configuration_in_the_folder_is_refused(smoke: Path) -> None:
    before = sorted((path.name, path.stat().st_mtime_ns) for path in smoke.iterdir())
    with pytest.raises(InputError, match=r"search.trials: 10 -> 9.*choose another out"):
        sweeps.run_sweep(sweeps.load_config("smoke", ("search.trials=9",)), smoke)
    with pytest.raises(InputError, match=r'holds another sweep \(name: "smoke" -> "other"\)'):
        sweeps.run_sweep(sweeps.load_config("smoke", ("name=other",)), smoke)
    assert sorted((path.name, path.stat().st_mtime_ns) for path in smoke.iterdir()) == before


def test_the_folder_is_compared_whatever_the_storage(smoke: Path, tmp_path: Path) -> None:
    before = (smoke / "runs.parquet").read_bytes()
    elsewhere = f"sqlite:///{tmp_path / 'new.db'}"
    with pytest.raises(InputError, match=r"search.trials: \d+ -> 9"):
        sweeps.run_sweep(
            sweeps.load_config("smoke", ("search.trials=9",)), smoke, storage_url=elsewhere
        )
    with pytest.raises(InputError, match=r"keeps its runs in optuna.db, not in sqlite:///.*new.db"):
        sweeps.run_sweep(sweeps.load_config("smoke"), smoke, storage_url=elsewhere)
    assert (smoke / "runs.parquet").read_bytes() == before
    assert list(tmp_path.iterdir()) == []


def test_a_second_launcher_is_refused(tmp_path: Path) -> None:
    config = sweeps.load_config("smoke", ("strings.levels=[6]", "memorizer.cells=['gru']"))

    class Meddling(SerialExecutor):
        def run(self, configs: Sequence[RunConfig]) -> Iterator[tuple[int, Outcome]]:
            with pytest.raises(InputError, match=r"this sweep is being run by process \d+ on"):
                sweeps.run_sweep(config, tmp_path / "two")
            yield from super().run(configs)

    assert sweeps.run_sweep(config, tmp_path / "two", executor=Meddling()).status.is_done


def test_a_second_launcher_on_the_same_database_is_refused(tmp_path: Path) -> None:
    config = sweeps.load_config("smoke", ("strings.levels=[6]", "memorizer.cells=['gru']"))
    url = f"sqlite:///{tmp_path / 'shared.db'}"

    class Meddling(SerialExecutor):
        def run(self, configs: Sequence[RunConfig]) -> Iterator[tuple[int, Outcome]]:
            with pytest.raises(InputError, match=r"this sweep is being run by process \d+ on"):
                sweeps.run_sweep(config, tmp_path / "two", storage_url=url)
            yield from super().run(configs)

    assert sweeps.run_sweep(
        config, tmp_path / "one", storage_url=url, executor=Meddling()
    ).status.is_done


def test_a_second_launcher_on_the_folders_own_database_is_refused(tmp_path: Path) -> None:
    config = sweeps.load_config("smoke", ("strings.levels=[6]", "memorizer.cells=['gru']"))
    (tmp_path / "link").symlink_to(tmp_path / "one")
    refused = []

    class Meddling(SerialExecutor):
        def run(self, configs: Sequence[RunConfig]) -> Iterator[tuple[int, Outcome]]:
            for name in ("one", "link"):
                url = f"sqlite:///{tmp_path / name / 'optuna.db'}"
                with pytest.raises(
                    InputError, match=r"this sweep is being run by process \d+ on"
                ) as caught:
                    sweeps.run_sweep(config, tmp_path / "two", storage_url=url)
                refused.append(caught.value)
            yield from super().run(configs)

    assert sweeps.run_sweep(config, tmp_path / "one", executor=Meddling()).status.is_done
    assert len(refused) >= 2


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"executor": "lokey"}, "unknown executor 'lokey'"),
        ({"scheduler": "tcp://127.0.0.1:1"}, "is for executor dask"),
        ({"timeout": float("inf")}, "timeout inf"),
        ({"timeout": 0.0}, "timeout 0"),
    ],
)
def test_unusable_executors_are_refused_before_anything_is_written(
    options: dict[str, object], message: str, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=message):
        sweeps.run_sweep(sweeps.load_config("smoke"), tmp_path / "out", **options)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_a_status_beside_a_sweep_at_work(tmp_path: Path) -> None:
    from seqmem.sweeps.execution.status import read_status
    from seqmem.sweeps.storage.opening import open_sweep

    seen = []

    class Looking(SerialExecutor):
        def run(self, configs: Sequence[RunConfig]) -> Iterator[tuple[int, Outcome]]:
            for outcome in super().run(configs):
                config, storage = open_sweep(str(tmp_path / "out"))
                with closing(storage):
                    seen.append(read_status(config, storage).stored)
                yield outcome

    sweeps.run_sweep(
        sweeps.load_config("smoke", ("strings.levels=[6]",)), tmp_path / "out", executor=Looking()
    )
    assert seen == list(range(28))


def test_a_database_without_configuration_is_not_given_to_another_sweep(tmp_path: Path) -> None:
    class Killed(SerialExecutor):
        def run(self, configs: Sequence[RunConfig]) -> Iterator[tuple[int, Outcome]]:
            raise KeyboardInterrupt

    settings = ("strings.levels=[6]", "memorizer.cells=['gru']")
    with pytest.raises(KeyboardInterrupt):
        sweeps.run_sweep(sweeps.load_config("smoke", settings), tmp_path / "out", executor=Killed())
    for name in ("config.toml", "manifest.json", "runs.parquet"):
        (tmp_path / "out" / name).unlink()
    with pytest.raises(InputError, match=r"holds another sweep \(name: smoke\)"):
        sweeps.run_sweep(sweeps.load_config("smoke", (*settings, "name=other")), tmp_path / "out")
    assert sweeps.run_sweep(sweeps.load_config("smoke", settings), tmp_path / "out").status.is_done


def test_leftovers_of_killed_processes_are_removed(tmp_path: Path) -> None:
    (tmp_path / ".runs.parquet.123.part").write_text("half")
    (tmp_path / ".running-abc").mkdir()
    sweeps.run_sweep(
        sweeps.load_config("smoke", ("strings.levels=[6]", "memorizer.cells=['gru']")), tmp_path
    )
    assert not list(tmp_path.glob(".*.part"))
    assert not list(tmp_path.glob(".running-*"))


@pytest.mark.slow
def test_records_of_the_time_before_do_not_survive_a_kill(smoke: Path, tmp_path: Path) -> None:
    config = sweeps.load_config("smoke")
    folder = tmp_path / "stale"
    with pytest.raises(KeyboardInterrupt):
        sweeps.run_sweep(config, folder, executor=Interrupted(3))

    class Checking(SerialExecutor):
        def run(self, configs: Sequence[RunConfig]) -> Iterator[tuple[int, Outcome]]:
            assert not (folder / "runs.parquet").exists()
            yield from super().run(configs)

    sweeps.run_sweep(config, folder, executor=Checking())
    assert len(records(folder)) == len(records(smoke))


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("search.depth={low=1,high=100}", "depth: 65 given"),
        ("training.device=cuda", "cuda"),
        ("strings.levels=[2]", "level 2: fewer than"),
    ],
)
def test_impossible_runs_are_refused_before_anything_is_written(
    tmp_path: Path, override: str, message: str
) -> None:
    settings = (override, "training.budget=2 s", "strings.confirm=8")
    with pytest.raises(InputError, match=message) as caught:
        sweeps.run_sweep(sweeps.load_config("smoke", settings), tmp_path / "out")
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_of_other_files_is_refused(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("mine")
    with pytest.raises(InputError, match=r"holds no sweep but other files \(thesis.tex"):
        sweeps.run_sweep(sweeps.load_config("smoke"), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]
    with pytest.raises(InputError, match="is a file"):
        sweeps.run_sweep(sweeps.load_config("smoke"), tmp_path / "thesis.tex")


def test_another_environment_is_refused_or_marked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import seqmem.study.runner
    import seqmem.sweeps.execution.launcher

    config = sweeps.load_config("smoke", ("strings.levels=[6]", "memorizer.cells=['gru']"))
    folder = tmp_path / "moved"
    with pytest.raises(KeyboardInterrupt):
        sweeps.run_sweep(config, folder, executor=Interrupted(5))
    other = '{"engine": "moved"}'
    monkeypatch.setattr(seqmem.study.runner, "environment_key", lambda engine, device: other)
    launcher = seqmem.sweeps.execution.launcher
    monkeypatch.setattr(launcher, "joint_environment_key", lambda engines, device: other)
    with pytest.raises(
        InputError, match=r"another environment \(engine .* -> moved.*allow_environment_change=True"
    ):
        sweeps.run_sweep(config, folder)
    assert len(records(folder)) == 5
    sweeps.run_sweep(config, folder, allow_environment_change=True)
    frame = records(folder)
    assert len(frame) == 14
    assert (~frame.environment_changed).sum() == 5
    manifest = json.loads((folder / "manifest.json").read_text())
    assert [environment["engine"] for environment in manifest["environments"]] == [
        config.resolved().training.engine,
        "moved",
    ]
    assert [later["environment"] for later in manifest["resumed_by"]] == [{"engine": "moved"}]
    assert manifest["resumed_by"][0]["versions"] == manifest["versions"]


def test_the_published_protocol_as_a_sweep(tmp_path: Path) -> None:
    changes = (
        "strings.levels=[10]",
        "strings.confirm=2",
        "training.budget=2 epochs",
        "search.units.low=8",
    )
    config = sweeps.load_config("published", (*changes, "search.units.high=8"))
    assert sweeps.run_sweep(config, tmp_path).executed == 8
    assert sweeps.run_sweep(config, tmp_path).executed == 0
    frame = records(tmp_path)
    assert (frame.epochs == 2).all()
    assert (frame.nominal_symbols == 2 * 2640 * 100).all()
    assert (frame.symbols < frame.nominal_symbols / 4).all()
    assert frame.gradient_clip.isna().all()
    assert frame.test_accuracy.between(0, 1).all()
