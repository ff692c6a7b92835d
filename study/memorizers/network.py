"""What all networks on the torch engine share: parameters that others draw, and dropout."""

import torch
from torch import Tensor, nn


class Network(nn.Module):
    """A network without its readout.

    Attributes
    ----------
    dropout : float
        Probability with which each input of the layers above the first is dropped.
    dropout_generator : torch.Generator
        Only dropout uses it.
    """

    def __init__(self) -> None:
        super().__init__()
        self.dropout = 0.0
        self.dropout_generator = torch.Generator()

    def allocate(self, name: str, *size: int) -> None:
        """Register a parameter, whose values the caller draws."""
        self.register_parameter(name, nn.Parameter(torch.empty(*size)))

    def layer_outputs(self, tokens: Tensor) -> list[Tensor] | None:
        """Return the outputs of each layer at each symbol, if the network reads them in blocks.

        Parameters
        ----------
        tokens : int64 Tensor, shape (batch, length)

        Returns
        -------
        list of Tensor, each of shape (length, batch, units), or None
            None if the network carries its states, or has no outputs at single symbols.
        """
        return None

    def dropped(self, outputs: Tensor) -> Tensor:
        """Drop inputs of the next layer; without gradients, as in evaluation, keep all of them."""
        if not self.dropout or not torch.is_grad_enabled():
            return outputs
        kept = torch.empty(outputs.shape).bernoulli_(
            1 - self.dropout, generator=self.dropout_generator
        )
        return outputs * kept.to(outputs) / (1 - self.dropout)
