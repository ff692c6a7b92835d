"""Names of the files in a sweep's folder, for every package that reads or writes them."""

# One row per run, exported from the database.
RECORDS_FILE = "runs.parquet"
# The resolved sweep file.
CONFIG_FILE = "config.toml"
# Versions, processor, threads, seeds and hashes.
MANIFEST_FILE = "manifest.json"
# Optuna's SQLite database with all trials, unless another storage is given.
DATABASE_FILE = "optuna.db"
# The cost table of a budget in calibrated seconds.
COSTS_FILE = "costs.json"
