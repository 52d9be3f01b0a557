"""Layers of TensorFlow Lite Micro beside those of the same model by this project's engine."""

from __future__ import annotations

from bisect import bisect_right

from harness.results.data import CellData, RunData
from harness.results.engines import CODEGEN, TFLM


def tflm_counts(data: RunData, cell: CellData) -> dict[int, float]:
    """Return TFLM's latency of each layer of a codegen cell, by operator index in the file.

    TFLM times every operator. Where codegen computes several by one kernel, listed at the first,
    theirs are added. Empty where either engine did not time the layers, or of a cell of TFLM.
    """
    key = cell.record.key
    twin = next(
        (
            other.record
            for other in data.cells
            if other.record.key.engine == TFLM
            and (other.record.key.variant, other.record.key.dtype, other.record.key.target)
            == (key.variant, key.dtype, key.target)
        ),
        None,
    )
    starts = sorted({layer.index for layer in cell.record.facts.layers if layer.count is not None})
    if key.engine != CODEGEN or twin is None or not starts:
        return {}
    found: dict[int, float] = {}
    for layer in twin.facts.layers:
        place = bisect_right(starts, layer.index) - 1
        if layer.count is not None and place >= 0:
            found[starts[place]] = found.get(starts[place], 0.0) + layer.count
    return found
