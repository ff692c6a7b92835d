"""The command ``doctor``: what this machine and installation are, alone or beside what made a sweep."""

import json
import os
import sqlite3
import time
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from joblib import cpu_count

from seqmem.core.errors import InputError
from seqmem.core.exit_codes import DONE, RECORDS_MAY_DIFFER
from seqmem.study import kernels
from seqmem.study.engine import resolve_engine
from seqmem.study.environment import environment
from seqmem.sweeps.storage.folder import SweepFolder
from seqmem.sweeps.storage.manifest import MANIFEST_PACKAGES, cpu_model, package_version
from seqmem.sweeps.storage.manifest_check import compare_folder


def doctor_command(
    folder: Path | None = None, /, *, engine: Annotated[bool, Parameter(negative=())] = False
) -> int | None:
    """Show environment, engine, threads and clocks; or compare what made a sweep with this machine.

    Of a sweep's folder every entry of its manifest is shown as the same or different here. The exit code is 0 if the
    same command would make identical records here, and 1 if they may differ.

    Parameters
    ----------
    folder
        A sweep's folder, whose manifest is compared.
    engine
        Only the lines about the engine.
    """
    if folder is None:
        show_machine(engine)
        return None
    if engine:
        raise InputError("--engine is about this machine alone; leave out the folder or --engine")
    return show_comparison(folder)


def show_comparison(folder: Path) -> int:
    """Print the entries of a sweep's manifest beside what they are here; return 1 if records may differ."""
    comparison = compare_folder(SweepFolder(folder))
    for entry in comparison.entries:
        print(entry.line)
    print(comparison.verdict)
    return RECORDS_MAY_DIFFER if comparison.different else DONE


def show_machine(engine: bool) -> None:
    """Print what this machine is; only the lines about the engine, if so wanted."""
    resolved = resolve_engine("auto", "cpu")
    found = environment(resolved)
    print(f"engine: {resolved} ({found['instruction_set']}, 1 thread per run)")
    if kernels.available():
        print(
            f"fused kernels: version {kernels.version()}, instruction sets {', '.join(kernels.supported_isas())}"
        )
    else:
        print(f"fused kernels: not installed ({kernels.unavailable_reason()})")
        print(
            "to have them: install a C++ compiler and Python's headers, then `make clean` and install again"
        )
    if engine:
        return
    import torch

    print(f"processor: {cpu_model()}, {os.cpu_count()} logical, {cpu_count()} usable")
    print(f"cuda: {torch.cuda.get_device_name() if torch.cuda.is_available() else 'none'}")
    print(
        "versions: "
        + ", ".join(f"{name} {package_version(name) or 'missing'}" for name in MANIFEST_PACKAGES)
    )
    print(
        f"storage: SQLite {sqlite3.sqlite_version} by default; psycopg {package_version('psycopg') or 'missing'}"
    )
    for name in ("thread_time", "perf_counter"):
        print(f"clock {name}: resolution {time.get_clock_info(name).resolution:.1e} s")
    print(f"environment key: {json.dumps(found, sort_keys=True)}")
