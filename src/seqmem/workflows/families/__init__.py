"""Every family of memorizers on the same strings: from the shipped records to docs/families.md."""
