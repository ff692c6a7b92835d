"""All that the golden tests take from the project: where modules move, this file alone changes."""

from analysis.cli import main
from analysis.comparison.run import prepare
from analysis.groups import Group
from analysis.reproduction.runs import plan as plan_reproduction
from generators.files import COLUMNS as STRING_COLUMNS
from generators.matching import match
from generators.seeding import derive_seed, digest, generator
from generators.sources.corpus import whole_records
from generators.symbols import SymbolString, from_text
from generators.targeting import generate
from study.budget import checkpoint_fractions
from study.calibration.model import TERMS, StepShape
from study.calibration.table import make_table, reference_table
from study.config import RunConfig
from study.kernels import available as kernels_available
from study.record import TIMES, RunRecord
from study.record import columns as record_columns
from study.runner import run
from sweeps.conditions import search_keys
from sweeps.config import SweepConfig
from sweeps.folder import SweepFolder
from sweeps.grid import UNITS_GRID
from sweeps.launcher import run_sweep
from sweeps.manifest import manifest
from sweeps.pieces import draw_strings
from sweeps.plan import run_config
from sweeps.progress import Silent
from sweeps.records import arrow_schema
from sweeps.records import schema as sweep_schema
from sweeps.search import generation_sizes, running_trial, suggest
from sweeps.space import distributions
from sweeps.strings import string_seed, strings_of
from sweeps.study_file import load_config, load_configs, preset_names
from sweeps.timing import Comparison, time_comparisons

__all__ = [
    "STRING_COLUMNS",
    "TERMS",
    "TIMES",
    "UNITS_GRID",
    "Comparison",
    "Group",
    "RunConfig",
    "RunRecord",
    "Silent",
    "StepShape",
    "SweepConfig",
    "SweepFolder",
    "SymbolString",
    "arrow_schema",
    "checkpoint_fractions",
    "derive_seed",
    "digest",
    "distributions",
    "draw_strings",
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
    "time_comparisons",
    "whole_records",
]
