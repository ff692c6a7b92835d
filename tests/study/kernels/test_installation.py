"""Real builds in clean virtual environments: with a compiler, without one, with a broken source.

The kernels are compiled once, for the wheel of `make wheel`.
"""

from __future__ import annotations

import json
import os
import shutil
import site
import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path

import pytest

from seqmem.study import kernels

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
        """Install a folder of sources, or a wheel."""
        subprocess.run(
            [self.python, "-m", "pip", "install", "--no-deps", "--no-cache-dir", str(sources)],
            cwd=self.folder,
            env={**self.environment, **variables},
            check=True,
        )

    def seqmem(self, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
        """Run the installed command."""
        return subprocess.run(
            [self.folder / "bin" / "seqmem", *arguments],
            cwd=cwd,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def add_dependencies(self) -> None:
        """Add the packages of this environment, after the installed project.

        Import hooks of editable installations are not added, because those lines of a `.pth` file
        count only in a folder of site packages.
        """
        packages = next(self.folder.glob("lib/python*/site-packages"))
        (packages / "dependencies.pth").write_text("\n".join(site.getsitepackages()) + "\n")

    def compiled_files(self) -> list[Path]:
        return [p for p in self.folder.glob("lib/python*/site-packages/seqmem/study/kernels/*.so")]


def clean_environment() -> dict[str, str]:
    """Return the environment variables without those that decide what is built and imported."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("SEQMEM_", "PYTHON", "SKBUILD_"))
    }


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    return copy_of_sources(tmp_path / "sources")


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    folder = tmp_path / "environment"
    venv.EnvBuilder(with_pip=True).create(folder)
    return Installation(folder, clean_environment())


def made_wheel(folder: Path, target: str) -> Path:
    """Return the only wheel that a target of the Makefile leaves in ``dist``."""
    sources = copy_of_sources(folder / "sources")
    # Where ccache is in use, it knows by relative paths what was compiled from the repository.
    subprocess.run(
        ["make", "-C", str(sources), target, f"PYTHON={sys.executable}"],
        env={**clean_environment(), "CCACHE_BASEDIR": str(sources)},
        check=True,
    )
    (wheel,) = (sources / "dist").iterdir()
    return wheel


def check_pure_python(installation: Installation) -> None:
    assert installation.compiled_files() == []
    report = installation.run(REPORT)
    assert report.stdout.startswith("[false, "), report.stderr
    assert "_fused" in report.stdout
    required = installation.run(REPORT, SEQMEM_REQUIRE_ENGINE="fused")
    assert required.returncode != 0
    assert "SEQMEM_REQUIRE_ENGINE=fused, but no fused kernels" in required.stderr


# One test, because compiling all kernels takes two minutes of a core: two tests that share a wheel
# would each make one where they run in different processes.
def test_a_wheel_with_kernels_works_in_another_folder(
    installation: Installation, tmp_path: Path
) -> None:
    installation.install(made_wheel(tmp_path / "wheel", "wheel"))
    assert len(installation.compiled_files()) == 1
    report = installation.run(REPORT, SEQMEM_REQUIRE_ENGINE="fused", SEQMEM_ISA="baseline")
    assert report.stdout.strip() == '[true, null, "baseline"]', report.stderr
    packaged = installation.folder.glob(
        "lib/python*/site-packages/seqmem/study/kernels/**/*.[ch]pp"
    )
    assert list(packaged) == []
    installation.add_dependencies()
    home = installation.run("import seqmem; print(seqmem.__file__)")
    assert Path(home.stdout.strip()).is_relative_to(installation.folder), home.stderr
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    swept = installation.seqmem("sweep", "smoke", "--out", "runs/smoke", cwd=elsewhere)
    assert swept.returncode == 0, swept.stderr
    # Kernels of the same sources and compiler are the same version, however they were installed.
    key = json.loads((elsewhere / "runs/smoke/manifest.json").read_text())["environments"][0]
    assert key["engine"] == "fused"
    assert not kernels.available() or key["kernels"] == kernels.version()
    reported = installation.seqmem("report", "runs/smoke", cwd=elsewhere)
    assert reported.returncode == 0, reported.stderr
    assert "<style>" in (elsewhere / "runs/smoke/report/report.html").read_text(encoding="utf-8")


def test_a_pure_wheel_is_for_every_system(installation: Installation, tmp_path: Path) -> None:
    pure = made_wheel(tmp_path / "pure", "wheel-pure")
    assert pure.name.endswith("-py3-none-any.whl")
    installation.install(pure)
    check_pure_python(installation)


def test_a_wheel_with_kernels_needs_a_compiler(sources: Path) -> None:
    done = subprocess.run(
        ["make", "-C", str(sources), "wheel", f"PYTHON={sys.executable}"],
        env={**clean_environment(), "CXX": str(sources / "no-such-compiler")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "no-such-compiler" in done.stdout + done.stderr
    assert not list(sources.glob("dist/*"))


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
    # In every file, so that none is compiled to its end.
    for source in (sources / "study/kernels/src").glob("*.cpp"):
        source.write_text("this is not C++\n")
    installation.install(sources)
    check_pure_python(installation)
