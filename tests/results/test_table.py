from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom, binomtest

from harness.errors import StoreError
from harness.measure.noninferiority import Pairs
from harness.report.write import write_report
from harness.results.columns import DTYPES
from harness.results.table import results_frame
from harness.store import CellFacts, CellKey, SampleRow, Store
from tests.report.runs import Model, make_data, make_frame, right
from tests.report.synthetic import CLASSES, OFF, VARIANTS, Made, make_run

CONTRACT = """
    variant method sparsity_target sparsity dtype engine target status reason samples
    accuracy_device accuracy_tflite accuracy_keras parity_argmax parity_max_lsb
    latency_median latency_p95 latency_max latency_unit timing_kind flash_bytes
    arena_bytes stack_bytes tflite_bytes gzip_bytes
""".split()  # noqa: SIM905
MEASURED = """
    accuracy_device accuracy_low accuracy_high accuracy_delta mcnemar_p parity_argmax
    parity_max_lsb parity_max_abs latency_median latency_p95 latency_max latency_min latency_cold
    latency_iqr speedup stack_bytes bracket retries
""".split()  # noqa: SIM905


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> tuple[Made, pd.DataFrame]:
    """A run and its results.csv, for tests that only read."""
    folder = tmp_path_factory.mktemp("run")
    made = make_run(folder / "results.sqlite")
    return made, pd.read_csv(
        write_report(made.store, made.run_id, folder / "reports") / "results.csv"
    )


@pytest.fixture
def csv(shared: tuple[Made, pd.DataFrame]) -> pd.DataFrame:
    return shared[1]


@pytest.fixture
def kept(shared: tuple[Made, pd.DataFrame]) -> Made:
    return shared[0]


def row_of(csv: pd.DataFrame, key: tuple[str, str, str]) -> Any:
    columns = ["variant", "dtype", "target"]
    return csv[(csv[columns] == list(key)).all(axis=1)].iloc[0]


def test_the_contracted_columns_come_first_and_in_order(csv: pd.DataFrame) -> None:
    assert list(csv.columns[:25]) == CONTRACT
    assert list(csv.columns) == list(DTYPES)


def test_a_row_a_cell_in_the_order_of_the_run(csv: pd.DataFrame, kept: Made) -> None:
    keys = [cell.key for cell in kept.store.cells(kept.run_id)]
    assert len(keys) == 16
    got = csv[["variant", "dtype", "engine", "target"]].itertuples(index=False)
    assert [CellKey(*row) for row in got] == keys


def test_every_accuracy_is_what_the_outputs_say(csv: pd.DataFrame, kept: Made) -> None:
    assert len(kept.outputs) == 14
    for key, outputs in kept.outputs.items():
        row = row_of(csv, key)
        right = outputs.argmax(axis=1) == kept.labels
        assert row.samples == len(right) == 120
        assert row.accuracy_device == pytest.approx(right.mean())
        interval = binomtest(int(right.sum()), len(right)).proportion_ci(0.95, method="wilson")
        assert (row.accuracy_low, row.accuracy_high) == pytest.approx(tuple(interval))
        reference = kept.artifacts[key[:2]].reference_outputs.argmax(axis=1)
        assert row.accuracy_tflite == pytest.approx((reference == kept.labels).mean())
        assert row.accuracy_keras == pytest.approx(kept.artifacts[key[:2]].keras_score)
        assert row.accuracy_device == pytest.approx(1 - VARIANTS[key[0]][2] / 120)


def test_differences_are_to_the_one_original_of_the_target(csv: pd.DataFrame, kept: Made) -> None:
    for key, outputs in kept.outputs.items():
        row, same, one = row_of(csv, key), ("original", *key[1:]), ("original", "float32", key[2])
        mine = outputs.argmax(axis=1) == kept.labels
        theirs = kept.outputs[one].argmax(axis=1) == kept.labels
        assert row.baseline == "original float32"
        assert row.accuracy_delta == pytest.approx(mine.mean() - theirs.mean())
        assert row.speedup == pytest.approx(
            np.median(kept.counts[same][1:]) / np.median(kept.counts[key][1:])
        )
        if key == one:
            assert np.isnan([row.mcnemar_p, row.largest_drop, row.compared_samples]).all()
            continue
        gained, lost = int((mine & ~theirs).sum()), int((~mine & theirs).sum())
        if gained + lost:
            seen = binom.pmf(gained, gained + lost, 0.5)
            mid = seen if gained != lost else seen / 2
            assert row.mcnemar_p == pytest.approx(binomtest(gained, gained + lost).pvalue - mid)
        else:
            assert row.mcnemar_p == 1
        assert row.largest_drop == pytest.approx(Pairs(gained, lost, 120).limit(0.05))
        assert row.compared_samples == 120


def test_validation_samples_are_compared_too_where_outputs_equal_the_reference() -> None:
    labels, held = np.arange(300) % CLASSES, np.arange(200) % CLASSES
    models = [
        Model("original", right(labels, [1]), held=right(held, [1, 2])),
        Model("equal", right(labels, [1, 2]), held=right(held, [1])),
        Model("off", right(labels, [1, 2]), held=right(held, [1]), off=1),
    ]
    frame = make_frame(make_data(labels, models, held))
    assert list(frame["compared_samples"].fillna(0)) == [0, 500, 300]
    assert frame["largest_drop"][1] == pytest.approx(Pairs(1, 1, 500).limit(0.05))
    assert frame["largest_drop"][2] == pytest.approx(Pairs(0, 1, 300).limit(0.05))
    assert frame["accuracy_delta"][1] == pytest.approx(-1 / 300)  # of what the device answered


def test_every_latency_leaves_out_the_cold_call(csv: pd.DataFrame, kept: Made) -> None:
    for key, counts in kept.counts.items():
        row, warm = row_of(csv, key), np.sort(counts[1:])
        assert row.latency_cold == pytest.approx(counts[0])
        assert row.latency_median == pytest.approx(warm[59])
        assert row.latency_p95 == pytest.approx(np.quantile(warm, 0.95))
        assert (row.latency_min, row.latency_max) == pytest.approx((warm[0], warm[-1]))
        assert row.latency_iqr == pytest.approx(np.quantile(warm, 0.75) - np.quantile(warm, 0.25))
        assert row.latency_samples == 119
        assert row.latency_distinct == len(set(warm))
        units = {"qemu-m4": ("instructions", "instructions"), "host": ("us", "host-clock")}
        assert (row.latency_unit, row.timing_kind) == units[key[2]]


def test_parity_is_steps_for_int8_and_a_difference_for_float32(
    csv: pd.DataFrame, kept: Made
) -> None:
    for key, outputs in kept.outputs.items():
        row, reference = row_of(csv, key), kept.artifacts[key[:2]].reference_outputs
        assert row.parity_argmax == 1.0
        if key[1] == "int8":
            assert row.parity_max_lsb == (2 if key[0] in OFF else 0)
            assert np.isnan(row.parity_max_abs)
        else:
            assert np.isnan(row.parity_max_lsb)
            assert row.parity_max_abs == float(np.abs(outputs - reference).max()) > 0


def test_sizes_are_those_of_the_file_and_the_image(csv: pd.DataFrame, kept: Made) -> None:
    for key in kept.outputs:
        row, item = row_of(csv, key), kept.artifacts[key[:2]]
        flash = VARIANTS[key[0]][5]
        assert row.flash_bytes == flash * (1 if key[1] == "int8" else 3)
        assert row.arena_bytes == (1428 if key[1] == "int8" else 2464)
        assert (row.ram_bytes, row.image_flash_bytes) == (1600, flash + 9000)
        assert row.weights_bytes == flash - 400
        assert (row.bracket, row.retries, row.build_id) == (12, 0, f"b-{key[2]}")
        names = ["tflite_bytes", "gzip_bytes", "header_bytes", "sha256", "macs", "nonzero_macs",
                 "parameters", "nonzero_parameters", "sparsity", "method"]  # fmt: skip
        assert [row[name] for name in names] == [getattr(item, name) for name in names]
    assert row_of(csv, ("original", "int8", "qemu-m4")).stack_bytes == 312
    assert np.isnan(row_of(csv, ("original", "int8", "host")).stack_bytes)


@pytest.mark.parametrize(
    ("key", "status", "stage", "reason", "samples"),
    [
        (("random", "int8", "qemu-m4"), "refused", "fit", "5,000,000 B of flash", None),
        (("random", "float32", "host"), "failed", "measure", "no answer within 5 s", 20),
    ],
)
def test_a_cell_that_did_not_end_well_is_a_row_without_figures(
    csv: pd.DataFrame, key: tuple[str, str, str], status: str, stage: str, reason: str,
    samples: int | None,
) -> None:  # fmt: skip
    row = row_of(csv, key)
    assert (row.status, row.stage) == (status, stage)
    assert reason in row.reason
    assert np.isnan(row.samples) if samples is None else row.samples == samples
    assert row[MEASURED].isna().all()
    assert row.arena_bytes > 0
    assert row.tflite_bytes > 0
    assert np.isnan(row.flash_bytes) == (status == "refused")


def test_a_cell_that_was_not_reached_says_so(made: Made) -> None:
    key = CellKey("original", "int8", "codegen", "uno")
    cell = made.store.put_cell(made.run_id, key, build_id="b")
    output = made.outputs["original", "int8", "host"][0].tobytes()
    made.store.add_samples(cell, [SampleRow(0, 2, 5.0, output)])
    row = results_frame(made.store, made.run_id).iloc[-1]
    assert (row.target, row.status, row.samples) == ("uno", "pending", 1)
    assert row.reason == "not finished: the run stopped after 1 samples of this cell"
    assert row[MEASURED].isna().all()


def test_a_new_build_is_what_counts(made: Made) -> None:
    key = CellKey("neuron", "int8", "codegen", "qemu-m4")
    cell = made.store.put_cell(made.run_id, key, build_id="newer")
    outputs = made.outputs["neuron", "int8", "qemu-m4"]
    rows = [SampleRow(index, 5, 100.0, outputs[index].tobytes()) for index in range(60)]
    made.store.add_samples(cell, rows)
    made.store.finish_cell(cell, CellFacts(latency_cold=333.0))
    frame = results_frame(made.store, made.run_id)
    row = row_of(frame, ("neuron", "int8", "qemu-m4"))
    assert (row.samples, row.latency_median, row.latency_cold) == (60, 100.0, 333.0)
    assert row.build_id == "newer"
    right = (outputs[:60].argmax(axis=1) == made.labels[:60]).mean()
    assert row.accuracy_device == pytest.approx(right)
    before = made.outputs["original", "int8", "qemu-m4"].argmax(axis=1) == made.labels
    assert row.accuracy_delta == pytest.approx(right - before.mean())


def test_outputs_of_the_wrong_length_give_no_accuracy_but_a_reason(made: Made) -> None:
    key = CellKey("neuron", "int8", "codegen", "host")
    cell = made.store.put_cell(made.run_id, key, build_id="odd")
    made.store.add_samples(cell, [SampleRow(0, 5, 9.0, bytes(CLASSES - 1))])
    made.store.finish_cell(cell)
    row = row_of(results_frame(made.store, made.run_id), ("neuron", "int8", "host"))
    assert row.reason == "device outputs are not all 10 bytes long as the model's are"
    assert np.isnan(row.accuracy_device)
    assert row.latency_median == 9.0


def test_without_labels_there_is_latency_and_parity_but_no_accuracy(
    made: Made, tmp_path: Path
) -> None:
    store = Store(tmp_path / "bench.sqlite")
    run = store.begin_run(plan_name="bench", plan_text="", plan_digest="x", provenance={},
                          labels=np.empty(0, dtype=np.int64), classes=0)  # fmt: skip
    item = made.artifacts["neuron", "int8"]
    store.put_artifact(run, item)
    cell = store.put_cell(run, CellKey("neuron", "int8", "codegen", "host"))
    rows = [
        SampleRow(i, i + 2, 7.0, output.tobytes())
        for i, output in enumerate(item.reference_outputs)
    ]
    store.add_samples(cell, rows)
    store.finish_cell(cell)
    row = results_frame(store, run).iloc[0]
    assert (row.latency_median, row.parity_argmax, row.parity_max_lsb) == (7.0, 1.0, 0)
    for name in ("accuracy_device", "accuracy_tflite", "accuracy_low", "accuracy_delta", "speedup"):
        assert pd.isna(row[name])


def test_an_empty_run_has_all_columns_and_no_rows(tmp_path: Path) -> None:
    store = Store(tmp_path / "empty.sqlite")
    run = store.begin_run(plan_name="e", plan_text="", plan_digest="e", provenance={},
                          labels=np.arange(3), classes=3)  # fmt: skip
    frame = results_frame(store, run)
    assert list(frame.columns) == list(DTYPES)
    assert len(frame) == 0


def test_a_run_that_does_not_exist_is_a_typed_error(made: Made) -> None:
    with pytest.raises(StoreError, match="there is no run 99"):
        results_frame(made.store, 99)
