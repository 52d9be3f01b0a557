"""Transformations of the graph and of its calls, and the memory plan."""
