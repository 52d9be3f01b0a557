"""Tables of the results store."""

from __future__ import annotations

SCHEMA_VERSION = 4
APPLICATION_ID = 0x54694D4C  # "TiML": marks a results store among SQLite files

SCHEMA = """
CREATE TABLE runs (
    id INTEGER PRIMARY KEY, plan_name TEXT NOT NULL, plan_text TEXT NOT NULL,
    plan_digest TEXT NOT NULL, provenance TEXT NOT NULL, labels BLOB NOT NULL,
    classes INTEGER NOT NULL, started TEXT NOT NULL, task TEXT NOT NULL, samples BLOB,
    validation_labels BLOB);
CREATE TABLE finishes (run_id INTEGER NOT NULL REFERENCES runs, at TEXT NOT NULL);
CREATE TABLE artifacts (
    id INTEGER PRIMARY KEY, run_id INTEGER NOT NULL REFERENCES runs, variant TEXT NOT NULL,
    dtype TEXT NOT NULL, sha256 TEXT NOT NULL, facts TEXT NOT NULL, keras_predictions BLOB,
    reference_outputs BLOB NOT NULL, validation_outputs BLOB,
    UNIQUE (run_id, variant, dtype));
CREATE TABLE answers (
    artifact_id INTEGER NOT NULL REFERENCES artifacts, authority TEXT NOT NULL,
    version TEXT NOT NULL, reason TEXT NOT NULL, outputs BLOB,
    PRIMARY KEY (artifact_id, authority));
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
    # The harness knew this one authority, of this version, until then.
    3: """
CREATE TABLE answers (
    artifact_id INTEGER NOT NULL REFERENCES artifacts, authority TEXT NOT NULL,
    version TEXT NOT NULL, reason TEXT NOT NULL, outputs BLOB,
    PRIMARY KEY (artifact_id, authority));
UPDATE artifacts SET facts =
    json_set(facts, '$.authority', 'litert-1.2', '$.authority_version', '1.2.0')
""",
}
