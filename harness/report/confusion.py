"""Confusion matrices of device predictions, one for all targets that said the same."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from harness.measure.accuracy import confusion_matrix
from harness.results.data import CellData, RunData


@dataclass(frozen=True)
class Confusion:
    """`matrix` (C, C): rows true, columns predicted classes, as counted on each of `targets`."""

    variant: str
    dtype: str
    targets: tuple[str, ...]
    matrix: np.ndarray

    @property
    def errors(self) -> int:
        """Samples off the diagonal."""
        return int(self.matrix.sum() - np.trace(self.matrix))

    @property
    def worst(self) -> tuple[int, int, int]:
        """The commonest mistake: true class, predicted class, how often."""
        off = self.matrix - np.diag(np.diag(self.matrix))
        row, column = np.unravel_index(int(off.argmax()), off.shape)
        return int(row), int(column), int(off[row, column])


def confusions(data: RunData) -> list[Confusion]:
    """Matrices in the order of the cells; empty where the labels are not known."""
    if not data.labelled or data.run.task != "classification":
        return []
    groups: dict[tuple[str, str, bytes], list[CellData]] = {}
    for cell in data.cells:
        if cell.said is not None:
            key = cell.record.key
            said = cell.samples.index.tobytes() + cell.said.tobytes()
            groups.setdefault((key.variant, key.dtype, said), []).append(cell)
    return [
        Confusion(
            variant,
            dtype,
            tuple(dict.fromkeys(cell.record.key.target for cell in cells)),
            _matrix(data, cells[0]),
        )
        for (variant, dtype, _), cells in groups.items()
    ]


def _matrix(data: RunData, cell: CellData) -> np.ndarray:
    assert cell.said is not None
    labels = data.run.labels[cell.answered].astype(np.int64)
    return confusion_matrix(cell.said, labels, data.run.classes)
