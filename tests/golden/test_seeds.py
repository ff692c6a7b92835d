"""Values of the seeding functions for named components, and what a run draws from its seeds."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.golden.current import (
    RunConfig,
    derive_seed,
    digest,
    generate,
    generator,
    load_config,
    run,
    string_seed,
)
from tests.golden.stored import golden, plain

# The components of the seeds of strings, networks, data, samplers, points and pieces.
COMPONENTS: dict[str, list[Any]] = {
    "a word": ["string", 1],
    "network": [2026, "network", "3a8220dc4867823a", 0],
    "data": [2026, "data", "3a8220dc4867823a", 0],
    "dropout": [2**63 - 1, "dropout"],
    "phases": ["phases", 7],
    "windows": ["windows", 7],
    "copy": ["copy", "3a8220dc4867823a"],
    "startup": [1, "startup", "iid-k2-lzw6", 0],
    "sampler": [1, "sampler", "iid-k2-lzw6", "lstm", 0, 2],
    "random points": ["random points", 2**63 - 1],
    "source": ["source", "markov", {"order": 1, "entropy_rate": 1.0}, 4, 5, 0],
    "pieces": [0, "pieces", "0123456789abcdef", 24],
    "match": ["match", "MarkovSource", 4, 1, 0],
    "chance": [0, "chance", 4],
    "sweep": ["sweep", "quick"],
    "numbers of every kind": [0.1, 1e-05, 1e300, -0.0, True, None, [1, [2]], {"b": 1, "a": "é"}],
    "numbers of numpy": [np.int64(3), np.float64(0.1), np.bool_(True)],
}
SWEEPS = ("smoke", "published", "paper-sources:markov", "paper-importance:wide-lstm")
TINY = {
    "depth": 2,
    "units": 8,
    "learning_rate": 0.02,
    "engine": "torch",
    "seed": 5,
    "stop_on_memorized": False,
}
# Short runs. Their numbers come from all that seeds decide: weights, phases, order of windows,
# dropout, control string.
RUNS: dict[str, dict[str, Any]] = {
    "stream": {"cell": "gru", "budget": "20 steps", "batch": 4, "length": 8},
    "stream with dropout": {
        "cell": "lstm",
        "budget": "20 steps",
        "batch": 4,
        "length": 8,
        "dropout": 0.3,
    },
    "forget bias": {
        "cell": "lstm",
        "budget": "20 steps",
        "batch": 4,
        "length": 8,
        "forget_bias": 1.0,
        "repeat": 1,
    },
    "window": {
        "cell": "rnn",
        "budget": "8 steps",
        "batch": 16,
        "length": 8,
        "protocol": "window",
        "total_length": 200,
        "recall_horizon": 20,
    },
}
MEASURED = (
    "loss_first",
    "loss_final",
    "nll_bits",
    "copy_nll_bits",
    "carried_nll_bits",
    "validation_loss",
)


def values(folder: Path) -> Any:
    """Return seeds and draws."""
    return {
        "components": {name: of_components(name) for name in COMPONENTS},
        "strings": {name: of_strings(name) for name in SWEEPS},
        "runs": {name: of_run(name) for name in RUNS},
    }


def of_components(name: str) -> Any:
    """Return digest, seed and first draws of named components."""
    components = COMPONENTS[name]
    draws = generator(*components).integers(2**32, size=3)
    return {
        "digest": digest(*components),
        "seed": derive_seed(*components),
        "draws": draws.tolist(),
    }


def of_strings(name: str) -> Any:
    """Return string seeds of a sweep by role, search and replicate, and of a second attempt."""
    config = load_config(name)
    level = config.strings.levels[-1]
    addresses = [(0, "tune", 0), (0, "tune", 1), (0, "select", 0), (1, "confirm", 3)]
    return [
        *(string_seed(config, level, *address) for address in addresses),
        string_seed(config, level, 0, "tune", 0, 1),
    ]


def of_run(name: str) -> Any:
    """Return what a short run measured, without what its protocol does not have."""
    string = generate("iid", alphabet_size=3, target=20, seed=11)
    row = run(RunConfig(string=string, **TINY | RUNS[name])).to_row()
    return {column: row[column] for column in MEASURED if row[column] is not None}


@pytest.mark.parametrize("name", COMPONENTS)
def test_components_keep_their_seeds(name: str) -> None:
    assert plain(of_components(name)) == golden("seeds")["components"][name]


@pytest.mark.parametrize("name", SWEEPS)
def test_strings_keep_their_seeds(name: str) -> None:
    kept = golden("seeds")["strings"][name]
    assert of_strings(name) == kept
    assert len(set(kept)) == len(kept)


@pytest.mark.parametrize("name", RUNS)
def test_runs_draw_the_same_weights_and_batches(name: str) -> None:
    measured = of_run(name)
    kept = golden("seeds")["runs"][name]
    # Other processors give other last bits, other draws other numbers.
    assert measured == pytest.approx(kept, rel=1e-3)
