import sqlite3
from pathlib import Path

import numpy as np
import pytest

from harness.errors import StoreError
from harness.store import Answer, Artifact, CellFacts, SampleRow, Stage, Store
from tests.store.records import (
    KEY,
    LABELS,
    WITHOUT_AUTHORITY,
    begin,
    change,
    drop_checksums,
    make_artifact,
    row,
)

ROOT = Path(__file__).parents[2]


def test_a_run_comes_back_as_it_was_begun(store: Store) -> None:
    run = store.run(begin(store))
    assert (run.plan_name, run.plan_text, run.plan_digest) == ("digits", "seed = 1\n", "d")
    assert run.provenance == {"commit": "abc", "seed": 1}
    assert run.labels.tolist() == [3, 1, 2]
    assert run.classes == 10
    assert run.started.utcoffset() is not None
    assert run.finished is None


def test_the_newest_unfinished_run_of_a_plan_is_offered(store: Store) -> None:
    assert store.latest_run() is None
    assert store.unfinished_run("d") is None
    first, second, other = begin(store), begin(store), begin(store, "another")
    assert store.unfinished_run("d") == second
    assert store.latest_run() == other
    store.finish_run(second)
    assert store.unfinished_run("d") == first
    store.finish_run(first)
    assert store.unfinished_run("d") is None
    assert store.run(second).finished is not None


def test_an_unknown_run_or_cell_is_a_typed_error(store: Store) -> None:
    begin(store)
    with pytest.raises(StoreError, match=r"there is no run 7.*newest is 1"):
        store.run(7)
    with pytest.raises(StoreError, match=r"there is no run 9{30}.*newest is 1"):
        store.run(int("9" * 30))
    with pytest.raises(StoreError, match="there is no cell 9"):
        store.add_samples(9, [row(0)])


def test_an_artifact_comes_back_bit_for_bit(store: Store) -> None:
    run = begin(store)
    put = make_artifact(keras_predictions=np.array([1, 0]), keras_score=0.5)
    store.put_artifact(run, put)
    store.put_artifact(run, put)
    (got,) = store.artifacts(run)
    assert got.reference_outputs.tobytes() == put.reference_outputs.tobytes()
    assert got.reference_outputs.dtype == np.float32
    assert got.keras_predictions is not None
    assert got.keras_predictions.tolist() == [1, 0]
    assert (got.input, got.output) == (put.input, put.output)
    assert got.history == {"loss": [0.5, 0.25, None]}
    plain = [name for name in Artifact.__dataclass_fields__ if name not in
             ("reference_outputs", "keras_predictions", "history")]  # fmt: skip
    assert {name: getattr(got, name) for name in plain} == {
        name: getattr(put, name) for name in plain
    }


def test_another_file_under_the_same_name_is_refused(store: Store) -> None:
    run = begin(store)
    store.put_artifact(run, make_artifact())
    with pytest.raises(StoreError, match="another file for neuron int8"):
        store.put_artifact(run, make_artifact(sha256="cd" * 32))
    assert [item.sha256 for item in store.artifacts(run)] == ["ab" * 32]


def test_a_failed_transaction_leaves_nothing_behind(store: Store) -> None:
    run = begin(store)
    cell = store.put_cell(run, KEY, build_id="b")
    broken = SampleRow(1, 1, 1.0, None)  # type: ignore[arg-type]
    with pytest.raises(StoreError, match="NOT NULL"):
        store.add_samples(cell, [row(0), broken])
    with pytest.raises(StoreError, match="NOT NULL"):
        store.fail_cell(cell, Stage.MEASURE, None, CellFacts(board="x"))  # type: ignore[arg-type]
    assert store.measured_samples(cell) == set()
    assert (store.cells(run)[0].status, store.cells(run)[0].facts) == ("pending", CellFacts())


def test_a_missing_file_names_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"no results store.*harness run"):
        Store(tmp_path / "none.sqlite", create=False)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("create", [True, False])
def test_a_file_that_is_not_sqlite_is_refused_and_left_alone(tmp_path: Path, create: bool) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("these are my notes\n" * 100)
    with pytest.raises(StoreError, match=r"not a database.*move it away"):
        Store(path, create=create)
    assert path.read_text() == "these are my notes\n" * 100


def test_somebody_elses_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "music.sqlite"
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE songs (name TEXT)")
    with pytest.raises(StoreError, match=r"not a results store.*move it away"):
        Store(path)


def test_an_empty_file_is_no_store_to_read_but_can_become_one(tmp_path: Path) -> None:
    path = tmp_path / "results.sqlite"
    path.touch()
    with pytest.raises(StoreError, match="not a results store"):
        Store(path, create=False)
    assert begin(Store(path)) == 1


def test_another_schema_is_refused_with_both_numbers(store: Store) -> None:
    store.close()
    with sqlite3.connect(store.path) as database:
        database.execute("PRAGMA user_version = 99")
    with pytest.raises(StoreError, match=r"schema 99, this harness reads 5"):
        Store(store.path)


def drop_validation(database: sqlite3.Connection) -> None:
    drop_checksums(database)
    database.execute("ALTER TABLE runs DROP COLUMN validation_labels")
    database.execute("ALTER TABLE artifacts DROP COLUMN validation_outputs")


def test_a_store_of_schema_2_has_no_validation_outputs_and_takes_some(store: Store) -> None:
    run_id = begin(store)
    store.put_artifact(run_id, make_artifact())
    store.close()
    with sqlite3.connect(store.path) as database:
        drop_validation(database)
        database.execute("PRAGMA user_version = 2")
    with Store(store.path) as opened:
        assert opened.run(run_id).validation_labels is None
        (kept,) = opened.artifacts(run_id)
        assert kept.validation_outputs is None
        assert kept.reference_outputs.shape == (2, 2)
        newer = begin(opened, validation_labels=LABELS[:1])
        labels = opened.run(newer).validation_labels
        assert labels is not None
        assert labels.tolist() == [3]


def test_a_store_of_schema_4_names_the_one_authority_of_its_time(store: Store) -> None:
    run_id = begin(store)
    store.put_artifact(run_id, make_artifact())
    store.close()
    change(store.path, WITHOUT_AUTHORITY)
    with sqlite3.connect(store.path) as database:
        database.execute("DROP TABLE answers")
        database.execute("PRAGMA user_version = 4")
    with Store(store.path) as opened:
        (kept,) = opened.artifacts(run_id)
        assert (kept.authority, kept.authority_version) == ("litert-1.2", "1.2.0")
        assert (kept.tolerance_lsb, kept.answers) == (0, ())
        tflm = Answer("tflm", "0.dev1", np.array([[1, -2]], dtype=np.int8))
        opened.put_artifact(run_id, make_artifact(variant="new", answers=(tflm,)))
        (answer,) = opened.artifacts(run_id)[1].answers
        assert answer.outputs is not None
        assert answer.outputs.tolist() == [[1, -2]]


def test_a_damaged_model_file_of_schema_4_is_not_repaired_on_the_way(store: Store) -> None:
    run_id = begin(store)
    store.put_artifact(run_id, make_artifact())
    store.close()
    change(store.path, WITHOUT_AUTHORITY)
    with sqlite3.connect(store.path) as database:
        database.execute("DROP TABLE answers")
        database.execute("UPDATE artifacts SET dtype = 'float32'")
        database.execute("PRAGMA user_version = 4")
    with Store(store.path) as opened, pytest.raises(StoreError, match="differs from its checksum"):
        opened.artifacts(run_id)


def test_answers_of_authorities_come_back_with_their_reasons(store: Store) -> None:
    run_id = begin(store)
    outputs = np.array([[0.25, -1.0]], dtype=np.float32)
    answers = (Answer("litert-2.3", "2.3.0", None, "it crashed"), Answer("tflm", "0.1", outputs))
    put = make_artifact(
        authority="litert-1.2", authority_version="1.2.0", tolerance_lsb=2, answers=answers
    )
    store.put_artifact(run_id, put)
    store.put_artifact(run_id, put)  # the same file: nothing is stored twice
    (kept,) = store.artifacts(run_id)
    assert (kept.authority, kept.authority_version) == ("litert-1.2", "1.2.0")
    assert kept.tolerance_lsb == 2
    refused, answered = kept.answers
    assert (refused.authority, refused.reason) == ("litert-2.3", "it crashed")
    assert refused.outputs is None
    assert answered.outputs is not None
    assert answered.outputs.tobytes() == outputs.tobytes()


def test_validation_outputs_come_back_as_they_were(store: Store) -> None:
    run_id = begin(store, validation_labels=LABELS)
    outputs = np.array([[1, -2], [3, 4], [5, 6]], dtype=np.int8)
    store.put_artifact(run_id, make_artifact(validation_outputs=outputs))
    (kept,) = store.artifacts(run_id)
    assert kept.validation_outputs is not None
    assert kept.validation_outputs.dtype == np.int8
    assert kept.validation_outputs.tolist() == outputs.tolist()
    found = store.run(run_id).validation_labels
    assert found is not None
    assert found.tolist() == LABELS.tolist()


def test_a_store_of_schema_1_is_brought_up_to_date_with_all_it_holds(store: Store) -> None:
    run_id = begin(store)
    store.put_artifact(run_id, make_artifact())
    store.close()
    with sqlite3.connect(store.path) as database:
        drop_validation(database)
        database.execute("ALTER TABLE runs DROP COLUMN task")
        database.execute("ALTER TABLE runs DROP COLUMN samples")
        database.execute(
            "UPDATE artifacts SET facts = replace(replace(facts, 'keras_score', 'keras_accuracy'), "
            "'seed_scores', 'seed_accuracy')"
        )
        database.execute("PRAGMA user_version = 1")
    with Store(store.path) as opened:
        assert opened.run(run_id).task == "classification"
        assert opened.run(run_id).samples is None
        (kept,) = opened.artifacts(run_id)
        assert kept.keras_score == make_artifact().keras_score
        assert kept.seed_scores == make_artifact().seed_scores
    Store(store.path).close()


def test_a_folder_in_the_files_place_is_a_typed_error(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be used"):
        Store(tmp_path)


def test_a_store_that_another_program_holds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("harness.store.database.BUSY_TIMEOUT_S", 0.1)
    with Store(tmp_path / "results.sqlite") as store:
        holder = sqlite3.connect(store.path, isolation_level=None)
        holder.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StoreError, match="database is locked; close the other program that"):
            begin(store)
        holder.execute("ROLLBACK")
        assert begin(store) == 1


def test_a_closed_store_is_a_typed_error(tmp_path: Path) -> None:
    with Store(tmp_path / "results.sqlite") as store:
        run = begin(store)
    with pytest.raises(StoreError, match="closed"):
        store.run(run)


def test_what_belongs_together_is_one_transaction(store: Store) -> None:
    def begin_whole(*, fail: bool) -> int:
        with store.transaction():
            run_id = begin(store)
            store.put_artifact(run_id, make_artifact())
            store.put_cell(run_id, KEY)
            if fail:
                raise KeyboardInterrupt
        return run_id

    with pytest.raises(KeyboardInterrupt):
        begin_whole(fail=True)
    assert store.latest_run() is None
    run_id = begin_whole(fail=False)
    assert (store.latest_run(), len(store.cells(run_id))) == (run_id, 1)
