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
# Messages to worker processes hold code on purpose. They are in no file.
MESSAGES = "src/seqmem/core/worker_messages.py"
USERS_OF_MESSAGES = {
    "src/seqmem/core/plugin_registries.py",
    "sweeps/execution/executors/dask.py",
    "sweeps/execution/executors/dask_workers.py",
}
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
LAST_PARTS = {name.rpartition(".")[2] for name in EXECUTES | UNPICKLING_CALLS}


@pytest.mark.parametrize("package", PACKAGES)
def test_no_module_unpickles_or_evaluates(package: str) -> None:
    violations = []
    for path in sorted({*(ROOT / package).rglob("*.py")} - {ROOT / MESSAGES}):
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
                called = node.func
                last = called.attr if isinstance(called, ast.Attribute) else ast.unparse(called)
                if last in LAST_PARTS:
                    name = ast.unparse(called)
                    names = [name] if name in EXECUTES | UNPICKLING_CALLS else []
            violations += [f"{path.relative_to(ROOT)}:{node.lineno} {name}" for name in names]
    assert violations == []


def test_only_what_talks_to_workers_unpacks_messages() -> None:
    users = {
        path.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
        if "worker_messages" in path.read_text(encoding="utf-8")
    }
    assert users == USERS_OF_MESSAGES
