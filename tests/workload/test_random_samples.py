from __future__ import annotations

import numpy as np

from harness.codegen import compile_model
from harness.workload.random_samples import random_samples
from tests.engine.interface_models import embedding, every_type


def test_every_type_is_drawn_over_its_own_values() -> None:
    inputs = compile_model(every_type(), "m").inputs
    drawn = random_samples(inputs, 50, np.random.default_rng(1))
    assert [drawn[name].dtype.name for name in inputs.names] == [x.dtype for x in inputs]
    assert {True, False} == set(drawn[inputs.names[0]].ravel().tolist())
    assert np.abs(drawn[inputs.names[1]]).max() <= 1
    assert np.ptp(drawn[inputs.names[2]].astype(int)) > 200
    assert np.ptp(drawn[inputs.names[3]].astype(int)) > 40_000
    assert np.abs(drawn[inputs.names[4]]).max() <= 128


def test_indexes_are_below_the_rows_of_their_table() -> None:
    inputs = compile_model(embedding(), "m").inputs
    drawn = random_samples(inputs, 50, np.random.default_rng(1))
    assert [x.rows for x in inputs] == [7, 0]
    assert set(drawn[inputs.names[0]].ravel().tolist()) == set(range(7))
