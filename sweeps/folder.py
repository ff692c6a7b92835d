"""The folder of a sweep: names of its files, and whether it may be used."""

from pathlib import Path

from generators.errors import InputError
from sweeps.config import SweepConfig, load_config


class SweepFolder:
    """``config.toml``, ``manifest.json``, ``optuna.db``, ``runs.parquet`` and ``report/``."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.config = path / "config.toml"
        self.manifest = path / "manifest.json"
        self.database = path / "optuna.db"
        self.records = path / "runs.parquet"

    @property
    def storage_url(self) -> str:
        """URL of the SQLite database in the folder."""
        return f"sqlite:///{self.database}"

    def check_config(self, config: SweepConfig) -> None:
        """Raise `InputError` if the folder holds something that is not this sweep.

        A sweep of the same name is compared key by key with its storage; here it is enough that
        the folder is new, empty, or holds a sweep of that name.
        """
        if self.path.exists() and not self.path.is_dir():
            raise InputError(f"{self.path} is a file; --out names a folder")
        if self.config.exists():
            held = load_config(self.config)
            if held.name != config.name:
                raise InputError(
                    f"{self.path} holds another sweep (name: {held.name} -> {config.name}); choose another --out"
                )
        elif self.path.exists() and not self.database.exists():
            strange = sorted(item.name for item in self.path.iterdir() if not item.name.startswith("."))
            if strange:
                raise InputError(f"{self.path} holds no sweep but other files ({strange[0]}, …); choose another --out")

    def require(self) -> SweepConfig:
        """Return the configuration of the sweep that the folder holds.

        Raises
        ------
        InputError
            If there is none.
        """
        if not self.config.exists():
            raise InputError(f"{self.path}: no sweep there (no config.toml); `seqmem sweep` makes one")
        return load_config(self.config)
