"""``seqmem compare``: which cell for the user's own data, tuned with equal effort, with intervals."""
