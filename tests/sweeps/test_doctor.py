"""The manifest says what made a sweep; the doctor compares it with the present machine."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

import seqmem.sweeps.storage.manifest
from seqmem import sweeps
from seqmem.cli.app import main
from seqmem.core.exit_codes import BAD_INPUT, DONE
from seqmem.core.seeding import digest
from seqmem.study.calibration.table import reference_table
from seqmem.study.environment import environment
from seqmem.sweeps.storage.folder import SweepFolder
from seqmem.sweeps.storage.manifest import MANIFEST_PACKAGES, manifest
from seqmem.sweeps.storage.manifest_check import compare_folder, compare_manifests

IDENTICAL = "records made here would be identical"


@pytest.fixture
def folder(smoke: Path, tmp_path: Path) -> Path:
    """A finished sweep of this test's own."""
    return Path(shutil.copytree(smoke, tmp_path / "sweep"))


def changed(folder: Path, **changes: Any) -> None:
    """Write entries into a manifest; a dict changes entries of a section."""
    path = folder / "manifest.json"
    content = json.loads(path.read_text())
    for name, value in changes.items():
        content[name] = content[name] | value if isinstance(value, dict) else value
    path.write_text(json.dumps(content))


def doctor(folder: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, list[str]]:
    code = main(["doctor", str(folder)])
    return code, capsys.readouterr().out.splitlines()


def test_a_manifest_says_what_made_the_sweep(smoke: Path) -> None:
    content = json.loads((smoke / "manifest.json").read_text())
    config = sweeps.load_config("smoke").resolved()
    assert content["configuration_hash"] == digest("config", config.to_dict())
    assert content["cost_table_hash"] is None
    assert content["environments"] == [environment(config.training.engine)]
    assert content["environments"][0]["instruction_set"]
    assert content["threads_per_run"] == 1
    assert content["jobs"] == 1
    assert content["versions"].keys() == {*MANIFEST_PACKAGES, "python"}
    assert all(content["versions"].values())
    assert content["machine"].keys() == {
        "architecture", "cpu", "instruction_sets", "logical_cpus", "system", "usable_cpus",
    }  # fmt: skip
    assert 1 <= content["machine"]["usable_cpus"] <= content["machine"]["logical_cpus"]


def test_a_manifest_has_the_hash_of_the_cost_table() -> None:
    config = sweeps.load_config("quick").resolved()
    content = manifest(config, [{}], 1, "optuna.db")
    assert content["cost_table_hash"] == reference_table().hash


def test_the_git_revision_and_whether_anything_differs_from_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def git(*arguments: str) -> str:
        identity = ["-c", "user.name=x", "-c", "user.email=x@example.org"]
        command = ["git", "-C", str(tmp_path), *identity, *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    module = tmp_path / "manifest.py"
    module.write_text("one")
    monkeypatch.setattr(seqmem.sweeps.storage.manifest, "__file__", str(module))
    assert seqmem.sweeps.storage.manifest.git_revision() is None
    git("init", "--quiet")
    git("add", ".")
    git("commit", "--quiet", "--message", "one")
    assert seqmem.sweeps.storage.manifest.git_revision() == {
        "revision": git("rev-parse", "HEAD"),
        "dirty": False,
    }
    module.write_text("two")
    assert seqmem.sweeps.storage.manifest.git_revision() == {
        "revision": git("rev-parse", "HEAD"),
        "dirty": True,
    }


def test_a_sweep_of_this_machine_is_the_same(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, lines = doctor(folder, capsys)
    assert code == DONE
    assert lines[-1] == IDENTICAL
    assert all(line.startswith("same       ") for line in lines[:-1])
    names = [line.removeprefix("same       ").partition(":")[0] for line in lines[:-1]]
    assert {
        "engine",
        "instruction_set",
        "numpy",
        "configuration_hash",
        "cost_table_hash",
        "machine.cpu",
    } < set(names)
    assert len(set(names)) == len(names)


def test_what_is_different_and_decides(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    held = environment(sweeps.load_config("smoke").resolved().training.engine)
    changed(folder, environments=[held | {"numpy": "1.0", "instruction_set": "sse"}])
    code, lines = doctor(folder, capsys)
    assert code == 1
    assert lines[-1] == "records made here may differ: instruction_set, numpy"
    assert f"different  numpy: 1.0 in the manifest, {held['numpy']} here" in lines
    assert "same       engine: " + held["engine"] in lines


def test_what_is_different_and_does_not_decide(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    changed(
        folder,
        machine={"cpu": "Another", "instruction_sets": []},
        versions={"pandas": "1.0"},
        git={"dirty": "so"},
    )
    code, lines = doctor(folder, capsys)
    assert code == DONE
    assert lines[-1] == IDENTICAL
    different = [line for line in lines if line.startswith("different")]
    assert len(different) == 4 - (seqmem.sweeps.storage.manifest.instruction_sets() == [])
    assert all(line.endswith(" here (records do not depend on it)") for line in different)


def test_an_instruction_set_that_is_forced_here(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sets = seqmem.sweeps.storage.manifest.instruction_sets()
    held = json.loads((folder / "manifest.json").read_text())["environments"][0]["instruction_set"]
    others = [name for name in sets if name != held]
    if not others:
        pytest.skip("the fused kernels have one instruction set here, or are not installed")
    monkeypatch.setenv("SEQMEM_ISA", others[0])
    assert compare_folder(SweepFolder(folder)).different == ["instruction_set"]


def test_an_engine_that_is_not_here(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = folder / "config.toml"
    path.write_text(path.read_text().replace('device = "cpu"', 'device = "cuda"'), encoding="utf-8")
    changed(folder, environments=[{"engine": "torch", "instruction_set": "NVIDIA X"}])
    code, lines = doctor(folder, capsys)
    assert code == 1
    assert "instruction_set" in lines[-1]
    assert "configuration_hash" in lines[-1]


def test_a_sweep_file_that_was_changed_afterwards(folder: Path) -> None:
    path = folder / "config.toml"
    path.write_text(path.read_text().replace("trials = 10", "trials = 11"), encoding="utf-8")
    assert compare_folder(SweepFolder(folder)).different == ["configuration_hash"]


def test_the_cost_table_is_that_of_the_folder(tmp_path: Path, flat_table: Any) -> None:
    from seqmem.study.calibration.table import write_table

    write_table(tmp_path / "mine.json", flat_table(1e-3))
    changes = (
        "strings.levels=[6]",
        "memorizer.cells=['gru']",
        "training.budget=0.01 cal-s",
        "search.trials=4",
    )
    config = sweeps.load_config(
        "smoke", (*changes, f"training.cost_table={tmp_path / 'mine.json'}")
    )
    sweeps.run_sweep(config, tmp_path / "sweep")
    (tmp_path / "mine.json").unlink()
    assert compare_folder(SweepFolder(tmp_path / "sweep")).different == []
    write_table(tmp_path / "sweep" / "costs.json", flat_table(2e-3))
    assert compare_folder(SweepFolder(tmp_path / "sweep")).different == ["cost_table_hash"]


def test_a_sweep_of_several_environments_cannot_be_made_again(folder: Path) -> None:
    held = json.loads((folder / "manifest.json").read_text())["environments"]
    changed(folder, environments=[*held, held[0] | {"numpy": "1.0"}])
    assert compare_folder(SweepFolder(folder)).different == ["number of environments"]


def test_a_budget_of_seconds_is_never_the_same(folder: Path) -> None:
    path = folder / "config.toml"
    path.write_text(
        path.read_text().replace('budget = "16 steps"', 'budget = "2 s"'), encoding="utf-8"
    )
    changed(folder, configuration_hash=digest("config", sweeps.load_config(path).to_dict()))
    comparison = compare_folder(SweepFolder(folder))
    assert comparison.different == []
    assert "runs with a budget of 2 s cannot be repeated exactly" in comparison.verdict


def test_older_manifests_are_compared_by_what_they_have(folder: Path) -> None:
    path = folder / "manifest.json"
    content = json.loads(path.read_text())
    for name in ("cost_table_hash", "machine", "git", "threads_per_run"):
        del content[name]
    path.write_text(json.dumps(content))
    entries = list(compare_manifests(content, json.loads((folder / "manifest.json").read_text())))
    assert compare_folder(SweepFolder(folder)).different == []
    assert {entry.name for entry in entries} >= {"engine", "configuration_hash", "versions.python"}
    assert not any(entry.name.startswith(("machine.", "git.", "cost_table")) for entry in entries)


def test_what_a_manifest_holds_cannot_reach_the_terminal(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    changed(folder, machine={"cpu": "\x1b[2Jgone", "\x1b[1mname": 1})
    _, lines = doctor(folder, capsys)
    assert not any("\x1b" in line for line in lines)
    assert any("machine.cpu: '\\x1b[2Jgone' in the manifest" in line for line in lines)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "no manifest.json"),
        ("{", "not the manifest of a sweep"),
        ("[]", "not the manifest of a sweep"),
        ('{"storage": "x", "environments": []}', "not the manifest of a sweep"),
        ('{"storage": "x", "environments": [3]}', "not the manifest of a sweep"),
        ('{"environments": [{}]}', "not the manifest of a sweep"),
    ],
)
def test_folders_without_a_manifest_are_one_line(
    content: str | None, message: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "manifest.json").unlink()
    if content is not None:
        (folder / "manifest.json").write_text(content)
    assert main(["doctor", str(folder)]) == BAD_INPUT
    printed = capsys.readouterr().err
    assert message in printed
    assert printed.count("\n") == 1


def test_mistakes_are_one_line(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for arguments, message in [
        ([str(tmp_path)], "holds no sweep"),
        ([str(folder), "--engine"], "leave out the folder"),
    ]:
        assert main(["doctor", *arguments]) == BAD_INPUT
        printed = capsys.readouterr().err
        assert message in printed
        assert printed.count("\n") == 1
