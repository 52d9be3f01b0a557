"""Cells of the store: status and facts."""

from __future__ import annotations

from typing import Any, cast

from harness.errors import StoreError
from harness.store.attempts import Attempts
from harness.store.facts import CellFacts, facts_of, read_facts
from harness.store.records import CellKey, CellRecord
from harness.store.rows import place
from harness.store.stage import Stage, Status

NO_FACTS = CellFacts()


class Cells(Attempts):
    """Methods of Store for cells."""

    def put_cell(
        self, run_id: int, key: CellKey, *, build_id: str = "", facts: CellFacts = NO_FACTS
    ) -> int:
        """Create the cell (status pending) or find it; return its id.

        `facts` are added to those stored; None never replaces a value. Another `build_id` than the
        cell's starts a new attempt: pending, without samples. The same one makes a failed cell
        pending again and keeps its samples.
        """
        identity = (run_id, key.variant, key.dtype, key.engine, key.target)
        with self._db.transaction():
            rows = self._db.rows(
                "cells",
                "WHERE run_id = ? AND variant = ? AND dtype = ? AND engine = ? AND target = ?",
                *identity,
            )
            if not rows:
                cell_id = self._db.insert("cells", *identity)
                self._begin_attempt(cell_id, build_id)
            else:
                cell_id = rows[0][0]
                attempt, kept = self._attempt(cell_id)
                if build_id and build_id != kept:
                    self._begin_attempt(cell_id, build_id)
                elif build_id and self._outcome(attempt)[0] in ("failed", "refused"):
                    self._append_outcome(attempt, "pending", "", "")
            self._append_facts(cell_id, None, facts)
        return cell_id

    def finish_cell(self, cell_id: int, facts: CellFacts = NO_FACTS) -> None:
        """Mark the newest attempt ok, with the facts measured in it."""
        self._end(cell_id, "ok", "", "", facts)

    def add_facts(self, cell_id: int, facts: CellFacts) -> None:
        """Add facts measured in the newest attempt, which goes on."""
        with self._db.transaction():
            attempt, _ = self._attempt(cell_id)
            self._append_facts(cell_id, attempt, facts)

    def fail_cell(
        self, cell_id: int, stage: Stage, reason: str, facts: CellFacts = NO_FACTS
    ) -> None:
        """Mark the newest attempt failed, or refused where the stage refuses (see Stage)."""
        self._end(cell_id, stage.status, stage.value, reason, facts)

    def cells(self, run_id: int) -> list[CellRecord]:
        """Return the run's cells in the order of creation."""
        with self._db.lock:
            rows = self._db.rows("cells", "WHERE run_id = ? ORDER BY id", run_id)
            return [self._cell(number, CellKey(*key)) for number, _, *key in rows]

    def cell(self, cell_id: int) -> CellRecord:
        """Return one cell. Raises StoreError for an unknown number."""
        with self._db.lock:
            rows = self._db.rows("cells", "WHERE id = ?", cell_id)
            if not rows:
                raise StoreError(f"there is no cell {cell_id}", where=str(self._db.path))
            return self._cell(cell_id, CellKey(*rows[0][2:]))

    def _end(self, cell_id: int, status: Status, stage: str, reason: str, facts: CellFacts) -> None:
        with self._db.transaction():
            attempt, _ = self._attempt(cell_id)
            self._append_facts(cell_id, attempt, facts)
            self._append_outcome(attempt, status, stage, reason)

    def _cell(self, cell_id: int, key: CellKey) -> CellRecord:
        attempt, build_id = self._attempt(cell_id)
        status, stage, reason = self._outcome(attempt)
        count = self._db.one("SELECT count(*) FROM attempts WHERE cell_id = ?", cell_id)
        rows = self._db.rows(
            "facts",
            "WHERE cell_id = ? AND (attempt_id IS NULL OR attempt_id = ?) "
            "ORDER BY attempt_id IS NOT NULL, id",
            cell_id,
            attempt,
        )
        merged: dict[str, Any] = {}
        for number, _, _, text in rows:
            with self._db.decoding(place("facts", (number,), "facts")):
                merged |= read_facts(text)
        with self._db.decoding(f"facts of cell {cell_id}"):
            facts = facts_of(merged)
        return CellRecord(
            id=cell_id,
            key=key,
            status=status,
            stage=stage,
            reason=reason,
            build_id=build_id,
            attempts=cast(tuple[int], count)[0],
            facts=facts,
        )
