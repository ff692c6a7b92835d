"""Simulations that check the statistics: coverage, false alarms and power.

The checks are named in the pre-registration of study 1, section 6
(docs/preregistration/study-1.md). The command `python -m seqmem.analysis.simulation
docs/methods.md` runs them and writes their tables into that page. Every scenario has its own seed,
fixed beforehand. Estimators work on all simulated sweeps at once.
"""
