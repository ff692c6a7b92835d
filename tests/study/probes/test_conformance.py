"""What every registered probe must do: measure as it says, and change nothing."""

from functools import cache

import numpy as np
import pytest
import torch

from seqmem import generators, study
from seqmem.core.errors import InputError
from seqmem.core.validation import validate
from seqmem.study.config import RunConfig
from seqmem.study.declaration import added_defaults
from seqmem.study.engine import resolve_engine
from seqmem.study.options import RunOptions
from seqmem.study.probes import PROBES, parse_probes
from seqmem.study.probes.probe import PREFIX, probe_columns
from seqmem.study.record import ADDED_MEASUREMENTS, TIMES, columns

STRING = generators.generate("iid", alphabet_size=3, target=14, seed=2)
ENGINES = sorted({"torch", resolve_engine("auto", "cpu")})


def config(**changes: object) -> RunConfig:
    fields = {
        "string": STRING,
        "cell": "gru",
        "units": 6,
        "budget": "101 steps",
        "batch": 4,
        "length": 10,
    }
    return RunConfig(**(fields | changes))


def without_times(record: study.RunRecord) -> dict[str, object]:
    left_out = {*TIMES} | {"run_id"}
    return {name: value for name, value in record.to_row().items() if name not in left_out}


@cache
def without_probes(**fields: object) -> study.RunRecord:
    """Return the record of a run without probes, which every probe is compared with."""
    return study.run(config(**fields))


@pytest.mark.parametrize("name", PROBES)
@pytest.mark.parametrize(
    ("cell", "protocol", "engine"),
    [
        (cell, protocol, engine)
        for engine in ENGINES
        for cell, protocol in [("lstm", "stream"), ("rnn", "window")]
    ],
)
def test_a_probe_changes_nothing_else(name: str, cell: str, protocol: str, engine: str) -> None:
    fields = {"cell": cell, "protocol": protocol, "engine": engine, "stop_on_memorized": False}
    plain = without_probes(**fields)
    torch_state = torch.get_rng_state()
    numpy_state = np.random.get_state()[1].copy()  # noqa: NPY002
    probed = study.run(config(**fields, probes=[name]))
    assert torch.equal(torch.get_rng_state(), torch_state)
    assert (np.random.get_state()[1] == numpy_state).all()  # noqa: NPY002
    assert plain.probes == {}
    others = {
        column: value
        for column, value in without_times(probed).items()
        if not column.startswith(PREFIX)
    }
    assert others == without_times(plain)
    assert probed.run_id != plain.run_id


@pytest.mark.parametrize("name", PROBES)
@pytest.mark.parametrize("diverges", [False, True])
def test_it_returns_its_columns_with_their_types(name: str, diverges: bool) -> None:
    diverging = (
        {"learning_rate": 1e38, "optimizer": "sgd", "gradient_clip": 1e38} if diverges else {}
    )
    record = study.run(config(probes=[name], cell="rnn", **diverging))
    assert (record.status == "diverged") == diverges
    types = probe_columns([name])
    assert list(record.probes) == list(types)
    added = added_defaults(RunOptions) | ADDED_MEASUREMENTS
    assert list(record.to_row()) == [name for name in columns([name]) if name not in added]
    for column, value in record.probes.items():
        items = value if isinstance(value, list) else [value]
        kind = int if types[column] in (int, list[int]) else float
        assert isinstance(value, list) == (types[column] in (list[int], list[float]))
        assert {type(item) for item in items} == {kind}


@pytest.mark.parametrize("name", PROBES)
def test_a_run_of_one_step_is_enough(name: str) -> None:
    record = study.run(config(string="AB", probes=[name], budget="1 steps"))
    assert record.steps == 1
    assert list(record.probes) == list(probe_columns([name]))


def test_all_together_are_what_they_are_alone() -> None:
    steady = [name for name in PROBES if name != "timing"]
    together = study.run(config(probes=steady)).to_row()
    assert together["probe_loss_volatility_log_loss_sd"] > 0
    for name in steady:
        alone = study.run(config(probes=[name])).to_row()
        assert {column: together[column] for column in probe_columns([name])} == {
            column: alone[column] for column in probe_columns([name])
        }


def test_order_does_not_matter_and_wrong_names_are_refused() -> None:
    names = sorted(PROBES)
    assert parse_probes(names[::-1]) == tuple(names)
    assert config(probes=names).run_id == config(probes=names[::-1]).run_id
    for probes, message in [
        (["tining"], "unknown probe 'tining'; did you mean 'timing'"),
        (["timing", "timing"], "probes: 'timing' is named twice"),
        ("timing", "probes 'timing': give a list of names"),
    ]:
        with pytest.raises(InputError, match=message):
            validate(
                RunConfig, {"string": "AB", "cell": "gru", "budget": "1 steps", "probes": probes}
            )


def test_timing_is_refused_off_the_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: True)
    with pytest.raises(ValueError, match="probe 'timing' measures one thread of the cpu, not cuda"):
        config(probes=["timing"], device="cuda")
