"""Records as frames: loading them, grouping them, their checkpoints as curves, and files of results."""
