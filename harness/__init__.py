"""Hardware-in-the-loop benchmarks of pruned TinyML models."""

from harness.results.load import load_results

__all__ = ["load_results"]
__version__ = "0.1.0"
