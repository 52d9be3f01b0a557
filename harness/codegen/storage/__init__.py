"""Layouts of weights in flash: dense, packed, sparse, by blocks."""
