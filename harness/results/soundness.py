"""Reasons for which a cell's figures are not to be relied on, though the cell ended well."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from harness.measure.latency import summarise
from harness.measure.parity import compare_outputs
from harness.results.data import CellData
from harness.results.wording import difference, percent
from harness.store import CellRecord
from harness.workload.authority import TITLES

# Stated parity of float outputs, as a share of the reference's greatest magnitude, at least of 1.
FLOAT_PARITY = 1e-5
SATURATED = 0.01  # share of clamped input values above which a run warns
DYNAMIC_PARITY = 1e-2  # an input quantised at run time may cross a rounding boundary


def trouble(cell: CellData) -> str:
    """Fault in the outputs or times of a cell that ended well; "" where there is none."""
    if cell.outputs is None:
        return cell.remark or "there are no outputs"
    return _bad_outputs(cell.outputs) or parity_trouble(cell) or time_trouble(cell)


def parity_trouble(cell: CellData) -> str:
    """Difference of outputs from the authority's beyond the stated parity, or "".

    Integer outputs are stated to be equal bit for bit, but for the authority's own rounding
    (`tolerance_lsb`), float outputs within FLOAT_PARITY.
    """
    if cell.outputs is None or cell.artifact is None:
        return ""
    reference = cell.artifact.reference_outputs[cell.samples.index]
    found = compare_outputs(cell.outputs, reference)
    allowed = _allowed(cell, reference) if found.max_lsb is None else cell.artifact.tolerance_lsb
    if found.difference <= allowed:
        return ""
    off = difference(found.max_lsb, found.max_abs, found.n)
    whose = TITLES.get(cell.artifact.authority, "TensorFlow Lite")
    return f"outputs differ from {whose}'s: {off}"


def saturation(cells: Iterable[CellRecord]) -> list[str]:
    """A warning for each model of which more than SATURATED of the input values were clamped."""
    shares = {
        f"{cell.key.variant} {cell.key.dtype}": cell.facts.inputs_saturated or 0.0 for cell in cells
    }
    return [
        f"warning: {percent(share)} % of the input values of {name} are outside of its input's "
        "range and were clamped: are the samples scaled as in training?"
        for name, share in shares.items()
        if share > SATURATED
    ]


def time_trouble(cell: CellData) -> str:
    """Why the times cannot be; "" where nothing speaks against them."""
    if cell.record.facts.implausible_time:
        return cell.record.facts.implausible_time
    median = summarise(cell.samples.counts, cell.samples.calls).median
    return "" if median > 0 else "the median time is not above 0"


def _bad_outputs(outputs: np.ndarray) -> str:
    count = len(outputs)
    flat = outputs.reshape(count, -1)
    if np.issubdtype(flat.dtype, np.floating):
        bad = int((~np.isfinite(flat)).any(axis=1).sum())
        if bad:
            return f"{bad:,} of {count:,} outputs hold NaN or infinity"
    if count > 1 and (flat == flat[0]).all():
        return f"all {count:,} outputs are the same"
    return ""


def _allowed(cell: CellData, reference: np.ndarray) -> float:
    share = DYNAMIC_PARITY if cell.record.key.dtype == "dynamic" else FLOAT_PARITY
    rounding = 0.0 if cell.artifact is None else cell.artifact.tolerance_abs
    return rounding + share * max(1.0, float(np.abs(reference.astype(np.float64)).max()))
