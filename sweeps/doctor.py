"""The command ``doctor``: what this machine and installation are, as the project sees them."""

import json
import os
import sqlite3
import time
from typing import Annotated

from cyclopts import Parameter
from joblib import cpu_count

from study import kernels
from study.engine import resolve_engine
from study.environment import environment
from sweeps.manifest import PACKAGES, cpu_model, package_version


def doctor_command(*, engine: Annotated[bool, Parameter(negative=())] = False) -> None:
    """Show environment, engine, threads and clocks.

    Parameters
    ----------
    engine
        Only the lines about the engine.
    """
    resolved = resolve_engine("auto", "cpu")
    found = environment(resolved)
    print(f"engine: {resolved} ({found['instruction_set']}, 1 thread per run)")
    if kernels.available():
        print(f"fused kernels: version {kernels.version()}, instruction sets {', '.join(kernels.supported_isas())}")
    else:
        print(f"fused kernels: not installed ({kernels.unavailable_reason()})")
        print("to have them: install a C++ compiler and Python's headers, then `make clean` and install again")
    if engine:
        return
    import torch

    print(f"processor: {cpu_model()}, {os.cpu_count()} logical, {cpu_count()} usable")
    print(f"cuda: {torch.cuda.get_device_name() if torch.cuda.is_available() else 'none'}")
    print("versions: " + ", ".join(f"{name} {package_version(name) or 'missing'}" for name in PACKAGES))
    print(f"storage: SQLite {sqlite3.sqlite_version} by default; psycopg {package_version('psycopg') or 'missing'}")
    for name in ("thread_time", "perf_counter"):
        print(f"clock {name}: resolution {time.get_clock_info(name).resolution:.1e} s")
    print(f"environment key: {json.dumps(found, sort_keys=True)}")
