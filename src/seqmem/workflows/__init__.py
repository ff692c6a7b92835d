"""Work that launches runs and draws conclusions from them: comparisons, the paper and more."""
