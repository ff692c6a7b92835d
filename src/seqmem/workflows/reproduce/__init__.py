"""``seqmem reproduce``: published memorization experiments, run again and compared."""
