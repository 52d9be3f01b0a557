"""Small multiples: a picture a board, all on one scale, so that boards can be compared.

Boards count in different units, so that latencies are drawn as shares of that of the board's
original.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from harness.measure.metric import Metric
from harness.report.finding import HOST_CLOCK
from harness.results.baseline import baselines
from harness.results.data import RunData

GROUP = "boards"  # of plots that stand side by side on the page
WIDTH = 2.9  # inches: four of them fit a desk screen, one a phone

Limits = tuple[float, float]


@dataclass(frozen=True)
class Scale:
    """Limits of the axes, the same for all boards; `score` in percent."""

    share: Limits
    flash: Limits
    score: Limits


def with_shares(data: RunData, frame: pd.DataFrame) -> pd.DataFrame:
    """Return the table with `latency_share`: median latency over that of its board's original.

    Where a board has no original it is over the board's greatest.
    """
    places = {id(cell): place for place, cell in enumerate(data.cells)}
    latencies = frame["latency_median"].to_dict()
    originals = {
        target: latencies.get(places[id(cell)]) for target, cell in baselines(data).items()
    }
    greatest = frame.groupby("target")["latency_median"].max().to_dict()
    whole = frame["target"].map(lambda name: originals.get(name) or greatest.get(name))
    return frame.assign(latency_share=frame["latency_median"] / whole.astype(float))


def on_host(rows: pd.DataFrame) -> bool:
    """Return True where a target is timed by the clock of this computer."""
    return bool((rows["timing_kind"] == HOST_CLOCK).any())


def scale_of(rows: pd.DataFrame, metric: Metric) -> Scale:
    """Return the limits that hold all of `rows`, which have shares."""
    scores = [100 * rows[f"{metric.name}_{part}"] for part in ("device", "low", "high")]
    low, high = _limits(pd.concat(scores), (0.0, 100.0))
    margin = 0.05 * (high - low) or 1.0
    return Scale(
        share=_limits(rows["latency_share"][rows["latency_share"] > 0], (1.0, 1.0)),
        flash=_limits(rows["flash_bytes"][rows["flash_bytes"].fillna(0) > 0], (1.0, 1.0)),
        score=(low - margin, high + margin),
    )


def _limits(values: pd.Series[float], none: Limits) -> Limits:
    known = values.dropna().to_numpy(dtype=float)
    known = known[np.isfinite(known)]
    return (float(known.min()), float(known.max())) if known.size else none
