"""The freeze of study 2: digests of what decides its verdicts, taken before any of its records.

The file holds a digest of the numbered sections of the pre-registration, of each preset of study 2,
and of the constants of the rules, and the version of the kernels. A sweep of study 2 starts only
while all of them are what they were.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

from seqmem.core.atomic import replace_file
from seqmem.core.errors import InputError
from seqmem.core.structured_text import parse_json_object, read_utf8
from seqmem.study import kernels
from seqmem.sweeps.config.sweep_config import SweepConfig
from seqmem.workflows.study_2.frozen_settings import settings_problem
from seqmem.workflows.study_2.presets import frozen_presets, preset_bytes, preset_of

FILE = "study-2-frozen.json"
TAG = "study2-frozen"
ROOT = Path(__file__).parents[4]
PAGE = Path("docs/preregistration/study-2.md")
# Both copies are equal: the one beside the page is read by people, this one is in the wheel.
SHOWN = PAGE.with_name(FILE)
PACKAGED = files(__package__).joinpath(FILE)
# Later notes follow this heading; the digest leaves them out.
APPENDED = "\n## Deviations and later changes"
_NO_KERNELS = "none"


class Freeze(NamedTuple):
    """What is frozen.

    Attributes
    ----------
    page : str or None
        Digest of the numbered sections; None where the page is not installed.
    presets : dict of str to str
        Digest of the file of each preset but the pilot, by its name.
    rules : str
        Digest of the constants of the rules, in canonical JSON.
    kernels : str
        Version of the kernels, which covers their sources and compiler.
    """

    page: str | None
    presets: dict[str, str]
    rules: str
    kernels: str


def current_freeze(root: Path = ROOT) -> Freeze:
    """Return the digests of this installation.

    Parameters
    ----------
    root : Path
        The repository. Without a page in it, as in an installed wheel, its digest is None.
    """
    # Only sweeps of study 2 need the rules, and their imports take a second.
    from seqmem.analysis.claims.study_2.rules.constants import frozen_constants

    page = root / PAGE
    return Freeze(
        page=_digest(numbered_sections(read_utf8(page)).encode()) if page.is_file() else None,
        presets={name: _digest(preset_bytes(name)) for name in frozen_presets()},
        rules=_digest(canonical_json(frozen_constants())),
        kernels=kernels.version() if kernels.available() else _NO_KERNELS,
    )


def numbered_sections(page: str) -> str:
    r"""Return a pre-registration without the notes that were appended later.

    Examples
    --------
    >>> numbered_sections("# Rules\n\n## 1. First\n\n## Deviations and later changes\n")
    '# Rules\n\n## 1. First\n'
    """
    return page.partition(APPENDED)[0]


def canonical_json(value: Any) -> bytes:
    """Return a value as JSON with sorted keys and without blanks.

    Examples
    --------
    >>> canonical_json({"b": [1, 2], "a": 0.15})
    b'{"a":0.15,"b":[1,2]}'
    """
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def write_freeze(root: Path = ROOT) -> tuple[Path, Path]:
    """Write both copies of the freeze file, and return their paths.

    Parameters
    ----------
    root : Path
        The repository.

    Raises
    ------
    InputError
        If this is not a checkout of the repository, the kernels are not compiled, or the file is
        there already: what is frozen does not change.
    """
    freeze = current_freeze(root)
    if freeze.page is None:
        raise InputError(
            f"{root / PAGE} is missing; freeze study 2 in a checkout of the repository"
        )
    if freeze.kernels == _NO_KERNELS:
        raise InputError("the fused kernels are not compiled; `seqmem doctor` says why")
    package = root / "src" / "seqmem" / "workflows" / "study_2"
    paths = root / SHOWN, package / FILE
    for path in paths:
        if path.exists():
            raise InputError(f"{path} exists: study 2 is frozen; what is frozen does not change")
    for path in paths:
        with replace_file(path) as file:
            file.write(json.dumps(freeze._asdict(), indent=2, sort_keys=True) + "\n")
    return paths


def read_freeze() -> Freeze | None:
    """Return what is frozen; None if study 2 is not frozen.

    Raises
    ------
    InputError
        If the file is damaged.
    """
    if not PACKAGED.is_file():
        return None
    content = parse_json_object(PACKAGED.read_bytes(), FILE)
    try:
        return Freeze(**content)
    except TypeError:
        keys = ", ".join(Freeze._fields)
        raise InputError(f"{FILE}: must have the keys {keys}; restore the committed file") from None


def check_frozen(
    configs: Sequence[SweepConfig],
    frozen: Callable[[], Freeze | None] = read_freeze,
    current: Callable[[], Freeze] = current_freeze,
) -> None:
    """Refuse sweeps of study 2 that are not those of its freeze.

    A sweep is of study 2 by its name, so a copy of a preset's file is checked too. The pilot is
    not. More searches are allowed, see `settings_problem`.

    Parameters
    ----------
    configs : sequence of SweepConfig
        Sweeps that are about to run.
    frozen, current : callable
        Return what is frozen, and what is installed.

    Raises
    ------
    InputError
        If study 2 is not frozen, or something differs from its freeze. The message names it.
    """
    ours = [config for config in configs if preset_of(config.name) is not None]
    if not ours:
        return
    freeze = frozen()
    if freeze is None:
        raise InputError(
            f"{ours[0].name}: study 2 is not frozen ({SHOWN} is missing); only study2-pilot may "
            "run before; then `python -m seqmem.workflows.study_2 freeze` freezes it"
        )
    if changes := freeze_differences(freeze, current()):
        raise InputError(f"{ours[0].name}: since study 2 was frozen, {'; '.join(changes)}")
    for config in ours:
        if problem := settings_problem(config):
            raise InputError(f"{config.name}: {problem}")


def freeze_differences(frozen: Freeze, current: Freeze) -> list[str]:
    """Return what differs from the freeze and what to do, one text each; empty if nothing does.

    Parameters
    ----------
    frozen, current : Freeze
        What is frozen and what is installed.

    Examples
    --------
    >>> frozen = Freeze("1", {"study2-aa": "2"}, "3", "4")
    >>> freeze_differences(frozen, frozen._replace(page=None))
    []
    >>> freeze_differences(frozen, frozen._replace(presets={"study2-aa": "5"}))
    ['preset study2-aa has changed (git checkout study2-frozen -- sweeps/presets/study2-aa.toml)']
    """
    changes = []
    if current.page not in (None, frozen.page):
        changes.append(f"the numbered sections of {PAGE.name} have changed (restore them)")
    for name in sorted(frozen.presets.keys() | current.presets.keys()):
        if frozen.presets.get(name) != current.presets.get(name):
            file = f"sweeps/presets/{name}.toml"
            changes.append(f"preset {name} has changed (git checkout {TAG} -- {file})")
    if frozen.rules != current.rules:
        changes.append(
            "constants of the rules have changed (restore analysis/claims and analysis/estimators)"
        )
    if frozen.kernels != current.kernels:
        changes.append(
            f"the kernels have changed from version {frozen.kernels} to {current.kernels}, so "
            "steps may have other results and times (use the sources and compiler of the freeze)"
        )
    return changes


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
