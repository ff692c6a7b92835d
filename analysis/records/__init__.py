"""Records as data frames: loading, grouping, checkpoint curves, and writing result files."""
