"""A memorizer as a plain PyTorch module, with ``torch.nn`` layers where PyTorch has the cell."""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from seqmem.study.memorizers.cells.cell import States
from seqmem.study.memorizers.memorizer import Memorizer, Readout

# Their parameters have the same names, shapes and meaning as ours.
TORCH_LAYERS: dict[str, Callable[..., nn.RNNBase]] = {"gru": nn.GRU, "lstm": nn.LSTM, "rnn": nn.RNN}


class TorchNetwork(nn.Module):
    """Layers and a linear readout, equal to a memorizer up to rounding.

    Parameters
    ----------
    memorizer : Memorizer
        Its weights are copied.

    Attributes
    ----------
    recurrence : nn.Module
        `torch.nn.LSTM`, `torch.nn.GRU` or `torch.nn.RNN` on one-hot vectors. For other cells, the
        layers of seqmem on tokens.
    readout : nn.Linear
        From the outputs of the top layer to the logits of the alphabet.

    Examples
    --------
    >>> network = TorchNetwork(Memorizer("gru", alphabet_size=2, depth=1, units=3))
    >>> network.recurrence, tuple(network(torch.tensor([[0, 1, 1]]))[0].shape)
    (GRU(2, 3), (3, 1, 2))
    """

    def __init__(self, memorizer: Memorizer) -> None:
        super().__init__()
        shape = memorizer.shape
        self.alphabet_size = shape.alphabet_size
        self.recurrence = _layers(memorizer)
        self.readout = Readout(memorizer.readout.in_features, shape.alphabet_size)
        # Device and precision.
        self.to(memorizer.readout.weight)
        self.load_state_dict(memorizer.state_dict())

    def forward(self, tokens: Tensor, state: States | None = None) -> tuple[Tensor, States]:
        """Return logits and the final state, as a `Memorizer` does.

        Parameters
        ----------
        tokens : int64 Tensor, shape (batch, length)
        state : tuple of Tensor, shape (depth, batch, units), optional
            By default zeros.

        Returns
        -------
        logits : Tensor, shape (length, batch, alphabet)
        state : tuple of Tensor, shape (depth, batch, units)
        """
        if not isinstance(self.recurrence, nn.RNNBase):
            outputs, state = self.recurrence(tokens, state)
            return self.readout(outputs), state
        vectors = F.one_hot(tokens.t(), self.alphabet_size).to(self.readout.weight.dtype)
        given = state[0] if state is not None and len(state) == 1 else state
        outputs, final = self.recurrence(vectors, given)
        return self.readout(outputs), final if isinstance(final, tuple) else (final,)


def _layers(memorizer: Memorizer) -> nn.Module:
    """Return layers without values, of ``torch.nn`` if it has the cell."""
    shape = memorizer.shape
    if memorizer.cell not in TORCH_LAYERS:
        return memorizer.family.make_network(shape)
    # Initialization would draw from the global generator.
    with torch.device("meta"):
        layers = TORCH_LAYERS[memorizer.cell](shape.alphabet_size, shape.units, shape.depth)
    return layers.to_empty(device="cpu")
