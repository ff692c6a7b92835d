"""What the sweep tests share: a finished smoke sweep, and what may differ between two sweeps."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from seqmem import sweeps
from seqmem.study.record import TIMES
from seqmem.sweeps.storage.courses import EARLIER_TIMES
from tests.sweeps.growing import LARGER, SMALLER
from tests.sweeps.launching import LONGER, PRUNED


@pytest.fixture(scope="session")
def smoke(made_once: Callable[[str, Callable[[Path], object]], Path]) -> Path:
    """Folder of a smoke sweep, run serially and never interrupted."""
    return made_once("smoke", lambda out: sweeps.run_sweep(sweeps.load_config("smoke"), out))


@pytest.fixture(scope="session")
def undisturbed(made_once: Callable[[str, Callable[[Path], object]], Path]) -> Path:
    """Folder of a sweep of longer runs, run serially and never disturbed."""
    return made_once(
        "longer", lambda out: sweeps.run_sweep(sweeps.load_config("smoke", LONGER[1:]), out)
    )


@pytest.fixture(scope="session")
def pruned(made_once: Callable[[str, Callable[[Path], object]], Path]) -> Path:
    """Folder of a smoke sweep with halving, run serially and never interrupted."""
    return made_once(
        "pruned", lambda out: sweeps.run_sweep(sweeps.load_config("smoke", PRUNED[1::2]), out)
    )


@pytest.fixture(scope="session")
def tiny(made_once: Callable[[str, Callable[[Path], object]], Path]) -> Path:
    """Folder of a small sweep, to read only."""
    return made_once("tiny", lambda out: sweeps.run_sweep(SMALLER, out))


@pytest.fixture(scope="session")
def larger(made_once: Callable[[str, Callable[[Path], object]], Path]) -> Path:
    """Folder of a larger sweep of twice as many searches, run from nothing."""
    return made_once("tiny-larger", lambda out: sweeps.run_sweep(LARGER, out))


@pytest.fixture
def assert_same_records():
    """Check that two sweeps hold equal records in every column that is not a time."""

    def check(folder: Path, other: Path) -> None:
        first, second = (
            pd.read_parquet(path / "runs.parquet").drop(
                columns=[*TIMES, *EARLIER_TIMES], errors="ignore"
            )
            for path in (folder, other)
        )
        pd.testing.assert_frame_equal(first, second)

    return check
