"""A trained memorizer: keep it, let it recall, and look at its predictions and states."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch

from seqmem.core.argument_kinds import PATH
from seqmem.core.errors import InputError
from seqmem.core.python_arguments import argument_kinds
from seqmem.generators.alphabet import Alphabet
from seqmem.generators.symbols import SymbolString
from seqmem.study.block_reading import block_logits, continue_in_blocks, read_in_blocks
from seqmem.study.config import RunConfig
from seqmem.study.engine import resolve_engine
from seqmem.study.memorizers.memorizer import Memorizer
from seqmem.study.memorizers.network import Network
from seqmem.study.model_file import ModelFile, read_model, write_model
from seqmem.study.recall import prompt_of
from seqmem.study.record import RunRecord
from seqmem.study.runner import MEMORIZERS, one_thread, run_and_keep
from seqmem.study.stored_run import configuration_of, configuration_values, record_of
from seqmem.study.torch_network import TorchNetwork

# Name of the tensor in model files; those of the network have dots in their names.
_TRACE = "trace"

MOST_RECALLED = 10_000_000

# A text, a string, or integers.
Symbols = str | SymbolString | np.ndarray | Sequence[int]


@dataclass(frozen=True, eq=False)
class TrainedMemorizer:
    """A memorizer after its run. `train` and `load_memorizer` return it.

    The methods read from the zero state, teacher forced, and change nothing. They run on one
    thread, so that the same input gives the same numbers. A network that reads in blocks, without a
    carried state, takes the given symbols as endlessly repeated.

    Parameters
    ----------
    record : RunRecord
        The record of the run.
    network : Memorizer
        The network with its trained weights.
    configuration : RunConfig
        What decided the run.
    trace : array of float32, shape (checkpoints, period)
        Probability of the right symbol at each position of the period, one row per checkpoint. The
        training steps of the checkpoints are ``record.checkpoint_steps``.

    Examples
    --------
    >>> trained = train(RunConfig(string="ABRACADABRA", cell="gru", units=32, budget="400 steps"))
    >>> trained.recall(symbols=22)
    'ABRACADABRAABRACADABRA'
    """

    record: RunRecord
    network: Memorizer
    configuration: RunConfig
    trace: np.ndarray

    @property
    def string(self) -> SymbolString:
        """The string that was trained on."""
        return self.configuration.string

    @property
    def alphabet(self) -> Alphabet:
        """The symbols of the string and their letters."""
        return self.string.alphabet

    def recall(self, prompt: Symbols | None = None, symbols: int | None = None) -> str:
        """Continue a prompt. Each prediction is the next input.

        Parameters
        ----------
        prompt : str, SymbolString or integer array, optional
            What the network reads first. By default so many repetitions of the string that the
            continuation starts at its first symbol, as in the measurement of recall.
        symbols : int, optional
            Symbols to predict. By default one period of the string.

        Returns
        -------
        str
            The predicted symbols, as letters, or as integers for alphabets without letters.

        Raises
        ------
        InputError
            If the prompt holds a symbol that is not in the alphabet, or ``symbols`` is not in
            1 … 10,000,000.
        """
        count = self.string.period if symbols is None else symbols
        if not 1 <= count <= MOST_RECALLED:
            raise InputError(f"symbols {count}: give 1 to {MOST_RECALLED:,}")
        given = prompt_of(self.string) if prompt is None else self._read(prompt, "prompt")
        tokens = self._tokens(given)
        blocks = self.configuration.blocks
        with one_thread():
            if blocks is not None:
                predicted = continue_in_blocks(self.network, blocks, tokens[0], count)
            else:
                predicted = self.network.continue_greedily(tokens, count)[0]
        return self.alphabet.write(predicted.numpy(force=True))

    def predict(self, symbols: Symbols) -> np.ndarray:
        """Return the probabilities of the next symbol after each of the given ones.

        Parameters
        ----------
        symbols : str, SymbolString or integer array, shape (n,)

        Returns
        -------
        array of float64, shape (n, alphabet)
            Row i holds the probabilities of symbol i + 1, given the symbols 0 … i.

        Raises
        ------
        InputError
            If a symbol is not in the alphabet.
        """
        tokens = self._tokens(self._read(symbols))
        blocks = self.configuration.blocks
        with one_thread(), torch.no_grad():
            if blocks is not None:
                first = torch.ones(1, dtype=torch.int64, device=tokens.device)
                logits = block_logits(self.network, blocks, tokens[0], first, tokens.shape[1])[0]
            else:
                logits = self.network(tokens)[0][:, 0]
        probabilities: np.ndarray = logits.double().softmax(1).numpy(force=True)
        return probabilities

    def states(self, symbols: Symbols) -> tuple[np.ndarray, ...]:
        """Return the hidden states of each layer after each of the given symbols.

        Parameters
        ----------
        symbols : str, SymbolString or integer array, shape (n,)

        Returns
        -------
        tuple of array of float32, shape (n, units)
            One array per layer, the layer above the input first. Of an LSTM, these are the
            hidden states h, not the cell states c. Of a Transformer, these are the outputs of each
            block, read in blocks as in recall.

        Raises
        ------
        InputError
            If a symbol is not in the alphabet, or the network has no state at single symbols.
        """
        tokens = self._tokens(self._read(symbols))
        if not self.configuration.family.states:
            return self._block_states(tokens)
        state = None
        hidden = []
        with one_thread(), torch.no_grad():
            for token in tokens.unbind(1):
                _, state = self.network(token[:, None], state)
                hidden.append(state[0][:, 0])
        return tuple(torch.stack(hidden, dim=1).numpy(force=True))

    def _block_states(self, tokens: torch.Tensor) -> tuple[np.ndarray, ...]:
        """Return the outputs of each layer of a network that reads blocks."""
        layers = cast(Network, self.network.recurrence).layer_outputs
        blocks = self.configuration.blocks
        if blocks is None or layers(tokens[:, :1]) is None:
            raise InputError(
                f"cell {self.configuration.cell!r} has no states along a string to look at, "
                "because it reads whole windows"
            )
        first = torch.ones(1, dtype=torch.int64, device=tokens.device)
        with one_thread(), torch.no_grad():
            states = read_in_blocks(
                lambda read: torch.cat(layers(read) or [], 2),
                blocks,
                tokens[0],
                first,
                tokens.shape[1],
            )[0]
        return tuple(part.numpy(force=True) for part in states.chunk(self.configuration.depth, 1))

    def to_torch(self) -> TorchNetwork:
        """Return the network as a plain PyTorch module, with equal outputs up to rounding.

        Changes of the module do not change this memorizer.

        Returns
        -------
        TorchNetwork
            ``torch.nn.LSTM``, ``GRU`` or ``RNN`` with a ``torch.nn.Linear`` readout. For other
            cells, the layers of seqmem.
        """
        return TorchNetwork(self.network)

    def save(self, path: Path | str) -> None:
        """Write the memorizer to a safetensors file, which `load_memorizer` reads.

        The file holds weights, trace, configuration and record. It runs no code when it is read.

        Parameters
        ----------
        path : path
            A new file, or a file of another memorizer, which is replaced.

        Raises
        ------
        InputError
            If the folder does not exist, the file cannot be written, or it is another file, which
            seqmem did not write.
        """
        values = {
            "configuration": configuration_values(self.configuration),
            "record": self.record.to_row(),
        }
        tensors = dict(self.network.state_dict())
        write_model(path, ModelFile(values, tensors | {_TRACE: torch.from_numpy(self.trace)}))

    def _read(self, symbols: Symbols, what: str = "symbols") -> np.ndarray:
        if isinstance(symbols, SymbolString):
            return self.alphabet.read(symbols.symbols, what)
        return self.alphabet.read(symbols, what)

    def _tokens(self, symbols: np.ndarray) -> torch.Tensor:
        return torch.as_tensor(symbols[None], device=self.network.readout.weight.device)


def train(config: RunConfig) -> TrainedMemorizer:
    """Train one memorizer on one string as `run` does, and keep it.

    Its record equals that of `run`, except for the measured seconds.

    Parameters
    ----------
    config : RunConfig

    Returns
    -------
    TrainedMemorizer

    Raises
    ------
    InputError
        If something else than a configuration is given.

    Examples
    --------
    >>> trained = train(RunConfig(string="ABRACADABRA", cell="gru", units=32, budget="400 steps"))
    >>> trained.record.status, trained.recall(symbols=11)
    ('memorized', 'ABRACADABRA')
    >>> trained.predict("ABRA").shape, [layer.shape for layer in trained.states("ABRA")]
    ((4, 5), [(4, 32)])
    """
    finished = run_and_keep(config, "train", trace=True)
    return TrainedMemorizer(finished.record, finished.memorizer, config, finished.trace)


@argument_kinds(path=PATH)
def load_memorizer(path: Path | str) -> TrainedMemorizer:
    """Return the memorizer in a file that `TrainedMemorizer.save` wrote.

    The network is on the CPU. It runs on the engine that trained it, if that is available here,
    and otherwise on the torch engine.

    Parameters
    ----------
    path : path

    Returns
    -------
    TrainedMemorizer

    Raises
    ------
    InputError
        If the file cannot be read, is damaged or does not fit together, another program or version
        wrote it, or its cell is a plug-in that this process does not know.

    Examples
    --------
    >>> import tempfile
    >>> config = RunConfig(string="ABRACADABRA", cell="gru", units=32, budget="400 steps")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     train(config).save(f"{folder}/m.safetensors")
    ...     load_memorizer(f"{folder}/m.safetensors").recall(symbols=11)
    'ABRACADABRA'
    """
    where = str(path)
    content = read_model(path)
    config = configuration_of(content.part("configuration", where), where)
    record = record_of(content.part("record", where), config.probes, where)
    if config.run_id != record.run_id:
        raise InputError(
            f"{where}: its configuration gives run id {config.run_id}, its record "
            f"{record.run_id!r}; the file was changed, or a plug-in has another version here"
        )
    tensors = dict(content.tensors)
    trace = _checked_trace(tensors.pop(_TRACE, None), record, config.string, where)
    return TrainedMemorizer(record, _network(config, tensors, where), config, trace)


def _network(config: RunConfig, tensors: dict[str, Any], where: str) -> Memorizer:
    """Return a network with these weights, after checking that they are all of its weights."""
    sizes = sum(tensor.numel() for tensor in tensors.values())
    # Before anything is allocated.
    expected = config.family.parameter_count(config.network_shape)
    if sizes != expected:
        raise InputError(f"{where}: has {sizes} weights, its configuration needs {expected}")
    engine = config.engine
    if engine != "torch":
        engine = resolve_engine("auto", "cpu", [config.cell])
    network = MEMORIZERS[engine](config.cell, **asdict(config.network_shape))
    for name, wanted in network.state_dict().items():
        tensor = tensors.get(name)
        if tensor is None or tensor.shape != wanted.shape or tensor.dtype != wanted.dtype:
            raise InputError(
                f"{where}: weight {name!r} of shape {tuple(wanted.shape)} is missing or differs"
            )
    for name in tensors.keys() - network.state_dict().keys():
        raise InputError(f"{where}: tensor {name!r} is no weight of its network")
    network.load_state_dict(tensors)
    return network


def _checked_trace(tensor: Any, record: RunRecord, string: SymbolString, where: str) -> np.ndarray:
    """Return a trace, after checking that it fits the run."""
    shape = (len(record.checkpoint_steps), string.period)
    if tensor is None or tuple(tensor.shape) != shape or tensor.dtype != torch.float32:
        raise InputError(f"{where}: tensor {_TRACE!r} of shape {shape} is missing or differs")
    trace: np.ndarray = tensor.numpy()
    return trace
