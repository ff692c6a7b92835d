"""Work that both launches runs and draws conclusions: comparisons, reproductions, step times, the paper."""
