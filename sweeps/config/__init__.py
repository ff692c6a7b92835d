"""A sweep as a validated value: its file, its sections, its conditions and searches."""
