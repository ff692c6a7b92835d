"""Sweeps with plug-ins: workers know them, files name them, other versions are refused."""

import json
import subprocess
import sys
import threading
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd
import pytest

from seqmem import analysis, study, sweeps
from seqmem.cli.app import main
from seqmem.core.errors import InputError
from seqmem.core.exit_codes import BAD_INPUT, DONE, RECORDS_MAY_DIFFER
from seqmem.generators import SOURCES, generate, register_measure
from seqmem.generators.complexity import MEASURES
from seqmem.generators.complexity.counter import Counter
from seqmem.generators.complexity.lempel_ziv import LzwCounter, lzw_code_count
from seqmem.generators.complexity.measure import Measure
from seqmem.generators.sources.iid import IidSource
from seqmem.sweeps.storage.opening import open_sweep
from tests.plugins import CELL_IN_NOTEBOOK, notebook_names, registered

Check = Callable[[Path, Path], None]
SETTINGS = (
    "strings.levels=[6]",
    "memorizer.cells=['gru', 'decaying']",
    "search.trials=4",
    "search.startup=2",
)
DECAYING = notebook_names(CELL_IN_NOTEBOOK)["DECAYING"]


@dataclass(frozen=True)
class ReadSource(IidSource):
    """A source that says that it read a file, but gives no digest of it."""

    @property
    def readings(self) -> list[str]:
        return ["weather.bin: 12 days"]


@pytest.fixture
def decaying() -> Iterator[None]:
    """Register a cell whose code is in no file."""
    with registered(study.CELLS, "decaying", DECAYING):
        yield


def run_decaying_sweep(out: Path, *settings: str, **options: object) -> sweeps.SweepResult:
    return sweeps.run_sweep(sweeps.load_config("smoke", (*SETTINGS, *settings)), out, **options)


@pytest.fixture
def finished(made_once: Callable[[str, Callable[[Path], object]], Path], decaying: None) -> Path:
    """Return the folder of a finished sweep with a registered cell, to read only."""
    return made_once("decaying-sweep", run_decaying_sweep)


@pytest.mark.slow
def test_loky_workers_know_a_cell_of_a_notebook(
    finished: Path, tmp_path: Path, assert_same_records: Check
) -> None:
    result = run_decaying_sweep(tmp_path / "out", jobs=2)
    assert result.status.is_done
    assert set(analysis.load(tmp_path / "out")["cell"]) == {"gru", "decaying"}
    assert_same_records(finished, tmp_path / "out")


@pytest.mark.slow
def test_dask_workers_know_a_cell_of_a_notebook(
    finished: Path, tmp_path: Path, assert_same_records: Check
) -> None:
    pytest.importorskip("distributed", reason="the extra `distributed` is not installed")
    run_decaying_sweep(tmp_path / "out", jobs=2, executor="dask")
    assert_same_records(finished, tmp_path / "out")


SCRIPT = f"""{CELL_IN_NOTEBOOK}
if __name__ == "__main__":
    import sys
    from seqmem import load_config, run_sweep, study
    study.register_cell("decaying", DECAYING)
    print(study.CELLS.origin("decaying"))
    run_sweep(load_config("smoke", {SETTINGS!r}), sys.argv[1], jobs=2, executor=sys.argv[2])
"""


@pytest.mark.slow
@pytest.mark.parametrize("executor", ["loky", "dask"])
def test_workers_know_a_cell_of_a_script(executor: str, tmp_path: Path) -> None:
    """The file of the script is its source, so that it needs no version."""
    if executor == "dask":
        pytest.importorskip("distributed", reason="the extra `distributed` is not installed")
    script = tmp_path / "script.py"
    script.write_text(SCRIPT, encoding="utf-8")
    out = tmp_path / "out"
    done = subprocess.run(
        [sys.executable, script, out, executor], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    origin = done.stdout.splitlines()[0]
    assert origin.startswith("registered sha256:")
    assert json.loads((out / "manifest.json").read_text())["plugins"] == {"cell decaying": origin}


def test_files_name_the_plugins(finished: Path, capsys: pytest.CaptureFixture[str]) -> None:
    named = {"cell decaying": "registered 1"}
    assert json.loads((finished / "manifest.json").read_text())["plugins"] == named
    assert tomllib.loads((finished / "config.toml").read_text())["plugins"] == named
    assert main(["doctor", str(finished)]) == DONE
    assert "same       plug-in cell decaying: registered 1" in capsys.readouterr().out


def test_a_sweep_without_plugins_names_none(small_sweep: Path) -> None:
    assert "plugins" not in json.loads((small_sweep / "manifest.json").read_text())
    assert "plugins" not in tomllib.loads((small_sweep / "config.toml").read_text())


def test_the_doctor_finds_that_a_plugin_is_missing(
    finished: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    del study.CELLS["decaying"]
    code = main(["doctor", str(finished)])
    study.register_cell("decaying", DECAYING, version="1")
    assert code == RECORDS_MAY_DIFFER
    shown = capsys.readouterr().out.splitlines()
    assert "different  plug-in cell decaying: registered 1 in the manifest, none here" in shown
    assert shown[-1].startswith("records made here may differ: ")
    assert "plug-in cell decaying" in shown[-1]


def test_another_version_is_another_sweep(
    finished: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    del study.CELLS["decaying"]
    study.register_cell("decaying", DECAYING, version="2")
    with pytest.raises(
        InputError,
        match=r'holds another sweep \(plugins\.cell decaying: "registered 1" -> "registered 2"\)',
    ):
        run_decaying_sweep(finished)
    with pytest.raises(
        InputError, match=r"plugins: cell decaying: registered 1 is required, but here is regis"
    ):
        sweeps.load_config(str(finished / "config.toml")).resolved()
    assert main(["doctor", str(finished)]) == RECORDS_MAY_DIFFER
    shown = capsys.readouterr().out
    assert "plug-in cell decaying: registered 1 in the manifest, registered 2 here" in shown


@pytest.mark.slow
def test_records_are_read_without_the_plugin_that_made_them(
    finished: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config, storage = open_sweep(str(finished))
    storage.close()
    resume = ["sweep", str(finished / "config.toml"), "--out", str(finished), "--jobs", "1"]
    del study.CELLS["decaying"]
    try:
        assert main(["status", str(finished)]) == DONE
        assert "/decaying/stream/" in capsys.readouterr().out
        assert main(["export", str(finished), "--out", str(tmp_path / "runs.parquet")]) == DONE
        capsys.readouterr()
        assert main(resume) == BAD_INPUT
        refused = capsys.readouterr().err
        with pytest.raises(InputError, match=r"cell 'decaying' is a plug-in that is not here"):
            sweeps.run_sweep(config, finished)
    finally:
        study.register_cell("decaying", DECAYING, version="1")
    assert refused.count("\n") == 1
    assert refused.endswith(
        "cell 'decaying' is a plug-in that is not here (registered 1); "
        "install it, or register it before\n"
    )
    records = [pd.read_parquet(folder / "runs.parquet") for folder in (finished, tmp_path)]
    pd.testing.assert_frame_equal(*records)


@pytest.mark.slow
def test_a_sweep_is_read_without_its_source_measure_and_probe(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    export = ["export", str(out), "--out", str(tmp_path / "runs.parquet")]
    measure = Measure(lzw_code_count, "codes", counter=LzwCounter)
    with (
        registered(SOURCES, "weather", ReadSource),
        registered(MEASURES, "codes", measure),
        registered(study.PROBES, "own", study.PROBES["timing"]),
    ):
        settings = (
            *("strings.source='weather'", "strings.measure='codes'", "strings.levels=[6]"),
            *("memorizer.cells=['gru']", "training.probes=['own']"),
        )
        sweeps.run_sweep(sweeps.load_config("smoke", settings), out)
    assert main(["status", str(out)]) == DONE
    assert main(["status", str(out), "--failures"]) == DONE
    # The columns of a probe are known to nothing else.
    capsys.readouterr()
    assert main(export) == BAD_INPUT
    refused = capsys.readouterr().err
    assert "probe 'own' is a plug-in that is not here (registered 1)" in refused
    assert refused.count("\n") == 1
    with registered(study.PROBES, "own", study.PROBES["timing"]):
        assert main(export) == DONE


@pytest.mark.parametrize(
    ("plugins", "message"),
    [
        ("plugins={'cell gru'='gru 1'}", "plugins: cell gru: gru 1 is required, but here is none"),
        ("plugins.gru='gru 1'", "plugins: 'gru'; valid: one of source, measure, cell, probe"),
        ("plugins=3", "plugins: 3 given; must be a section"),
    ],
)
def test_a_section_that_does_not_fit_is_refused(plugins: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        sweeps.load_config("smoke", (plugins,)).resolved()


def test_sources_and_measures_of_a_sweep_are_named() -> None:
    class Doubled(LzwCounter):
        """The codes of LZW, under another name."""

    assert issubclass(Doubled, Counter)
    register_measure("codes", Measure(lzw_code_count, "codes", counter=Doubled), version="3")
    try:
        config = sweeps.load_config("smoke", ("strings.measure='codes'",)).resolved()
        assert config.plugins == {"measure codes": "registered 3"}
        assert config.to_dict()["plugins"] == config.plugins
        grown = config.strings.levels[0]
        string = generate("iid", alphabet_size=2, measure="codes", target=grown, seed=1)
        assert string.complexity("codes") == grown == string.complexity("lzw")
    finally:
        del MEASURES["codes"]


def test_a_plugin_that_cannot_be_sent_is_refused_before_the_first_run(tmp_path: Path) -> None:
    lock = threading.Lock()
    family = replace(DECAYING, sequence=lambda *arguments: lock)
    with (
        registered(study.CELLS, "decaying", family),
        pytest.raises(InputError, match=r"cell 'decaying' cannot be sent to worker processes: "),
    ):
        run_decaying_sweep(tmp_path / "out", jobs=2)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_a_source_that_reads_a_file_may_give_no_digest(tmp_path: Path) -> None:
    with registered(SOURCES, "weather", ReadSource):
        settings = ("strings.source='weather'", "strings.levels=[6]", "memorizer.cells=['gru']")
        config = sweeps.load_config("smoke", settings)
        assert config.strings.data == {"readings": ["weather.bin: 12 days"]}
        for _ in range(2):
            assert sweeps.run_sweep(config, tmp_path).status.is_done
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    assert manifest["data"] == {"readings": ["weather.bin: 12 days"]}
