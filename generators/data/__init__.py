"""The user's own data: reading files, records and numbers, and cutting records into pieces."""
