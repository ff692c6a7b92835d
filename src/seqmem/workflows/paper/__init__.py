"""The study: its sweeps from beginning to end, and everything that is made from its shipped records."""
