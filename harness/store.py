"""The one record of every run: an SQLite file that is only ever appended to.

A cell's samples belong to an *attempt*: one build of its image. A new build starts a new attempt
and supersedes the samples of the former ones, which stay in the file but no longer count. Every
public call is one committed transaction, so a killed run keeps all that it had handed over.
"""

from __future__ import annotations

import json
import math
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Protocol, Self, cast

import numpy as np

from harness.errors import StoreError

SCHEMA_VERSION = 1
APPLICATION_ID = 0x54694D4C  # "TiML": tells a results store from any other SQLite file
BUSY_TIMEOUT_S = 30.0

Status = Literal["pending", "ok", "failed", "refused"]

SCHEMA = """
CREATE TABLE runs (
    id INTEGER PRIMARY KEY, plan_name TEXT NOT NULL, plan_text TEXT NOT NULL,
    plan_digest TEXT NOT NULL, provenance TEXT NOT NULL, labels BLOB NOT NULL,
    classes INTEGER NOT NULL, started TEXT NOT NULL);
CREATE TABLE finishes (run_id INTEGER NOT NULL REFERENCES runs, at TEXT NOT NULL);
CREATE TABLE artifacts (
    id INTEGER PRIMARY KEY, run_id INTEGER NOT NULL REFERENCES runs, variant TEXT NOT NULL,
    dtype TEXT NOT NULL, sha256 TEXT NOT NULL, facts TEXT NOT NULL, keras_predictions BLOB,
    reference_outputs BLOB NOT NULL, UNIQUE (run_id, variant, dtype));
CREATE TABLE cells (
    id INTEGER PRIMARY KEY, run_id INTEGER NOT NULL REFERENCES runs, variant TEXT NOT NULL,
    dtype TEXT NOT NULL, engine TEXT NOT NULL, target TEXT NOT NULL,
    UNIQUE (run_id, variant, dtype, engine, target));
CREATE TABLE attempts (
    id INTEGER PRIMARY KEY, cell_id INTEGER NOT NULL REFERENCES cells, build_id TEXT NOT NULL,
    at TEXT NOT NULL);
CREATE INDEX attempts_of_cell ON attempts (cell_id);
CREATE TABLE facts (
    id INTEGER PRIMARY KEY, cell_id INTEGER NOT NULL REFERENCES cells,
    attempt_id INTEGER REFERENCES attempts, facts TEXT NOT NULL);
CREATE INDEX facts_of_cell ON facts (cell_id);
CREATE TABLE outcomes (
    id INTEGER PRIMARY KEY, attempt_id INTEGER NOT NULL REFERENCES attempts, status TEXT NOT NULL,
    stage TEXT NOT NULL, reason TEXT NOT NULL, at TEXT NOT NULL);
CREATE INDEX outcomes_of_attempt ON outcomes (attempt_id);
CREATE TABLE samples (
    attempt_id INTEGER NOT NULL REFERENCES attempts, sample INTEGER NOT NULL,
    calls INTEGER NOT NULL, count REAL, output BLOB NOT NULL,
    PRIMARY KEY (attempt_id, sample)) WITHOUT ROWID;
"""


class Tensor(Protocol):
    """A model's input or output: dtype name, shape with the batch axis, affine quantisation."""

    @property
    def dtype(self) -> str: ...  # noqa: D102
    @property
    def shape(self) -> Sequence[int]: ...  # noqa: D102
    @property
    def scale(self) -> float | None: ...  # noqa: D102
    @property
    def zero_point(self) -> int | None: ...  # noqa: D102


@dataclass(frozen=True)
class TensorInfo:
    """A tensor as read back from the store: real value = scale * (stored - zero_point)."""

    dtype: str
    shape: tuple[int, ...]
    scale: float | None = None
    zero_point: int | None = None


@dataclass(frozen=True, order=True)
class CellKey:
    """What tells a cell from the others of its run."""

    variant: str
    dtype: str
    engine: str
    target: str


@dataclass(frozen=True)
class Artifact:
    """One model file: a variant in one dtype.

    Sizes in bytes, `sparsity` the fraction of zero weights, `macs` those of one inference.
    `keras_predictions`: (N,) classes that the Keras model says, or (N, classes) scores.
    `reference_outputs`: (N, ...) raw outputs of TensorFlow Lite in the output's own dtype.
    """

    variant: str
    dtype: str
    method: str
    sparsity_target: float | None
    sparsity: float
    parameters: int
    nonzero_parameters: int
    macs: int
    nonzero_macs: int
    tflite_bytes: int
    gzip_bytes: int
    header_bytes: int
    sha256: str
    input: Tensor
    output: Tensor
    keras_accuracy: float | None
    keras_predictions: np.ndarray | None
    reference_outputs: np.ndarray
    history: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class SampleRow:
    """One measured inference.

    `index` of the test sample; `calls` of this model since boot (1: the cold call); `count` in the
    cell's latency unit, bracket subtracted; `output`: the raw device output tensor.
    """

    index: int
    calls: int
    count: float
    output: bytes


@dataclass(frozen=True)
class SampleTable:
    """The samples of a cell's newest attempt by rising index: arrays of one length, and bytes."""

    index: np.ndarray
    calls: np.ndarray
    counts: np.ndarray
    outputs: tuple[bytes, ...]


@dataclass(frozen=True)
class CellRecord:
    """A cell with its status; `stage` and `reason` say where and why it failed or was refused."""

    id: int
    key: CellKey
    status: Status
    stage: str
    reason: str
    build_id: str
    attempts: int
    facts: dict[str, Any]


@dataclass(frozen=True)
class RunRecord:
    """A run; `labels` (N,) of the test samples, empty where unknown; times are UTC."""

    id: int
    plan_name: str
    plan_text: str
    plan_digest: str
    provenance: dict[str, Any]
    labels: np.ndarray
    classes: int
    started: datetime
    finished: datetime | None


class Store:
    """The store at `path`; may be used from several threads and by several processes at once.

    Raises StoreError for a missing file (with `create` False), a file that is no results store, or
    one of another schema; every method raises it where SQLite fails (disk full, file damaged).
    """

    def __init__(self, path: Path, *, create: bool = True) -> None:
        self._path = path
        self._lock = threading.RLock()
        if not create and not path.exists():
            raise StoreError(
                "there is no results store", where=str(path), hint="harness run PLAN makes it"
            )
        with self._errors():
            path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(
                path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False
            )
        try:
            self._open(create)
        except BaseException:
            self._db.close()
            raise

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
        return self._path

    def close(self) -> None:
        """Close the file; nothing is pending, for every call commits."""
        with self._lock:
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
    ) -> int:
        """Append a run and return its id. `labels`: (N,) classes, or empty where unknown."""
        row = (plan_name, plan_text, plan_digest, _to_json(provenance), _to_npy(labels), classes)
        with self._transaction():
            return self._insert("INSERT INTO runs VALUES (NULL,?,?,?,?,?,?,?)", *row, _now())

    def unfinished_run(self, plan_digest: str) -> int | None:
        """The newest run of that plan that is not marked finished."""
        row = self._one(
            "SELECT max(id) FROM runs WHERE plan_digest = ? "
            "AND id NOT IN (SELECT run_id FROM finishes)",
            plan_digest,
        )
        return None if row is None or row[0] is None else int(row[0])

    def latest_run(self) -> int | None:
        """The newest run's id."""
        row = self._one("SELECT max(id) FROM runs")
        return None if row is None or row[0] is None else int(row[0])

    def finish_run(self, run_id: int) -> None:
        """Mark the run finished: `unfinished_run` no longer offers it."""
        with self._transaction():
            self._insert("INSERT INTO finishes VALUES (?,?)", run_id, _now())

    def run(self, run_id: int) -> RunRecord:
        """The run. Raises StoreError where there is none of that number."""
        row = self._one(
            "SELECT id, plan_name, plan_text, plan_digest, provenance, labels, classes, started, "
            "(SELECT max(at) FROM finishes WHERE run_id = runs.id) FROM runs WHERE id = ?",
            run_id,
        )
        if row is None:
            latest = self.latest_run()
            raise StoreError(
                f"there is no run {run_id}",
                where=str(self._path),
                hint="it holds no run yet" if latest is None else f"the newest is {latest}",
            )
        number, name, text, digest, provenance, labels, classes, started, finished = row
        return RunRecord(
            id=number,
            plan_name=name,
            plan_text=text,
            plan_digest=digest,
            provenance=json.loads(provenance),
            labels=_from_npy(labels),
            classes=classes,
            started=datetime.fromisoformat(started),
            finished=datetime.fromisoformat(finished) if finished else None,
        )

    def put_artifact(self, run_id: int, artifact: Artifact) -> None:
        """Append a model file of the run; putting the same file again changes nothing.

        Raises StoreError where another file stands for this variant and dtype already.
        """
        facts = {
            name: getattr(artifact, name) for name in ARTIFACT_FACTS if name not in TENSORS
        } | {name: _tensor_json(getattr(artifact, name)) for name in TENSORS}
        predictions = artifact.keras_predictions
        with self._transaction():
            kept = self._one(
                "SELECT sha256 FROM artifacts WHERE run_id = ? AND variant = ? AND dtype = ?",
                run_id,
                artifact.variant,
                artifact.dtype,
            )
            if kept is None:
                self._insert(
                    "INSERT INTO artifacts VALUES (NULL,?,?,?,?,?,?,?)",
                    run_id,
                    artifact.variant,
                    artifact.dtype,
                    artifact.sha256,
                    _to_json(facts),
                    None if predictions is None else _to_npy(predictions),
                    _to_npy(artifact.reference_outputs),
                )
            elif kept[0] != artifact.sha256:
                raise StoreError(
                    f"run {run_id} holds another file for {artifact.variant} {artifact.dtype}",
                    where=str(self._path),
                    hint="start a new run",
                )

    def artifacts(self, run_id: int) -> list[Artifact]:
        """The run's model files in the order they were put."""
        rows = self._all(
            "SELECT variant, dtype, sha256, facts, keras_predictions, reference_outputs "
            "FROM artifacts WHERE run_id = ? ORDER BY id",
            run_id,
        )
        return [_artifact(*row) for row in rows]

    def put_cell(
        self, run_id: int, key: CellKey, *, build_id: str = "", facts: dict[str, Any]
    ) -> int:
        """Create the cell (status pending) or find it; returns its id.

        `facts` are added to those it has; None never hides a value. A `build_id` other than the
        cell's starts a new attempt: pending, without samples. The same one makes a failed cell
        pending again and keeps its samples.
        """
        identity = (run_id, key.variant, key.dtype, key.engine, key.target)
        with self._transaction():
            row = self._one(
                "SELECT id FROM cells WHERE run_id = ? AND variant = ? AND dtype = ? "
                "AND engine = ? AND target = ?",
                *identity,
            )
            if row is None:
                cell_id = self._insert("INSERT INTO cells VALUES (NULL,?,?,?,?,?)", *identity)
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
        with self._transaction():
            attempt, _ = self._attempt(cell_id)
            self._db.executemany(
                "INSERT INTO samples VALUES (?,?,?,?,?) "
                "ON CONFLICT (attempt_id, sample) DO NOTHING",
                [
                    (attempt, int(row.index), int(row.calls), float(row.count), row.output)
                    for row in rows
                ],
            )

    def measured_samples(self, cell_id: int) -> set[int]:
        """Indexes of the samples that the newest attempt holds."""
        with self._lock:
            attempt, _ = self._attempt(cell_id)
            rows = self._all("SELECT sample FROM samples WHERE attempt_id = ?", attempt)
        return {int(row[0]) for row in rows}

    def finish_cell(self, cell_id: int, facts: dict[str, Any]) -> None:
        """Mark the newest attempt ok, with the facts measured in it."""
        self._end(cell_id, "ok", "", "", facts)

    def fail_cell(
        self, cell_id: int, stage: str, reason: str, facts: dict[str, Any] | None = None
    ) -> None:
        """Mark the newest attempt failed; at stage "fit" refused: the target is too small."""
        self._end(cell_id, "refused" if stage == "fit" else "failed", stage, reason, facts or {})

    def cells(self, run_id: int) -> list[CellRecord]:
        """The run's cells in the order they were created."""
        with self._lock:
            rows = self._all(
                "SELECT id, variant, dtype, engine, target FROM cells WHERE run_id = ? ORDER BY id",
                run_id,
            )
            return [self._cell(int(number), CellKey(*key)) for number, *key in rows]

    def samples(self, cell_id: int) -> SampleTable:
        """The samples of the cell's newest attempt."""
        with self._lock:
            attempt, _ = self._attempt(cell_id)
            rows = self._all(
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

    def _open(self, create: bool) -> None:
        with self._errors(), self._lock:
            version, application = self._version()
            if version == 0 and application == 0 and create and not self._tables():
                self._db.execute("PRAGMA journal_mode = WAL")
                with self._transaction():
                    if self._version()[0] == 0:  # another process may have been first
                        for statement in SCHEMA.split(";"):
                            self._db.execute(statement)
                        self._db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
                        self._db.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
                version, application = self._version()
            if application != APPLICATION_ID:
                raise StoreError(
                    "this file is not a results store",
                    where=str(self._path),
                    hint="move it away: harness run PLAN makes a new one",
                )
            if version != SCHEMA_VERSION:
                raise StoreError(
                    f"the store has schema {version}, this harness reads {SCHEMA_VERSION}",
                    where=str(self._path),
                    hint="use the harness that wrote it, or move the file away",
                )
            self._db.execute("PRAGMA synchronous = FULL")
            self._db.execute("PRAGMA foreign_keys = ON")

    def _version(self) -> tuple[int, int]:
        version = self._db.execute("PRAGMA user_version").fetchone()[0]
        return int(version), int(self._db.execute("PRAGMA application_id").fetchone()[0])

    def _tables(self) -> int:
        return int(self._db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0])

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise StoreError(
                f"the results store cannot be used: {error}",
                where=str(self._path),
                hint="check disk space and permissions; if the file is damaged, move it away",
            ) from error

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._lock, self._errors():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    def _insert(self, statement: str, *values: object) -> int:
        return cast(int, self._db.execute(statement, values).lastrowid)

    def _all(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        with self._lock, self._errors():
            return self._db.execute(query, values).fetchall()

    def _one(self, query: str, *values: object) -> tuple[Any, ...] | None:
        rows = self._all(query, *values)
        return rows[0] if rows else None

    def _begin_attempt(self, cell_id: int, build_id: str) -> None:
        self._insert("INSERT INTO attempts VALUES (NULL,?,?,?)", cell_id, build_id, _now())

    def _attempt(self, cell_id: int) -> tuple[int, str]:
        row = self._one(
            "SELECT id, build_id FROM attempts WHERE cell_id = ? ORDER BY id DESC LIMIT 1", cell_id
        )
        if row is None:
            raise StoreError(f"there is no cell {cell_id}", where=str(self._path))
        return int(row[0]), str(row[1])

    def _outcome(self, attempt: int) -> tuple[Status, str, str]:
        row = self._one(
            "SELECT status, stage, reason FROM outcomes WHERE attempt_id = ? "
            "ORDER BY id DESC LIMIT 1",
            attempt,
        )
        return cast(tuple[Status, str, str], row) if row else ("pending", "", "")

    def _append_outcome(self, attempt: int, status: Status, stage: str, reason: str) -> None:
        self._insert(
            "INSERT INTO outcomes VALUES (NULL,?,?,?,?,?)", attempt, status, stage, reason, _now()
        )

    def _append_facts(self, cell_id: int, attempt: int | None, facts: dict[str, Any]) -> None:
        told = {name: value for name, value in facts.items() if value is not None}
        if told:
            self._insert("INSERT INTO facts VALUES (NULL,?,?,?)", cell_id, attempt, _to_json(told))

    def _end(
        self, cell_id: int, status: Status, stage: str, reason: str, facts: dict[str, Any]
    ) -> None:
        with self._transaction():
            attempt, _ = self._attempt(cell_id)
            self._append_facts(cell_id, attempt, facts)
            self._append_outcome(attempt, status, stage, reason)

    def _cell(self, cell_id: int, key: CellKey) -> CellRecord:
        attempt, build_id = self._attempt(cell_id)
        status, stage, reason = self._outcome(attempt)
        count = self._one("SELECT count(*) FROM attempts WHERE cell_id = ?", cell_id)
        rows = self._all(
            "SELECT facts FROM facts WHERE cell_id = ? AND (attempt_id IS NULL OR attempt_id = ?) "
            "ORDER BY attempt_id IS NOT NULL, id",
            cell_id,
            attempt,
        )
        facts: dict[str, Any] = {}
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


TENSORS = ("input", "output")
ARTIFACT_FACTS = tuple(
    name
    for name in Artifact.__dataclass_fields__
    if name not in ("variant", "dtype", "sha256", "keras_predictions", "reference_outputs")
)


def _artifact(
    variant: str, dtype: str, sha256: str, facts: str, predictions: bytes | None, reference: bytes
) -> Artifact:
    values = json.loads(facts)
    for name in TENSORS:
        tensor = values[name]
        values[name] = TensorInfo(**tensor | {"shape": tuple(tensor["shape"])})
    return Artifact(
        variant=variant,
        dtype=dtype,
        sha256=sha256,
        keras_predictions=None if predictions is None else _from_npy(predictions),
        reference_outputs=_from_npy(reference),
        **values,
    )


def _tensor_json(tensor: Tensor) -> dict[str, Any]:
    return {
        "dtype": str(np.dtype(tensor.dtype)),
        "shape": list(tensor.shape),
        "scale": tensor.scale,
        "zero_point": tensor.zero_point,
    }


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _to_json(value: dict[str, Any]) -> str:
    return json.dumps(_plain(value), allow_nan=False)


def _plain(value: Any) -> Any:
    """`value` in JSON's own types; NaN and infinity, which JSON lacks, become null."""
    if isinstance(value, dict):
        return {str(name): _plain(item) for name, item in value.items()}
    if isinstance(value, np.ndarray | np.generic):
        return _plain(value.tolist())
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item) for item in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, bool | int | str):
        return value
    return str(value)


def _to_npy(array: np.ndarray) -> bytes:
    buffer = BytesIO()
    np.save(buffer, np.asarray(array), allow_pickle=False)
    return buffer.getvalue()


def _from_npy(data: bytes) -> np.ndarray:
    array: np.ndarray = np.load(BytesIO(data), allow_pickle=False)
    return array
