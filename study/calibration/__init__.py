"""Calibrated time: what a training step costs on a measured machine, by a table that travels with the run."""
