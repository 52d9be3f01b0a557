"""A cell's attempts: one for each build of its image, with an outcome, facts and samples."""

from __future__ import annotations

from typing import cast

from harness.errors import StoreError
from harness.store import codec
from harness.store.database import Database, now
from harness.store.facts import CellFacts, facts_json
from harness.store.stage import Status


class Attempts:
    """Rows of attempts on the database `_db`, for the parts of Store that need them."""

    _db: Database

    def _begin_attempt(self, cell_id: int, build_id: str) -> None:
        self._db.insert("INSERT INTO attempts VALUES (NULL,?,?,?)", cell_id, build_id, now())

    def _attempt(self, cell_id: int) -> tuple[int, str]:
        row = self._db.one(
            "SELECT id, build_id FROM attempts WHERE cell_id = ? ORDER BY id DESC LIMIT 1", cell_id
        )
        if row is None:
            raise StoreError(f"there is no cell {cell_id}", where=str(self._db.path))
        return int(row[0]), str(row[1])

    def _outcome(self, attempt: int) -> tuple[Status, str, str]:
        row = self._db.one(
            "SELECT status, stage, reason FROM outcomes WHERE attempt_id = ? "
            "ORDER BY id DESC LIMIT 1",
            attempt,
        )
        return cast(tuple[Status, str, str], row) if row else ("pending", "", "")

    def _append_outcome(self, attempt: int, status: Status, stage: str, reason: str) -> None:
        self._db.insert(
            "INSERT INTO outcomes VALUES (NULL,?,?,?,?,?)", attempt, status, stage, reason, now()
        )

    def _append_facts(self, cell_id: int, attempt: int | None, facts: CellFacts) -> None:
        values = facts_json(facts)
        if values:
            self._db.insert(
                "INSERT INTO facts VALUES (NULL,?,?,?)", cell_id, attempt, codec.to_json(values)
            )
