"""A sweep on both engines: equal first losses for equal points, and equal results on average."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from seqmem import sweeps
from seqmem.study import kernels


@pytest.mark.slow
@pytest.mark.skipif(not kernels.available(), reason="the fused kernels are not installed")
def test_the_smoke_sweep_on_both_engines(tmp_path: Path) -> None:
    frames = []
    for engine in ("fused", "torch"):
        settings = (
            f"training.engine={engine}",
            "search.startup=8",
            "search.trials=8",
            "training.budget=40 steps",
        )
        sweeps.run_sweep(sweeps.load_config("smoke", settings), tmp_path / engine)
        frames.append(pd.read_parquet(tmp_path / engine / "runs.parquet").query("role == 'tune'"))
    # Startup points do not depend on results, so both engines train the same networks.
    keys = ["condition", "trial", "replicate", "repeat", "string_id", "network_seed"]
    both = frames[0].merge(frames[1], on=keys, suffixes=("", "_torch"), validate="one_to_one")
    assert len(both) == 4 * 8
    np.testing.assert_allclose(both.loss_first, both.loss_first_torch, rtol=1e-5)
    difference = both.stored_fraction - both.stored_fraction_torch
    assert abs(difference.mean()) <= 3 * difference.std() / np.sqrt(len(both)) + 1e-6
