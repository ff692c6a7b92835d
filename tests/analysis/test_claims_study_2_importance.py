"""C4 of study 2 on points whose octaves are known functions of the options."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from seqmem.analysis.estimators.option_width import Differences, option_width, width_differences
from seqmem.analysis.estimators.saltelli import jansen, resampled_indices
from seqmem.core.seeding import generator
from tests.analysis.study_2_designs import OPTIONS, importance_sweep
from tests.analysis.study_2_records import verdict

RATE, UNITS = OPTIONS.index("learning_rate"), OPTIONS.index("units")


def surface(units: float, batch: float = 0.5):
    """Return octaves left: parabolas around the middle of the learning rate and of others."""

    def response(places: np.ndarray) -> np.ndarray:
        weights = np.zeros(len(OPTIONS))
        weights[[RATE, UNITS, OPTIONS.index("batch")]] = 15.0, units, batch
        return 0.5 - ((places - 0.5) ** 2) @ weights

    return response


@pytest.fixture(scope="module")
def supported():
    frame, configs = importance_sweep(surface(units=12.0))
    return frame, configs, verdict("C4", frame, configs)


def test_two_important_options_support_the_claim(supported) -> None:
    _, _, found = supported
    assert found.words() == "supported"
    deciding = [part for part in found.parts if part.name not in found.aside]
    assert len(deciding) == 2 * 2 * 2
    assert all(part.low >= 0.1 and part.confidence > 0.99 for part in deciding)
    ranks = [part for part in found.parts if part.name.endswith("top 3")]
    assert {part.estimate for part in ranks} == {1.0}
    assert sum("the least total index is 0 (depth)" in note for note in found.notes) == 4


def test_the_width_is_that_of_the_parabola(supported) -> None:
    frame, configs, found = supported
    (width,) = {part.estimate for part in found.parts if "GRU at LZW 32, units" in part.name
                and part.name.endswith("width")}  # fmt: skip
    # The range has ten octaves, so 12 (x - .5)² is .12 octave for each squared octave.
    assert width == pytest.approx(2 * np.sqrt(0.15 / 0.12), rel=0.1)
    names = {name for *_, name, _ in width_differences(frame, configs)}
    assert names == set(OPTIONS)


def test_an_option_without_effect_refutes_the_claim() -> None:
    found = verdict("C4", *importance_sweep(surface(units=0.0)))
    assert found.words() == "refuted"
    widths = {part.name: part for part in found.parts if part.name.endswith("width")}
    assert widths["GRU at LZW 32, units: width"].tag == "no optimum inside the range"


def test_missing_cells_rows_and_options_are_named(supported) -> None:
    frame, configs, _ = supported
    needs = verdict("C4", frame[frame["cell"] == "gru"], configs).needs
    assert needs[0].endswith("for LSTM at 32, LSTM at 64")
    failed = frame["trial"].lt(300) & frame["cell"].eq("gru") & frame["level"].eq(64)
    lost = frame.assign(status=np.where(failed, "failed", frame["status"]))
    assert verdict("C4", lost, configs).needs == (
        "at least 90 % of the base rows in runs that did not fail (GRU at LZW 64: 222 of 256)",
    )
    assert "256 base rows" in verdict("C4", pd.DataFrame(columns=frame.columns), {}).words()


def test_resampled_indices_are_those_of_drawn_rows() -> None:
    values = np.random.default_rng(1).normal(size=(12, 5)) + 100
    drawn = resampled_indices(values, 4)
    rows = generator("analysis", "saltelli", "bootstrap").integers(12, size=(4, 12))
    for index, own in zip(drawn, rows, strict=True):
        np.testing.assert_allclose(index, jansen(values[own]), rtol=1e-9)


@pytest.mark.slow
def test_the_interval_of_a_width_covers_it() -> None:
    rng = np.random.default_rng(3)
    covered = 0
    for _ in range(40):
        first, second = rng.uniform(-3, 3, size=(2, 256))
        octaves = 0.3 * (second**2 - first**2) + 0.5 * rng.normal(size=256)
        found = option_width(Differences(first, second, octaves), 0.15, resamples=100)
        covered += found.low <= np.sqrt(2) <= found.high
    assert covered >= 34
