"""The unit counts that searches use, so that no search exploits an error of the cost table between them."""

UNITS_GRID = (4, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256)
