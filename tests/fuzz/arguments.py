"""Command lines with one odd argument."""

import random
from pathlib import Path

from tests.fuzz.laws import Case

# A command line of every command that is right, but for what it measures, trains or serves.
RIGHT: dict[str, list[str]] = {
    "generate": ["--alphabet", "3", "--target", "9", "--count", "2", "--seed", "1"],
    "match": ["--source", "iid", "--source", "markov", "--alphabet", "2", "--target", "12"],
    "measure": ["ABRACADABRA"],
    "train": ["--string", "ABRACADABRA", "--cell", "gru", "--units", "8", "--budget", "3 steps"],
    "recall": ["none", "--prompt", "AB", "--symbols", "3"],
    "sweep": ["smoke", "--dry-run", "--jobs", "2", "--set", "seed=3"],
    "slurm": ["smoke", "--array", "2", "--storage", "postgresql+psycopg://me@host/db"],
    "status": ["none", "--jobs", "2", "--every", "1"],
    "dashboard": ["none", "--port", "0", "--refresh", "30"],
    "export": ["none", "--out", "runs.parquet"],
    "contrast": ["none", "--a", "depth=2", "--b", "depth=1", "--by", "level"],
    "report": ["none"],
    "figures": ["none", "--only", "capacity_curve"],
    "reproduce": ["--level", "low", "--layers", "1", "--runs", "1", "--jobs", "1"],
    "compare": ["none.csv", "--budget", "3 steps", "--trials", "2", "--seed", "1", "--dry-run"],
    "calibrate": ["--out", "costs.json"],
    "time": ["--units", "8", "--depth", "1", "--batch", "1", "--processes", "1"],
    "doctor": ["none"],
}
VALUES = [
    "",
    " ",
    "-1",
    "0",
    "1e30",
    "1e999",
    "nan",
    "-inf",
    "1_000",
    "٣",
    "9" * 5_000,
    "1" + "0" * 30,
    "x" * 200_000,
    "a\nb\r\x1b[31m",
    "\udcff\udc80",
    "$x_{$",
    "[" * 3_000,
    "{" * 3_000,
    "null",
    "true",
    "seed=",
    "=",
    "a=b=c",
    ".",
    "/dev/null",
    "/dev/full/x",
    "..",
    "\u202eabc",
    "sqlite:///",
    "sqlite://",
    "postgresql+psycopg://a:b@c:d/e",
    "://",
    "--",
    "-",
    "--help=1",
    "漢字",
    "search.trials=1e999",
    "strings.levels=[" + "9" * 5_000 + "]",
    "budget 1 steps",
    "1 GF",
    "-1 s",
]
OPTIONS = ["--no-such-option", "--out", "--jobs", "--seed", "--set", "-x", "--", "---"]


def odd_arguments(rng: random.Random, folder: Path) -> list[Case]:
    """Return a command line in which one argument was changed, added or removed."""
    command = rng.choice(list(RIGHT))
    words = list(RIGHT[command])
    kind = rng.choice(["change", "change", "change", "add", "remove", "double", "command"])
    place = rng.randrange(len(words))
    if kind == "change":
        words[place] = rng.choice(VALUES)
    elif kind == "add":
        words[place:place] = [rng.choice(OPTIONS), rng.choice(VALUES)]
    elif kind == "remove":
        del words[place]
    elif kind == "double":
        words += words[place:]
    else:
        command = rng.choice(VALUES)
    return [Case([command, *words], f"{kind} at {place}")]
