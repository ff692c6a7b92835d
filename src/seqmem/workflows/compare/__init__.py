"""``seqmem compare``: the better cell for the user's own data, tuned with equal effort."""
