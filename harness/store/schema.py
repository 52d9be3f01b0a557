"""Tables of the results store."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

SCHEMA_VERSION = 5
APPLICATION_ID = 0x54694D4C  # "TiML": marks a results store among SQLite files

SCHEMA = """
CREATE TABLE runs (
    id INTEGER PRIMARY KEY, plan_name TEXT NOT NULL, plan_text TEXT NOT NULL,
    plan_digest TEXT NOT NULL, provenance TEXT NOT NULL, labels BLOB NOT NULL,
    classes INTEGER NOT NULL, started TEXT NOT NULL, task TEXT NOT NULL, samples BLOB,
    validation_labels BLOB, checksum INTEGER NOT NULL);
CREATE TABLE finishes (
    run_id INTEGER NOT NULL REFERENCES runs, at TEXT NOT NULL, checksum INTEGER NOT NULL);
CREATE TABLE artifacts (
    id INTEGER PRIMARY KEY, run_id INTEGER NOT NULL REFERENCES runs, variant TEXT NOT NULL,
    dtype TEXT NOT NULL, sha256 TEXT NOT NULL, facts TEXT NOT NULL, keras_predictions BLOB,
    reference_outputs BLOB NOT NULL, validation_outputs BLOB, checksum INTEGER NOT NULL,
    UNIQUE (run_id, variant, dtype));
CREATE TABLE answers (
    artifact_id INTEGER NOT NULL REFERENCES artifacts, authority TEXT NOT NULL,
    version TEXT NOT NULL, reason TEXT NOT NULL, outputs BLOB, checksum INTEGER NOT NULL,
    PRIMARY KEY (artifact_id, authority));
CREATE TABLE cells (
    id INTEGER PRIMARY KEY, run_id INTEGER NOT NULL REFERENCES runs, variant TEXT NOT NULL,
    dtype TEXT NOT NULL, engine TEXT NOT NULL, target TEXT NOT NULL, checksum INTEGER NOT NULL,
    UNIQUE (run_id, variant, dtype, engine, target));
CREATE TABLE attempts (
    id INTEGER PRIMARY KEY, cell_id INTEGER NOT NULL REFERENCES cells, build_id TEXT NOT NULL,
    at TEXT NOT NULL, checksum INTEGER NOT NULL);
CREATE INDEX attempts_of_cell ON attempts (cell_id);
CREATE TABLE facts (
    id INTEGER PRIMARY KEY, cell_id INTEGER NOT NULL REFERENCES cells,
    attempt_id INTEGER REFERENCES attempts, facts TEXT NOT NULL, checksum INTEGER NOT NULL);
CREATE INDEX facts_of_cell ON facts (cell_id);
CREATE TABLE outcomes (
    id INTEGER PRIMARY KEY, attempt_id INTEGER NOT NULL REFERENCES attempts, status TEXT NOT NULL,
    stage TEXT NOT NULL, reason TEXT NOT NULL, at TEXT NOT NULL, checksum INTEGER NOT NULL);
CREATE INDEX outcomes_of_attempt ON outcomes (attempt_id);
CREATE TABLE samples (
    attempt_id INTEGER NOT NULL REFERENCES attempts, sample INTEGER NOT NULL,
    calls INTEGER NOT NULL, count REAL, output BLOB NOT NULL, checksum INTEGER NOT NULL,
    PRIMARY KEY (attempt_id, sample)) WITHOUT ROWID;
"""

_OPTIONAL = " or nothing"
# Columns and what they hold, in the order of the checksum; the first ones identify the row.
TABLES: dict[str, dict[str, str]] = {
    "runs": {
        "id": "int",
        "plan_name": "str",
        "plan_text": "str",
        "plan_digest": "str",
        "provenance": "str",
        "labels": "bytes",
        "classes": "int",
        "started": "str",
        "task": "str",
        "samples": f"bytes{_OPTIONAL}",
        "validation_labels": f"bytes{_OPTIONAL}",
    },
    "finishes": {"run_id": "int", "at": "str"},
    "artifacts": {
        "id": "int",
        "run_id": "int",
        "variant": "str",
        "dtype": "str",
        "sha256": "str",
        "facts": "str",
        "keras_predictions": f"bytes{_OPTIONAL}",
        "reference_outputs": "bytes",
        "validation_outputs": f"bytes{_OPTIONAL}",
    },
    "answers": {
        "artifact_id": "int",
        "authority": "str",
        "version": "str",
        "reason": "str",
        "outputs": f"bytes{_OPTIONAL}",
    },
    "cells": {
        "id": "int",
        "run_id": "int",
        "variant": "str",
        "dtype": "str",
        "engine": "str",
        "target": "str",
    },
    "attempts": {"id": "int", "cell_id": "int", "build_id": "str", "at": "str"},
    "facts": {"id": "int", "cell_id": "int", "attempt_id": f"int{_OPTIONAL}", "facts": "str"},
    "outcomes": {
        "id": "int",
        "attempt_id": "int",
        "status": "str",
        "stage": "str",
        "reason": "str",
        "at": "str",
    },
    "samples": {
        "attempt_id": "int",
        "sample": "int",
        "calls": "int",
        "count": "float",
        "output": "bytes",
    },
}


def checksums(tables: Sequence[str] = tuple(TABLES)) -> str:
    """Return statements that write the checksum of every row, with SQL's `row_checksum`."""
    return ";".join(
        " ".join(["UPDATE", table, "SET checksum =", _checksum(TABLES[table])]) for table in tables
    )


def _checksum(columns: Iterable[str]) -> str:
    return f"row_checksum({', '.join(columns)})"


def _add_checksums() -> str:
    tables = [table for table in TABLES if table != "answers"]  # which came later
    columns = (
        f"ALTER TABLE {table} ADD COLUMN checksum INTEGER NOT NULL DEFAULT 0" for table in tables
    )
    return ";".join([*columns, checksums(tables)])


def _add_authorities() -> str:
    """Until then the harness knew one authority, of one version. Damaged rows stay as they are."""
    create = SCHEMA[SCHEMA.index("CREATE TABLE answers") : SCHEMA.index("CREATE TABLE cells")]
    facts = (
        "json_set(facts, '$.authority', 'litert-1.2', '$.authority_version', '1.2.0', "
        "'$.authority_note', '', '$.tolerance_lsb', 0, '$.tolerance_abs', 0.0)"
    )
    columns = TABLES["artifacts"]
    new = _checksum(facts if column == "facts" else column for column in columns)
    words = ["UPDATE artifacts SET facts =", facts, ", checksum =", new]
    update = " ".join([*words, "WHERE json_valid(facts) AND checksum =", _checksum(columns)])
    return create + update


# Migrations of a store, each to the next schema; measured results are never lost.
MIGRATIONS = {
    1: """
ALTER TABLE runs ADD COLUMN task TEXT NOT NULL DEFAULT 'classification';
ALTER TABLE runs ADD COLUMN samples BLOB;
UPDATE artifacts SET facts =
    replace(replace(facts, '"keras_accuracy"', '"keras_score"'), '"seed_accuracy"', '"seed_scores"')
""",
    2: """
ALTER TABLE runs ADD COLUMN validation_labels BLOB;
ALTER TABLE artifacts ADD COLUMN validation_outputs BLOB
""",
    3: _add_checksums(),
    4: _add_authorities(),
}
