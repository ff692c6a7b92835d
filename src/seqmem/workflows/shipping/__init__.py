"""Copy the records of finished sweeps to the records that ship with the project."""
