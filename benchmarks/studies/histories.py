"""Histories without a step, of runs that share their neighbours' noise."""

from __future__ import annotations

from unittest.mock import patch

import numpy as np

from harness.history import steps


def simulate(runs: int, share: float, *, blocks: bool, studies: int, seed: int) -> float:
    """Share of series in which a step is found that is not there.

    A run's deviation is `share` of the one before and a new one (first-order autoregression).
    """
    rng, found = np.random.default_rng(seed), 0
    length = steps.block_length if blocks else (lambda _: 1)
    with patch.object(steps, "block_length", length):
        for _ in range(studies):
            values = rng.normal(size=runs)
            values[0] /= np.sqrt(1 - share**2)
            for place in range(1, runs):
                values[place] += share * values[place - 1]
            found += bool(steps.scanned_steps(list(100 + values), 0.0))
    return found / studies
