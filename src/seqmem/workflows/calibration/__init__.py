"""Measure a cost table: time training steps on this machine and fit the cost model to them."""
