"""A sweep that asks for an instruction set uses it in the kernels and in torch, or is refused."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from seqmem import sweeps
from seqmem.cli.instruction_set import ensure_instruction_set
from seqmem.core.errors import InputError
from seqmem.study import kernels
from seqmem.study.instruction_sets import check_instruction_set, variables_of

BASELINE = "training.instruction_set=baseline"
VARIABLES = ("SEQMEM_ISA", "ATEN_CPU_CAPABILITY")


def test_both_variables_are_needed() -> None:
    both = variables_of("avx2")
    check_instruction_set("avx2", both)
    check_instruction_set(None, {})
    for variable in VARIABLES:
        with pytest.raises(InputError, match="needs SEQMEM_ISA=avx2 and ATEN_CPU_CAPABILITY=avx2"):
            check_instruction_set(
                "avx2", {name: both[name] for name in VARIABLES if name != variable}
            )


def test_a_sweep_from_python_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SEQMEM_ISA", raising=False)
    with pytest.raises(InputError, match="before Python starts"):
        sweeps.run_sweep(sweeps.load_config("smoke", (BASELINE,)), tmp_path / "sweep")
    assert not (tmp_path / "sweep").exists()


def test_it_is_stored_only_if_it_is_given() -> None:
    assert "instruction_set" not in sweeps.load_config("smoke").to_dict()["training"]
    stored = sweeps.load_config("smoke", (BASELINE,)).to_dict()["training"]
    assert stored["instruction_set"] == "baseline"


def test_parts_must_ask_for_the_same() -> None:
    parts = [sweeps.load_config("smoke", settings) for settings in ((), (BASELINE,))]
    with pytest.raises(InputError, match=r"\(None, baseline\); run them one by one"):
        ensure_instruction_set(parts, "sweep")


def test_an_unknown_set_is_refused() -> None:
    with pytest.raises(InputError, match="unknown instruction set 'avx'; did you mean 'avx2'"):
        sweeps.load_config("smoke", ("training.instruction_set=avx",))


@pytest.mark.slow
def test_the_command_starts_again_under_the_set(tmp_path: Path) -> None:
    if not kernels.available():
        pytest.skip("needs the fused kernels")
    environment = {name: value for name, value in os.environ.items() if name not in VARIABLES}
    arguments = ["sweep", "smoke", "--out", "sweep", "--jobs", "2", "--set", BASELINE]
    subprocess.run(
        [Path(sys.executable).with_name("seqmem"), *arguments, "--set", "strings.levels=[6]"],
        cwd=tmp_path,
        env=environment,
        check=True,
        capture_output=True,
    )
    manifest = json.loads((tmp_path / "sweep" / "manifest.json").read_text(encoding="utf-8"))
    (parts,) = manifest["environments"]
    assert parts["instruction_set"] == "baseline"
    assert parts["torch_instruction_set"] == "DEFAULT"
    assert "avx" not in str(parts).lower()
