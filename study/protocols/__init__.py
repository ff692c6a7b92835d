"""Protocols: how a string becomes training batches. One file and one line each."""

from seqmem.core.registries import RegistryEntry

PROTOCOLS: dict[str, RegistryEntry] = {
    "stream": RegistryEntry(
        "seqmem.study.protocols.stream:StreamBatches",
        "parallel endless streams, loss at every symbol, state carried from step to step",
    ),
    "window": RegistryEntry(
        "seqmem.study.protocols.window:WindowBatches",
        "shuffled windows, each from the zero state, loss at the symbol after each",
    ),
}
