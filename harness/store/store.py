"""The one record of every run: an SQLite file that is only ever appended to.

A cell's samples belong to an *attempt*: one build of its image. A new build starts a new attempt
and supersedes the samples of the former ones, which stay in the file but no longer count. Every
public call is one committed transaction, so a killed run keeps all that it had handed over.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self, cast

import numpy as np

from harness.errors import StoreError
from harness.store import codec
from harness.store.database import Database
from harness.store.records import (
    Artifact,
    CellKey,
    CellRecord,
    RunRecord,
    SampleRow,
    SampleTable,
    Status,
)


class Store:
    """The store at `path`; may be used from several threads and by several processes at once.

    Raises StoreError as `Database` does.
    """

    def __init__(self, path: Path, *, create: bool = True) -> None:
        self._db = Database(path, create=create)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def path(self) -> Path:
        """Where the file is."""
        return self._db.path

    def close(self) -> None:
        """Close the file; nothing is pending, for every call commits."""
        self._db.close()

    def begin_run(
        self,
        *,
        plan_name: str,
        plan_text: str,
        plan_digest: str,
        provenance: dict[str, Any],
        labels: np.ndarray,
        classes: int,
        task: str = "classification",
        samples: np.ndarray | None = None,
        validation_labels: np.ndarray | None = None,
    ) -> int:
        """Append a run and return its id; RunRecord says what the arrays are."""
        row = (
            plan_name,
            plan_text,
            plan_digest,
            codec.to_json(provenance),
            codec.to_npy(labels),
            classes,
            _now(),
            task,
            None if samples is None else codec.to_npy(samples),
            None if validation_labels is None else codec.to_npy(validation_labels),
        )
        with self._db.transaction():
            return self._db.insert("INSERT INTO runs VALUES (NULL,?,?,?,?,?,?,?,?,?,?)", *row)

    def unfinished_run(self, plan_digest: str) -> int | None:
        """The newest run of that plan that is not marked finished."""
        row = self._db.one(
            "SELECT max(id) FROM runs WHERE plan_digest = ? "
            "AND id NOT IN (SELECT run_id FROM finishes)",
            plan_digest,
        )
        return None if row is None or row[0] is None else int(row[0])

    def latest_run(self) -> int | None:
        """The newest run's id."""
        row = self._db.one("SELECT max(id) FROM runs")
        return None if row is None or row[0] is None else int(row[0])

    def finish_run(self, run_id: int) -> None:
        """Mark the run finished: `unfinished_run` no longer offers it."""
        with self._db.transaction():
            self._db.insert("INSERT INTO finishes VALUES (?,?)", run_id, _now())

    def run(self, run_id: int) -> RunRecord:
        """The run. Raises StoreError where there is none of that number."""
        query = (
            "SELECT id, plan_name, plan_text, plan_digest, provenance, labels, classes, started, "
            "task, samples, validation_labels, "
            "(SELECT max(at) FROM finishes WHERE run_id = runs.id) "
            "FROM runs WHERE id = ?"
        )
        fits = run_id.bit_length() < 64  # into SQLite's integers
        row = self._db.one(query, run_id) if fits else None
        if row is None:
            latest = self.latest_run()
            raise StoreError(
                f"there is no run {run_id}",
                where=str(self._db.path),
                hint="it holds no run yet" if latest is None else f"the newest is {latest}",
            )
        (
            number,
            name,
            text,
            digest,
            provenance,
            labels,
            classes,
            started,
            task,
            samples,
            validation_labels,
            finished,
        ) = row
        with self._db.decoding():
            return RunRecord(
                id=number,
                plan_name=name,
                plan_text=text,
                plan_digest=digest,
                provenance=json.loads(provenance),
                labels=codec.from_npy(labels),
                classes=classes,
                started=datetime.fromisoformat(started),
                finished=datetime.fromisoformat(finished) if finished else None,
                task=task,
                samples=codec.optional_npy(samples),
                validation_labels=codec.optional_npy(validation_labels),
            )

    def put_artifact(self, run_id: int, artifact: Artifact) -> None:
        """Append a model file of the run; putting the same file again changes nothing.

        Raises StoreError where another file stands for this variant and dtype already.
        """
        predictions, validation = artifact.keras_predictions, artifact.validation_outputs
        with self._db.transaction():
            kept = self._db.one(
                "SELECT sha256 FROM artifacts WHERE run_id = ? AND variant = ? AND dtype = ?",
                run_id,
                artifact.variant,
                artifact.dtype,
            )
            if kept is None:
                self._db.insert(
                    "INSERT INTO artifacts VALUES (NULL,?,?,?,?,?,?,?,?)",
                    run_id,
                    artifact.variant,
                    artifact.dtype,
                    artifact.sha256,
                    codec.to_json(codec.artifact_facts(artifact)),
                    None if predictions is None else codec.to_npy(predictions),
                    codec.to_npy(artifact.reference_outputs),
                    None if validation is None else codec.to_npy(validation),
                )
            elif kept[0] != artifact.sha256:
                raise StoreError(
                    f"run {run_id} holds another file for {artifact.variant} {artifact.dtype}",
                    where=str(self._db.path),
                    hint="start a new run",
                )

    def artifacts(self, run_id: int) -> list[Artifact]:
        """The run's model files in the order they were put."""
        rows = self._db.all(
            "SELECT variant, dtype, sha256, facts, keras_predictions, reference_outputs, "
            "validation_outputs FROM artifacts WHERE run_id = ? ORDER BY id",
            run_id,
        )
        with self._db.decoding():
            return [codec.artifact_of(*row) for row in rows]

    def put_cell(
        self, run_id: int, key: CellKey, *, build_id: str = "", facts: dict[str, Any]
    ) -> int:
        """Create the cell (status pending) or find it; returns its id.

        `facts` are added to those it has; None never hides a value. A `build_id` other than the
        cell's starts a new attempt: pending, without samples. The same one makes a failed cell
        pending again and keeps its samples.
        """
        identity = (run_id, key.variant, key.dtype, key.engine, key.target)
        with self._db.transaction():
            row = self._db.one(
                "SELECT id FROM cells WHERE run_id = ? AND variant = ? AND dtype = ? "
                "AND engine = ? AND target = ?",
                *identity,
            )
            if row is None:
                cell_id = self._db.insert("INSERT INTO cells VALUES (NULL,?,?,?,?,?)", *identity)
                self._begin_attempt(cell_id, build_id)
            else:
                cell_id = int(row[0])
                attempt, kept = self._attempt(cell_id)
                if build_id and build_id != kept:
                    self._begin_attempt(cell_id, build_id)
                elif build_id and self._outcome(attempt)[0] in ("failed", "refused"):
                    self._append_outcome(attempt, "pending", "", "")
            self._append_facts(cell_id, None, facts)
        return cell_id

    def add_samples(self, cell_id: int, rows: Sequence[SampleRow]) -> None:
        """Append samples to the newest attempt; one that it holds already stays as it was."""
        with self._db.transaction():
            attempt, _ = self._attempt(cell_id)
            self._db.insert_all(
                "INSERT INTO samples VALUES (?,?,?,?,?) "
                "ON CONFLICT (attempt_id, sample) DO NOTHING",
                [
                    (attempt, int(row.index), int(row.calls), float(row.count), row.output)
                    for row in rows
                ],
            )

    def measured_samples(self, cell_id: int) -> set[int]:
        """Indexes of the samples that the newest attempt holds."""
        with self._db.lock:
            attempt, _ = self._attempt(cell_id)
            rows = self._db.all("SELECT sample FROM samples WHERE attempt_id = ?", attempt)
        return {int(row[0]) for row in rows}

    def finish_cell(self, cell_id: int, facts: dict[str, Any]) -> None:
        """Mark the newest attempt ok, with the facts measured in it."""
        self._end(cell_id, "ok", "", "", facts)

    def fail_cell(
        self, cell_id: int, stage: str, reason: str, facts: dict[str, Any] | None = None
    ) -> None:
        """Mark the newest attempt failed.

        At stage "fit" it is refused: the target is too small; at "model": the engine cannot run it.
        """
        status: Status = "refused" if stage in ("fit", "model") else "failed"
        self._end(cell_id, status, stage, reason, facts or {})

    def cells(self, run_id: int) -> list[CellRecord]:
        """The run's cells in the order they were created."""
        with self._db.lock:
            rows = self._db.all(
                "SELECT id, variant, dtype, engine, target FROM cells WHERE run_id = ? ORDER BY id",
                run_id,
            )
            return [self._cell(int(number), CellKey(*key)) for number, *key in rows]

    def cell(self, cell_id: int) -> CellRecord:
        """One cell. Raises StoreError where there is none of that number."""
        with self._db.lock:
            row = self._db.one(
                "SELECT variant, dtype, engine, target FROM cells WHERE id = ?", cell_id
            )
            if row is None:
                raise StoreError(f"there is no cell {cell_id}", where=str(self._db.path))
            return self._cell(cell_id, CellKey(*row))

    def samples(self, cell_id: int) -> SampleTable:
        """The samples of the cell's newest attempt."""
        with self._db.lock:
            attempt, _ = self._attempt(cell_id)
            rows = self._db.all(
                "SELECT sample, calls, count, output FROM samples WHERE attempt_id = ? "
                "ORDER BY sample",
                attempt,
            )
        return SampleTable(
            index=np.array([row[0] for row in rows], dtype=np.int64),
            calls=np.array([row[1] for row in rows], dtype=np.int64),
            counts=np.array([row[2] for row in rows], dtype=np.float64),
            outputs=tuple(row[3] for row in rows),
        )

    def _begin_attempt(self, cell_id: int, build_id: str) -> None:
        self._db.insert("INSERT INTO attempts VALUES (NULL,?,?,?)", cell_id, build_id, _now())

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
            "INSERT INTO outcomes VALUES (NULL,?,?,?,?,?)", attempt, status, stage, reason, _now()
        )

    def _append_facts(self, cell_id: int, attempt: int | None, facts: dict[str, Any]) -> None:
        told = {name: value for name, value in facts.items() if value is not None}
        if told:
            self._db.insert(
                "INSERT INTO facts VALUES (NULL,?,?,?)", cell_id, attempt, codec.to_json(told)
            )

    def _end(
        self, cell_id: int, status: Status, stage: str, reason: str, facts: dict[str, Any]
    ) -> None:
        with self._db.transaction():
            attempt, _ = self._attempt(cell_id)
            self._append_facts(cell_id, attempt, facts)
            self._append_outcome(attempt, status, stage, reason)

    def _cell(self, cell_id: int, key: CellKey) -> CellRecord:
        attempt, build_id = self._attempt(cell_id)
        status, stage, reason = self._outcome(attempt)
        count = self._db.one("SELECT count(*) FROM attempts WHERE cell_id = ?", cell_id)
        rows = self._db.all(
            "SELECT facts FROM facts WHERE cell_id = ? AND (attempt_id IS NULL OR attempt_id = ?) "
            "ORDER BY attempt_id IS NOT NULL, id",
            cell_id,
            attempt,
        )
        facts: dict[str, Any] = {}
        with self._db.decoding():
            for (text,) in rows:
                facts |= json.loads(text)
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


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
