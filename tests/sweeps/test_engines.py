"""Engines of a sweep: one for each cell, each with its environment key, and equal results."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from seqmem import sweeps
from seqmem.cli.app import main
from seqmem.core.errors import InputError
from seqmem.study import kernels
from seqmem.study.environment import environment_key, joint_environment_key
from seqmem.study.environment_keys import environment_difference, environments_of
from seqmem.sweeps.config.sweep_config import SweepConfig
from seqmem.sweeps.execution.preparation import begin_or_resume
from seqmem.sweeps.storage.storage import SweepStorage

needs_kernels = pytest.mark.skipif(
    not kernels.available(), reason="the fused kernels are not installed"
)
MIXED = (
    "strings.levels=[6]",
    "memorizer.cells=['gru', 'mingru']",
    "training.budget=4 steps",
    "training.block=true",
)
FUSED, TORCH = '{"engine": "fused", "torch": "2"}', '{"engine": "torch", "torch": "2"}'


def config(*settings: str) -> SweepConfig:
    return sweeps.load_config("smoke", settings)


@needs_kernels
@pytest.mark.parametrize(
    ("settings", "engine"),
    [
        (("memorizer.cells=['gru', 'lstm']",), "fused"),
        (("memorizer.cells=['mingru', 'minlstm']",), "fused"),
        (("memorizer.cells=['mingru']", "training.candidate=positive"), "fused"),
        (("memorizer.cells=['gru', 'transformer']",), {"gru": "fused", "transformer": "torch"}),
        # A block is an option of one of the cells alone; all cells have dropout.
        (
            ("memorizer.cells=['gru', 'mingru']", "training.block=true"),
            {"gru": "fused", "mingru": "torch"},
        ),
        (("memorizer.cells=['gru', 'mingru']", "training.dropout=0.1"), "torch"),
        (
            ("memorizer.cells=['gru', 'mingru']", "search.dropout={low = 0.0, high = 0.5}"),
            "torch",
        ),
        (
            ("memorizer.cells=['gru', 'lstm']", "training.engine.gru=torch"),
            {"gru": "torch", "lstm": "fused"},
        ),
    ],
)
def test_auto_is_resolved_for_each_cell(settings: tuple[str, ...], engine: object) -> None:
    resolved = config(*settings).resolved()
    assert resolved.training.engine == engine
    stored = SweepConfig.model_validate(resolved.to_dict())
    assert stored.to_dict() == resolved.to_dict()
    assert stored.resolved().training.engine == engine


@needs_kernels
def test_a_further_cell_changes_no_engine_of_another() -> None:
    alone = config("memorizer.cells=['gru', 'lstm', 'rnn']").resolved_engines()
    beside = config("memorizer.cells=['gru', 'lstm', 'rnn', 'transformer']").resolved_engines()
    assert {cell: beside[cell] for cell in alone} == alone == dict.fromkeys(alone, "fused")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (("training.engine={gru = 'quick'}",), "unknown engine 'quick'; valid: auto, fused, torch"),
        (("training.engine=3",), "unknown engine 3; valid: auto, fused, torch"),
        (("training.engine={rnn = 'torch'}",), "training.engine: unknown cell 'rnn'"),
    ],
)
def test_mistakes_are_one_line(settings: tuple[str, ...], message: str) -> None:
    with pytest.raises(InputError) as caught:
        config("memorizer.cells=['gru']", *settings)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.skipif(not kernels.available(), reason="the fused kernels are not installed")
def test_the_fused_engine_is_refused_to_a_cell_without_kernels(tmp_path: Path) -> None:
    for settings, message in (
        (("memorizer.cells=['transformer']",), "engine 'fused' has no cell 'transformer'"),
        (("memorizer.cells=['mingru']", "training.block=true"), "block True: only engine 'torch'"),
        (("memorizer.cells=['gru']", "training.dropout=0.1"), "dropout 0.1: only engine 'torch'"),
    ):
        with pytest.raises(InputError, match=message):
            sweeps.run_sweep(config("training.engine=fused", *settings), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_budget_in_calibrated_seconds_is_refused_to_a_cell_without_costs(tmp_path: Path) -> None:
    settings = ("memorizer.cells=['gru', 'transformer']", "training.budget=0.01 cal-s")
    with pytest.raises(InputError, match="has no cell 'transformer', only gru, lstm, mingru"):
        sweeps.run_sweep(config(*settings, "strings.levels=[6]"), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_keys_of_several_engines() -> None:
    joint = joint_environment_key(["torch", "torch"])
    assert joint == environment_key("torch")
    both = f"[{FUSED}, {TORCH}]"
    assert [part["engine"] for part in environments_of(both)] == ["fused", "torch"]
    assert environment_difference(both, both) == []
    newer = TORCH.replace('"2"', '"3"')
    assert environment_difference(both, f"[{FUSED}, {newer}]") == ["torch 2 -> 3"]
    assert environment_difference(FUSED, both) == ["engine none -> torch", "torch none -> 2"]
    assert environment_difference(FUSED, TORCH) == ["engine fused -> torch"]


def test_a_launcher_with_one_other_environment_is_refused(tmp_path: Path) -> None:
    """As a resumed sweep, another shard or another machine on the same storage would be."""
    storage = SweepStorage(f"sqlite:///{tmp_path / 'optuna.db'}", "smoke")
    both = f"[{FUSED}, {TORCH}]"
    given = config(*MIXED)
    begin_or_resume(storage, given, both, allow_environment_change=False)
    begin_or_resume(storage, given, both, allow_environment_change=False)
    for other in (
        f"[{FUSED}, {TORCH.replace('2', '3')}]",
        f"[{FUSED.replace('2', '3')}, {TORCH}]",
    ):
        with pytest.raises(InputError, match=r"another environment \(torch 2 -> 3\)"):
            begin_or_resume(storage, given, other, allow_environment_change=False)
        begin_or_resume(storage, given, other, allow_environment_change=True)
    storage.close()


@pytest.mark.slow
@needs_kernels
def test_a_sweep_on_two_engines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "mixed"
    sweeps.run_sweep(config(*MIXED), folder)
    frame = pd.read_parquet(folder / "runs.parquet")
    assert (frame.status != "failed").all()
    assert not frame.environment_changed.any()
    for cell, engine in (("gru", "fused"), ("mingru", "torch")):
        own = frame[frame.cell == cell]
        assert set(own.engine) == {engine}
        assert set(own.environment_key) == {environment_key(engine)}
    environments = json.loads((folder / "manifest.json").read_text())["environments"]
    assert [environment["engine"] for environment in environments] == ["fused", "torch"]
    assert sweeps.run_sweep(config(*MIXED), folder).executed == 0
    assert "resumed_by" not in json.loads((folder / "manifest.json").read_text())
    assert main(["doctor", str(folder)]) == 0
    assert "same       fused.engine: fused" in capsys.readouterr().out

    alone = tmp_path / "alone"
    sweeps.run_sweep(config(*MIXED, "memorizer.cells=['gru']"), alone)
    ids = pd.read_parquet(alone / "runs.parquet").run_id
    assert ids.tolist() == frame[frame.cell == "gru"].run_id.tolist()

    moved = joint_environment_key(["fused", "torch"]).replace('"numpy": "', '"numpy": "0.')
    monkeypatch.setattr(
        "seqmem.sweeps.execution.launcher.joint_environment_key", lambda engines, device: moved
    )
    with pytest.raises(InputError, match=r"another environment \(numpy .* -> 0\."):
        sweeps.run_sweep(config(*MIXED), folder)
    sweeps.run_sweep(config(*MIXED), folder, allow_environment_change=True)
    content = json.loads((folder / "manifest.json").read_text())
    assert len(content["environments"]) == 4
    assert content["resumed_by"][0]["environments"] == environments_of(moved)


@pytest.mark.slow
@needs_kernels
def test_options_of_one_cell_are_recorded_for_it_alone(tmp_path: Path) -> None:
    settings = (*MIXED, "training.candidate=positive")
    sweeps.run_sweep(config(*settings), tmp_path / "out")
    frame = pd.read_parquet(tmp_path / "out" / "runs.parquet").set_index("cell")
    assert frame.loc["mingru", ["block", "candidate"]].drop_duplicates().values.tolist() == [
        [True, "positive"]
    ]
    assert frame.loc["gru", ["block", "candidate"]].drop_duplicates().values.tolist() == [
        [False, "linear"]
    ]


@pytest.mark.slow
@pytest.mark.skipif(not kernels.available(), reason="the fused kernels are not installed")
def test_the_smoke_sweep_on_both_engines(tmp_path: Path) -> None:
    frames = []
    for engine in ("fused", "torch"):
        settings = (
            f"training.engine={engine}",
            "search.startup=8",
            "search.trials=8",
            "training.budget=40 steps",
        )
        sweeps.run_sweep(sweeps.load_config("smoke", settings), tmp_path / engine)
        frames.append(pd.read_parquet(tmp_path / engine / "runs.parquet").query("role == 'tune'"))
    # Startup points do not depend on results, so both engines train the same networks.
    keys = ["condition", "trial", "replicate", "repeat", "string_id", "network_seed"]
    both = frames[0].merge(frames[1], on=keys, suffixes=("", "_torch"), validate="one_to_one")
    assert len(both) == 4 * 8
    np.testing.assert_allclose(both.loss_first, both.loss_first_torch, rtol=1e-5)
    difference = both.stored_fraction - both.stored_fraction_torch
    assert abs(difference.mean()) <= 3 * difference.std() / np.sqrt(len(both)) + 1e-6
