"""Parameters and zeros of model files, counted by hand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.codegen import read_model
from harness.codegen.lower.table import public_operators
from harness.codegen.weights import Weights, count_weights
from tests.engine.tflite_builder import TfliteBuilder

DATA = Path(__file__).parents[1] / "data"


def model(kind: str, *inputs: Any, **options: Any) -> Weights:
    """Counts of one operator; "x" is its activation, None an absent input, arrays are constants.

    float16 arrays are dequantised before.
    """
    b = TfliteBuilder()
    b.inputs = [b.tensor("float32", (1, 4))]
    places = []
    for each in inputs:
        if isinstance(each, np.ndarray):
            scales = [0.5] if each.dtype == np.int8 else ()
            points = [3] if each.dtype == np.int8 else ()
            constant = b.tensor(
                each.dtype.name, each.shape, scales=scales, zero_points=points, data=each
            )
            if each.dtype == np.float16:
                places.append(b.tensor("float32", each.shape))
                b.operator("DEQUANTIZE", [constant], places[-1:])
            else:
                places.append(constant)
        else:
            places.append(-1 if each is None else b.inputs[0])
    b.outputs = [b.tensor("float32", (1, 4))]
    b.operator(kind, places, b.outputs, **options)
    return count_weights(read_model(b.build()))


def zeros_in(shape: tuple[int, ...], zeros: int, dtype: str = "float32", zero: int = 0) -> Any:
    """An array of ones with that many zeros."""
    values = np.ones(int(np.prod(shape)), dtype)
    values[:zeros] = zero
    return values.reshape(shape)


def expected(kernels: int, zeros: int, biases: int = 0, bias_zeros: int = 0) -> Weights:
    return Weights(
        parameters=kernels + biases,
        nonzero_parameters=kernels - zeros + biases - bias_zeros,
        sparsity=zeros / kernels if kernels else 0.0,
    )


def test_kernels_and_biases_of_convolutions_and_dense_layers() -> None:
    kernel, bias = zeros_in((4, 3, 3, 2), 20), zeros_in((4,), 1)
    assert model("CONV_2D", "x", kernel, bias) == expected(72, 20, 4, 1)
    assert model("DEPTHWISE_CONV_2D", "x", kernel) == expected(72, 20)
    dense = zeros_in((4, 8), 9)
    assert model("FULLY_CONNECTED", "x", dense, zeros_in((4,), 0)) == expected(32, 9, 4)
    shape = np.array([1, 4, 4, 4], np.int32)
    found = model("TRANSPOSE_CONV", shape, kernel, "x", bias)
    assert found == expected(72, 20, 4, 1)


def test_weights_of_recurrent_operators() -> None:
    feature, time, bias = zeros_in((6, 4), 5), zeros_in((6, 3), 2), zeros_in((6,), 6)
    assert model("SVDF", "x", feature, time, bias) == expected(42, 7, 6, 6)
    gates = [zeros_in((5, 4), 1) for _ in range(4)]
    recurrent = [zeros_in((5, 5), 2) for _ in range(4)]
    biases = [zeros_in((5,), 0) for _ in range(4)]
    inputs = ["x", *gates, *recurrent, None, None, None, *biases, None, None]
    for kind in ("LSTM", "UNIDIRECTIONAL_SEQUENCE_LSTM"):
        assert model(kind, *inputs) == expected(180, 12, 20)
    peepholes = [zeros_in((5,), 1) for _ in range(3)]
    norms = [zeros_in((5,), 0) for _ in range(4)]
    inputs = ["x", *gates, *recurrent, *peepholes, *biases, zeros_in((3, 5), 2), zeros_in((3,), 3)]
    found = model("LSTM", *inputs, None, None, *norms)
    assert found == expected(180 + 15 + 15, 12 + 3 + 2, 20 + 3 + 20, 3)


def test_float16_weights_are_found_behind_their_dequantisation() -> None:
    kernel, bias = zeros_in((4, 3, 3, 2), 20, "float16"), zeros_in((4,), 1, "float16")
    assert model("CONV_2D", "x", kernel, bias) == expected(72, 20, 4, 1)


def test_a_quantised_weight_is_zero_at_its_zero_point() -> None:
    kernel = zeros_in((4, 8), 9, "int8", zero=3)
    assert model("FULLY_CONNECTED", "x", kernel) == expected(32, 9)
    assert model("FULLY_CONNECTED", "x", zeros_in((4, 8), 9, "int8")) == expected(32, 0)


def test_tables_that_are_gathered_are_weights() -> None:
    table, places = zeros_in((10, 4), 4), np.array([1, 2, 3], np.int32)
    assert model("GATHER", table, "x") == expected(40, 4)
    assert model("GATHER", "x", places) == expected(0, 0)
    slopes = zeros_in((1, 1, 4), 1)
    assert model("PRELU", "x", slopes) == expected(0, 0, 4, 1)


def test_factors_and_summands_of_channels_are_parameters_and_scalars_are_not() -> None:
    vector, scalar = zeros_in((4,), 1), np.full((1,), 1 / 255, np.float32)
    for kind in ("ADD", "SUB", "MUL"):
        assert model(kind, "x", vector) == expected(0, 0, 4, 1)
        assert model(kind, scalar, "x") == expected(0, 0)
    assert model("MAXIMUM", "x", vector) == expected(0, 0)
    assert model("RESHAPE", "x", np.array([2, 2], np.int32)) == expected(0, 0)


def test_a_shared_constant_counts_once() -> None:
    b = TfliteBuilder()
    x, y, z = (b.tensor("float32", (1, 4)) for _ in range(3))
    kernel = b.tensor("float32", (4, 4), data=zeros_in((4, 4), 3))
    equal = b.tensor("float32", (4, 4), data=zeros_in((4, 4), 3))
    bias = b.tensor("float32", (4,), data=zeros_in((4,), 0))
    b.inputs, b.outputs = [x], [z]
    b.operator("FULLY_CONNECTED", [x, kernel, bias], [y])
    b.operator("FULLY_CONNECTED", [y, kernel, bias], [z])
    assert count_weights(read_model(b.build())) == expected(16, 3, 4)
    b.operators[1] = replace(b.operators[1], inputs=(y, equal, bias))
    assert count_weights(read_model(b.build())) == expected(32, 6, 4)
    b.share_buffers = True
    assert count_weights(read_model(b.build())) == expected(16, 3, 4)


@pytest.mark.parametrize(
    ("name", "parameters"),
    [("digits_int8", 8_390), ("lstm_int8", 1_706), ("lstm_float32", 1_706), ("resnet_int8", 4_034)],
)
def test_golden_files_have_the_parameters_of_their_models(name: str, parameters: int) -> None:
    graph = read_model((DATA / f"{name}.tflite").read_bytes())
    assert count_weights(graph).parameters == parameters


def test_records_name_inputs_once() -> None:
    for record in public_operators():
        assert not set(record.weights) & set(record.biases)
