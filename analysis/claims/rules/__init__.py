"""Building blocks of the claims: evidence, requirements, parts and verdicts."""
