"""The command ``train``."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from seqmem.cli.plot_options import EditableText, asked_plot, write_recall_map
from seqmem.cli.reading_options import FileArgument, with_reading_options
from seqmem.cli.run_options import check_required, flag_of, with_run_options
from seqmem.cli.string_arguments import given_string, refuse_file_options, say_reading
from seqmem.core.arguments import WholeNumber
from seqmem.core.errors import InputError, listed, shorten
from seqmem.core.messages import print_message
from seqmem.core.number_formats import counted
from seqmem.core.validation import validate
from seqmem.generators.data.read_options import READ_OPTIONS
from seqmem.generators.records import read_strings_with_note
from seqmem.generators.symbols import SymbolString
from seqmem.study.config import RunConfig
from seqmem.study.declaration import declared_options
from seqmem.study.engine import fallback_warning
from seqmem.study.family_checks import run_warnings
from seqmem.study.options import RunOptions
from seqmem.study.probes.probe import PREFIX

if TYPE_CHECKING:
    from seqmem.study.record import RunRecord
    from seqmem.study.trained import TrainedMemorizer
    from seqmem.sweeps.execution.stored_runs import StoredRun


@with_reading_options
@with_run_options
def train_command(
    *,
    string: str | None = None,
    file: FileArgument | None = None,
    row: WholeNumber | None = None,
    sweep: Annotated[str | None, Parameter(name="--from")] = None,
    run_id: str | None = None,
    name: str | None = None,
    save: Path | None = None,
    plot: Path | None = None,
    editable_text: EditableText = False,
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
        Number of the string among those that were read from the file, counted from 1. Default: 1.
    sweep
        Folder or storage URL of a sweep, one run of which is trained again. Its record is compared
        with the stored one. The string and all options are those of the run.
    run_id
        With --from: the run, by the column run_id of its record.
    name
        With --from: name of the sweep, if the storage holds several.
    save
        File in which to keep the trained memorizer, for `seqmem recall`. The name should end in
        .safetensors.
    plot
        File for the figure recall_map: the probability of the right symbol by position and training
        step. Its name ends in .pdf, .png or .svg.
    json_output
        Print the whole record as JSON.
    """
    from seqmem.study.model_file import check_model_target

    if save is not None:
        check_model_target(save, "--save")
    picture = asked_plot(plot, editable_text)
    given = {"string": string, "file": file, "row": row} | options
    stored = _stored_run(sweep, run_id, name, given)
    config = stored.config if stored else _config(string, file, row, options)
    engine = options.get("engine", declared_options(RunOptions)["engine"].default)
    warning = fallback_warning([engine], config.device)
    if warning:
        print_message(f"seqmem: warning: {warning}")
    for warning in run_warnings(config):
        print_message(f"seqmem: warning: {warning}")
    record, trained = _run(config, keep=save is not None or picture is not None)
    row_of_record = record.to_row()
    if trained and save is not None:
        trained.save(save)
    if trained and picture is not None:
        write_recall_map(trained, picture)
    print(
        json.dumps(row_of_record, indent=2)
        if json_output
        else summary(config.string, row_of_record)
    )
    if stored:
        print_message(f"seqmem: {_compared(stored, row_of_record)}")


def _config(
    string: str | None, file: Path | None, row: int | None, options: dict[str, Any]
) -> RunConfig:
    """Return the configuration that the arguments describe."""
    reading = {name: options.pop(name) for name in (*READ_OPTIONS, "bins") if name in options}
    check_required(options, "train")
    return validate(RunConfig, {"string": _string(string, file, row, reading), **options})


def _stored_run(
    sweep: str | None, run_id: str | None, name: str | None, given: dict[str, Any]
) -> "StoredRun | None":
    """Return the run of a sweep that the arguments name; None if they name no sweep."""
    if sweep is None:
        for flag, value in {"--run-id": run_id, "--name": name}.items():
            if value is not None:
                raise InputError(f"{flag} {value}: names a run of a sweep; give --from too")
        return None
    if run_id is None:
        raise InputError("--from needs --run-id, the run of the sweep that is trained again")
    spare = [option for option, value in given.items() if value is not None]
    if spare:
        known = declared_options(RunOptions)
        flag = flag_of(spare[0]) if spare[0] in known else f"--{spare[0].replace('_', '-')}"
        raise InputError(f"{flag}: with --from, the run decides it; leave {flag} out")
    from seqmem.sweeps.execution.stored_runs import find_run

    return find_run(sweep, run_id, name)


def _compared(stored: "StoredRun", row: dict[str, Any]) -> str:
    """Return a line that says whether a run trained again has the record that is stored."""
    run = f"run {row['run_id']}"
    different = stored.differences(row)
    if not different:
        return f"{run}: equal to its stored record"
    reason = "; the environment is another one" if "environment_key" in different else ""
    return f"warning: {run}: differs from its stored record in {listed(different)}{reason}"


def _run(config: RunConfig, keep: bool) -> "tuple[RunRecord, TrainedMemorizer | None]":
    """Return the record of a run, and the memorizer if it is wanted."""
    from seqmem.study.runner import run
    from seqmem.study.trained import train

    try:
        if not keep:
            return run(config), None
        trained = train(config)
        return trained.record, trained
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
    if record["status"] == "diverged":
        stored = "bits stored: diverged"
    elif record["stored_bits"] is not None:
        stored = f"{record['stored_bits'] + 0.0:.1f} of {record['reference_bits']:.1f} bits stored"
        if record["memorized"] and record["stored_bits"] < record["reference_bits"]:
            # Recall takes the likeliest symbol, which may have any probability.
            stored += " (the right symbols are likeliest, but not yet certain)"
    return "\n".join(
        [
            f"{record['status']}: {record['cell']}, depth {record['depth']}, "
            f"{counted(record['units'], 'unit')}, {record['parameters']} parameters, "
            f"on {shorten(string.text)!r}",
            f"recall: {record['exact_prefix']} of {record['period']} symbols "
            f"before the first error; {stored}",
            f"spent: {record['spent']:.6g} of {record['budget']} "
            f"in {counted(record['steps'], 'step')}, "
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
    string: str | None, file: Path | None, row: int | None, reading: dict[str, Any]
) -> SymbolString:
    if (string is None) == (file is None):
        raise InputError("give either --string or --file")
    if file is None:
        refuse_file_options(({} if row is None else {"row": row}) | reading)
        return given_string(string or "")
    strings, note, *_ = read_strings_with_note(file, **reading)
    say_reading(note)
    row = 1 if row is None else row
    if not 1 <= row <= len(strings):
        count = counted(len(strings), "string")
        raise InputError(f"--row {row}: {file} has {count}, counted from 1")
    return strings[row - 1]
