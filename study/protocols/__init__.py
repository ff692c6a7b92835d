"""Protocols: how a string becomes training batches."""
