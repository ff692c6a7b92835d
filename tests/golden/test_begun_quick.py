"""A sweep in calibrated seconds that was begun before further cells had costs goes on and grows."""

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest

from seqmem.cli.app import main
from seqmem.core.structured_text import parse_toml
from seqmem.study import kernels
from seqmem.study.calibration.table import read_table, reference_table

pytestmark = pytest.mark.skipif(not kernels.available(), reason="it was begun on fused kernels")

BEGUN = Path(__file__).with_name("begun_quick")
TABLE = "87747268cf67af6e"
# As the code that began it finished it.
RUN_IDS = {
    ("lstm", "tune", 0): "e2f3dde0f9a5c2b4",
    ("lstm", "tune", 1): "950a3b1f9c35afc6",
    ("lstm", "select", 0): "c87e32e1f7a9fdb4",
    ("lstm", "confirm", 0): "64b593ae42c7fb36",
    ("gru", "tune", 0): "c1f82dfc61ac369c",
    ("gru", "tune", 1): "189c273c38888407",
    ("gru", "select", 0): "cb88c180d3c57ba6",
    ("gru", "confirm", 0): "f405af69bba9be14",
}
COMMAND = ("--jobs", "1", "--executor", "serial", "--allow-environment-change")


def sweep(folder: Path, *settings: str) -> pd.DataFrame:
    options = [word for setting in settings for word in ("--set", setting)]
    assert (
        main(["sweep", str(BEGUN / "config.toml"), "--out", str(folder), *COMMAND, *options]) == 0
    )
    return pd.read_parquet(folder / "runs.parquet")


def run_ids(frame: pd.DataFrame) -> dict[tuple[str, str, int], str]:
    return {(row.cell, row.role, row.trial): row.run_id for row in frame.itertuples()}


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of the sweep with a cell of the extension."""
    folder = tmp_path_factory.mktemp("grown") / "sweep"
    sweep(folder, 'memorizer.cells=["lstm", "gru", "mingru"]')
    return folder


def test_it_goes_on_with_the_same_runs(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(BEGUN, tmp_path / "sweep"))
    assert read_table(folder / "costs.json").extension is None
    assert run_ids(sweep(folder)) == RUN_IDS
    assert (folder / "config.toml").read_bytes() == (BEGUN / "config.toml").read_bytes()
    before, after = (
        json.loads((each / "manifest.json").read_text("utf-8")) for each in (BEGUN, folder)
    )
    gained = {"environments", "resumed_by"}
    assert {key: after[key] for key in after.keys() - gained} == {
        key: before[key] for key in before.keys() - gained
    }
    # The file gains what a further cell would need, and is otherwise the same.
    costs = json.loads((folder / "costs.json").read_text("utf-8"))
    assert costs.pop("extension")["hash"] == reference_table().extension_hash
    assert costs == json.loads((BEGUN / "costs.json").read_text("utf-8"))


def test_it_grows_by_a_cell_of_the_extension(grown: Path) -> None:
    frame = pd.read_parquet(grown / "runs.parquet")
    ids = run_ids(frame)
    assert {key: ids[key] for key in RUN_IDS} == RUN_IDS
    added = frame[frame.cell == "mingru"]
    assert len(added) == len(RUN_IDS) / 2
    assert set(added.status) <= {"memorized", "budget_spent"}
    assert set(frame.cost_table_hash) == {TABLE}


def test_its_runs_are_taken_over_by_a_larger_sweep(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old = Path(shutil.copytree(BEGUN, tmp_path / "old"))
    out = tmp_path / "sweep"
    command = ["sweep", str(BEGUN / "config.toml"), "--out", str(out), "--extend", str(old)]
    cells = ["--set", 'memorizer.cells=["lstm", "gru", "mingru"]']
    assert main([*command, *cells, *COMMAND]) == 0
    assert "taken over: 3 runs, executed: 9 runs" in capsys.readouterr().out
    ids = run_ids(pd.read_parquet(out / "runs.parquet"))
    assert {key: ids[key] for key in RUN_IDS} == RUN_IDS
    assert "mingru" in {cell for cell, _, _ in ids}


def test_both_hashes_are_stored_with_a_cell_of_the_extension(grown: Path) -> None:
    extension = reference_table().extension_hash
    training = parse_toml((grown / "config.toml").read_text("utf-8"), "config")["training"]
    manifest = json.loads((grown / "manifest.json").read_text("utf-8"))
    for stored in (training, manifest):
        assert stored["cost_table_hash"] == TABLE
        assert stored["cost_extension_hash"] == extension
    assert read_table(grown / "costs.json") == reference_table()
    assert main(["doctor", str(grown)]) == 0


def test_a_stored_run_of_the_extension_is_trained_again(
    grown: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    frame = pd.read_parquet(grown / "runs.parquet")
    run_id = frame[frame.cell == "mingru"].run_id.iloc[0]
    assert main(["train", "--from", str(grown), "--run-id", run_id]) == 0
    assert "mingru" in capsys.readouterr().out
