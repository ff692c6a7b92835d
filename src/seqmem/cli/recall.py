"""The command ``recall``: let a saved memorizer continue a prompt."""

from pathlib import Path

from seqmem.cli.run_options import Text
from seqmem.core.arguments import WholeNumber


def recall_command(
    file: Path,
    /,
    *,
    prompt: Text | None = None,
    symbols: WholeNumber | None = None,
) -> None:
    """Let a saved memorizer continue a prompt, and print the continuation.

    Parameters
    ----------
    file
        The memorizer, as `seqmem train --save` writes it.
    prompt
        Symbols that the network reads first. Default: repetitions of the string, so that the
        continuation starts at its first symbol.
    symbols
        Number of symbols to predict. Default: one period of the string.
    """
    from seqmem.study.trained import load_memorizer

    print(load_memorizer(file).recall(prompt, symbols))
