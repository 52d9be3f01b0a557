"""Samples of the store: measurements of a cell's newest attempt."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from harness.store.attempts import Attempts
from harness.store.records import SampleRow, SampleTable


class Samples(Attempts):
    """Methods of Store for samples."""

    def add_samples(self, cell_id: int, rows: Sequence[SampleRow]) -> None:
        """Append samples to the newest attempt; those stored already stay as they are."""
        with self._db.transaction():
            attempt, _ = self._attempt(cell_id)
            self._db.insert_all(
                "samples",
                [
                    (attempt, int(row.index), int(row.calls), float(row.count), row.output)
                    for row in rows
                ],
                "ON CONFLICT (attempt_id, sample) DO NOTHING",
            )

    def measured_samples(self, cell_id: int) -> set[int]:
        """Return the indexes of the newest attempt's samples."""
        with self._db.lock:
            attempt, _ = self._attempt(cell_id)
            rows = self._db.rows("samples", "WHERE attempt_id = ?", attempt)
        return {sample for _, sample, *_ in rows}

    def samples(self, cell_id: int) -> SampleTable:
        """Return the samples of the cell's newest attempt."""
        with self._db.lock:
            attempt, _ = self._attempt(cell_id)
            rows = self._db.rows("samples", "WHERE attempt_id = ? ORDER BY sample", attempt)
        return SampleTable(
            index=np.array([row[1] for row in rows], dtype=np.int64),
            calls=np.array([row[2] for row in rows], dtype=np.int64),
            counts=np.array([row[3] for row in rows], dtype=np.float64),
            outputs=tuple(row[4] for row in rows),
        )
