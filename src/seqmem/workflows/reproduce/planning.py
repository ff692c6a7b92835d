"""Which runs a reproduction consists of, and the command that makes them again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import product

from seqmem.core.errors import InputError, unknown
from seqmem.generators.symbols import from_text
from seqmem.study.config import RunConfig
from seqmem.study.duration import expected_seconds
from seqmem.sweeps.config.sweep_config import SweepConfig
from seqmem.sweeps.config.sweep_file import load_config
from seqmem.sweeps.execution.plan import run_config
from seqmem.workflows.reproduce.reference import LAYERS, LEARNING_RATES, LEVELS, published

PRESET = "published"
PUBLISHED_UNITS = 128


@dataclass(frozen=True)
class PublishedSelection:
    """A part of the published experiments.

    Attributes
    ----------
    levels : tuple of {"low", "medium"}
        Levels of complexity, 20 strings each.
    layers : tuple of {1, 2, 3}
        Numbers of stacked layers.
    learning_rates : tuple of {1e-3, 1e-4}
        Learning rates.
    runs : int
        Initializations per string and configuration; 5 were published.
    engine : {"auto", "fused", "torch"}
        The engine that trains.
    """

    levels: tuple[str, ...] = ("low",)
    layers: tuple[int, ...] = (1,)
    learning_rates: tuple[float, ...] = (1e-3,)
    runs: int = 2
    engine: str = "auto"

    def configs(self) -> list[RunConfig]:
        """Return the runs, as `plan` does.

        Returns
        -------
        list of RunConfig
            Those that are expected to be longest come first.

        Raises
        ------
        InputError
            As `plan`.
        """
        overrides = (f"training.engine={self.engine}",)
        return plan(self.levels, self.layers, self.learning_rates, self.runs, overrides)

    @property
    def command(self) -> str:
        """The command that makes these records, without the engine and with the folder left open.

        Examples
        --------
        >>> PublishedSelection(layers=(2,)).command
        'seqmem reproduce --level low --layers 2 --learning-rate 0.001 --runs 2 --out DIR'
        """
        options = [f"--level {level}" for level in self.levels]
        options += [f"--layers {count}" for count in self.layers]
        options += [f"--learning-rate {rate:g}" for rate in self.learning_rates]
        return " ".join(["seqmem reproduce", *options, f"--runs {self.runs}", "--out DIR"])


def plan(
    levels: Iterable[str],
    layers: Iterable[int] = (1,),
    learning_rates: Iterable[float] = (1e-3,),
    runs: int = 2,
    overrides: tuple[str, ...] = (),
) -> list[RunConfig]:
    """Return the runs of a reproduction, those that are expected to be longest first.

    Parameters
    ----------
    levels : iterable of {"low", "medium"}
        Levels of complexity.
    layers : iterable of {1, 2, 3}
        Numbers of stacked layers.
    learning_rates : iterable of {1e-3, 1e-4}
        Learning rates.
    runs : int
        Initializations per string and configuration; 5 were published.
    overrides : tuple of str
        ``training.key=value`` settings that replace those of the preset `published`, for example
        another engine.

    Returns
    -------
    list of RunConfig
        Each run once, even if it is asked for twice.

    Raises
    ------
    InputError
        If a value was not published, or a setting is not in ``[training]``.
    """
    for kind, given, valid in (
        ("level", levels, LEVELS),
        ("number of layers", layers, LAYERS),
        ("learning rate", learning_rates, LEARNING_RATES),
    ):
        for value in given:
            if value not in valid:
                raise unknown(kind, value, valid)
    if runs < 1:
        raise InputError(f"runs {runs}: at least one per string")
    for setting in overrides:
        if not setting.startswith("training."):
            raise InputError(
                f"{setting!r}: only settings of [training] can be replaced; "
                "all others are as published"
            )
    sweep = load_config(PRESET, overrides).resolved()
    strings = published("strings")
    configs = {
        config.run_id: config
        for text in strings.loc[strings["level"].isin(list(levels)), "string"]
        for cell, depth, rate, repeat in product(
            sweep.memorizer.cells, layers, learning_rates, range(runs)
        )
        for config in [_config(sweep, text, cell, depth, rate, repeat)]
    }
    return sorted(configs.values(), key=lambda config: (-expected_seconds(config), config.run_id))


def _config(
    sweep: SweepConfig, text: str, cell: str, depth: int, rate: float, repeat: int
) -> RunConfig:
    fields = {"depth": depth, "units": PUBLISHED_UNITS, "learning_rate": rate, "repeat": repeat}
    return run_config(sweep, cell, from_text(text), fields)
