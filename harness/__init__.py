"""Hardware-in-the-loop benchmarks of pruned TinyML models."""

__version__ = "0.1.0"
