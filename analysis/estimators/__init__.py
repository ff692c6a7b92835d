"""Numbers with intervals from records: capacities, contrasts, time ratios, importance, survival, variance."""
