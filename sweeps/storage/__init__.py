"""The storage and the folder of a sweep, and the functions that read them."""
