"""No file in a results folder is ever executed."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = (
    "generators",
    "study",
    "sweeps",
    "analysis",
    "src/seqmem/core",
    "src/seqmem/workflows",
    "src/seqmem/cli",
)
EXECUTES = {"eval", "exec", "compile", "__import__"}
UNPICKLES = {"pickle", "dill", "cloudpickle", "shelve", "marshal"}
UNPICKLING_CALLS = {
    "torch.load",
    "joblib.load",
    "numpy.load",
    "np.load",
    "pd.read_pickle",
    "pandas.read_pickle",
}


@pytest.mark.parametrize("package", PACKAGES)
def test_no_module_unpickles_or_evaluates(package: str) -> None:
    violations = []
    for path in sorted((ROOT / package).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = []
            if isinstance(node, ast.Import):
                names = [
                    alias.name for alias in node.names if alias.name.partition(".")[0] in UNPICKLES
                ]
            elif (
                isinstance(node, ast.ImportFrom)
                and (node.module or "").partition(".")[0] in UNPICKLES
            ):
                names = [node.module]
            elif isinstance(node, ast.Call):
                name = ast.unparse(node.func)
                names = [name] if name in EXECUTES | UNPICKLING_CALLS else []
            violations += [f"{path.relative_to(ROOT)}:{node.lineno} {name}" for name in names]
    assert violations == []
