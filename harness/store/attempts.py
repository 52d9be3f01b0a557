"""A cell's attempts: one for each build of its image, with an outcome, facts and samples."""

from __future__ import annotations

from typing import get_args

from harness.errors import StoreError
from harness.store import codec
from harness.store.database import Database, now
from harness.store.facts import CellFacts, facts_json
from harness.store.rows import place
from harness.store.stage import Stage, Status

STATUSES = get_args(Status)
STAGES = ("", *(stage.value for stage in Stage))


class Attempts:
    """Rows of attempts on the database `_db`, for the parts of Store that need them."""

    _db: Database

    def _begin_attempt(self, cell_id: int, build_id: str) -> None:
        self._db.insert("attempts", cell_id, build_id, now())

    def _attempt(self, cell_id: int) -> tuple[int, str]:
        rows = self._db.rows("attempts", "WHERE cell_id = ? ORDER BY id DESC LIMIT 1", cell_id)
        if not rows:
            raise StoreError(f"there is no cell {cell_id}", where=str(self._db.path))
        number, _, build_id, _ = rows[0]
        return number, build_id

    def _outcome(self, attempt: int) -> tuple[Status, str, str]:
        rows = self._db.rows("outcomes", "WHERE attempt_id = ? ORDER BY id DESC LIMIT 1", attempt)
        if not rows:
            return "pending", "", ""
        number, _, status, stage, reason, _ = rows[0]
        for column, value, known in (("status", status, STATUSES), ("stage", stage, STAGES)):
            with self._db.decoding(place("outcomes", (number,), column)):
                if value not in known:
                    raise ValueError(f"there is no {column} '{value}'")
        return status, stage, reason

    def _append_outcome(self, attempt: int, status: Status, stage: str, reason: str) -> None:
        self._db.insert("outcomes", attempt, status, stage, reason, now())

    def _append_facts(self, cell_id: int, attempt: int | None, facts: CellFacts) -> None:
        values = facts_json(facts)
        if values:
            self._db.insert("facts", cell_id, attempt, codec.to_json(values))
