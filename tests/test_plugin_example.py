"""The example package of the docs, built, installed and used as a stranger would."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from seqmem.core.exit_codes import BAD_INPUT
from tests.sweeps.launching import COMMAND

ROOT = Path(__file__).parents[1]
EXAMPLE = ROOT / "docs" / "examples" / "plugin"
CONFORMANCE = (
    "tests/study/test_memorizers.py",
    "tests/generators/test_complexity.py",
    "tests/generators/test_targeting.py",
    "tests/analysis/test_figures.py",
)
pytestmark = pytest.mark.slow

Run = Callable[..., subprocess.CompletedProcess[str]]


def install(package: Path, target: Path) -> None:
    """Build a package and install it into a folder, without network."""
    options = ("--no-build-isolation", "--no-deps", "--no-index", "--quiet", "--target")
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install"]
    subprocess.run([*command, *options, target, package], check=True, capture_output=True)


def running(site: Path, cwd: Path) -> Run:
    """Return what runs a command in an environment that has a folder of packages."""

    def run(*arguments: object, code: int = 0) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            list(map(str, arguments)),
            cwd=cwd,
            env=os.environ | {"PYTHONPATH": str(site), "COLUMNS": "200"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done

    return run


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the example, because building writes into its folder."""
    pytest.importorskip("setuptools", reason="the example is built by setuptools")
    return Path(shutil.copytree(EXAMPLE, tmp_path_factory.mktemp("example") / "plugin"))


@pytest.fixture(scope="module")
def site(package: Path) -> Path:
    """Return a folder into which the example is installed."""
    install(package, package.parent / "site")
    return package.parent / "site"


@pytest.fixture(scope="module")
def swept(package: Path, site: Path) -> Path:
    """Return the folder of the example's sweep, run with two jobs."""
    folder = package.parent / "work"
    folder.mkdir()
    run = running(site, folder)
    run(*COMMAND, "sweep", package / "ugrnn.toml", "--jobs", 2)
    return folder / "runs" / "ugrnn"


def test_its_sweep_is_complete_and_names_it(swept: Path) -> None:
    manifest = json.loads((swept / "manifest.json").read_text(encoding="utf-8"))
    named = {"cell ugrnn": "seqmem-example 1.0", "measure runs": "seqmem-example 1.0"}
    assert manifest["plugins"] == named
    records = pd.read_parquet(swept / "runs.parquet")
    assert set(records["cell"]) == {"gru", "ugrnn"}
    assert set(records["measure"]) == {"runs"}
    assert records["error"].isna().all()


def test_its_figure_is_drawn_and_in_the_report(swept: Path, site: Path) -> None:
    run = running(site, swept.parents[1])
    run(*COMMAND, "figures", swept, "--only", "prefix_by_level")
    files = [f"prefix_by_level.{kind}" for kind in ("pdf", "svg", "png", "csv")]
    folder = swept / "report" / "figures"
    assert [name for name in files if (folder / name).is_file()] == files
    assert set(pd.read_csv(folder / files[-1])["cell"]) == {"gru", "ugrnn"}
    run(*COMMAND, "report", swept)
    assert "Recall before the first error" in (swept / "report" / "report.html").read_text("utf-8")


def test_the_commands_of_its_readme_run(swept: Path, site: Path) -> None:
    run = running(site, swept.parents[1])
    readme = (EXAMPLE / "README.md").read_text(encoding="utf-8")
    commands = re.findall(r"^seqmem ((?:measure|generate) .*)$", readme, re.M)
    measured, generated = (run(*COMMAND, *command.split()).stdout for command in commands)
    assert re.search(r"^runs +3 +runs of equal symbols$", measured, re.M)
    assert '"runs",50' in generated
    (trained,) = re.findall(r'^seqmem train (.*) --budget "(.*)"$', readme, re.M)
    out = run(*COMMAND, "train", *trained[0].split(), "--budget", trained[1]).stdout
    assert out.startswith("memorized: ugrnn")
    assert "ugrnn: update gate RNN" in run(*COMMAND, "train", "--help").stdout


def test_another_version_of_it_is_refused(package: Path, swept: Path) -> None:
    later = shutil.copytree(package, package.parent / "later")
    project = later / "pyproject.toml"
    text = project.read_text(encoding="utf-8")
    project.write_text(text.replace('version = "1.0"', 'version = "1.1"'), encoding="utf-8")
    install(later, package.parent / "site-later")
    run = running(package.parent / "site-later", swept.parents[1])
    done = run(*COMMAND, "sweep", package / "ugrnn.toml", code=BAD_INPUT)
    assert done.stderr.count("\n") == 1
    assert 'plugins.cell ugrnn: "seqmem-example 1.0" -> "seqmem-example 1.1"' in done.stderr


def test_a_sweep_whose_plugin_is_gone_is_read_but_not_resumed(swept: Path, tmp_path: Path) -> None:
    run = running(tmp_path, tmp_path)
    assert "/ugrnn/stream/" in run(*COMMAND, "status", swept).stdout
    run(*COMMAND, "export", swept, "--out", tmp_path / "runs.parquet")
    assert set(pd.read_parquet(tmp_path / "runs.parquet")["cell"]) == {"gru", "ugrnn"}
    done = run(*COMMAND, "sweep", swept / "config.toml", "--out", swept, code=BAD_INPUT)
    assert "cell 'ugrnn' is a plug-in that is not here (seqmem-example 1.0)" in done.stderr
    assert done.stderr.count("\n") == 1


def test_it_keeps_the_laws_of_every_member(site: Path) -> None:
    names = "ugrnn or runs or prefix_by_level"
    out = running(site, ROOT)(
        sys.executable, "-m", "pytest", "-q", *CONFORMANCE, "-k", names
    ).stdout
    passed = re.search(r"(\d+) passed", out)
    assert passed
    assert int(passed[1]) >= 30
