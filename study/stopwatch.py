"""Timing of work on one thread: several kinds of work in blocks, in turn."""

import time
from collections.abc import Callable, Sequence
from math import ceil
from statistics import median
from typing import Any

import torch

from seqmem.study.config import RunConfig
from seqmem.study.runner import TRAINERS, build, make_batches

# A block of calls is long beside the resolution of the clock.
BLOCK_SECONDS = 0.002

Work = Callable[[], Any]
Seconds = Callable[[], float]


def training_step(config: RunConfig) -> Work:
    """Return a function that takes the next training step of a new run."""
    batches = make_batches(config)
    trainer = TRAINERS[config.engine](build(config), config.optimization)
    return lambda: batches.step(trainer)


def inference_pass(config: RunConfig) -> Work:
    """Return a function that passes over ``batch`` x ``length`` symbols without gradients.

    Every pass starts from the zero state.
    """
    memorizer = build(config)
    positions = torch.arange(config.batch)[:, None] + torch.arange(config.length)
    tokens = torch.as_tensor(config.string.symbols.astype("int64"))[
        positions % config.string.period
    ].to(config.device)

    def infer() -> Any:
        with torch.no_grad():
            return memorizer(tokens)

    return infer


def block_seconds(work: Work, calls: int, thread_seconds: Seconds = time.thread_time) -> float:
    """Return the seconds that a number of calls take together.

    Parameters
    ----------
    work : callable
    calls : int
    thread_seconds : callable
        Returns the time in seconds.
    """
    started = thread_seconds()
    for _ in range(calls):
        work()
    return thread_seconds() - started


def warm_seconds(work: Work, thread_seconds: Seconds = time.thread_time) -> float:
    """Return the seconds of the second call, always positive; the first call warms up.

    Parameters
    ----------
    work : callable
    thread_seconds : callable
        Returns the time in seconds.
    """
    work()
    return max(block_seconds(work, 1, thread_seconds), 1e-9)


def calls_per_block(seconds_per_call: float) -> int:
    """Return the number of calls in a block.

    Examples
    --------
    >>> calls_per_block(0.0005), calls_per_block(3.0)
    (4, 1)
    """
    return ceil(BLOCK_SECONDS / seconds_per_call)


def seconds_in_turn(
    works: Sequence[Work], rounds: int, thread_seconds: Seconds = time.thread_time
) -> list[float]:
    """Return the median seconds of one call of each work.

    Blocks are timed in the order A B B A, so that a drift of the clock frequency affects all alike.

    Parameters
    ----------
    works : sequence of callable
    rounds : int
        Each round has two blocks of every work.
    thread_seconds : callable
        Returns the time in seconds. A test passes its own.

    Returns
    -------
    list of float
        Seconds, in the order of ``works``.
    """
    calls = [calls_per_block(warm_seconds(work, thread_seconds)) for work in works]
    there_and_back = [*range(len(works)), *reversed(range(len(works)))]
    seconds: list[list[float]] = [[] for _ in works]
    for _ in range(rounds):
        for index in there_and_back:
            block = block_seconds(works[index], calls[index], thread_seconds)
            seconds[index].append(block / calls[index])
    return [median(blocks) for blocks in seconds]
