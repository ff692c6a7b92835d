"""The reproduction of published results: its runs, resuming, and the comparison."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from math import sqrt
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from filelock import FileLock

from seqmem import analysis
from seqmem.analysis.records import loading
from seqmem.cli.app import main
from seqmem.core.errors import InputError
from seqmem.generators.symbols import from_text
from seqmem.study import kernels
from seqmem.study.config import RunConfig
from seqmem.study.memorizers.cost import parameter_count
from seqmem.study.record import columns
from seqmem.study.runner import run
from seqmem.sweeps.config.sweep_file import load_config
from seqmem.sweeps.execution.executors.executor import WorkerDied
from seqmem.sweeps.execution.plan import run_config
from seqmem.sweeps.storage.folder import locked_folder
from seqmem.sweeps.storage.record_schema import arrow_schema
from seqmem.workflows.paper.checkout import ROOT
from seqmem.workflows.reproduce.compare import (
    exact_table,
    group_table,
    perfect_scores,
    string_table,
)
from seqmem.workflows.reproduce.page import SHARED_SETTINGS, build_page, verdict_sentences
from seqmem.workflows.reproduce.planning import plan
from seqmem.workflows.reproduce.reference import published
from seqmem.workflows.reproduce.runs import execute_missing, read_records

SMALL = ("training.budget=1 epochs",)
needs_kernels = pytest.mark.skipif(
    not kernels.available(), reason="the fused kernels are not installed"
)


def fake_records(runs: int = 2, level: str = "low", **changes: object) -> pd.DataFrame:
    """Return records with the published group means, as nearly as whole runs allow."""
    groups = published("groups").set_index(["level", "learning_rate", "model", "layers"])
    rows = []
    for string in published("strings").query("level == @level").itertuples():
        scores = perfect_scores(string.string)
        for cell in ("gru", "lstm"):
            group = groups.loc[(level, 1e-3, cell.upper(), 1)]
            for repeat in range(runs):
                row = dict.fromkeys(SHARED_SETTINGS, "x")
                row |= {
                    "run_id": f"{string.symbols}-{string.complexity}-{cell}-{repeat}",
                    "repeat": repeat,
                }
                row |= {
                    "alphabet_size": string.symbols,
                    "lzw": string.complexity,
                    "symbols": 10**6,
                    "cell": cell,
                }
                row |= {
                    "depth": 1,
                    "learning_rate": 1e-3,
                    "epochs": group["geo_ep"],
                    "environment_key": "{}",
                }
                row |= {"test_accuracy": group["test_accuracy"], "solved_horizon": True}
                row |= {"osa_similarity": 1 - scores[0], "jaro_winkler_similarity": 1 - scores[1]}
                row |= {"parameters": parameter_count(cell, string.symbols, 1, 128)}
                rows.append(row)
    frame = pd.DataFrame(rows)
    generator = np.random.default_rng(0)
    for cell in ("gru", "lstm"):
        rows = np.flatnonzero(frame["cell"] == cell)
        group = groups.loc[(level, 1e-3, cell.upper(), 1)]
        solved = generator.permutation(rows)[: round(len(rows) * group["solved"])]
        frame.loc[rows, "solved_horizon"] = np.isin(rows, solved)
    return frame.assign(**changes)


def test_the_published_strings_have_the_published_complexity() -> None:
    strings = published("strings")
    assert len(strings) == 40
    for row in strings.itertuples():
        string = from_text(row.string)
        assert (len(string), string.alphabet_size) == (row.length, row.symbols)
        assert string.complexity("lzw") == row.complexity


def test_published_cells_add_up_to_the_published_groups() -> None:
    fractions = (
        published("cells").groupby(["level", "learning_rate", "model", "layers"])["solved"].mean()
    )
    groups = published("groups").set_index(["level", "learning_rate", "model", "layers"])
    assert fractions.to_dict() == pytest.approx(groups["solved"].to_dict(), abs=0.0051)


def test_perfect_forecasts_score_what_was_published() -> None:
    exact = exact_table(fake_records()).set_index("what")
    assert exact["compared"].tolist() == [20, 163, int(fake_records()["solved_horizon"].sum())]
    assert (exact["compared"] == exact["equal"]).all()


def test_wrong_counts_and_scores_are_seen() -> None:
    frame = fake_records()
    frame.loc[0, "parameters"] += 1
    frame["osa_similarity"] -= 0.01
    exact = exact_table(frame)
    assert exact["compared"].sub(exact["equal"]).tolist() == [1, 0, exact["compared"][2]]


def test_the_plan_follows_the_published_protocol() -> None:
    configs = plan(["low"], runs=2)
    assert len(configs) == len({config.run_id for config in configs}) == 80
    assert {
        (config.cell, config.depth, config.units, config.learning_rate) for config in configs
    } == {
        ("lstm", 1, 128, 1e-3),
        ("gru", 1, 128, 1e-3),
    }
    config = configs[0]
    assert (config.batch, config.length, config.total_length, config.horizon) == (
        256,
        100,
        3500,
        100,
    )
    assert (config.stopping_loss, config.patience, str(config.budget)) == (0.1, 10, "999 epochs")
    assert (config.optimizer, config.gradient_clip, config.dropout) == ("adam", float("inf"), 0)
    assert (config.recall_start, config.restore_best_weights) == ("published", False)
    assert not config.stop_on_memorized
    assert (
        len(plan(["low", "medium"], layers=[1, 2], learning_rates=[1e-3, 1e-4], runs=3))
        == 40 * 2 * 2 * 2 * 3
    )


class Recorder:
    """An executor that makes records without training, and may be interrupted."""

    def __init__(self, last: int | None = None, failing: bool = False) -> None:
        self.last = last
        self.failing = failing
        self.executed = 0

    def run(self, configs: Sequence[RunConfig]) -> Iterator[tuple[int, dict]]:
        for index in reversed(range(len(configs))):
            if self.executed == self.last:
                raise KeyboardInterrupt
            self.executed += 1
            yield (
                index,
                {"failure": "Traceback: no"}
                if self.failing
                else {"record": self.record(configs[index])},
            )

    @staticmethod
    def record(config: RunConfig) -> dict:
        from seqmem.study.environment import environment_key

        string = config.string
        return {
            **{
                "run_id": config.run_id,
                "alphabet_size": string.alphabet_size,
                "lzw": string.complexity("lzw"),
            },
            **{"cell": config.cell, "depth": config.depth, "learning_rate": config.learning_rate},
            **{"repeat": config.repeat, "status": "stalled", "epochs": 20.0, "test_accuracy": None},
            "environment_key": environment_key(config.engine),
        }


def test_an_interrupted_reproduction_goes_on_where_it_stopped(tmp_path: Path) -> None:
    configs = plan(["low"], runs=1, overrides=SMALL)
    with pytest.raises(KeyboardInterrupt):
        execute_missing(configs, tmp_path / "a", executor=Recorder(last=13))
    assert len(read_records(tmp_path / "a")) == 13
    rest = Recorder()
    resumed, _ = execute_missing(configs, tmp_path / "a", executor=rest)
    assert rest.executed == 27
    whole, _ = execute_missing(configs, tmp_path / "b", executor=Recorder())
    pd.testing.assert_frame_equal(resumed, whole)
    again = Recorder()
    assert len(execute_missing(configs[:5], tmp_path / "a", executor=again)[0]) == 5
    assert again.executed == 0


def test_records_of_another_environment_are_not_mixed(tmp_path: Path) -> None:
    configs = plan(["low"], runs=1, overrides=SMALL)
    execute_missing(configs[:3], tmp_path, executor=Recorder())
    rows = pq.read_table(tmp_path / "runs.parquet").to_pylist()
    rows[1]["environment_key"] = json.dumps(
        json.loads(rows[1]["environment_key"]) | {"numpy": "1.0"}
    )
    pq.write_table(
        pa.Table.from_pylist(rows, schema=arrow_schema(columns())), tmp_path / "runs.parquet"
    )
    with pytest.raises(InputError, match=r"another environment \(numpy 1.0 -> "):
        execute_missing(configs, tmp_path, executor=Recorder())
    assert (
        len(
            execute_missing(configs, tmp_path, executor=Recorder(), allow_environment_change=True)[
                0
            ]
        )
        == 40
    )


def test_failed_runs_are_told_and_tried_again(tmp_path: Path) -> None:
    configs = plan(["low"], runs=1, overrides=SMALL)
    execute_missing(configs[:3], tmp_path, executor=Recorder())
    records, failures = execute_missing(configs, tmp_path, executor=Recorder(failing=True))
    assert (len(records), failures) == (3, ["Traceback: no"] * 37)
    assert len(execute_missing(configs, tmp_path, executor=Recorder())[0]) == 40


def test_a_run_that_is_asked_for_twice_is_one_run() -> None:
    once = plan(["low"], runs=1)
    assert plan(["low", "low"], layers=[1, 1], learning_rates=[1e-3, 0.001], runs=1) == once


def test_folders_of_something_else_are_left_alone(tmp_path: Path) -> None:
    configs = plan(["low"], runs=1, overrides=SMALL)
    for name, file, content, message in (
        ("sweep", "config.toml", b"", "holds a sweep"),
        ("other", "runs.parquet", None, "holds other records"),
        ("broken", "runs.parquet", b"PAR1", "cannot be read as parquet"),
        ("empty", "runs.parquet", b"", "cannot be read as parquet"),
    ):
        path = tmp_path / name / file
        path.parent.mkdir()
        if content is None:
            pd.DataFrame({"a": [1]}).to_parquet(path)
        else:
            path.write_bytes(content)
        before = path.read_bytes()
        with pytest.raises(InputError, match=message):
            execute_missing(configs, path.parent, executor=Recorder())
        assert path.read_bytes() == before


def test_records_older_than_an_option_have_its_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading, "added_defaults", lambda model: {"zoneout": 0.0})
    pd.DataFrame({"run_id": ["a", "b"]}).to_parquet(tmp_path / "runs.parquet")
    assert read_records(tmp_path)["zoneout"].tolist() == [0.0, 0.0]


def test_accuracy_of_exactly_99_percent_is_ok() -> None:
    table = group_table(fake_records(test_accuracy=0.99)).set_index(["model", "quantity"])
    assert table.loc[("GRU", "ok"), "reproduced"] == 1
    lost = group_table(fake_records(test_accuracy=float("nan"))).set_index(["model", "quantity"])
    assert lost.loc[("GRU", "test_accuracy"), "reproduced"] == 0


def test_one_process_at_a_time(tmp_path: Path) -> None:
    with (
        FileLock(tmp_path / ".lock"),
        pytest.raises(InputError, match="another process is working there"),
    ):
        execute_missing(plan(["low"], runs=1), tmp_path, executor=Recorder())


def test_the_process_at_work_is_named(tmp_path: Path) -> None:
    with (
        locked_folder(tmp_path),
        pytest.raises(InputError, match=r"process \d+ on .* is working there; wait for it"),
    ):
        execute_missing(plan(["low"], runs=1), tmp_path, executor=Recorder())
    assert [path.name for path in tmp_path.iterdir()] == [".lock"]


def test_equal_means_agree_and_others_do_not() -> None:
    table = group_table(fake_records(runs=5)).set_index(["model", "quantity"])
    published_low = published("groups").query(
        "level == 'low' and learning_rate == 1e-3 and layers == 1"
    )
    tolerance = published_low.set_index("model")["tol_acc"].to_dict()
    for model in ("GRU", "LSTM"):
        row = table.loc[model, "test_accuracy"]
        assert row["difference"] == pytest.approx(0)
        assert row["agrees"]
        assert row["tolerance"] == pytest.approx(
            tolerance[model]
        )  # As many runs as were published.
        assert table.loc[(model, "geo_ep"), "difference"] == pytest.approx(0)
        assert table.loc[(model, "solved"), "agrees"]
    two = group_table(fake_records(runs=2)).set_index(["model", "quantity"])
    assert two.loc[("GRU", "test_accuracy"), "tolerance"] == pytest.approx(
        tolerance["GRU"] * sqrt(1.75)
    )
    worse = fake_records(runs=2)
    worse["test_accuracy"] -= 1.01 * tolerance["GRU"] * sqrt(1.75)
    assert (
        not group_table(worse)
        .set_index(["model", "quantity"])
        .loc[("GRU", "test_accuracy"), "agrees"]
    )


def test_epochs_are_compared_by_ratio() -> None:
    slower = fake_records(runs=5)
    slower["epochs"] *= 1.079
    agrees = group_table(slower).set_index(["model", "quantity"])["agrees"]
    assert agrees["GRU", "geo_ep"]  # 8 % are allowed.
    slower["epochs"] *= 1.01
    assert not group_table(slower).set_index(["model", "quantity"])["agrees"]["GRU", "geo_ep"]


def test_means_over_other_strings_are_refused() -> None:
    with pytest.raises(InputError, match="missing from level low: 1 run; the same command"):
        group_table(fake_records().iloc[1:])


def test_strings_are_compared_by_medians() -> None:
    table = string_table(fake_records(runs=3))
    assert len(table) == 40
    row = table.query("symbols == 8 and complexity == 90 and model == 'LSTM'").iloc[0]
    assert (row["published_epochs"], row["runs"]) == (59, 3)
    assert row["reproduced_epochs"] == pytest.approx(39.1)


@pytest.mark.slow
def test_the_page_is_whole_and_the_same_bytes_again(tmp_path: Path) -> None:
    frame = fake_records(test_accuracy=0.5, gradient_clip=None)
    pages = [build_page(frame, tmp_path / name, "seqmem reproduce")[0] for name in ("a", "b")]
    files = [
        sorted(path.relative_to(page.parent) for path in page.parent.rglob("*.*")) for page in pages
    ]
    assert files[0] == files[1]
    assert {str(path) for path in files[0]} == {
        "report.html",
        *(f"tables/{name}.csv" for name in ("groups", "exact", "strings")),
        *(
            f"figures/{name}.{kind}"
            for name in ("groups", "strings")
            for kind in ("pdf", "svg", "png", "csv")
        ),
    }
    for name in files[0]:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    text = pages[0].read_text(encoding="utf-8")
    assert (
        "GRU, low level, 1 layer, learning rate 0.001: mean test accuracy is 0.5, published 0.916"
        in text
    )
    assert "http" not in text.replace("http://www.w3.org", "")
    # Settings that the runs share are shown even if their value is none.
    assert "<code>run.gradient_clip</code></td><td>none</td>" in text


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--level", "high"], "unknown level 'high'; valid: low, medium"),
        (["--layers", "4"], "unknown number of layers 4; valid: 1, 2, 3"),
        (["--learning-rate", "0.01"], "unknown learning rate 0.01; valid: 0.0001, 0.001"),
        (["--runs", "0"], "runs 0: at least one per string"),
        (["--jobs", "0"], "jobs 0: at least 1 is needed"),
        (["--engine", "fast"], "unknown engine 'fast'; valid: auto, fused, torch"),
    ],
)
def test_mistakes_are_one_line(arguments: list[str], message: str, capsys, tmp_path: Path) -> None:
    assert main(["reproduce", "--out", str(tmp_path / "out"), *arguments]) == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_the_licence_of_the_published_data_is_there() -> None:
    folder = Path(analysis.__file__).parent / "reference"
    assert "The University of Manchester" in (folder / "LICENSE").read_text(encoding="utf-8")
    assert "2107.02248" in (folder / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (KeyboardInterrupt(), 130, "interrupted; "),
        (WorkerDied("a worker process died"), 1, "a worker process died; "),
    ],
)
@pytest.mark.parametrize("is_begun", [True, False])
def test_what_stops_the_command_is_one_line(
    is_begun, error, code, message, capsys, monkeypatch, tmp_path: Path
) -> None:
    out = tmp_path / "out"

    def stopped(*arguments: object, **options: object) -> None:
        if is_begun:
            out.mkdir()
        raise error

    monkeypatch.setattr("seqmem.workflows.reproduce.runs.execute_missing", stopped)
    assert main(["reproduce", "--out", str(out)]) == code
    saved = f"finished runs are saved in {out}; the same command resumes"
    assert f"{message}{saved if is_begun else 'nothing is saved'}\n" in capsys.readouterr().err


def test_only_training_can_be_set() -> None:
    with pytest.raises(InputError, match="only settings of \\[training\\] can be replaced"):
        plan(["low"], overrides=('memorizer.cells=["rnn"]',))


@needs_kernels  # Their run ids are those of the fused engine.
def test_the_shipped_records_agree_with_what_was_published(tmp_path: Path) -> None:
    folder = ROOT / "results" / "published"
    records = read_records(folder)
    assert set(records["run_id"]) == {config.run_id for config in plan(["low"], runs=5)}
    groups = group_table(records)
    exact = exact_table(records)
    assert len(groups) == 8
    assert groups["agrees"].all()
    assert (exact["compared"] == exact["equal"]).all()
    shown = (folder / "report" / "report.html").read_text(encoding="utf-8")
    assert all(sentence in shown for sentence in verdict_sentences(groups, exact))


@pytest.mark.slow
@pytest.mark.parametrize("cell", ["lstm", "bilstm"])
def test_both_directions_memorize_a_published_string_by_the_published_protocol(cell: str) -> None:
    """Four symbols, complexity 30. A run stops when each window of the string is continued.

    There is no early stopping: with the published patience, most LSTM runs on longer strings stall.
    """
    strings = published("strings").query("symbols == 4 and complexity == 30")
    settings = ("memorizer.cells=['lstm', 'bilstm']", "training.stop_on_memorized=true")
    settings += ("training.stopping_loss=1e-9", "training.patience=999")
    sweep = load_config("published", settings).resolved()
    fields = {"depth": 1, "units": 128, "learning_rate": 1e-3, "repeat": 0}
    record = run(run_config(sweep, cell, from_text(strings["string"].iloc[0]), fields))
    assert record.period == record.exact_prefix == 50
    assert (record.status, record.window_memorized) == ("memorized", True)
