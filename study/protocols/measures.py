"""Measurements that only some protocols take at the end of a run, as columns of the record."""

from dataclasses import dataclass
from math import nan


@dataclass(frozen=True)
class ProtocolMeasures:
    """Measurements that depend on the protocol; NaN where a protocol does not take them.

    Parameters
    ----------
    carried_nll_bits : float
        Code length, in bits, of one period that continues the training streams.
    validation_loss : float
        Mean loss on the validation windows, in nats.
    test_loss : float
        Mean loss on the test windows, in nats.
    test_accuracy : float
        Share of test windows whose next symbol is predicted.
    """

    carried_nll_bits: float = nan
    validation_loss: float = nan
    test_loss: float = nan
    test_accuracy: float = nan
