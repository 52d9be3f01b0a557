"""`Dataset` and `Split`, importable from here too: plans' modules written for 0.1 do so."""

from harness.data.dataset import Dataset, Split

__all__ = ["Dataset", "Split"]
