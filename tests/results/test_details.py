from dataclasses import replace

import numpy as np
import pandas as pd

from harness.results.data import load_run
from harness.results.details import layers_frame, one_each, seeds_frame
from tests.report.synthetic import Made


def test_tables_hold_a_row_a_layer_and_a_row_a_seed(made: Made) -> None:
    data = load_run(made.store, made.run_id)
    layers, seeds = layers_frame(data), seeds_frame(data)
    assert len(layers) == 4 * 2
    assert len(seeds) == 4 * 3
    assert [item.variant for item in one_each(data.artifacts)] == list(layers["variant"].unique())
    magnitude = layers[(layers["variant"] == "magnitude") & (layers["layer"] == "hidden")].iloc[0]
    assert magnitude["sparsity_target"] == 0.8
    assert magnitude["nonzero_weights"] == 200
    assert pd.isna(layers["sparsity_target"].iloc[0])
    assert list(seeds["on_device"][:3]) == [True, False, False]
    assert list(seeds.columns[-2:]) == ["accuracy_keras", "on_device"]


def test_seeds_are_named_after_the_metric_of_the_task(made: Made) -> None:
    data = load_run(made.store, made.run_id)
    frame = seeds_frame(replace(data, run=replace(data.run, task="regression")))
    assert list(frame.columns) == ["variant", "method", "seed", "r2_keras", "on_device"]
    assert np.isclose(frame["r2_keras"][1] + 0.02, frame["r2_keras"][0])
