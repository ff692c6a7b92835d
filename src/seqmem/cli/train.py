"""The command ``train``."""

import json
import sys
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from seqmem.core.arguments import WholeNumber
from seqmem.core.errors import InputError
from seqmem.core.validation import validate
from seqmem.generators.data.string_files import read_strings
from seqmem.generators.symbols import SymbolString, from_text, shorten
from seqmem.study.config import RunConfig
from seqmem.study.engine import fallback_warning
from seqmem.study.probes.probe import PREFIX
from seqmem.study.record import RunRecord


def train_command(
    *,
    string: str | None = None,
    file: Path | None = None,
    row: WholeNumber = 1,
    cell: str,
    depth: WholeNumber = 1,
    units: WholeNumber = 32,
    learning_rate: float = 1e-2,
    protocol: str = "stream",
    budget: Annotated[str, Parameter(allow_leading_hyphen=True)],
    cost_table: Path | None = None,
    batch: WholeNumber = 32,
    length: WholeNumber = 64,
    total_length: WholeNumber | None = None,
    stopping_loss: float | None = None,
    patience: WholeNumber | None = None,
    restore_best_weights: Annotated[bool, Parameter(negative=())] = False,
    recall_start: str = "correct",
    optimizer: str = "adam",
    weight_decay: float = 0.0,
    momentum: float = 0.0,
    gradient_clip: float = 1.0,
    learning_rate_schedule: str = "constant",
    dropout: float = 0.0,
    forget_bias: float | None = None,
    seed: WholeNumber = 0,
    repeat: WholeNumber = 0,
    stop_on_memorized: bool = True,
    recall_horizon: WholeNumber | None = None,
    probes: Annotated[tuple[str, ...], Parameter(name="--probe", negative=())] = (),
    engine: str = "auto",
    device: str = "cpu",
    json_output: Annotated[bool, Parameter(name="--json", negative=())] = False,
) -> None:
    """Train one memorizer on one string under a budget, and say what it remembers.

    Parameters
    ----------
    string
        The string; each distinct character is a symbol.
    file
        CSV file with a column "string", as `seqmem generate` writes it.
    row
        Which string of the file, from 1.
    cell
        gru, lstm or rnn.
    depth
        Stacked layers.
    units
        Hidden units per layer.
    learning_rate
        The optimizer's step size.
    protocol
        How the string becomes training batches: stream (endless streams, loss at every symbol) or window (shuffled
        windows, loss at the symbol after each).
    budget
        NUMBER UNIT, for example "400 steps"; units: s, wall-s, cal-s, flop, MF, GF, TF, steps, epochs.
    cost_table
        File that turns a budget in cal-s into steps; the reference table if not given.
    batch
        Parallel streams; windows of a minibatch.
    length
        Symbols per stream and step, where gradients are truncated; symbols of a window.
    total_length
        Window protocol: symbols of the repeated string, 3,500 if not given; the last RECALL-HORIZON are withheld.
    stopping_loss
        Window protocol: stop after an epoch with a validation loss, in nats, not above this one.
    patience
        Window protocol: stop after so many epochs without a new lowest validation loss.
    restore_best_weights
        Window protocol: at the end bring back the weights of the lowest validation loss.
    recall_start
        Window protocol: correct, or published, which repeats a fault of the published code: the forecast starts after
        the withheld symbols and is scored against them.
    optimizer
        adam, adamw (decoupled weight decay) or sgd.
    weight_decay
        Coefficient of weight decay.
    momentum
        Momentum of sgd.
    gradient_clip
        Largest norm of the gradient; inf for none.
    learning_rate_schedule
        In absolute steps: constant, "cosine 2000 steps", "linear 2000 steps", "halve 500 steps",
        "warmup 100 steps".
    dropout
        Probability with which inputs of layers above the first are dropped; torch engine only.
    forget_bias
        Initial bias of the LSTM's forget gate; drawn like all other parameters if not given.
    seed
        Decides initialization and phases, together with the string and the repeat.
    repeat
        Another initialization of the same seed.
    stop_on_memorized
        Stop at the first checkpoint where the string is memorized.
    recall_horizon
        Symbols of the closed loop at the end; if not given one period, at most 1,024, and 100 for windows.
    probes
        Something more to measure, off the clock; may be repeated: gradient_by_lag (gradient norms by lag and their
        half-life, before and after training), loss_after_steps (loss after 100, 200, 500, 1,000 and 1,709 steps),
        loss_volatility (jumps of the loss about its running median), timing (seconds per symbol, beside a GRU and an
        LSTM of the same shape).
    engine
        auto, fused or torch; auto is fused where its kernels are installed.
    device
        cpu or cuda.
    json_output
        Print the whole record as JSON.
    """
    options = dict(locals())
    given = {name: options[name] for name in RunConfig.model_fields if name != "string"}
    config = validate(RunConfig, {"string": _string(string, file, row), **given})
    warning = fallback_warning(engine, device)
    if warning:
        print(f"seqmem: warning: {warning}", file=sys.stderr)
    record = _run(config).to_row()
    print(json.dumps(record, indent=2) if json_output else summary(config.string, record))


def _run(config: RunConfig) -> RunRecord:
    from seqmem.study.runner import run

    try:
        return run(config)
    except (MemoryError, RuntimeError) as error:
        # Torch has no exception of its own for memory that the processor's allocator refuses.
        if isinstance(error, MemoryError) or "allocate" in str(error):
            raise InputError(
                "the run needs more memory than there is; reduce units, batch or length"
            ) from None
        raise


def summary(string: SymbolString, record: dict[str, Any]) -> str:
    """Return a record as a few lines for a reader."""
    stored = "not finite"
    if record["stored_bits"] is not None:
        stored = f"{record['stored_bits'] + 0.0:.1f} of {record['reference_bits']:.1f} bits stored"
    return "\n".join(
        [
            f"{record['status']}: {record['cell']}, depth {record['depth']}, {record['units']} units, "
            f"{record['parameters']} parameters, on {shorten(string.text)!r}",
            f"recall: {record['exact_prefix']} of {record['period']} symbols before the first error; {stored}",
            f"spent: {record['spent']:.6g} of {record['budget']} in {record['steps']} steps, "
            f"{record['train_cpu_seconds']:.2f} CPU seconds of training",
            *(
                f"{name}: {_shown(value)}"
                for name, value in record.items()
                if name.startswith(PREFIX)
            ),
        ]
    )


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(_shown, value))
    return "none" if value is None else f"{value:.4g}"


def _string(string: str | None, file: Path | None, row: int) -> SymbolString:
    if (string is None) == (file is None):
        raise InputError("give --string or --file, one of them")
    if file is None:
        return from_text(string or "")
    strings = read_strings(file)
    if not 1 <= row <= len(strings):
        raise InputError(f"--row {row}: {file} holds rows 1 to {len(strings)}")
    return strings[row - 1]
