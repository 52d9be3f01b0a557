"""The one original that the models of a target are compared with."""

from __future__ import annotations

from collections.abc import Mapping

from harness.results.data import CellData, RunData
from harness.results.engines import CODEGEN

# The closest to what was trained comes first: a comparison then includes what quantisation costs.
DTYPES = ("float32", "int16x8", "dynamic", "int8", "int8_pertensor")


def baselines(data: RunData) -> Mapping[str, CellData]:
    """By target the unpruned variant that was measured in the first dtype of DTYPES.

    The order is fixed beforehand: the most accurate of several originals is so by chance in part,
    .14 to .86 points too high. The project's own engine comes before others.
    """
    found: dict[str, CellData] = {}
    for cell in data.cells:
        if cell.original and cell.record.status == "ok":
            target = cell.record.key.target
            if target not in found or _rank(cell) < _rank(found[target]):
                found[target] = cell
    return found


def _rank(cell: CellData) -> tuple[bool, int]:
    key = cell.record.key
    return key.engine != CODEGEN, DTYPES.index(key.dtype) if key.dtype in DTYPES else len(DTYPES)
