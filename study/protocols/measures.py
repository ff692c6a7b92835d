"""Measurements that only some protocols take at the end of a run, as columns of the record."""

from dataclasses import dataclass, field
from math import nan

from seqmem.study.bounds import Count, Share

# Metadata of a field that came after the first stored records. At its default it is not stored;
# readers fill it in.
ADDED = {"added": True}


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
    window_exact_prefix : int or None
        Symbols of the period before the first error, each predicted from the window before it.
    window_nll_bits : float
        Code length of the period when read in windows, in bits.
    window_memorized : bool or None
        Whether the whole period is recalled without an error when read in windows.
    """

    carried_nll_bits: float = nan
    validation_loss: float = nan
    test_loss: float = nan
    test_accuracy: Share = nan
    window_exact_prefix: Count | None = field(default=None, metadata=ADDED)
    window_nll_bits: float = field(default=nan, metadata=ADDED)
    window_memorized: bool | None = field(default=None, metadata=ADDED)
