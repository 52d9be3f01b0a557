"""int8 SUM of negative values, which the reference takes for uint8, against the real sum."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from harness.codegen import compile_model
from tests.engine.agreement import random_inputs
from tests.engine.device import Device, tensor_at
from tests.engine.tflite_builder import TfliteBuilder


@pytest.mark.parametrize(
    ("in_zero", "out_zero", "ratio"), [(-128, 5, 0.2), (17, -9, 0.6), (0, 0, 1.0), (-3, 100, 2.5)]
)
def test_negative_values_are_summed(
    in_zero: int, out_zero: int, ratio: float, engine_objects: list[Path], tmp_path: Path
) -> None:
    b = TfliteBuilder()
    source = b.tensor("int8", (1, 5, 40), scales=[0.1 * ratio], zero_points=[in_zero])
    result = b.tensor("int8", (1, 40), scales=[0.1], zero_points=[out_zero])
    axis = b.tensor("int32", (1,), data=[1])
    b.operator("SUM", [source, axis], [result], KeepDims=False)
    b.inputs, b.outputs = [source], [result]
    model = compile_model(b.build(), "sum")
    inputs = random_inputs(b.build(), 20, seed=4)
    arenas = Device.build([model], engine_objects, tmp_path).run([(0, x) for x in inputs])
    found = np.concatenate([tensor_at(a, model, model.graph, result) for a in arenas])
    sums = (inputs.astype(int) - in_zero).sum(axis=1) * ratio + out_zero
    # rounded twice: to halves at least, then to integers
    assert float(np.abs(found - np.clip(sums, -128, 127)).max()) <= 0.76
    assert len(np.unique(found)) > 20
