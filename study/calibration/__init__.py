"""Calibrated time: predicted seconds of a training step, from a table that goes with the run."""
