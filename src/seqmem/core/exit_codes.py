"""How the command ends."""

DONE, SOME_RUNS_FAILED, BAD_INPUT, INTERRUPTED = 0, 1, 2, 130
