"""The contract of memorizers: what every value of the option ``cell`` provides.

A family says what its networks cost, which options and protocols it has, and how its parameters are
drawn. It makes the network itself on request. Everything else (tables, budgets, matching, engines,
comparisons) asks the family and assumes nothing about gates or matrices.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import ceil, sqrt
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from torch import nn

# Operations that an exponential, a logarithm, a logistic function or a tanh counts as.
CURVED_OPERATIONS = 4
# A multiplication and an addition, in the forward pass and for both gradients.
FLOPS_PER_MULTIPLY_ADD = 6
# The forward pass and both gradients.
PASSES = 3


@dataclass(frozen=True)
class NetworkShape:
    """What decides the size and the cost of a network, beside its family.

    Parameters
    ----------
    alphabet_size : int
    depth, units : int
        Layers or blocks, and hidden units of each.
    candidate : str
        How minGRU and minLSTM compute the candidate state.
    block : bool
        Whether each layer of a minGRU or minLSTM is a block with normalization and an MLP.
    heads : int, optional
        Attention heads of a Transformer; as many as its units allow by default.
    row : int
        Symbols of a row of a step. Costs per symbol may depend on it; the network does not.
    """

    alphabet_size: int
    depth: int
    units: int
    candidate: str = "linear"
    block: bool = False
    heads: int | None = None
    row: int = 1


class ForgetGate(NamedTuple):
    """Where the forget gate of a cell is.

    Parameters
    ----------
    row : int
        Index of the gate among the gates.
    sign : {1, -1}
        -1 if the gate forgets where its pre-activation is large.
    """

    row: int
    sign: int


class Draw(NamedTuple):
    """Initial values of a parameter: uniform within a distance of a centre, or normal.

    Parameters
    ----------
    centre, distance : float
        A distance of 0 sets all values to the centre, and nothing is drawn.
    is_normal : bool
        Whether the values are normal, with the distance as standard deviation.
    """

    centre: float
    distance: float
    is_normal: bool = False


@dataclass(frozen=True)
class Operations:
    """Element-wise operations of a forward pass.

    Parameters
    ----------
    simple : int
        Additions, multiplications, negations and choices.
    curved : int
        Exponentials, logarithms, logistic functions and tanh.

    Examples
    --------
    >>> Operations(simple=4, curved=5).total  # a unit of an LSTM
    24
    """

    simple: int = 0
    curved: int = 0

    @property
    def total(self) -> int:
        """The number of operations; a curved one counts as four."""
        return self.simple + CURVED_OPERATIONS * self.curved


@dataclass(frozen=True)
class MemorizerFamily(ABC):
    """One value of the option ``cell``. Only making its network needs torch.

    Parameters
    ----------
    help : str
        One line about the family, for help texts and tables.
    title : str
        Its name as the field writes it, for sentences and figures. If empty, the value of ``cell``.
    states : int
        Tensors carried from step to step (LSTM: h, c; GRU: h); 0 if nothing is carried.
    forget_gate : ForgetGate, optional
        The gate whose bias ``forget_bias`` sets. If absent, the family has no such option.
    options : tuple of str
        Names of further options that only some families have. Elsewhere they are refused.
    protocols : tuple of str, optional
        The protocols under which the family can be trained; all of them if absent.
    protocol_reason : str
        Why other protocols are refused, for the message.
    recall : str, optional
        The only value of the option ``recall`` with which the family can be measured.
    schedule : str
        The learning-rate schedule that stands for ``constant``, the default of the option.
    ranges : mapping of str to (float, float)
        Least ranges of a comparison that has the family, by option. They then hold for every
        family of the comparison.
    own_ranges : mapping of str to (float, float)
        Ranges of a comparison for this family alone, by option.
    """

    help: str
    title: str = field(default="", kw_only=True)
    states: int = field(kw_only=True)
    forget_gate: ForgetGate | None = field(default=None, kw_only=True)
    options: tuple[str, ...] = field(default=(), kw_only=True)
    protocols: tuple[str, ...] | None = field(default=None, kw_only=True)
    protocol_reason: str = field(default="", kw_only=True)
    recall: str | None = field(default=None, kw_only=True)
    schedule: str = field(default="constant", kw_only=True)
    ranges: Mapping[str, tuple[float, float]] = field(default_factory=dict, kw_only=True)
    own_ranges: Mapping[str, tuple[float, float]] = field(default_factory=dict, kw_only=True)

    @property
    def own_options(self) -> tuple[str, ...]:
        """Names of the options of a run that this family has and some other family has not."""
        return self.options if self.forget_gate is None else ("forget_bias", *self.options)

    @abstractmethod
    def network_parameters(self, shape: NetworkShape) -> int:
        """Return the number of trained parameters without the readout."""

    @abstractmethod
    def multiply_adds(self, shape: NetworkShape) -> int:
        """Return the multiply-adds of one symbol in the forward pass, without the readout.

        They are those of matrix products. A product starts from its bias or from the row that a
        symbol looks up, so both are free.
        """

    @abstractmethod
    def operations(self, shape: NetworkShape) -> int:
        """Return the element-wise operations of one symbol in the forward pass.

        They are counted from the equations of the family; see `Operations.total`.
        """

    @abstractmethod
    def make_network(self, shape: NetworkShape) -> nn.Module:
        """Return the network without its readout, on the torch engine.

        It maps int64 tokens of shape (batch, length) and a state to outputs of shape (length,
        batch, readout inputs) and the final state. A state is a tuple of `states` tensors of shape
        (depth, batch, units). Without one, the network starts from the zero state. A family for
        windows only may return just the last output, of shape (1, batch, readout inputs).
        """

    def readout_inputs(self, shape: NetworkShape) -> int:
        """Return the number of values that the readout takes at one symbol."""
        return shape.units

    def readouts(self, shape: NetworkShape) -> int:
        """Return the symbols of a row at which the readout is computed."""
        return shape.row

    def row(self, length: int, context: int) -> int:
        """Return the symbols of a row of a step: its targets, and a context if the family has one.

        Parameters
        ----------
        length : int
            Targets of a row.
        context : int
            Symbols before the first target. A recurrent network needs one, its first input.
        """
        return context + length - 1 if "context" in self.options else length

    def units_divisor(self, shape: NetworkShape) -> int:
        """Return the number by which the units must be divisible."""
        return 1

    def draw(self, shape: NetworkShape, name: str) -> Draw:
        """Return how a parameter is initialized: by default PyTorch's U(-1/√units, 1/√units).

        Parameters
        ----------
        shape : NetworkShape
        name : str
            Name of the parameter in the memorizer, such as ``readout.bias``.
        """
        return Draw(0.0, 1 / sqrt(shape.units))

    def parameter_count(self, shape: NetworkShape) -> int:
        """Return the number of trained parameters, readout included."""
        readout = (self.readout_inputs(shape) + 1) * shape.alphabet_size
        return self.network_parameters(shape) + readout

    def training_flops(self, shape: NetworkShape) -> int:
        """Return the training FLOPs of one symbol: the products of all three passes.

        It is the mean over the symbols of a row, rounded up where it is not whole.
        """
        readout = self.readouts(shape) * self.readout_inputs(shape) * shape.alphabet_size
        products = shape.row * self.multiply_adds(shape) + readout
        return ceil(FLOPS_PER_MULTIPLY_ADD * products / shape.row)

    def training_work(self, shape: NetworkShape) -> int:
        """Return the training FLOPs of one symbol with the element-wise operations."""
        return self.training_flops(shape) + PASSES * self.operations(shape)
