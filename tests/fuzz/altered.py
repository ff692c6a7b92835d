"""Commands on altered copies of a sweep's folder."""

import random
import shutil
from pathlib import Path

from tests.fuzz.laws import Case, CaseGenerator
from tests.fuzz.storages import alter_database, alter_records, alter_text

# Resumes the sweep in a folder, which is named last.
RESUME = [
    *("sweep", "smoke", "--set", "strings.levels=[6]"),
    *("--jobs", "1", "--executor", "serial", "--out"),
]


def altered_folders(base: Path) -> dict[str, CaseGenerator]:
    """Return generators of cases that read a copy of a folder with one altered file.

    Parameters
    ----------
    base : Path
        Folder of a finished sweep, which is not changed.
    """

    def copied(folder: Path) -> Path:
        copy = folder / "sweep"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(base, copy)
        return copy

    def database(rng: random.Random, folder: Path) -> list[Case]:
        copy = copied(folder)
        fault = alter_database(copy / "optuna.db", rng.randrange(2**32))
        out = str(copy / "new.parquet")
        return [
            Case(["status", str(copy)], fault, copy),
            Case(["export", str(copy), "--out", out], fault, copy, ("new.parquet",)),
            Case(
                ["export", str(copy), "--out", out, "--skip-damaged"], fault, copy, ("new.parquet",)
            ),
            Case([*RESUME, str(copy)], fault),
        ]

    def records(rng: random.Random, folder: Path) -> list[Case]:
        copy = copied(folder)
        fault = alter_records(copy / "runs.parquet", rng.randrange(2**32))
        figure = ["figures", str(copy), "--only", rng.choice(["capacity_curve", "anytime"])]
        return [
            Case(figure, fault, copy, ("report",)),
            Case([*figure, "--skip-damaged"], fault, copy, ("report",)),
        ]

    def report(rng: random.Random, folder: Path) -> list[Case]:
        copy = copied(folder)
        fault = alter_records(copy / "runs.parquet", rng.randrange(2**32))
        arguments = ["report", str(copy), "--skip-damaged"]
        return [Case(arguments, fault, copy, ("report",))]

    def manifest(rng: random.Random, folder: Path) -> list[Case]:
        copy = copied(folder)
        fault = alter_text(copy / "manifest.json", rng.randrange(2**32))
        return [
            Case(["status", str(copy)], fault, copy),
            Case(["doctor", str(copy)], fault, copy),
            Case(["figures", str(copy), "--only", "landscape"], fault, copy, ("report",)),
            Case([*RESUME, str(copy)], fault),
        ]

    def config(rng: random.Random, folder: Path) -> list[Case]:
        copy = copied(folder)
        fault = alter_text(copy / "config.toml", rng.randrange(2**32))
        return [
            Case(["status", str(copy)], fault, copy),
            Case(["doctor", str(copy)], fault, copy),
            Case(["sweep", str(copy / "config.toml"), "--dry-run"], fault, copy),
            Case(["figures", str(copy), "--only", "landscape"], fault, copy, ("report",)),
        ]

    return {
        "database": database,
        "records": records,
        "report": report,
        "manifest": manifest,
        "config": config,
    }
