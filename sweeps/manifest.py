"""What made a sweep: versions, machine, revision, hashes. No paths and no host names."""

import json
import os
import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from generators.atomic import replace_file
from generators.errors import InputError
from generators.seeding import digest
from sweeps.config import SweepConfig

PACKAGES = ("seqmem", "torch", "numpy", "scipy", "optuna", "joblib", "pandas", "pyarrow")


def manifest(config: SweepConfig, environment: dict[str, str], jobs: int, storage: str) -> dict[str, Any]:
    """Return the manifest of a sweep as plain values; ``storage`` names it without a password."""
    return {
        "sweep": config.name,
        "seed": config.seed,
        "configuration_hash": digest("config", config.to_dict()),
        "environments": [environment],
        "storage": storage,
        "versions": {name: package_version(name) for name in PACKAGES} | {"python": platform.python_version()},
        "machine": {
            "cpu": cpu_model(),
            "logical_cpus": os.cpu_count(),
            "system": platform.system(),
            "architecture": platform.machine(),
        },
        "jobs": jobs,
        "threads_per_run": 1,
        "git": git_revision(),
    }


def read_manifest(path: Path) -> dict[str, Any]:
    """Return the manifest of a sweep.

    Raises
    ------
    InputError
        If the file is not one.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        content = None
    if not isinstance(content, dict) or not {"environments", "storage"} <= content.keys():
        raise InputError(f"{path}: not the manifest of a sweep")
    return content


def write_manifest(path: Path, content: dict[str, Any]) -> None:
    """Write the manifest, whole or not at all."""
    with replace_file(path) as file:
        json.dump(content, file, indent=2, sort_keys=True)
        file.write("\n")


def package_version(name: str) -> str | None:
    """Return the installed version of a distribution; None if it is not installed."""
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def cpu_model() -> str:
    """Return the processor's name as the system gives it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def git_revision() -> dict[str, Any] | None:
    """Return revision and dirty flag of the checkout the code runs from; None outside of one."""
    folder = Path(__file__).parent

    def git(*arguments: str) -> str:
        command = ["git", "-C", str(folder), *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    try:
        tracked = git("ls-files", "--error-unmatch", Path(__file__).name)
        return (
            {"revision": git("rev-parse", "HEAD"), "dirty": bool(git("status", "--porcelain", "-uno"))}
            if tracked
            else None
        )
    except (OSError, subprocess.CalledProcessError):
        return None
