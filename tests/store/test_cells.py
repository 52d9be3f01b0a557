"""Cells: their states, facts and order."""

import sqlite3

import numpy as np
import pytest

from harness.store import CellFacts, CellKey, Stage, Store
from tests.store.records import KEY, begin, row


def test_a_cell_goes_from_pending_to_ok_and_gathers_facts(store: Store) -> None:
    run = begin(store)
    cell = store.put_cell(run, KEY, facts=CellFacts(core="m4", clock_hz=None, bracket=2.5))
    assert store.put_cell(run, KEY, facts=CellFacts(flash_bytes=int(np.int64(7)))) == cell
    (record,) = store.cells(run)
    assert (record.key, record.status, record.build_id) == (KEY, "pending", "")
    store.put_cell(run, KEY, build_id="b1")
    store.add_samples(cell, [row(1), row(0, 2.5)])
    store.finish_cell(cell, CellFacts(clock_hz=25_000_000, stack_bytes=None))
    store.put_cell(run, KEY, facts=CellFacts(clock_hz=None))
    (record,) = store.cells(run)
    assert (record.status, record.stage, record.reason) == ("ok", "", "")
    assert record.build_id == "b1"
    assert record.facts == CellFacts(core="m4", bracket=2.5, flash_bytes=7, clock_hz=25_000_000)
    table = store.samples(cell)
    assert table.index.tolist() == [0, 1]
    assert table.calls.tolist() == [2, 3]
    assert table.counts.tolist() == [2.5, 5.0]
    assert table.outputs == (b"\x00\xff", b"\x01\xfe")


@pytest.mark.parametrize(
    ("stage", "name", "status"),
    [(Stage.BUILD, "build", "failed"), (Stage.FIT, "fit", "refused")],
)
def test_a_cell_that_fails_says_where_and_why(
    store: Store, stage: Stage, name: str, status: str
) -> None:
    run = begin(store)
    cell = store.put_cell(run, KEY)
    store.fail_cell(cell, stage, "needs 9 B", CellFacts(board="USB 1"))
    (record,) = store.cells(run)
    assert (record.status, record.stage, record.reason) == (status, name, "needs 9 B")
    assert record.settled is (status == "refused")
    assert record.facts == CellFacts(board="USB 1")
    with sqlite3.connect(store.path) as database:
        kept = database.execute("SELECT status, stage, typeof(stage) FROM outcomes").fetchall()
    assert kept == [(status, name, "text")]


def test_resuming_with_the_same_build_keeps_the_samples(store: Store) -> None:
    run = begin(store)
    cell = store.put_cell(run, KEY, build_id="b1")
    store.add_samples(cell, [row(0), row(1)])
    store.fail_cell(cell, Stage.MEASURE, "silent")
    assert store.put_cell(run, KEY, build_id="b1") == cell
    assert store.cells(run)[0].status == "pending"
    assert store.measured_samples(cell) == {0, 1}
    store.add_samples(cell, [row(1, 99.0), row(2)])
    assert store.samples(cell).counts.tolist() == [5.0, 5.0, 5.0]


def test_a_new_build_supersedes_samples_and_facts_but_keeps_the_rows(store: Store) -> None:
    run = begin(store)
    cell = store.put_cell(run, KEY, build_id="b1", facts=CellFacts(core="m4"))
    store.add_samples(cell, [row(0), row(1)])
    store.finish_cell(cell, CellFacts(stack_bytes=100))
    assert store.put_cell(run, KEY, build_id="b2") == cell
    (record,) = store.cells(run)
    assert (record.status, record.build_id, record.attempts) == ("pending", "b2", 2)
    assert record.facts == CellFacts(core="m4")
    assert store.measured_samples(cell) == set()
    store.add_samples(cell, [row(0, 8.0)])
    assert store.samples(cell).counts.tolist() == [8.0]
    with sqlite3.connect(store.path) as database:
        kept = database.execute("SELECT count FROM samples ORDER BY count").fetchall()
    assert kept == [(5.0,), (5.0,), (8.0,)]


def test_cells_come_back_in_the_order_they_were_put(store: Store) -> None:
    run, other = begin(store), begin(store)
    keys = [CellKey(name, "int8", "codegen", "host") for name in ("b", "a", "c")]
    for key in keys:
        store.put_cell(run, key)
    store.put_cell(other, KEY)
    assert [cell.key for cell in store.cells(run)] == keys
