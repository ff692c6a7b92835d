"""The command ``recall``: let a saved memorizer continue a prompt."""

from pathlib import Path

from seqmem.cli.plot_options import EditableText, asked_plot, write_recall_map
from seqmem.cli.run_options import Text
from seqmem.core.arguments import WholeNumber


def recall_command(
    file: Path,
    /,
    *,
    prompt: Text | None = None,
    symbols: WholeNumber | None = None,
    plot: Path | None = None,
    editable_text: EditableText = False,
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
    plot
        File for the figure recall_map: the probability of the right symbol by position and training
        step. Its name ends in .pdf, .png or .svg.
    """
    from seqmem.study.trained import load_memorizer

    picture = asked_plot(plot, editable_text)
    trained = load_memorizer(file)
    print(trained.recall(prompt, symbols))
    if picture is not None:
        write_recall_map(trained, picture)
