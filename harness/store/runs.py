"""Runs of the store and their model files."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import numpy as np

from harness.errors import StoreError
from harness.store import codec
from harness.store.database import Database, now
from harness.store.records import Answer, Artifact, RunRecord


class Runs:
    """Methods of Store for runs and model files, on the database `_db`."""

    _db: Database

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
        """Append a run and return its id; RunRecord describes the arrays."""
        row = (
            plan_name,
            plan_text,
            plan_digest,
            codec.to_json(provenance),
            codec.to_npy(labels),
            classes,
            now(),
            task,
            None if samples is None else codec.to_npy(samples),
            None if validation_labels is None else codec.to_npy(validation_labels),
        )
        with self._db.transaction():
            return self._db.insert("INSERT INTO runs VALUES (NULL,?,?,?,?,?,?,?,?,?,?)", *row)

    def unfinished_run(self, plan_digest: str) -> int | None:
        """Return the newest unfinished run of that plan, None where there is none."""
        row = self._db.one(
            "SELECT max(id) FROM runs WHERE plan_digest = ? "
            "AND id NOT IN (SELECT run_id FROM finishes)",
            plan_digest,
        )
        return None if row is None or row[0] is None else int(row[0])

    def latest_run(self) -> int | None:
        """Return the newest run's id."""
        row = self._db.one("SELECT max(id) FROM runs")
        return None if row is None or row[0] is None else int(row[0])

    def finish_run(self, run_id: int) -> None:
        """Mark the run finished: `unfinished_run` no longer offers it."""
        with self._db.transaction():
            self._db.insert("INSERT INTO finishes VALUES (?,?)", run_id, now())

    def run(self, run_id: int) -> RunRecord:
        """Return the run. Raises StoreError for an unknown number."""
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
        """Append a model file of the run; the same file again changes nothing.

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
                artifact_id = self._db.insert(
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
                self._put_answers(artifact_id, artifact.answers)
            elif kept[0] != artifact.sha256:
                raise StoreError(
                    f"run {run_id} holds another file for {artifact.variant} {artifact.dtype}",
                    where=str(self._db.path),
                    hint="start a new run",
                )

    def artifacts(self, run_id: int) -> list[Artifact]:
        """Return the run's model files in the order of storing."""
        rows = self._db.all(
            "SELECT id, variant, dtype, sha256, facts, keras_predictions, reference_outputs, "
            "validation_outputs FROM artifacts WHERE run_id = ? ORDER BY id",
            run_id,
        )
        with self._db.decoding():
            return [codec.artifact_of(self._answers(number), *row) for number, *row in rows]

    def _put_answers(self, artifact_id: int, answers: Sequence[Answer]) -> None:
        self._db.insert_all(
            "INSERT INTO answers VALUES (?,?,?,?,?)",
            [
                (
                    artifact_id,
                    each.authority,
                    each.version,
                    each.reason,
                    None if each.outputs is None else codec.to_npy(each.outputs),
                )
                for each in answers
            ],
        )

    def _answers(self, artifact_id: int) -> list[Answer]:
        rows = self._db.all(
            "SELECT authority, version, outputs, reason FROM answers WHERE artifact_id = ? "
            "ORDER BY authority",
            artifact_id,
        )
        return [
            Answer(name, version, codec.optional_npy(outputs), reason)
            for name, version, outputs, reason in rows
        ]
