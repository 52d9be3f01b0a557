"""Rows that are not as they were written: strange values, and what a checksum notices."""

import sqlite3
from collections.abc import Callable

import pytest

from harness.errors import StoreError
from harness.store import CellFacts, Stage, Store
from tests.store.records import KEY, begin, change, drop_checksums, make_artifact, row


@pytest.mark.parametrize(
    ("statement", "message", "read"),
    [
        ("UPDATE runs SET provenance = '{'", "table runs, row id 1, column provenance", Store.run),
        ("UPDATE runs SET provenance = '[]'", "table runs.*provenance: list instead", Store.run),
        ("UPDATE runs SET labels = x'00'", "table runs, row id 1, column labels", Store.run),
        ("UPDATE runs SET labels = x''", "table runs, row id 1, column labels", Store.run),
        ("UPDATE runs SET labels = 'one'", "table runs.*column labels holds 'one'", Store.run),
        ("UPDATE runs SET started = 'today'", "table runs.*started: Invalid iso", Store.run),
        ("UPDATE runs SET classes = 'ten'", "table runs.*classes holds 'ten', not int", Store.run),
        ("UPDATE runs SET classes = -1", "table runs.*classes: -1 is below 0", Store.run),
        ("UPDATE runs SET task = 'chess'", "table runs.*task: there is no task", Store.run),
        ("UPDATE finishes SET at = 'now'", "table finishes.*at: Invalid isoformat", Store.run),
        ("UPDATE artifacts SET facts = '{}'", "table artifacts, row id 1: column facts.method: ",
         Store.artifacts),
        ("UPDATE artifacts SET facts = replace(facts, '\"sparsity\": 0.25', '\"sparsity\": NaN')",
         "table artifacts.*column facts.sparsity: ", Store.artifacts),
        ("UPDATE artifacts SET reference_outputs = x'93'", "table artifacts", Store.artifacts),
        ("UPDATE facts SET facts = '[1'", "table facts, row id 1, column facts", Store.cells),
        ("UPDATE facts SET facts = '[1]'", "table facts, row id 1, column facts", Store.cells),
        ("UPDATE facts SET facts = '{\"layers\": [1]}'", "table facts.*: layers.0: ", Store.cells),
        ("UPDATE facts SET facts = '{\"energy\": {}}'", "table facts.*: energy.uj: ", Store.cells),
        ("UPDATE facts SET facts = '{\"bracket\": NaN}'", "table facts.*: NaN is no figure",
         Store.cells),
        ("UPDATE facts SET facts = '{\"flash_bytes\": \"9\"}'", "table facts.*: flash_bytes: ",
         Store.cells),
        ("UPDATE outcomes SET stage = 'moon landing'",
         "table outcomes, row id 1, column stage: there is no stage 'moon landing'", Store.cells),
        ("UPDATE outcomes SET status = 'well'", "table outcomes.*there is no status", Store.cells),
        ("UPDATE samples SET count = NULL", "table samples.*count holds nothing", Store.samples),
        ("UPDATE samples SET count = 9e999", "table samples.*count holds inf", Store.samples),
        ("UPDATE samples SET calls = 'x'", "samples, row attempt_id 1, sample 0, column calls",
         Store.samples),
        ("UPDATE samples SET output = 'x'", "output holds 'x', not bytes", Store.samples),
    ],
)  # fmt: skip
def test_a_strange_value_is_a_typed_error_that_names_row_and_column(
    store: Store, statement: str, message: str, read: Callable[[Store, int], object]
) -> None:
    run_id = filled(store)
    change(store.path, statement)
    words = f"a value in the results store is damaged: .*{message}.*restore an older copy"
    with pytest.raises(StoreError, match=words):
        read(store, run_id)


def filled(store: Store) -> int:
    run_id = begin(store)
    store.put_artifact(run_id, make_artifact())
    cell = store.put_cell(run_id, KEY, facts=CellFacts(core="m4"))
    store.add_samples(cell, [row(0), row(1)])
    store.fail_cell(cell, Stage.MEASURE, "silent")
    store.finish_run(run_id)
    return run_id


@pytest.mark.parametrize(
    ("statement", "key", "read"),
    [
        ("UPDATE runs SET plan_name = 'other'", "runs, row id 1", Store.run),
        ("UPDATE runs SET classes = 9", "runs, row id 1", Store.run),
        ("UPDATE finishes SET at = at || 'x'", "finishes, row run_id 1", Store.run),
        ("UPDATE artifacts SET sha256 = sha256 || 'a'", "artifacts, row id 1", Store.artifacts),
        ("UPDATE cells SET target = 'host'", "cells, row id 1", Store.cells),
        ("UPDATE attempts SET build_id = 'x'", "attempts, row id 1", Store.cells),
        ("UPDATE facts SET facts = '{}'", "facts, row id 1", Store.cells),
        ("UPDATE outcomes SET reason = 'x'", "outcomes, row id 1", Store.cells),
        ("UPDATE samples SET count = 6.0 WHERE sample = 1",
         "samples, row attempt_id 1, sample 1", Store.samples),
        ("UPDATE samples SET output = x'00ff' WHERE sample = 1",
         "samples, row attempt_id 1, sample 1", Store.samples),
        ("UPDATE samples SET checksum = 0 WHERE sample = 0",
         "samples, row attempt_id 1, sample 0", Store.measured_samples),
    ],
)  # fmt: skip
def test_a_row_that_was_changed_differs_from_its_checksum(
    store: Store, statement: str, key: str, read: Callable[[Store, int], object]
) -> None:
    run_id = filled(store)
    read(store, run_id)
    with sqlite3.connect(store.path) as database:
        database.execute(statement)
    with pytest.raises(StoreError, match=f"damaged: table {key} differs from its checksum"):
        read(store, run_id)


def test_rows_of_a_store_without_checksums_get_them(store: Store) -> None:
    run_id = filled(store)
    before = (store.run(run_id), store.cells(run_id), store.samples(1).outputs)
    store.close()
    with sqlite3.connect(store.path) as database:
        drop_checksums(database)
        database.execute("PRAGMA user_version = 3")
    with Store(store.path) as opened:
        after = (opened.run(run_id), opened.cells(run_id), opened.samples(1).outputs)
        assert repr(after) == repr(before)
    with sqlite3.connect(store.path) as database:
        database.execute("UPDATE samples SET calls = 7")
    with Store(store.path) as opened, pytest.raises(StoreError, match="differs from its checksum"):
        opened.samples(1)
