"""Probes of a whole sweep: their columns in the records."""

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from seqmem import analysis, sweeps
from seqmem.core.errors import InputError
from seqmem.study.record import columns
from seqmem.sweeps.storage.record_schema import CONCLUSION_COLUMNS, IDENTITY_COLUMNS

NAMES = ("gradient_by_lag", "loss_volatility")
SETTINGS = (
    "strings.levels=[6]",
    "search.trials=5",
    'training.probes=["loss_volatility", "gradient_by_lag"]',
)


@pytest.fixture(scope="module")
def probed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a small finished sweep with probes."""
    folder = tmp_path_factory.mktemp("probes") / "sweep"
    sweeps.run_sweep(sweeps.load_config("smoke", SETTINGS), folder)
    return folder


@pytest.mark.slow
def test_records_have_the_columns_of_the_probes(probed: Path) -> None:
    frame = analysis.load(probed)
    assert list(frame) == [*IDENTITY_COLUMNS, *columns(NAMES), *CONCLUSION_COLUMNS]
    assert (frame["probe_gradient_by_lag_initial_half_life_symbols"] > 0).all()
    assert frame["probe_gradient_by_lag_trained_log2_norms"].map(len).eq(7).all()
    # Sixteen steps are too few for a deviation: missing, but of its own type.
    assert frame["probe_loss_volatility_log_loss_sd"].isna().all()
    assert frame["probe_loss_volatility_log_loss_sd"].dtype == float
    schema = pq.read_schema(probed / "runs.parquet")
    assert str(schema.field("probe_gradient_by_lag_lags").type) == "list<element: int64>"


def test_a_sweep_with_other_probes_is_another_sweep(probed: Path) -> None:
    with pytest.raises(InputError, match=r"holds another sweep .training\.probes: "):
        sweeps.run_sweep(sweeps.load_config("smoke", SETTINGS[:2]), probed)


def test_unknown_probes_are_refused() -> None:
    with pytest.raises(InputError, match=r"unknown probe 'tining'; did you mean 'timing'"):
        sweeps.load_config("smoke", ('training.probes=["tining"]',))
    with pytest.raises(InputError, match="give a list of names"):
        sweeps.load_config("smoke", ('training.probes="timing"',))
