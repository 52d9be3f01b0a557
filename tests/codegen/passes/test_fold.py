"""Constant folding; tests/engine/pass_models compares outputs of models that it changes."""

from __future__ import annotations

import numpy as np
import pytest

from harness.codegen import read_model
from harness.codegen.graph import Graph
from harness.codegen.passes.fold import fold_constants
from harness.codegen.passes.prepare import prepared
from tests.engine.op_models import op_model
from tests.engine.tflite_builder import TfliteBuilder


def folded(b: TfliteBuilder) -> Graph:
    return fold_constants(read_model(b.build()))


def constant(kind: str, inputs: list[object], shape: tuple[int, ...], **options: object) -> object:
    """The folded output of an operator of these int32 constants."""
    b = TfliteBuilder()
    sources = [b.tensor("int32", np.shape(x), data=x) for x in inputs]
    output = b.tensor("int32", shape)
    b.operator(kind, sources, [output], **options)
    start, end = b.tensor("float32", (1, 2)), b.tensor("float32", (1, 2))
    b.operator("TANH", [start], [end])
    b.inputs, b.outputs = [start], [end]
    graph = folded(b)
    assert [operator.kind for operator in graph.operators] == ["TANH"]
    data = graph.tensors[output].data
    assert data is not None
    assert data.dtype == np.int32
    return data.tolist()


@pytest.mark.parametrize(
    ("kind", "inputs", "shape", "options", "expected"),
    [
        ("PACK", [3, 4], (2,), {"Axis": 0, "ValuesCount": 2}, [3, 4]),
        ("CONCATENATION", [[1], [2, 3]], (3,), {"Axis": -1}, [1, 2, 3]),
        ("STRIDED_SLICE", [[5, 6, 7], [1], [2], [1]], (), {"ShrinkAxisMask": 1}, 6),
        ("STRIDED_SLICE", [[5, 6, 7], [0], [0], [-1]], (3,), {"BeginMask": 1, "EndMask": 1},
         [7, 6, 5]),
        ("STRIDED_SLICE", [[5, 6], [0, 0], [0, 0], [1, 1]], (1, 2),
         {"NewAxisMask": 1, "EndMask": 2}, [[5, 6]]),
        ("SLICE", [[5, 6, 7], [1], [-1]], (2,), {}, [6, 7]),
        ("GATHER", [[5, 6, 7], [2, 0]], (2,), {"Axis": 0}, [7, 5]),
        ("TRANSPOSE", [[[1, 2], [3, 4]], [1, 0]], (2, 2), {}, [[1, 3], [2, 4]]),
        ("RESHAPE", [[[1, 2], [3, 4]], [-1]], (4,), {}, [1, 2, 3, 4]),
        ("EXPAND_DIMS", [[1, 2], -1], (2, 1), {}, [[1], [2]]),
        ("SQUEEZE", [[[1], [2]]], (2,), {"SqueezeDims": [1]}, [1, 2]),
        ("FILL", [[2, 1], 9], (2, 1), {}, [[9], [9]]),
        ("TILE", [[1, 2], [2]], (4,), {}, [1, 2, 1, 2]),
        ("BROADCAST_TO", [[1, 2], [2, 2]], (2, 2), {}, [[1, 2], [1, 2]]),
        ("REDUCE_PROD", [[2, 3, 4], [0]], (), {}, 24),
        ("REDUCE_MAX", [[[2, 3], [4, 1]], [1]], (2, 1), {"KeepDims": True}, [[3], [4]]),
        ("MUL", [[2, 3], 5], (2,), {}, [10, 15]),
        ("FLOOR_DIV", [-7, 2], (), {}, -4),
        ("DIV", [-7, 2], (), {}, -3),
        ("RANGE", [1, 7, 3], (2,), {}, [1, 4]),
        ("SUB", [[1, 2], [1, 1]], (2,), {"FusedActivationFunction": 1}, [0, 1]),
    ],
)  # fmt: skip
def test_constants_are_computed(
    kind: str,
    inputs: list[object],
    shape: tuple[int, ...],
    options: dict[str, object],
    expected: object,
) -> None:
    assert constant(kind, inputs, shape, **options) == expected


def test_the_shape_of_an_activation_is_a_constant() -> None:
    graph = read_model(op_model("FOLDED", "int8", 3))
    assert {"SHAPE", "STRIDED_SLICE", "PACK", "TRANSPOSE", "FILL"} <= {
        operator.kind for operator in graph.operators
    }
    kinds = [operator.kind for operator in prepared(graph).operators]
    assert kinds == ["RESHAPE", "FULLY_CONNECTED", "ADD", "RESHAPE"]


def test_a_change_of_scale_is_not_folded_as_a_move() -> None:
    b = TfliteBuilder()
    data = b.tensor("int8", (2,), scales=[0.1], data=[1, 2])
    turned = b.tensor("int8", (2,), scales=[0.2])
    b.operator("RESHAPE", [data], [turned])
    start, end = b.tensor("int8", (2,), scales=[0.1]), b.tensor("int8", (2,), scales=[0.1])
    b.operator("ADD", [start, turned], [end])
    b.inputs, b.outputs = [start], [end]
    assert [operator.kind for operator in folded(b).operators] == ["RESHAPE", "ADD"]


def test_constants_too_large_for_memory_stay() -> None:
    b = TfliteBuilder()
    shape = b.tensor("int32", (2,), data=[1 << 20, 1 << 10])
    filled = b.tensor("float32", (1, 1))
    b.operator("FILL", [shape, b.tensor("float32", (), data=1.0)], [filled])
    start, end = b.tensor("float32", (1, 1)), b.tensor("float32", (1, 1))
    b.operator("ADD", [start, filled], [end])
    b.inputs, b.outputs = [start], [end]
    assert [operator.kind for operator in folded(b).operators] == ["FILL", "ADD"]


def test_a_quantised_layer_of_constants_is_computed_exactly() -> None:
    b = TfliteBuilder()
    q = {"scales": [0.5], "zero_points": [3]}
    source = b.tensor("int8", (1, 2), data=[5, 1], **q)
    kernel = b.tensor("int8", (2, 2), scales=[0.25], data=[[4, 2], [-4, 8]])
    bias = b.tensor("int32", (2,), data=[8, 0])
    layer = b.tensor("int8", (1, 2), scales=[0.5], zero_points=[-1])
    b.operator("FULLY_CONNECTED", [source, kernel, bias], [layer], FusedActivationFunction=1)
    start, end = b.tensor("int8", (1, 2), **q), b.tensor("int8", (1, 2), **q)
    b.operator("ADD", [start, layer], [end])
    b.inputs, b.outputs = [start], [end]
    graph = folded(b)
    assert [operator.kind for operator in graph.operators] == ["ADD"]
    found = graph.tensors[layer].data
    assert found is not None
    # (2 * 4 - 2 * 2 + 8) * 0.125 / 0.5 = 3, and a negative sum
    assert found.tolist() == [[2, -1]]


def test_shapes_behind_an_open_dimension_are_computed() -> None:
    b = TfliteBuilder()
    start = b.tensor("float32", (1, 3, 2))
    shape = b.tensor("int32", (2,), data=[3, 2])
    flat = b.tensor("float32", (1, 1), open_shape=True)
    end = b.tensor("float32", (1, 1), open_shape=True)
    b.operator("RESHAPE", [start, shape], [flat])
    b.operator("TANH", [flat], [end])
    b.inputs, b.outputs = [start], [end]
    graph = folded(b)
    assert [graph.tensors[index].shape for index in (flat, end)] == [(3, 2), (3, 2)]
