"""All that the golden tests take from the project: where modules move, this file alone changes."""

from typing import Any

import pyarrow as pa

from seqmem.analysis.records.groups import Group
from seqmem.cli.app import main
from seqmem.core.progress import Silent
from seqmem.core.seeding import derive_seed, digest, generator
from seqmem.generators.data.read_options import OWN_COLUMNS as STRING_COLUMNS
from seqmem.generators.matching import match
from seqmem.generators.records import whole_records
from seqmem.generators.symbols import SymbolString, from_text
from seqmem.generators.targeting import generate
from seqmem.study.budget import checkpoint_fractions
from seqmem.study.calibration.model import TERMS, StepShape
from seqmem.study.calibration.table import make_table, reference_table
from seqmem.study.config import RunConfig
from seqmem.study.declaration import added_defaults, declared_options
from seqmem.study.kernels import available as kernels_available
from seqmem.study.record import ADDED_MEASUREMENTS, TIMES
from seqmem.study.record import columns as record_columns
from seqmem.study.runner import run
from seqmem.sweeps.config.conditions import search_keys
from seqmem.sweeps.config.record_strings import draw_record_strings
from seqmem.sweeps.config.section import UNITS_GRID
from seqmem.sweeps.config.sweep_config import SweepConfig
from seqmem.sweeps.config.sweep_file import load_config, load_configs, preset_names
from seqmem.sweeps.execution.launcher import run_sweep
from seqmem.sweeps.execution.plan import run_config
from seqmem.sweeps.search.space import distributions
from seqmem.sweeps.search.strings import string_seed, strings_of
from seqmem.sweeps.search.suggestions import generation_sizes, running_trial, suggest
from seqmem.sweeps.storage import manifest as manifests
from seqmem.sweeps.storage.folder import SweepFolder
from seqmem.sweeps.storage.record_schema import arrow_schema, records_schema
from seqmem.workflows.compare.plans import DEFAULT, GUIDED, WIDE, Plan
from seqmem.workflows.compare.prepared import prepare
from seqmem.workflows.reproduce.planning import plan as plan_reproduction
from seqmem.workflows.step_timing.measurement import TimedCells, measure_timings

__all__ = [
    "DEFAULT",
    "GUIDED",
    "STRING_COLUMNS",
    "TERMS",
    "TIMES",
    "UNITS_GRID",
    "WIDE",
    "Group",
    "Plan",
    "RunConfig",
    "Silent",
    "StepShape",
    "SweepConfig",
    "SweepFolder",
    "SymbolString",
    "TimedCells",
    "added_columns",
    "added_options",
    "arrow_schema",
    "checkpoint_fractions",
    "derive_seed",
    "digest",
    "distributions",
    "draw_record_strings",
    "from_text",
    "generate",
    "generation_sizes",
    "generator",
    "kernels_available",
    "load_config",
    "load_configs",
    "main",
    "make_table",
    "manifest",
    "match",
    "measure_timings",
    "of_schema",
    "plan_reproduction",
    "prepare",
    "preset_names",
    "record_columns",
    "reference_table",
    "run",
    "run_config",
    "run_sweep",
    "running_trial",
    "search_keys",
    "string_seed",
    "strings_of",
    "suggest",
    "sweep_schema",
    "whole_records",
]


def sweep_schema(config: SweepConfig) -> pa.Schema:
    """Return the columns of ``runs.parquet`` of a sweep."""
    return records_schema(config.training.probes)


def manifest(config: Any, environment: dict[str, str], jobs: int, storage: str) -> dict[str, Any]:
    """Return the manifest of a sweep whose cells have one engine."""
    return manifests.manifest(config, [environment], jobs, storage)


def added_options() -> set[str]:
    """Return the names of options that were added after the values here were written."""
    declared = declared_options(RunConfig)
    return {name for name, item in declared.items() if item.option.added}


def added_columns() -> set[str]:
    """Return the columns of these options, and of measurements that were added later."""
    return {*added_defaults(RunConfig), *ADDED_MEASUREMENTS}


def of_schema(schema: Any) -> list[str]:
    """Return name and type of every column of a file, without those of options added later."""
    added = added_columns()
    return [f"{field.name}: {field.type}" for field in schema if field.name not in added]
