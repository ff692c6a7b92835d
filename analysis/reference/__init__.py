"""Published results that reproductions are compared with."""
