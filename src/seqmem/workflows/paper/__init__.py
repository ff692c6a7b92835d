"""The paper: the sweeps of study 1, and everything that is made from its shipped records."""
