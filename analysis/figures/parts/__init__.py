"""What figures have in common: the theme, labels, pages and files."""
