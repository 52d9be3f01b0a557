"""What the report tells of single variants, against the artifacts it was made from."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from harness.report.variants import mean_sd, seeds_of, variant_details
from harness.results.data import RunData, load_run
from harness.results.details import layers_frame, seeds_frame
from harness.results.table import frame_of
from tests.report.synthetic import Made


@pytest.fixture
def data(made: Made) -> RunData:
    return load_run(made.store, made.run_id)


def changed(data: RunData, **facts: Any) -> RunData:
    cells = [
        replace(cell, artifact=replace(cell.artifact, **facts))
        for cell in data.cells
        if cell.artifact is not None
    ]
    artifacts = [replace(item, **facts) for item in data.artifacts]
    return replace(data, artifacts=artifacts, cells=cells)


def test_a_layer_that_the_method_cannot_prune_is_marked(data: RunData) -> None:
    found = changed(data, layer_targets={"hidden": 0.8})
    magnitude = variant_details(found, frame_of(found))[1]
    assert magnitude.layers.texts[0] == ["conv", "left alone", "0.0", "72", "72"]
    rows = layers_frame(found)
    assert list(rows[rows["variant"] == "magnitude"]["left_alone"]) == [True, False]


def test_each_layer_has_what_was_asked_and_what_was_measured(data: RunData) -> None:
    magnitude = variant_details(data, frame_of(data))[1]
    assert magnitude.name == "magnitude"
    assert magnitude.layers.texts == [
        ["conv", "–", "0.0", "72", "72"],  # noqa: RUF001
        ["hidden", "80.0", "80.0", "1,000", "200"],
    ]


def test_files_and_accuracies_are_those_of_the_variant(data: RunData, made: Made) -> None:
    magnitude = variant_details(data, frame_of(data))[1]
    int8 = made.artifacts["magnitude", "int8"]
    assert [row[0] for row in magnitude.files.texts] == ["float32", "int8"]
    assert tuple(magnitude.files.texts[1][1:3]) == (
        f"{int8.tflite_bytes:,}",
        f"{int8.gzip_bytes:,}",
    )
    dtype, target, accuracy, change, p = magnitude.accuracies.texts[0]
    assert (dtype, target, accuracy) == ("float32", "qemu-m4", "95.8")
    assert change == "−0.8"  # noqa: RUF001
    assert p == "0.754"


def test_seeds_are_compared_by_their_means(data: RunData) -> None:
    found = seeds_of(data)
    assert found is not None
    assert "with 3 seeds (3, 4 and 5)" in found.caption
    assert "The devices ran the files of seed 3." in found.caption
    assert found.table.texts[0] == ["original", "96.3 (1.5)", "94.7–97.7", ""]  # noqa: RUF001
    assert found.table.texts[3] == ["random", "89.7 (1.5)", "88.0–91.0", "−6.7 ± 0.0"]  # noqa: RUF001


def test_one_seed_has_no_table_and_no_deviation(data: RunData) -> None:
    single = changed(data, seed_scores={"3": 0.9})
    assert seeds_of(single) is None
    assert mean_sd([0.9]) == "90.0"
    frame = frame_of(single)
    assert set(frame["seeds"]) == {1}
    assert frame["accuracy_seeds_sd"].isna().all()
    names = [name for name, _ in variant_details(single, frame)[0].facts]
    assert not [name for name in names if "seeds" in name]


def test_a_store_of_before_has_no_details(data: RunData) -> None:
    older = changed(data, history={}, layer_sparsity={}, seed_scores={}, kept_epochs=[])
    frame = frame_of(older)
    assert variant_details(older, frame) == []
    assert layers_frame(older).empty
    assert seeds_frame(older).empty
    assert frame["kept_epoch"].isna().all()


def test_results_hold_mean_and_deviation_over_seeds(data: RunData) -> None:
    row = frame_of(data).iloc[0]
    values = [0.9666666667, 0.9466666667, 0.9766666667]
    assert row["seeds"] == 3
    assert row["accuracy_seeds_mean"] == pytest.approx(sum(values) / 3)
    assert row["accuracy_seeds_sd"] == pytest.approx(pd.Series(values).std())
    assert row["kept_epoch"] == 9
