"""Which engine is here, on which instruction set, and how its absence shows."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from seqmem.study import kernels
from seqmem.study.kernels import engine


def run_python(code: str) -> None:
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_best_instruction_set_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SEQMEM_ISA", raising=False)
    assert kernels.isa() == kernels.supported_isas()[0]
    assert kernels.supported_isas()[-1] == "baseline"


def test_an_instruction_set_can_be_forced(isa: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEQMEM_ISA", isa)
    assert kernels.isa() == isa


def test_an_unknown_instruction_set_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEQMEM_ISA", "avx1024")
    with pytest.raises(
        ValueError, match=r"SEQMEM_ISA: unknown instruction set 'avx1024'; valid: .*baseline"
    ):
        kernels.isa()


def test_the_version_is_short_and_stable() -> None:
    assert re.fullmatch(r"[0-9a-f]{10}", kernels.version())


def test_names_load_lazily() -> None:
    run_python(
        "import sys, seqmem.study.kernels; "
        "assert 'torch' not in sys.modules and 'numpy' not in sys.modules"
    )
    assert set(dir(kernels)) >= {"FusedRecurrence", "FusedTrainer", "evaluate", "available"}
    with pytest.raises(AttributeError, match="no attribute 'fast'"):
        _ = kernels.fast


@pytest.fixture
def _missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "_load", lambda: (None, "ImportError: not built"))


@pytest.mark.usefixtures("_missing")
def test_a_missing_kernel_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SEQMEM_REQUIRE_ENGINE", raising=False)
    assert not kernels.available()
    assert kernels.unavailable_reason() == "ImportError: not built"
    with pytest.raises(kernels.KernelUnavailableError, match="not built"):
        kernels.isa()


@pytest.mark.usefixtures("_missing")
def test_a_missing_kernel_is_an_error_where_it_is_required(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEQMEM_REQUIRE_ENGINE", "fused")
    with pytest.raises(kernels.KernelUnavailableError, match="SEQMEM_REQUIRE_ENGINE=fused"):
        kernels.available()
