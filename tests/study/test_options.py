"""The declaration of a run's options: what derives from it, and an option that is added later."""

import dataclasses
import inspect
import shutil
from pathlib import Path
from typing import Annotated

import pandas as pd
import pytest
from pydantic import Field

from seqmem.analysis.records import loading
from seqmem.cli.train import train_command
from seqmem.core.registries import help_lines
from seqmem.study.config import RunConfig
from seqmem.study.declaration import (
    OnlyWith,
    Option,
    added_defaults,
    declared_options,
    option_columns,
    option_values,
)
from seqmem.study.memorizers.cells import CELLS
from seqmem.study.metrics import METRICS
from seqmem.study.options import RunOptions, TrainingOptions
from seqmem.study.probes import PROBES
from seqmem.study.protocols import PROTOCOLS
from seqmem.study.record import ADDED_MEASUREMENTS, RunRecord, columns
from seqmem.study.runner import run
from seqmem.study.training.optimization import OPTIMIZERS
from seqmem.study.training.schedule import KINDS, parse_schedule
from seqmem.sweeps.config.sweep_config import SweepConfig
from seqmem.sweeps.config.sweep_file import load_config
from seqmem.sweeps.config.training_section import TrainingSection
from seqmem.sweeps.storage import export

STUDY_1 = Path(__file__).parents[2] / "results" / "study-1"
ADDED = added_defaults(RunOptions) | ADDED_MEASUREMENTS
VALID = {"string": "ABRACADABRA", "cell": "gru", "budget": "3 steps", "units": 4, "engine": "torch"}
Zoneout = Annotated[
    float,
    Option(
        "Probability with which a unit keeps its state.",
        only_with=(OnlyWith("protocol", lambda: ("stream",)),),
        added=True,
    ),
]


class LaterConfig(RunConfig):
    """A run with one option that was added later."""

    zoneout: Zoneout = Field(0.0, ge=0, lt=1)


class LaterTraining(TrainingSection):
    """The section of a sweep with the same option."""

    zoneout: Zoneout = Field(0.0, ge=0, lt=1)


class LaterSweep(SweepConfig):
    """A sweep with that section."""

    training: LaterTraining


def test_all_fields_of_a_run_are_declared() -> None:
    assert set(declared_options(RunConfig)) == set(RunConfig.model_fields) - {"string"}
    assert set(declared_options(TrainingSection)) == set(TrainingOptions.model_fields)
    assert set(declared_options(TrainingOptions)) < set(declared_options(RunOptions))


def test_every_option_has_help_and_a_place_on_the_command_line() -> None:
    parameters = inspect.signature(train_command).parameters
    for name, declared in declared_options(RunOptions).items():
        assert declared.option.help.endswith("."), name
        assert "\n" not in declared.option.help, name
        assert name in parameters


@pytest.mark.parametrize("registry", [CELLS, KINDS, METRICS, OPTIMIZERS, PROBES, PROTOCOLS])
def test_every_member_of_a_registry_has_a_line_of_help(registry: dict) -> None:
    for name, line in help_lines(registry).items():
        assert line, name
        assert "\n" not in line, name


@pytest.mark.parametrize("kind", KINDS)
def test_examples_of_schedules_are_schedules(kind: str) -> None:
    assert parse_schedule(KINDS[kind].example).kind == kind


def test_groups_and_columns_of_a_record_agree() -> None:
    record = run(RunConfig(**VALID))
    assert list(record.to_row()) == [name for name in columns() if name not in ADDED]
    assert record.status == record.cost.status
    assert record.learning_rate == record.options["learning_rate"] == 0.01
    assert record.nll_bits == record.recall.nll_bits
    with pytest.raises(AttributeError, match="no column 'nll_bytes'"):
        _ = record.nll_bytes
    assert dataclasses.replace(record, probes={}) == record


def test_an_added_option_enters_run_ids_only_away_from_its_default() -> None:
    before = RunConfig(**VALID).run_id
    assert LaterConfig(**VALID).run_id == before
    assert LaterConfig(**VALID, zoneout=0.0).run_id == before
    assert LaterConfig(**VALID, zoneout=0.1).run_id not in {
        before,
        LaterConfig(**VALID, zoneout=0.2).run_id,
    }


def test_an_added_option_is_checked_like_the_others() -> None:
    with pytest.raises(ValueError, match=r"zoneout 0.1: only protocol 'stream' has it"):
        LaterConfig(**VALID, protocol="window", length=20, zoneout=0.1)


def test_an_added_option_is_recorded_only_away_from_its_default() -> None:
    assert list(option_columns(LaterConfig)) == [*option_columns(RunOptions), "zoneout"]
    assert columns(options=LaterConfig)["zoneout"] is float
    assert "zoneout" not in option_values(LaterConfig(**VALID))
    assert option_values(LaterConfig(**VALID, zoneout=0.1))["zoneout"] == 0.1
    usual = run(LaterConfig(**VALID))
    assert list(usual.to_row()) == [name for name in columns() if name not in ADDED]
    assert run(LaterConfig(**VALID, zoneout=0.1)).zoneout == 0.1


def test_records_that_lack_an_added_option_hold_its_default(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    defaults = added_defaults(LaterConfig)
    assert defaults == added_defaults(RunOptions) | {"zoneout": 0.0}
    record: RunRecord = run(RunConfig(**VALID))
    monkeypatch.setattr("seqmem.study.record.added_defaults", lambda model: defaults)
    assert record.zoneout == 0.0


def test_stored_sweeps_hold_an_added_option_only_away_from_its_default() -> None:
    stored = load_config("smoke").to_dict()
    later = LaterSweep.model_validate(stored)
    assert later.training.zoneout == 0.0
    assert later.to_dict() == stored
    assert later.to_toml() == load_config("smoke").to_toml()
    changed = stored | {"training": stored["training"] | {"zoneout": 0.1}}
    assert LaterSweep.model_validate(changed).to_dict()["training"]["zoneout"] == 0.1


def test_loading_fills_the_default_into_old_records(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shipped = STUDY_1 / "paper-capacity-gru-4-load-3" / "runs.parquet"
    shutil.copy(shipped, tmp_path)
    monkeypatch.setattr(loading, "added_defaults", lambda model: added_defaults(LaterConfig))
    frame = loading.load(tmp_path)
    assert "zoneout" not in pd.read_parquet(shipped)
    assert set(frame["zoneout"]) == {0.0}


def test_export_fills_the_default_into_old_records(monkeypatch: pytest.MonkeyPatch) -> None:
    record = run(RunConfig(**VALID)).to_row()
    monkeypatch.setattr(export, "added_defaults", lambda model: added_defaults(LaterConfig))
    assert export.with_added_defaults(record)["zoneout"] == 0.0
    assert export.with_added_defaults(record | {"zoneout": 0.5})["zoneout"] == 0.5
