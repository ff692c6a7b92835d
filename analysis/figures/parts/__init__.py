"""Common parts of the figures: the theme, labels, pages and files."""
