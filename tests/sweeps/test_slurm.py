"""The Slurm script: valid for bash and sbatch, without a password; its tasks run their shards."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from seqmem import sweeps
from seqmem.cli.app import main
from seqmem.core.exit_codes import BAD_INPUT, DONE, TERMINATED
from tests.waiting import Process, wait_until

SERVER = "postgresql+psycopg://me@db.example.org:5432/sweeps"
SMALL = ["slurm", "smoke", "--array", "3", "--storage", SERVER]
# It says that it is there only after its trap stands.
STUB = """#!/bin/bash
trap 'echo stopped >> "$SEEN"; exit 143' TERM
printf '%s\\n' "$$" "$OMP_NUM_THREADS" "$@" > "$SEEN.part" && mv "$SEEN.part" "$SEEN"
while [ -n "$STAY" ]; do sleep 0.05; done
"""


@pytest.fixture
def task(tmp_path: Path) -> dict[str, str]:
    """The environment of task 2 of a job array, with a ``seqmem`` that records its arguments."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "seqmem").write_text(STUB)
    (tmp_path / "bin" / "seqmem").chmod(0o755)
    slurm = {"SLURM_ARRAY_TASK_ID": "2", "SLURM_CPUS_PER_TASK": "5", "SEEN": str(tmp_path / "seen")}
    return slurm | {"PATH": f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}"}


def printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main([*SMALL, *arguments]) == DONE
    return capsys.readouterr().out


def directives(script: str) -> dict[str, str]:
    """What sbatch reads: the directives before the first line that is a command."""
    lines = script.splitlines()
    commands = [index for index, line in enumerate(lines) if line and not line.startswith("#")]
    pairs = re.findall(
        r"^#SBATCH --([a-z-]+)=(\S+)$", "\n".join(lines[: commands[0]]), flags=re.MULTILINE
    )
    assert len(pairs) == sum(line.startswith("#SBATCH") for line in lines)
    return dict(pairs)


def test_directives(capsys: pytest.CaptureFixture[str]) -> None:
    script = printed(
        capsys, "--jobs", "5", "--time", "1-12:30", "--memory", "500M", "--partition", "short,long"
    )
    assert script.startswith("#!/bin/bash\n")
    assert directives(script) == {
        "job-name": "seqmem-smoke",
        "array": "1-3",
        "ntasks": "1",
        "cpus-per-task": "5",
        "mem": "500M",
        "time": "1-12:30",
        "signal": "B:TERM@120",
        "partition": "short,long",
    }
    plain = directives(printed(capsys))
    assert "partition" not in plain
    assert (plain["time"], plain["mem"]) == ("04:00:00", "8G")


@pytest.mark.parametrize("name", ["mine.toml", "it's $HOME; my sweep.toml"])
def test_a_task_runs_its_shard(
    name: str,
    tmp_path: Path,
    task: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    Path(name).write_text(sweeps.load_config("smoke").to_toml(), encoding="utf-8")
    url = f"{SERVER}?application_name=a%20b&connect_timeout=9"
    assert main(["slurm", name, "--array", "4", "--storage", url, "--out", "job.sh"]) == DONE
    assert capsys.readouterr().out == "job array of 4 tasks: job.sh; next: sbatch job.sh\n"
    subprocess.run(["bash", "-n", "job.sh"], check=True)
    subprocess.run(["bash", "job.sh"], env=task, check=True)
    _, threads, *arguments = (tmp_path / "seen").read_text().splitlines()
    assert threads == "1"
    assert arguments == ["sweep", name, "--storage", url, "--shard", "2/4", "--jobs", "5"]


def test_the_signal_reaches_the_launcher(
    tmp_path: Path, task: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "job.sh").write_text(printed(capsys))
    process = Process("bash", tmp_path / "job.sh", env=task | {"STAY": "yes"})
    wait_until((tmp_path / "seen").exists, process)
    # sbatch signals the process of the batch shell, and no other.
    process.terminate()
    assert process.finish()[0] == TERMINATED
    seen = (tmp_path / "seen").read_text().splitlines()
    assert seen[0] == str(process.pid)
    assert seen[-1] == "stopped"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["quik", "--array", "3", "--storage", SERVER], "unknown preset 'quik'"),
        (["none.toml", "--array", "3", "--storage", SERVER], "none.toml: No such file"),
        (["bad.toml", "--array", "3", "--storage", SERVER], "bad.toml: unknown key 'sead'"),
        (["costs.toml", "--array", "1", "--storage", SERVER], "cost_table none.json: No such file"),
        (
            ["smoke", "--array", "5", "--storage", SERVER],
            "--array 5: the sweep has 4 searches, so 1 to 4 tasks",
        ),
        (["smoke", "--array", "0", "--storage", SERVER], "--array 0: the sweep has 4 searches"),
        (["smoke", "--array", "3"], "--storage"),
        ([*SMALL[1:], "--jobs", "0"], "--jobs 0: at least 1"),
        (
            [*SMALL[1:], "--time", "4h"],
            "--time '4h': sbatch does not accept this; example: 04:00:00",
        ),
        ([*SMALL[1:], "--time", "1:2:3:4"], "--time '1:2:3:4': sbatch does not accept this"),
        ([*SMALL[1:], "--time", "60\n#SBATCH --exclusive"], "sbatch does not accept this"),
        ([*SMALL[1:], "--time", "2"], "--time 2: must be more than the 120 seconds"),
        ([*SMALL[1:], "--time", "00:02:00"], "must be more than the 120 seconds"),
        (
            [*SMALL[1:], "--memory", "8 GB"],
            "--memory '8 GB': sbatch does not accept this; example: 8G",
        ),
        ([*SMALL[1:], "--partition", "a b"], "--partition 'a b': sbatch does not accept this"),
        (["smoke", "--array", "3", "--storage", "nonsense"], "storage 'nonsense': not a URL"),
        (["smoke", "--array", "3", "--storage", "me:hunter2@host"], "not a URL"),
        (
            ["smoke", "--array", "3", "--storage", "sqlite:///x.db"],
            "only one launcher may write to SQLite",
        ),
        (
            ["smoke", "--array", "3", "--storage", "postgresql+psycopg://me:hunter2@host/db"],
            "put it into ~/.pgpass",
        ),
        (
            [
                "smoke",
                "--array",
                "3",
                "--storage",
                "postgresql+psycopg://me@host/db?password=hunter2",
            ],
            "me@host/db: the script would contain the password",
        ),
        (
            [
                "smoke",
                "--array",
                "3",
                "--storage",
                "postgresql+psycopg://me@host/db?sslpassword=hunter2",
            ],
            "PGPASSFILE",
        ),
    ],
)
def test_mistakes_are_one_line_and_write_nothing(
    arguments: list[str],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    content = sweeps.load_config("smoke").to_toml()
    Path("bad.toml").write_text("sead = 3\n" + content, encoding="utf-8")
    costs = content.replace("16 steps", "1 cal-s").replace(
        "[training]", '[training]\ncost_table = "none.json"'
    )
    Path("costs.toml").write_text(costs, encoding="utf-8")
    before = sorted(tmp_path.iterdir())
    assert main(["slurm", *arguments, "--out", "job.sh"]) == BAD_INPUT
    output = capsys.readouterr()
    assert output.out == ""
    assert message in output.err
    assert output.err.count("\n") == 1
    assert "hunter2" not in output.err
    assert sorted(tmp_path.iterdir()) == before


def test_one_task_may_use_sqlite(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["slurm", "smoke", "--array", "1", "--storage", "sqlite:///shared/x.db"]) == DONE
    assert "--storage sqlite:///shared/x.db \\\n" in capsys.readouterr().out
