"""The storage and the folder of a sweep, and what is read from them."""
