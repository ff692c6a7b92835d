"""Helpers of the whole project, without any word of its domain: errors, exit codes, files, seeds, arguments."""
