"""Any two settings of sweeps contrasted: which data, which estimate, and what to say of it."""
