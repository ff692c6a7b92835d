"""Exit codes of the command line: the only place that gives them a number."""

# The command did its work.
DONE = 0
# Some runs or sweeps failed, are missing, or could not go on; finished runs are stored.
SOME_RUNS_FAILED = 1
# A process that is needed died; there is no result.
WORK_FAILED = 1
# A fitted cost table misses the measured times by more than the limits allow.
OUTSIDE_LIMITS = 1
# The same command would not surely give the same records on this machine.
RECORDS_MAY_DIFFER = 1
# An argument, a file or a setting is not valid; one line on stderr says which.
BAD_INPUT = 2
# The user interrupted the command (128 + SIGINT); finished runs are stored.
INTERRUPTED = 130
