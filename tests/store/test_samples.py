"""Samples: written by several threads, and kept when the process is killed."""

import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

from harness.store import CellFacts, CellKey, Store
from tests.store.records import begin, row

ROOT = Path(__file__).parents[2]


def test_several_threads_write_at_once(store: Store) -> None:
    run = begin(store)
    failures: list[BaseException] = []

    def work(number: int) -> None:
        try:
            key = CellKey(f"v{number}", "int8", "codegen", "host")
            cell = store.put_cell(run, key, build_id="b")
            for index in range(40):
                store.add_samples(cell, [row(index, float(number))])
                assert len(store.measured_samples(cell)) == index + 1
            store.finish_cell(cell, CellFacts(retries=number))
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    records = {cell.key.variant: cell for cell in store.cells(run)}
    assert sorted(records) == ["v0", "v1", "v2", "v3"]
    for number in range(4):
        record = records[f"v{number}"]
        assert (record.status, record.facts) == ("ok", CellFacts(retries=number))
        assert store.samples(record.id).counts.tolist() == [float(number)] * 40


def test_a_killed_process_leaves_all_that_it_handed_over(tmp_path: Path) -> None:
    path = tmp_path / "results.sqlite"
    script = f"""
        import sys
        from pathlib import Path
        import numpy as np
        from harness.store import CellFacts, CellKey, SampleRow, Store
        store = Store(Path({str(path)!r}))
        run = store.begin_run(plan_name="p", plan_text="", plan_digest="d", provenance={{}},
                              labels=np.arange(9), classes=10)
        key = CellKey("original", "int8", "codegen", "host")
        cell = store.put_cell(run, key, build_id="b", facts=CellFacts(core="host"))
        for index in range(10**6):
            store.add_samples(cell, [SampleRow(index, index + 2, 1.5, b"xy")])
            print(index, flush=True)
    """
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    assert process.stdout is not None
    told = -1
    for line in process.stdout:
        told = int(line)
        if told == 20:
            process.send_signal(signal.SIGKILL)
            break
    told = max([told, *map(int, process.stdout.read().split())])
    process.wait()
    store = Store(path, create=False)
    assert store.unfinished_run("d") == 1
    (cell,) = store.cells(1)
    assert cell.status == "pending"
    measured = store.measured_samples(cell.id)
    assert measured >= set(range(told + 1))
    assert measured == set(range(len(measured)))
    with sqlite3.connect(path) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert database.execute("PRAGMA journal_mode").fetchone() == ("wal",)
