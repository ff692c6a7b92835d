"""Helpers of the whole project that know nothing of its domain.

They are about errors, exit codes, files, seeds, arguments, processes and texts.
"""
