"""The command ``seqmem``: a table of commands in `app`, and one file for each of them."""
