"""Protocols: how a string becomes training batches. One file and one line each."""

PROTOCOLS: dict[str, str] = {
    "stream": "study.protocols.stream:StreamBatches",
    "window": "study.protocols.window:WindowBatches",
}
