"""The best of n points of a search: weights of subsets, curves, and bands of random search."""
