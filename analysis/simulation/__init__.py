"""Simulations that check the statistics: coverage, false alarms, power (METHODS section 6).

`python -m seqmem.analysis.simulation docs/methods.md` runs them and writes their tables into that page. Every scenario
has a seed of its own, fixed beforehand, and estimators work on all simulated sweeps at once.
"""
