"""A cell, a complexity measure and a figure for seqmem, as an example of a package of one's own."""
