"""The command ``doctor``: show this machine and installation, or compare them with a sweep's."""

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
from seqmem.core.plugins import plugins_among, versions_of
from seqmem.study import kernels
from seqmem.study.engine import resolve_engine
from seqmem.study.environment import environment
from seqmem.sweeps.config.plugin_section import REGISTRIES
from seqmem.sweeps.storage.folder import SweepFolder
from seqmem.sweeps.storage.manifest import MANIFEST_PACKAGES, cpu_model, package_version
from seqmem.sweeps.storage.manifest_check import compare_folder


def doctor_command(
    folder: Path | None = None, /, *, engine: Annotated[bool, Parameter(negative=())] = False
) -> int | None:
    """Show environment, engine, threads and clocks, or compare them with what made a sweep.

    For the folder of a sweep, every entry of its manifest is shown as the same or different on
    this machine. The exit code is 0 if the sweep would make identical records on this machine,
    and 1 if they may differ.

    Parameters
    ----------
    folder
        Folder of a sweep, whose manifest is compared.
    engine
        Show only the lines about the engine.
    """
    if folder is None:
        show_machine(engine)
        return None
    if engine:
        raise InputError("--engine is about this machine alone; leave out the folder or --engine")
    return show_comparison(folder)


def show_comparison(folder: Path) -> int:
    """Print the entries of a sweep's manifest with their values here, and return an exit code.

    Returns
    -------
    int
        0 if records would be identical on this machine, and 1 if they may differ.
    """
    comparison = compare_folder(SweepFolder(folder))
    for entry in comparison.entries:
        print(entry.line)
    print(comparison.verdict)
    return RECORDS_MAY_DIFFER if comparison.different else DONE


def show_machine(engine: bool) -> None:
    """Print the properties of this machine and installation.

    Parameters
    ----------
    engine : bool
        Print only the lines about the engine.
    """
    resolved = resolve_engine("auto", "cpu")
    here = environment(resolved)
    print(f"engine: {resolved} ({here['instruction_set']}, 1 thread per run)")
    if kernels.available():
        instruction_sets = ", ".join(kernels.supported_isas())
        print(f"fused kernels: version {kernels.version()}, instruction sets {instruction_sets}")
    else:
        print(f"fused kernels: not installed ({kernels.unavailable_reason()})")
        print(
            "to compile them: install a C++ compiler and Python's headers, "
            "run `make clean` and install again"
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
    print(f"plug-ins: {', '.join(_plugin_names()) or 'none'}")
    psycopg = package_version("psycopg") or "missing"
    print(f"storage: SQLite {sqlite3.sqlite_version} by default; psycopg {psycopg}")
    for name in ("thread_time", "perf_counter"):
        print(f"clock {name}: resolution {time.get_clock_info(name).resolution:.1e} s")
    print(f"environment key: {json.dumps(here, sort_keys=True)}")


def _plugin_names() -> list[str]:
    """Return every installed plug-in, with its distribution and version."""
    from seqmem.analysis.figures import FIGURES

    registries = [*REGISTRIES.values(), FIGURES]
    plugins = plugins_among((registry, registry) for registry in registries)
    return [f"{key} ({origin})" for key, origin in versions_of(plugins).items()]
