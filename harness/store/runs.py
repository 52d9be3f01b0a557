"""Runs of the store and their model files."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

import numpy as np

from harness.errors import StoreError
from harness.measure.metric import METRICS
from harness.store import codec
from harness.store.database import Database, now
from harness.store.records import Answer, Artifact, RunRecord
from harness.store.rows import place
from harness.store.schema import TABLES

SHA256 = list(TABLES["artifacts"]).index("sha256")


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
            return self._db.insert("runs", *row)

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
            self._db.insert("finishes", run_id, now())

    def run(self, run_id: int) -> RunRecord:
        """Return the run. Raises StoreError for an unknown number."""
        fits = run_id.bit_length() < 64  # into SQLite's integers
        rows = self._db.rows("runs", "WHERE id = ?", run_id) if fits else []
        if not rows:
            latest = self.latest_run()
            raise StoreError(
                f"there is no run {run_id}",
                where=str(self._db.path),
                hint="it holds no run yet" if latest is None else f"the newest is {latest}",
            )
        values = dict(zip(TABLES["runs"], rows[0], strict=True))
        ends = self._db.rows("finishes", "WHERE run_id = ? ORDER BY at DESC LIMIT 1", run_id)

        def read(column: str, decode: Callable[[Any], Any]) -> Any:
            with self._db.decoding(place("runs", (run_id,), column)):
                return decode(values[column])

        return RunRecord(
            id=run_id,
            plan_name=values["plan_name"],
            plan_text=values["plan_text"],
            plan_digest=values["plan_digest"],
            provenance=read("provenance", _provenance),
            labels=read("labels", codec.from_npy),
            classes=read("classes", _count),
            started=read("started", datetime.fromisoformat),
            finished=self._moment(*ends[0]) if ends else None,
            task=read("task", _task),
            samples=read("samples", codec.optional_npy),
            validation_labels=read("validation_labels", codec.optional_npy),
        )

    def _moment(self, run_id: int, at: str) -> datetime:
        with self._db.decoding(place("finishes", (run_id,), "at")):
            return datetime.fromisoformat(at)

    def put_artifact(self, run_id: int, artifact: Artifact) -> None:
        """Append a model file of the run; the same file again changes nothing.

        Raises StoreError where another file stands for this variant and dtype already.
        """
        predictions, validation = artifact.keras_predictions, artifact.validation_outputs
        with self._db.transaction():
            kept = self._db.rows(
                "artifacts",
                "WHERE run_id = ? AND variant = ? AND dtype = ?",
                run_id,
                artifact.variant,
                artifact.dtype,
            )
            if not kept:
                artifact_id = self._db.insert(
                    "artifacts",
                    run_id,
                    artifact.variant,
                    artifact.dtype,
                    artifact.sha256,
                    codec.to_json(codec.artifact_facts(artifact)),
                    None if predictions is None else codec.to_npy(predictions),
                    codec.to_npy(artifact.reference_outputs),
                    None if validation is None else codec.to_npy(validation),
                )
                rows = [_answer_row(artifact_id, answer) for answer in artifact.answers]
                self._db.insert_all("answers", rows)
            elif kept[0][SHA256] != artifact.sha256:
                raise StoreError(
                    f"run {run_id} holds another file for {artifact.variant} {artifact.dtype}",
                    where=str(self._db.path),
                    hint="start a new run",
                )

    def artifacts(self, run_id: int) -> list[Artifact]:
        """Return the run's model files in the order of storing."""
        rows = self._db.rows("artifacts", "WHERE run_id = ? ORDER BY id", run_id)
        found = []
        for number, _, *values in rows:
            with self._db.decoding(place("artifacts", (number,))):
                found.append(codec.artifact_of(self._answers(number), *values))
        return found

    def _answers(self, artifact_id: int) -> list[Answer]:
        rows = self._db.rows("answers", "WHERE artifact_id = ? ORDER BY authority", artifact_id)
        return [
            Answer(name, version, codec.optional_npy(outputs), reason)
            for _, name, version, reason, outputs in rows
        ]


def _answer_row(artifact_id: int, answer: Answer) -> tuple[object, ...]:
    outputs = None if answer.outputs is None else codec.to_npy(answer.outputs)
    return artifact_id, answer.authority, answer.version, answer.reason, outputs


def _provenance(text: str) -> dict[str, Any]:
    found = json.loads(text)
    if not isinstance(found, dict):
        raise TypeError(f"{type(found).__name__} instead of names with values")
    return found


def _count(value: int) -> int:
    if value < 0:
        raise ValueError(f"{value} is below 0")
    return value


def _task(name: str) -> str:
    if name not in METRICS:
        raise ValueError(f"there is no task '{name}'")
    return name
