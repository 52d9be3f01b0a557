"""Grouped convolutions; tests/engine/pass_models compares the outputs."""

from __future__ import annotations

import numpy as np
import pytest

from harness.codegen import compile_model, read_model
from harness.codegen.passes.groups import without_groups
from harness.errors import ModelError
from tests.engine.tflite_builder import TfliteBuilder


def grouped(*, depth: int, filters: int = 4, channels: int = 4) -> bytes:
    b = TfliteBuilder()
    start = b.tensor("float32", (1, 3, 3, channels))
    data = np.arange(1, filters * depth + 1).reshape(filters, 1, 1, depth)
    kernel = b.tensor("float32", data.shape, data=data)
    end = b.tensor("float32", (1, 3, 3, filters))
    options = {"StrideH": 1, "StrideW": 1, "DilationHFactor": 1, "DilationWFactor": 1}
    b.operator("CONV_2D", [start, kernel], [end], Padding=1, **options)
    b.inputs, b.outputs = [start], [end]
    return b.build()


def test_filters_get_zeros_for_channels_of_other_groups() -> None:
    graph = without_groups(read_model(grouped(depth=2)))
    (conv,) = graph.operators
    data = graph.tensors[conv.inputs[1]].data
    assert data is not None
    assert data.reshape(4, 4).tolist() == [[1, 2, 0, 0], [3, 4, 0, 0], [0, 0, 5, 6], [0, 0, 7, 8]]


def test_multiplications_are_those_of_the_file() -> None:
    (op,) = compile_model(grouped(depth=2), "m").ops
    assert (op.macs, op.nonzero_macs) == (9 * 8, 9 * 8)


def test_one_channel_a_group_is_a_depthwise_convolution() -> None:
    graph = without_groups(read_model(grouped(depth=1)))
    (conv,) = graph.operators
    assert conv.kind == "DEPTHWISE_CONV_2D"
    assert graph.tensors[conv.inputs[1]].shape == (1, 1, 1, 4)


def test_filters_that_fill_no_groups_are_refused() -> None:
    with pytest.raises(ModelError, match=r"grouped convolution \(4 channels in, 2 each\)"):
        compile_model(grouped(depth=2, filters=3), "m")
