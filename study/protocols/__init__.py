"""Protocols: how a string becomes training batches. One file and one line each."""

PROTOCOLS: dict[str, str] = {
    "stream": "seqmem.study.protocols.stream:StreamBatches",
    "window": "seqmem.study.protocols.window:WindowBatches",
}
