"""Exit codes of the command line: the only place that gives them a number."""

# The command did its work.
DONE = 0
# Some runs or sweeps failed or are missing, or the work had to stop, for example because workers
# were lost. Finished runs are saved.
SOME_RUNS_FAILED = 1
# A process that measures died, so there is no result.
WORK_FAILED = 1
# A fitted cost table misses the measured times by more than the limits allow.
OUTSIDE_LIMITS = 1
# The same command would not surely give the same records on this machine.
RECORDS_MAY_DIFFER = 1
# An argument, a file or a setting is not valid; one line on stderr says which.
BAD_INPUT = 2
# A signal ended the command: 128 + SIGHUP, SIGINT or SIGTERM. Finished runs of `sweep`, `compare`
# and `reproduce` are saved.
HUNG_UP = 129
INTERRUPTED = 130
TERMINATED = 143
