"""Training one memorizer: steps, optimization, schedules, early stopping."""
