"""The fused engine gives what the torch engine gives: same networks, same losses, same recall."""

import itertools
from pathlib import Path

import numpy as np
import pytest
import torch

from seqmem import generators, study, sweeps
from seqmem.cli.app import main
from seqmem.core.errors import InputError
from seqmem.study import kernels
from seqmem.study.config import RunConfig
from seqmem.study.engine import fallback_warning, resolve_engine
from seqmem.study.environment import environment
from seqmem.study.protocols.stream import StreamBatches
from seqmem.study.recall import closed_loop, teacher_forced
from seqmem.study.runner import TRAINERS, build
from seqmem.study.training.optimization import Optimization
from tests.cells import KERNEL_CELLS

needs_kernels = pytest.mark.skipif(
    not kernels.available(), reason="the fused kernels are not installed"
)
STRING = generators.generate("iid", alphabet_size=4, target=40, seed=3)


def config(engine: str, cell: str = "gru", **changes: object) -> RunConfig:
    fields = {
        "string": STRING,
        "units": 20,
        "depth": 2,
        "budget": "40 steps",
        "learning_rate": 0.02,
    }
    return RunConfig(cell=cell, engine=engine, **(fields | changes))


@needs_kernels
def test_auto_is_fused_on_the_cpu() -> None:
    assert resolve_engine("auto", "cpu") == "fused"
    assert RunConfig(string="AB", cell="gru", budget="1 steps").engine == "fused"
    assert set(environment("fused")) == {
        "engine",
        "instruction_set",
        "kernels",
        "numpy",
        "optuna",
        "scipy",
        "torch",
        "torch_instruction_set",
    }


def test_a_missing_kernel_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SEQMEM_REQUIRE_ENGINE", raising=False)
    monkeypatch.setattr(kernels.engine, "_load", lambda: (None, "ImportError: no"))
    assert resolve_engine("auto", "cpu") == "torch"
    with pytest.raises(
        InputError, match=r"engine 'fused' is not installed here \(ImportError: no\)"
    ):
        resolve_engine("fused", "cpu")
    monkeypatch.setenv("SEQMEM_REQUIRE_ENGINE", "fused")
    with pytest.raises(InputError, match="SEQMEM_REQUIRE_ENGINE=fused"):
        resolve_engine("auto", "cpu")
    assert resolve_engine("torch", "cpu") == "torch"


def test_a_cell_of_ones_own_runs_on_the_torch_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(study.CELLS, "plain", study.CELLS["rnn"])
    record = study.run(RunConfig(string="ABC", cell="plain", units=8, budget="3 steps"))
    assert (record.engine, record.cell) == ("torch", "plain")
    with pytest.raises(InputError, match=r"unknown engine|engine 'fused'"):
        resolve_engine("fused", "cpu", ["plain"])


@pytest.mark.slow
def test_the_fallback_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.delenv("SEQMEM_REQUIRE_ENGINE", raising=False)
    monkeypatch.setattr(kernels.engine, "_load", lambda: (None, "ImportError: no"))
    message = "no fused kernels (ImportError: no); using the slower torch engine"
    assert fallback_warning(["torch"], "cpu") is None
    assert fallback_warning(["auto"], "cpu") == message
    assert main(["train", "--string", "AB", "--cell", "gru", "--budget", "2 steps"]) == 0
    assert capsys.readouterr().err == f"seqmem: warning: {message}\n"
    with pytest.warns(UserWarning, match="using the slower torch engine"):
        sweeps.run_sweep(
            sweeps.load_config("smoke", ("strings.levels=[6]", "memorizer.cells=['rnn']")),
            tmp_path / "out",
        )


@needs_kernels
@pytest.mark.parametrize(
    ("variable", "value", "message"),
    [
        ("SEQMEM_ISA", "bogus", "SEQMEM_ISA: unknown instruction set 'bogus'"),
        ("SEQMEM_REQUIRE_ENGINE", "Fused", "SEQMEM_REQUIRE_ENGINE='Fused'; valid: fused"),
    ],
)
def test_misspelt_environment_variables_are_one_line(
    variable: str,
    value: str,
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv(variable, value)
    monkeypatch.chdir(tmp_path)
    commands = [
        ["train", "--string", "AB", "--cell", "gru", "--budget", "2 steps"],
        ["sweep", "smoke"],
        ["doctor", "--engine"],
    ]
    for command in commands:
        assert main(command) == 2
        printed = capsys.readouterr().err
        assert message in printed
        assert printed.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
@needs_kernels
@pytest.mark.parametrize("cell", KERNEL_CELLS)
@pytest.mark.parametrize("learning_rate", [1.0, 3.0])
def test_large_learning_rates_leave_losses_finite_on_both_engines(
    cell: str, learning_rate: float
) -> None:
    """Saturated gates take pre-activations of any size."""
    for engine, seed in itertools.product(("fused", "torch"), range(2)):
        record = study.run(
            config(
                engine,
                cell,
                seed=seed,
                depth=1,
                units=16,
                budget="200 steps",
                learning_rate=learning_rate,
            )
        )
        assert record.steps == 200
        assert np.isfinite(
            [*record.checkpoint_losses, *record.checkpoint_nll_bits, record.nll_bits]
        ).all()


@needs_kernels
@pytest.mark.parametrize("cell", KERNEL_CELLS)
def test_same_seed_same_network(cell: str) -> None:
    ours = build(config("fused", cell)).state_dict()
    theirs = build(config("torch", cell)).state_dict()
    assert list(ours) == list(theirs)
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)


@needs_kernels
@pytest.mark.parametrize("cell", KERNEL_CELLS)
def test_first_losses_are_equal(cell: str) -> None:
    losses = {}
    for engine in ("fused", "torch"):
        chosen = config(engine, cell)
        batches = StreamBatches(chosen)
        trainer = TRAINERS[engine](build(chosen), chosen.optimization)
        losses[engine] = [trainer.step(*batches.next()) for _ in range(5)]
        assert [tuple(tensor.shape) for tensor in trainer.state] == [(2, 32, 20)] * study.CELLS[
            cell
        ].states
    assert losses["fused"][0] == pytest.approx(losses["torch"][0], rel=1e-5)
    assert losses["fused"] == pytest.approx(losses["torch"], rel=1e-3)


@needs_kernels
@pytest.mark.parametrize("cell", KERNEL_CELLS)
def test_recall_of_one_network_on_both_engines(cell: str) -> None:
    short = generators.generate("iid", alphabet_size=4, target=12, seed=3)
    fused = build(config("fused", cell, string=short))
    batches = StreamBatches(config("fused", cell, string=short))
    trainer = TRAINERS["fused"](fused, Optimization(learning_rate=0.02))
    for _ in range(60):
        trainer.step(*batches.next())
    plain = build(config("torch", cell, string=short))
    plain.load_state_dict(fused.state_dict())
    ours = teacher_forced(fused, short)
    theirs = teacher_forced(plain, short)
    assert (ours.exact_prefix, ours.correct) == (theirs.exact_prefix, theirs.correct)
    assert ours.nll_bits == pytest.approx(theirs.nll_bits, rel=1e-4)
    assert closed_loop(fused, short, 20).tolist() == closed_loop(plain, short, 20).tolist()


@needs_kernels
def test_gradients_flow_through_the_fused_memorizer() -> None:
    gradients = []
    for engine in ("fused", "torch"):
        memorizer = build(config(engine))
        inputs, targets = StreamBatches(config(engine)).next()
        logits, _ = memorizer(inputs)
        loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), targets.t().flatten())
        gradients.append(torch.autograd.grad(loss, list(memorizer.parameters())))
    torch.testing.assert_close(*gradients, rtol=1e-4, atol=1e-6)


@needs_kernels
@pytest.mark.slow
@pytest.mark.parametrize("cell", ["gru", "lstm"])
def test_runs_on_both_engines_are_statistically_equal(cell: str) -> None:
    """Mean stored fraction of 24 networks: the engines differ by less than 3 standard errors."""
    differences = []
    for seed in range(24):
        records = [
            study.run(
                config(engine, cell, seed=seed, depth=1, budget="60 steps", stop_on_memorized=False)
            )
            for engine in ("fused", "torch")
        ]
        differences.append(records[0].stored_fraction - records[1].stored_fraction)
    values = torch.tensor(differences, dtype=torch.float64)
    assert abs(values.mean()) < 3 * values.std() / len(values) ** 0.5 + 1e-3
