"""Hybrid operators against the reference kernels, with random shapes and parameters.

The engine quantises and scales in the order in which TensorFlow Lite does, so one operator agrees
within the tolerance of float32 operators. (Behind layers whose sums round differently, as with
fused multiply-add, an input may cross a rounding boundary: then it is off by a whole step.)
"""

from __future__ import annotations

from pathlib import Path
from tempfile import mkdtemp

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.codegen import compile_model
from harness.workload.reference import run_reference
from tests.engine.agreement import check_agreement, random_inputs
from tests.engine.hybrid_models import KINDS, hybrid_model
from tests.engine.tflite_builder import TfliteBuilder


@settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**32 - 1))
def test_every_hybrid_operator_agrees(
    seed: int, engine_objects: list[Path], tmp_path_factory: pytest.TempPathFactory
) -> None:
    models = []
    for kind in KINDS:
        for number in range(seed, seed + 8):
            data = hybrid_model(kind, number)
            models.append((f"{kind} {number}", data, random_inputs(data, 3, number)))
    folder = Path(mkdtemp(dir=tmp_path_factory.getbasetemp()))
    check_agreement(models, engine_objects, folder)


@pytest.mark.parametrize("asymmetric", [False, True])
def test_rows_without_range_give_the_bias(
    asymmetric: bool, engine_objects: list[Path], tmp_path: Path
) -> None:
    data = _fully_connected(asymmetric=asymmetric)
    inputs = np.array([[[0, 0, 0], [1, 2, -3]], [[0, 0, 0], [0, 0, 0]]], dtype=np.float32)
    assert run_reference(data, inputs)[1].tolist() == [[0.5, -2.0], [0.5, -2.0]]
    check_agreement([("zeros", data, inputs)], engine_objects, tmp_path)


@pytest.mark.parametrize("asymmetric", [False, True])
def test_values_far_apart_and_of_one_sign(
    asymmetric: bool, engine_objects: list[Path], tmp_path: Path
) -> None:
    rows = [[1e-30, 2e-30, 3e-30], [1e30, -1e-30, 1], [5, 6, 7], [-5, -6, -7], [127, -0.5, 2.5]]
    inputs = np.array(rows, dtype=np.float32)[:, None, :].repeat(2, axis=1)
    data = _fully_connected(asymmetric=asymmetric)
    check_agreement([("ranges", data, inputs)], engine_objects, tmp_path)


def _fully_connected(*, asymmetric: bool) -> bytes:
    b = TfliteBuilder()
    source, result = b.tensor("float32", (1, 2, 3)), b.tensor("float32", (1, 2, 2))
    weights = b.tensor("int8", (2, 3), scales=[0.25], data=[[1, -2, 3], [127, 0, -127]])
    bias = b.tensor("float32", (2,), data=[0.5, -2.0])
    b.operator(
        "FULLY_CONNECTED",
        [source, weights, bias],
        [result],
        KeepNumDims=True,
        AsymmetricQuantizeInputs=asymmetric,
    )
    b.inputs, b.outputs = [source], [result]
    return b.build()


@pytest.mark.parametrize("dtype", ["int8", "float16"])
def test_weights_that_the_file_dequantises_are_floats(
    dtype: str, engine_objects: list[Path], tmp_path: Path
) -> None:
    b = TfliteBuilder()
    source, result = b.tensor("float32", (1, 3)), b.tensor("float32", (1, 2))
    values = [[1, -2, 3], [127, 0, -127]]
    scales = [0.1, 0.3] if dtype == "int8" else []
    stored = b.tensor(dtype, (2, 3), scales=scales, data=values)
    weights = b.tensor("float32", (2, 3))
    b.operator("DEQUANTIZE", [stored], [weights])
    b.operator("FULLY_CONNECTED", [source, weights], [result])
    b.inputs, b.outputs = [source], [result]
    data = b.build()
    check_agreement([("floats", data, random_inputs(data, 3, 1))], engine_objects, tmp_path)


@pytest.mark.parametrize(("width", "by_bands"), [(32, True), (30, False)])
def test_bands_find_the_scale_behind_the_row(
    width: int, by_bands: bool, engine_objects: list[Path], tmp_path: Path
) -> None:
    """A quantised row ends at a whole word: bands begin at one too, or there are none."""
    data = conv_and_pool(width)
    compiled = compile_model(data, "m", core="rv32imc")
    assert any(call.rolling for call in compiled.calls) == by_bands
    check_agreement([("m", data, random_inputs(data, 2, 1))], engine_objects, tmp_path, "rv32imc")


def conv_and_pool(width: int) -> bytes:
    """A 3x3 convolution of a float32 image (32, width, 3) with int8 weights, and a 2x2 max pool."""
    b, rng = TfliteBuilder(), np.random.default_rng(0)
    source = b.tensor("float32", (1, 32, width, 3))
    middle = b.tensor("float32", (1, 32, width, 16))
    result = b.tensor("float32", (1, 16, width // 2, 16))
    values = rng.integers(-127, 128, (16, 3, 3, 3))
    weights = b.tensor("int8", values.shape, scales=[0.01], axis=0, data=values)
    bias = b.tensor("float32", (16,), data=rng.normal(size=16))
    strides = {"StrideH": 1, "StrideW": 1, "DilationHFactor": 1, "DilationWFactor": 1}
    b.operator("CONV_2D", [source, weights, bias], [middle], Padding=0, **strides)
    pool = {"StrideH": 2, "StrideW": 2, "FilterHeight": 2, "FilterWidth": 2}
    b.operator("MAX_POOL_2D", [middle], [result], Padding=1, **pool)
    b.inputs, b.outputs = [source], [result]
    return b.build()
