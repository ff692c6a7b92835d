"""Sources: endless, seeded symbol streams. One file and one line each."""

from generators.sources.iid import IidSource

SOURCES: dict[str, type[IidSource]] = {
    "iid": IidSource,
}
