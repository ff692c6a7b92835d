"""What claims are made of: evidence, requirements, parts and verdicts."""
