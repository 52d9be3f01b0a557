"""Records for tests of the store."""

import sqlite3
from pathlib import Path
from typing import Any

import numpy as np

from harness.store import Artifact, CellKey, SampleRow, Store, TensorInfo
from harness.store.rows import row_checksum
from harness.store.schema import TABLES, checksums

KEY = CellKey("original", "int8", "codegen", "qemu-m4")
WITHOUT_AUTHORITY = """UPDATE artifacts SET facts = json_remove(
    facts, '$.authority', '$.authority_version', '$.authority_note', '$.tolerance_lsb',
    '$.tolerance_abs')"""
LABELS = np.array([3, 1, 2], dtype=np.int64)


def begin(store: Store, digest: str = "d", **changes: Any) -> int:
    facts: dict[str, Any] = {
        "plan_name": "digits",
        "plan_text": "seed = 1\n",
        "plan_digest": digest,
        "provenance": {"commit": "abc", "seed": 1},
        "labels": LABELS,
        "classes": 10,
    }
    return store.begin_run(**facts | changes)


def change(path: Path, *statements: str) -> None:
    """Change rows as another program would that knows the checksums."""
    with sqlite3.connect(path) as database:
        database.create_function("row_checksum", -1, row_checksum)
        for statement in (*statements, *checksums().split(";")):
            database.execute(statement)


def drop_checksums(database: sqlite3.Connection) -> None:
    """Take the store back to schema 3, which had no authorities either."""
    database.execute("DROP TABLE answers")
    database.execute(WITHOUT_AUTHORITY)
    for table in TABLES.keys() - {"answers"}:
        database.execute(f"ALTER TABLE {table} DROP COLUMN checksum")


def row(index: int, count: float = 5.0) -> SampleRow:
    return SampleRow(index, index + 2, count, bytes([index, 255 - index]))


def make_artifact(**changes: Any) -> Artifact:
    facts: dict[str, Any] = {
        "variant": "neuron",
        "dtype": "int8",
        "method": "neuron",
        "sparsity_target": 0.8,
        "sparsity": 0.25,
        "parameters": 100,
        "nonzero_parameters": 75,
        "macs": 400,
        "nonzero_macs": 300,
        "tflite_bytes": 2000,
        "gzip_bytes": 900,
        "header_bytes": 12000,
        "sha256": "ab" * 32,
        "input": TensorInfo("int8", (1, 8, 8, 1), 0.0625, -128),
        "output": TensorInfo("float32", (1, 2)),
        "keras_score": None,
        "keras_predictions": None,
        "reference_outputs": np.array([[0.25, 0.75], [np.nan, -1.0]], dtype=np.float32),
        "history": {"loss": [0.5, np.float32(0.25), float("nan")]},
    }
    return Artifact(**facts | changes)
