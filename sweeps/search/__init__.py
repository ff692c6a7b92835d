"""Search: the space, suggestions, strings and scores."""
