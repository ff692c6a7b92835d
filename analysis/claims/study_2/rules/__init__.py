"""What the claims of study 2 share: constants, verdicts, negative control and second readings."""
