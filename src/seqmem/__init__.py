"""Memorization of strings by recurrent networks within a fixed training budget.

How complex a string can a network memorize, and how does this depend on its cell and its size?

This is the public interface. Each name is imported when it is first used, so ``import seqmem``
imports neither torch nor numpy. The packages `seqmem.generators`, `seqmem.study`, `seqmem.sweeps`
and `seqmem.analysis` hold the rest.

The most important names are:

- ``generate``: make a string of a given complexity
- ``match``: make strings of different sources with the same complexity
- ``from_text``: make a string from a text
- ``read_strings``: read strings from a CSV file
- ``write_strings``: write strings to a CSV file
- ``RunConfig``: everything that decides the result of one run
- ``run``: train one memorizer and return its record
- ``train``: train one memorizer and keep its network
- ``load_memorizer``: read a memorizer that was saved
- ``load_config``: read a sweep from a preset or a TOML file
- ``run_sweep``: run a sweep, or the rest of it
- ``load``: load the records of a sweep as a pandas frame
- ``show``: draw a figure of a sweep
- ``build_report``: write the figures, tables and verdicts of a sweep
- ``compare``: find out which cell memorizes your own strings better

Examples
--------
>>> import seqmem
>>> config = seqmem.RunConfig(string="ABRACADABRA", cell="gru", units=32, budget="400 steps")
>>> seqmem.run(config).status
'memorized'
"""

from seqmem.core.imports import lazy_exports

_HOMES = {
    "InputError": "seqmem.core.errors",
    "RunConfig": "seqmem.study.config",
    "RunRecord": "seqmem.study.record",
    "SweepConfig": "seqmem.sweeps.config.sweep_config",
    "SymbolString": "seqmem.generators.symbols",
    "build_report": "seqmem.analysis.report.build",
    "compare": "seqmem.workflows.compare.run",
    "from_text": "seqmem.generators.symbols",
    "generate": "seqmem.generators.targeting",
    "load": "seqmem.analysis.records.loading",
    "load_config": "seqmem.sweeps.config.sweep_file",
    "load_memorizer": "seqmem.study.trained",
    "match": "seqmem.generators.matching",
    "read_strings": "seqmem.generators.records",
    "run": "seqmem.study.runner",
    "run_sweep": "seqmem.sweeps.execution.launcher",
    "show": "seqmem.analysis.figures.showing",
    "train": "seqmem.study.trained",
    "write_strings": "seqmem.generators.data.string_files",
}
__all__ = sorted(_HOMES)

__getattr__, __dir__ = lazy_exports(__name__, _HOMES, ("analysis", "generators", "study", "sweeps"))
