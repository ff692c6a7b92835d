"""The digest of the rules of study 2 covers every number that a verdict depends on."""

from __future__ import annotations

import ast
import importlib.util
import json
import math
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

from seqmem.analysis.claims import STUDIES, study_2
from seqmem.analysis.claims.study_2.rules import constants
from seqmem.workflows.study_2.freeze import canonical_json, current_freeze

# Numbers of older code that study 2 uses too: module, name.
SHARED = [
    ("seqmem.analysis.claims.rules.step_time_parts", "STEP_TIME_MARGIN"),
    ("seqmem.analysis.claims.rules.step_time_parts", "TIMED_PROCESSES"),
    ("seqmem.analysis.claims.rules.step_time_parts", "TIMED_SHAPES"),
    ("seqmem.analysis.claims.rules.step_time_parts", "TIMED_ENGINES"),
    ("seqmem.analysis.claims.rules.step_time_parts", "DECIDING_ENGINE"),
    ("seqmem.analysis.claims.study_1.c5_cheaper", "PUBLISHED_RATIO"),
    ("seqmem.analysis.claims.study_1.c8_gradients", "LOG2_TWICE"),
    ("seqmem.analysis.claims.study_1.c8_gradients", "LOG2_SIXTEEN"),
    ("seqmem.analysis.claims.study_1.c8_gradients", "SHORTEST_HALF_LIFE"),
    ("seqmem.analysis.claims.study_1.c8_gradients", "LONGEST_HALF_LIFE"),
    ("seqmem.analysis.claims.study_1.c9_inference", "INFERENCE_BATCHES"),
    ("seqmem.analysis.estimators.box_edges", "EDGE"),
    ("seqmem.analysis.estimators.box_edges", "FEWEST_UNITS"),
    ("seqmem.analysis.estimators.contrasts", "PLAIN"),
    ("seqmem.analysis.estimators.contrasts", "BONFERRONI"),
    ("seqmem.analysis.estimators.depth_ratios", "QUARTER"),
    ("seqmem.analysis.estimators.knees", "LEVEL"),
    ("seqmem.analysis.estimators.knees", "POWER"),
    ("seqmem.analysis.estimators.saltelli", "RESAMPLES"),
    ("seqmem.analysis.estimators.search_gates", "MOVE_MARGIN"),
    ("seqmem.analysis.estimators.search_quality", "EDGE_SHARE"),
    ("seqmem.analysis.estimators.time_ratios", "HIGHEST_THRESHOLD"),
    ("seqmem.analysis.estimators.time_ratios", "LEAST_THRESHOLD"),
    ("seqmem.analysis.records.groups", "GIVEN_SHARE"),
    ("seqmem.study.memorizers.size_matching", "TOLERANCE"),
]
_FOLDER = Path(study_2.__file__).parent


def changed(value: object) -> object:
    """Return another value of the same type."""
    if isinstance(value, tuple):
        return (*value[:-1], changed(value[-1]))
    return f"{value} changed" if isinstance(value, str) else value * 1.01  # type: ignore[operator]


def fresh_constants() -> ModuleType:
    """Load a second copy of the constants, with what older code says now."""
    spec = importlib.util.spec_from_file_location("constants_again", constants.__file__)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def numbers(tree: ast.Module) -> Iterator[str]:
    """Yield the module's names whose values hold a number other than 0 and 1."""
    for node in tree.body:
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            # A call, such as that of `Claim`, holds texts and the number of the study.
            inner = [] if isinstance(node.value, ast.Call) else ast.walk(node.value)
            values = [one.value for one in inner if isinstance(one, ast.Constant)]
            if any(isinstance(one, int | float) and one not in (0, 1) for one in values):
                target = node.targets[0] if isinstance(node, ast.Assign) else node.target
                yield ast.unparse(target)


@pytest.mark.parametrize(("module", "name"), SHARED)
def test_a_change_of_older_code_changes_the_digest(
    module: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = import_module(module)
    before = fresh_constants().frozen_constants()
    assert before == constants.frozen_constants()
    monkeypatch.setattr(owner, name, changed(getattr(owner, name)))
    assert fresh_constants().frozen_constants() != before


@pytest.mark.parametrize("name", sorted(constants.frozen_constants()))
def test_a_change_of_any_constant_changes_the_digest(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = canonical_json(constants.frozen_constants())
    monkeypatch.setattr(constants, name, changed(getattr(constants, name)))
    assert canonical_json(constants.frozen_constants()) != before


def test_the_freeze_has_the_digest_of_the_constants(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    before = current_freeze(tmp_path)
    monkeypatch.setattr(constants, "TIMED_PROCESSES", 9)
    after = current_freeze(tmp_path)
    assert after.rules != before.rules
    assert after._replace(rules=before.rules) == before


def test_rules_of_study_2_name_no_number_of_their_own() -> None:
    paths = [path for path in _FOLDER.rglob("*.py") if path.name != "constants.py"]
    assert len(paths) > 20
    found = {
        f"{path.name}: {name}" for path in paths for name in numbers(ast.parse(path.read_text()))
    }
    assert not found
    assert set(numbers(ast.parse("A = 2\nB = 0\nC = (0.5, 'x')"))) == {"A", "C"}


def test_constants_of_shared_rules_are_those_of_study_1() -> None:
    plain = json.loads(json.dumps(constants.frozen_constants()))
    assert plain["STEP_TIME_RATIO"] == 0.98
    assert (plain["HALF_LIFE_RATIO"], plain["LEAST_HALF_LIFE"]) == (2.0, 16.0)
    assert math.isclose(plain["OTHER_CONFIDENCE"], 1 - 0.05 / 8)
    assert {"C5", "C8", "C9"} <= set(STUDIES[2]) & set(plain["OTHER_CLAIMS"])
