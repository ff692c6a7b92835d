"""Published results run again: the same strings and protocol, compared within stated tolerances."""
