"""The calibrated second is a unit that only the reference table and the cost model define."""

import pytest

from seqmem.study.calibration.model import StepShape
from seqmem.study.calibration.table import reference_table

SECONDS_PER_STEP = {
    # cell, depth, units, batch, length, alphabet size
    ("lstm", 1, 4, 32, 64, 4): 0.000129181397,
    ("lstm", 1, 16, 32, 64, 4): 0.000267900423,
    ("lstm", 1, 32, 8, 100, 2): 0.00029960381,
    ("lstm", 2, 64, 64, 100, 4): 0.0192533745,
    ("lstm", 3, 128, 32, 64, 4): 0.0399942501,
    ("lstm", 4, 256, 16, 64, 16): 0.114987293,
    ("gru", 1, 8, 32, 64, 2): 0.000122432824,
    ("gru", 1, 24, 32, 64, 4): 0.000463078721,
    ("gru", 2, 48, 32, 32, 4): 0.0014137466,
    ("gru", 4, 96, 64, 100, 4): 0.0725607732,
    ("rnn", 1, 12, 32, 64, 4): 0.000109192696,
    ("rnn", 2, 192, 8, 16, 8): 0.00128441874,
}


def test_the_reference_table_is_the_one_of_the_shipped_records() -> None:
    assert reference_table().hash == "87747268cf67af6e"


@pytest.mark.parametrize(("shape", "seconds"), SECONDS_PER_STEP.items(), ids=str)
def test_seconds_per_step(shape: tuple[str, int, int, int, int, int], seconds: float) -> None:
    assert reference_table().seconds_per_step(StepShape(*shape)) == seconds
