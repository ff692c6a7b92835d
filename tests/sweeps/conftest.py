"""What the sweep tests share: a finished smoke sweep, and what may differ between two sweeps."""

import os
from pathlib import Path

import pandas as pd
import pytest
from filelock import FileLock

import sweeps
from study.record import TIMES
from tests.sweeps.launching import LONGER


@pytest.fixture(scope="session")
def smoke(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a smoke sweep, run serially and never interrupted."""
    folder = tmp_path_factory.mktemp("smoke") / "serial"
    result = sweeps.run_sweep(sweeps.load_config("smoke"), folder)
    assert result.status.is_done
    return folder


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a sweep of longer runs, run serially and never disturbed; all of xdist's processes share one."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "longer"
    with FileLock(folder.with_suffix(".lock")):
        # Does nothing where another process has made it.
        assert sweeps.run_sweep(sweeps.load_config("smoke", LONGER[1:]), folder).status.is_done
    return folder


@pytest.fixture
def assert_same_records():
    """Check that two sweeps hold equal records in every column that is not a time."""

    def check(folder: Path, other: Path) -> None:
        first, second = (pd.read_parquet(path / "runs.parquet") for path in (folder, other))
        pd.testing.assert_frame_equal(first.drop(columns=[*TIMES]), second.drop(columns=[*TIMES]))

    return check
