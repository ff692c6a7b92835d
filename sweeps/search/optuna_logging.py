"""Optuna's messages go to Python's logging, not to stderr."""

import logging
from functools import cache

import optuna


@cache
def silence_optuna() -> None:
    """Take Optuna's own handler away, once per process; warnings still reach the root logger."""
    optuna.logging.disable_default_handler()
    optuna.logging.enable_propagation()
    logging.getLogger("optuna").setLevel(logging.WARNING)
