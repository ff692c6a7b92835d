"""Estimators: capacity, contrasts, time ratios, importance, survival, variance, stored bits."""
