"""Passes over the graph and its calls, and the memory plan."""
