"""Executing a sweep: preparation, waves of runs on executors, status and forecast."""
