"""The lazy names of the packages, and what an import of the package costs."""

from __future__ import annotations

import inspect
import pkgutil
import subprocess
import sys
from types import FunctionType, ModuleType

import pytest

import seqmem
from seqmem import analysis, generators, study, sweeps
from seqmem.study import kernels

PACKAGES = [seqmem, analysis, generators, study, sweeps, kernels]
PUBLIC = {
    *("generate", "match", "from_text", "read_strings", "write_strings", "SymbolString"),
    *("RunConfig", "RunRecord", "run", "train", "load_memorizer"),
    *("SweepConfig", "load_config", "run_sweep"),
    *("load", "show", "build_report", "compare", "InputError"),
}


def test_the_public_interface() -> None:
    assert set(seqmem.__all__) == PUBLIC
    assert seqmem.generate is generators.generate
    assert seqmem.run is study.run
    assert seqmem.run_sweep is sweeps.run_sweep
    assert seqmem.load is analysis.load


@pytest.mark.parametrize("package", PACKAGES)
def test_every_exported_name_exists(package: ModuleType) -> None:
    missing = [name for name in package.__all__ if getattr(package, name, None) is None]
    assert missing == []


@pytest.mark.parametrize("package", PACKAGES)
def test_an_unknown_name_lists_the_exported_ones(package: ModuleType) -> None:
    with pytest.raises(AttributeError, match=r"no attribute 'lod'; it has: "):
        package.lod  # noqa: B018
    assert set(package.__all__) <= set(dir(package))


@pytest.mark.parametrize("package", PACKAGES)
def test_no_module_hides_an_exported_name(package: ModuleType) -> None:
    """An imported sub-module becomes an attribute of its package and replaces a lazy name."""
    modules = {module.name for module in pkgutil.iter_modules(package.__path__)}
    assert modules & set(package.__all__) == set()


def run_fresh(code: str) -> str:
    """Return what a fresh process prints."""
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout


@pytest.mark.parametrize("package", [seqmem, analysis, generators, study, sweeps])
def test_every_exported_function_is_documented_with_an_example(package: ModuleType) -> None:
    lacking = {
        name: missing
        for name in package.__all__
        if inspect.isfunction(function := getattr(package, name))
        and (missing := missing_sections(function))
    }
    assert lacking == {}


def missing_sections(function: FunctionType) -> list[str]:
    """Return the sections that the docstring of a function should have and has not."""
    signature = inspect.signature(function)
    wanted = ["Examples"]
    if signature.parameters:
        wanted.append("Parameters")
    if signature.return_annotation not in (None, "None"):
        wanted.append("Returns")
    text = inspect.getdoc(function) or ""
    missing = [title for title in wanted if f"\n{title}\n{'-' * len(title)}\n" not in text]
    return missing if ">>> " in text else [*missing, ">>>"]


def test_import_of_the_package_imports_nothing_heavy() -> None:
    code = (
        "import sys, seqmem; from seqmem import analysis, generators, study, sweeps\n"
        "heavy = ('torch', 'numpy', 'scipy', 'pandas', 'pydantic', 'optuna', 'matplotlib')\n"
        "print('imported:', *[name for name in heavy if name in sys.modules])"
    )
    assert run_fresh(code) == "imported:\n"


@pytest.mark.parametrize(
    "name",
    [
        "analysis.load",
        *(
            pytest.param(name, marks=pytest.mark.slow)
            for name in ("generators.generate", "study.run", "sweeps.run_sweep")
        ),
    ],
)
def test_attribute_access_imports_a_sub_package(name: str) -> None:
    code = (
        "import sys, seqmem\n"
        "print([name for name in sys.modules if name.startswith('seqmem.')])\n"
        f"print(callable(seqmem.{name}))"
    )
    assert run_fresh(code) == "['seqmem.core', 'seqmem.core.imports']\nTrue\n"
