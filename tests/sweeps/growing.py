"""A sweep that costs least, and a larger one that it grows into."""

from seqmem import sweeps

# 10 runs; one trial of each cell is suggested by TPE.
TINY = (
    "strings.levels=[6]",
    "training.budget='2 steps'",
    "search.trials=3",
    "search.startup=2",
    "search.finalists=1",
    "strings.confirm=1",
)
TWICE = (*TINY, "search.searches=2")
SMALLER = sweeps.load_config("smoke", TINY)
LARGER = sweeps.load_config("smoke", TWICE)
COMMAND = ("sweep", "smoke", *(text for setting in TWICE for text in ("--set", setting)))
