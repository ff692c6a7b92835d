"""Real builds in clean virtual environments: with a compiler, without one, with a broken source."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]

pytestmark = pytest.mark.slow

REPORT = """
import json, seqmem.study.kernels as k
found = k.available()
print(json.dumps([found, k.unavailable_reason(), k.isa() if found else None]))
"""


def copy_of_sources(target: Path) -> Path:
    """The repository's files, tracked or new, without anything built."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    for name in filter(None, listing.split("\0")):
        if (ROOT / name).is_file() or (ROOT / name).is_symlink():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, target / name, follow_symlinks=False)
    return target


@dataclass(frozen=True)
class Installation:
    """A virtual environment with the project, without its dependencies."""

    folder: Path
    environment: dict[str, str]

    @property
    def python(self) -> Path:
        return self.folder / "bin" / "python"

    def run(self, code: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run code outside the repository."""
        return subprocess.run(
            [self.python, "-c", code],
            cwd=self.folder,
            env={**self.environment, **variables},
            capture_output=True,
            text=True,
            check=False,
        )

    def install(self, sources: Path, **variables: str) -> None:
        subprocess.run(
            [self.python, "-m", "pip", "install", "--no-deps", "--no-cache-dir", str(sources)],
            cwd=self.folder,
            env={**self.environment, **variables},
            check=True,
        )

    def compiled_files(self) -> list[Path]:
        return [p for p in self.folder.glob("lib/python*/site-packages/seqmem/study/kernels/*.so")]


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    return copy_of_sources(tmp_path / "sources")


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    folder = tmp_path / "environment"
    venv.EnvBuilder(with_pip=True).create(folder)
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("SEQMEM_", "PYTHON", "SKBUILD_"))
    }
    return Installation(folder, inherited)


def check_pure_python(installation: Installation) -> None:
    assert installation.compiled_files() == []
    report = installation.run(REPORT)
    assert report.stdout.startswith("[false, "), report.stderr
    assert "_fused" in report.stdout
    required = installation.run(REPORT, SEQMEM_REQUIRE_ENGINE="fused")
    assert required.returncode != 0
    assert "SEQMEM_REQUIRE_ENGINE=fused, but no fused kernels" in required.stderr


def test_with_a_compiler(installation: Installation, sources: Path) -> None:
    installation.install(sources)
    assert len(installation.compiled_files()) == 1
    report = installation.run(REPORT, SEQMEM_REQUIRE_ENGINE="fused", SEQMEM_ISA="baseline")
    assert report.stdout.strip() == '[true, null, "baseline"]', report.stderr
    packaged = installation.folder.glob(
        "lib/python*/site-packages/seqmem/study/kernels/**/*.[ch]pp"
    )
    assert list(packaged) == []


def test_with_a_compiler_that_does_not_exist(installation: Installation, sources: Path) -> None:
    installation.install(sources, CXX=str(sources / "no-such-compiler"))
    check_pure_python(installation)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems find compilers without PATH")
def test_with_no_compiler_on_the_path(installation: Installation, sources: Path) -> None:
    inherited = {k: v for k, v in installation.environment.items() if k not in {"CC", "CXX"}}
    bare = Installation(
        installation.folder, {**inherited, "PATH": str(installation.folder / "bin")}
    )
    bare.install(sources)
    check_pure_python(bare)


def test_with_a_broken_source(installation: Installation, sources: Path) -> None:
    with (sources / "study/kernels/src/kernel.cpp").open("a") as source:
        source.write("\nthis is not C++\n")
    installation.install(sources)
    check_pure_python(installation)
