"""The command ``train``."""

import inspect
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from seqmem.cli.reading_options import FileArgument, with_reading_options
from seqmem.cli.string_arguments import given_string, say_reading
from seqmem.core.arguments import WholeNumber
from seqmem.core.errors import InputError
from seqmem.core.number_formats import counted
from seqmem.core.validation import validate
from seqmem.generators.data.read_options import READ_OPTIONS
from seqmem.generators.records import read_strings_with_note
from seqmem.generators.symbols import SymbolString, shorten
from seqmem.study.config import RunConfig
from seqmem.study.declaration import DeclaredOption, declared_options
from seqmem.study.engine import fallback_warning
from seqmem.study.options import RunOptions
from seqmem.study.probes.probe import PREFIX
from seqmem.study.record import RunRecord

Text = Annotated[str, Parameter(allow_leading_hyphen=True)]
# Cyclopts alone would round 3.5.
ARGUMENT_TYPES: dict[Any, Any] = {int: WholeNumber, int | None: WholeNumber | None}


def with_run_options(command: Callable[..., None]) -> Callable[..., None]:
    """Replace the ``**options`` of a command by the declared options of a run."""
    signature = inspect.signature(command)
    own = [item for item in signature.parameters.values() if item.kind is not item.VAR_KEYWORD]
    options = map(_argument, declared_options(RunOptions).values())
    command.__signature__ = signature.replace(  # type: ignore[attr-defined]
        parameters=[*own, *options]
    )
    return command


def _argument(declared: DeclaredOption) -> inspect.Parameter:
    """Return an option of a run as a parameter of a command."""
    kind = declared.option.argument or declared.field.annotation
    kind = Text if declared.option.is_text else ARGUMENT_TYPES.get(kind, kind)
    default = inspect.Parameter.empty if declared.is_required else declared.default
    if declared.option.is_text and not declared.is_required:
        default = str(default)
    parameter = Parameter(
        name=f"--{(declared.option.flag or declared.name).replace('_', '-')}",
        help=declared.help,
        negative=() if default in (False, ()) else None,
        show_default=default not in (None, ()),
    )
    return inspect.Parameter(
        declared.name,
        inspect.Parameter.KEYWORD_ONLY,
        default=default,
        annotation=Annotated[kind, parameter],
    )


@with_reading_options
@with_run_options
def train_command(
    *,
    string: str | None = None,
    file: FileArgument | None = None,
    row: WholeNumber = 1,
    json_output: Annotated[bool, Parameter(name="--json", negative=())] = False,
    **options: Any,
) -> None:
    """Train one memorizer on one string under a budget, and print what it recalls.

    Parameters
    ----------
    string
        The string. Each distinct character is a symbol.
    file
        A file of strings: a table such as `seqmem generate` writes, FASTA, FASTQ or plain text.
    row
        Number of the string among those that were read from the file, counted from 1.
    json_output
        Print the whole record as JSON.
    """
    reading = {name: options.pop(name) for name in (*READ_OPTIONS, "bins") if name in options}
    config = validate(RunConfig, {"string": _string(string, file, row, reading), **options})
    engine = options.get("engine", declared_options(RunOptions)["engine"].default)
    warning = fallback_warning(engine, config.device)
    if warning:
        print(f"seqmem: warning: {warning}", file=sys.stderr)
    record = _run(config).to_row()
    print(json.dumps(record, indent=2) if json_output else summary(config.string, record))


def _run(config: RunConfig) -> RunRecord:
    from seqmem.study.runner import run

    try:
        return run(config)
    except (MemoryError, RuntimeError) as error:
        # Torch raises a plain RuntimeError if the allocator refuses memory.
        if isinstance(error, MemoryError) or "allocate" in str(error):
            raise InputError(
                "the run needs more memory than is available; reduce units, batch or length"
            ) from None
        raise


def summary(string: SymbolString, record: dict[str, Any]) -> str:
    """Return a few lines of text about a record.

    Parameters
    ----------
    string : SymbolString
        The string that was trained on.
    record : dict
        The record as `RunRecord.to_row` returns it.
    """
    stored = "bits stored: not finite"
    if record["stored_bits"] is not None:
        stored = f"{record['stored_bits'] + 0.0:.1f} of {record['reference_bits']:.1f} bits stored"
        if record["memorized"] and record["stored_bits"] < record["reference_bits"]:
            # Recall takes the likeliest symbol, which may have any probability.
            stored += " (the right symbols are likeliest, but not yet certain)"
    return "\n".join(
        [
            f"{record['status']}: {record['cell']}, depth {record['depth']}, "
            f"{record['units']} units, {record['parameters']} parameters, "
            f"on {shorten(string.text)!r}",
            f"recall: {record['exact_prefix']} of {record['period']} symbols "
            f"before the first error; {stored}",
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


def _string(
    string: str | None, file: Path | None, row: int, reading: dict[str, Any]
) -> SymbolString:
    if (string is None) == (file is None):
        raise InputError("give either --string or --file")
    if file is None:
        return given_string(string or "")
    strings, note = read_strings_with_note(file, **reading)
    say_reading(note)
    if not 1 <= row <= len(strings):
        count = counted(len(strings), "string")
        raise InputError(f"--row {row}: {file} has {count}, counted from 1")
    return strings[row - 1]
