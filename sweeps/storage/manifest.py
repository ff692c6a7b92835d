"""The manifest of a sweep: versions, machine, revision and hashes, without paths or host names."""

import json
import os
import platform
import subprocess
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from joblib import cpu_count

from seqmem.core.atomic import replace_file
from seqmem.core.errors import InputError
from seqmem.core.seeding import digest
from seqmem.core.structured_text import parse_json, read_utf8
from seqmem.study import kernels
from seqmem.sweeps.config.sweep_config import SweepConfig

MANIFEST_PACKAGES = (
    "seqmem",
    "torch",
    "numpy",
    "scipy",
    "optuna",
    "joblib",
    "pandas",
    "pyarrow",
    "rapidfuzz",
    "sqlalchemy",
    "pydantic",
)
# The entries about the installation and the machine, as opposed to the sweep.
MAKER_ENTRIES = ("versions", "machine", "git")


def manifest(
    config: SweepConfig, environments: list[dict[str, str]], jobs: int, storage: str
) -> dict[str, Any]:
    """Return the manifest of a sweep as plain values.

    Parameters
    ----------
    config : SweepConfig
        The resolved configuration, as in the folder of the sweep.
    environments : list of dict
        The environment of every engine in use, from `seqmem.study.environment.environment`.
    jobs : int
        Runs at a time.
    storage : str
        Name of the storage, without a password.
    """
    plain = config.to_dict()
    return (
        {
            "sweep": config.name,
            "seed": config.seed,
            "configuration_hash": digest("config", plain),
            "cost_table_hash": plain["training"].get("cost_table_hash"),
            **_extension_entry(plain["training"]),
            "environments": environments,
            "storage": storage,
            "jobs": jobs,
            "threads_per_run": 1,
        }
        | ({"plugins": config.plugins} if config.plugins else {})
        | maker()
    )


def _extension_entry(training: dict[str, Any]) -> dict[str, str]:
    """Return the hash of the extension of the cost table, if a cell of the sweep is in it."""
    name = "cost_extension_hash"
    return {name: training[name]} if name in training else {}


def maker() -> dict[str, Any]:
    """Return versions, machine and revision of the code of this installation."""
    return {
        "versions": {name: package_version(name) for name in MANIFEST_PACKAGES}
        | {"python": platform.python_version()},
        "machine": {
            "cpu": cpu_model(),
            "logical_cpus": os.cpu_count(),
            "usable_cpus": cpu_count(),
            "instruction_sets": instruction_sets(),
            "system": platform.system(),
            "architecture": platform.machine(),
        },
        "git": git_revision(),
    }


def resumed(content: dict[str, Any], environments: list[dict[str, str]]) -> dict[str, Any]:
    """Return a manifest with the present machine and its environments added.

    The machine is added to the list ``resumed_by``, and new environments to ``environments``.
    Nothing is added if the machine worked on the sweep before.

    Parameters
    ----------
    content : dict
        The manifest.
    environments : list of dict
        The environment of every engine in use.
    """
    stored = content["environments"]
    now = _worked_in(environments) | maker()
    first = _worked_in(stored[: len(environments)]) | {
        name: content.get(name) for name in MAKER_ENTRIES
    }
    known = [first, *content.get("resumed_by", [])]
    if now in known:
        return content
    new = [environment for environment in environments if environment not in stored]
    return content | {
        "environments": [*stored, *new],
        "resumed_by": [*content.get("resumed_by", []), now],
    }


def _worked_in(environments: list[dict[str, str]]) -> dict[str, Any]:
    """Return the entry of a machine about its environments: one of them, or a list."""
    if len(environments) == 1:
        return {"environment": environments[0]}
    return {"environments": environments}


def read_manifest(path: Path) -> dict[str, Any]:
    """Return the manifest in a file.

    Raises
    ------
    InputError
        If the file is not the manifest of a sweep.
    """
    content = parse_json(read_utf8(path), str(path))
    if not isinstance(content, dict) or not {"environments", "storage"} <= content.keys():
        raise InputError(f"{path}: not the manifest of a sweep")
    for name, (is_valid, form) in _FORMS.items():
        if name in content and not is_valid(content[name]):
            raise InputError(
                f"{path}: not the manifest of a sweep: {name} {content[name]!r} is not {form}"
            )
    return content


def _are_environments(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and _all_of(value, dict)


def _is_data(value: Any) -> bool:
    """Whether a value says what was read from files: ``readings``, and perhaps ``digest``."""
    if not isinstance(value, dict) or not isinstance(value.get("digest", ""), str):
        return False
    readings = value.get("readings", [])
    return isinstance(readings, list) and _all_of(readings, str)


def _all_of(values: list[Any], kind: type) -> bool:
    return all(isinstance(value, kind) for value in values)


# The entries that are read again, each with the check of its form and the form in words.
_FORMS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "environments": (_are_environments, "a list of environments"),
    "storage": (lambda value: isinstance(value, str), "a text"),
    "resumed_by": (lambda value: isinstance(value, list), "a list"),
    "data": (_is_data, "readings and a digest"),
    "shard": (lambda value: isinstance(value, str), "a text"),
}


def write_manifest(path: Path, content: dict[str, Any]) -> None:
    """Write a manifest, so that the file is either complete or unchanged."""
    with replace_file(path) as file:
        json.dump(content, file, indent=2, sort_keys=True)
        file.write("\n")


def package_version(name: str) -> str | None:
    """Return the installed version of a distribution, or None if it is not installed.

    Examples
    --------
    >>> package_version("no-such-distribution") is None
    True
    """
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def cpu_model() -> str:
    """Return the name of the processor, as the system reports it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def instruction_sets() -> list[str]:
    """Return the instruction sets that the fused kernels can use on this processor.

    The list is empty if the kernels are not installed.
    """
    return list(kernels.supported_isas()) if kernels.available() else []


def git_revision() -> dict[str, Any] | None:
    """Return the revision of the checkout that the code runs from, and whether it was changed.

    Returns
    -------
    dict or None
        The keys are ``revision`` and ``dirty``. None if the code is not in a checkout.
    """
    folder = Path(__file__).parent

    def git(*arguments: str) -> str:
        command = ["git", "-C", str(folder), *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    try:
        if not git("ls-files", "--error-unmatch", Path(__file__).name):
            return None
        return {
            "revision": git("rev-parse", "HEAD"),
            "dirty": bool(git("status", "--porcelain", "-uno")),
        }
    except (OSError, subprocess.CalledProcessError):
        return None
