"""The Pareto front of a target: the cells that no other one beats in metric, latency and flash."""

from __future__ import annotations

import numpy as np
import pandas as pd

from harness.measure.metric import Metric


def pareto_front(frame: pd.DataFrame, metric: Metric) -> frozenset[int]:
    """Rows of `frame` on the front of their target: index labels.

    A row is on the front where no other is at least as good in all of metric (more is better),
    median latency and flash (less is better) and better in one: Pareto dominance. Only rows with
    all three take part.
    """
    found: set[int] = set()
    for _, rows in _measured(frame, metric).groupby("target", sort=False):
        costs = rows[["latency_median", "flash_bytes"]].to_numpy(dtype=float)
        costs = np.column_stack([-rows[metric.device].to_numpy(dtype=float), costs])
        found |= {int(index) for index, best in zip(rows.index, undominated(costs), strict=True)
                  if best}  # fmt: skip
    return frozenset(found)


def undominated(costs: np.ndarray) -> np.ndarray:
    """Which of the points (n, k), less being better, no other one dominates: (n,) of bool."""
    return np.array(
        [not ((costs <= point).all(axis=1) & (costs < point).any(axis=1)).any() for point in costs],
        dtype=bool,
    )


def _measured(frame: pd.DataFrame, metric: Metric) -> pd.DataFrame:
    needed = [metric.device, "latency_median", "flash_bytes"]
    return frame[(frame["status"] == "ok") & frame[needed].notna().all(axis=1)]
