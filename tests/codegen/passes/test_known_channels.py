from __future__ import annotations

import numpy as np

from harness.codegen import read_model
from harness.codegen.operands import Operands
from harness.codegen.passes.known_channels import kind_of, known_channels, layer_of
from tests.engine.tflite_builder import TfliteBuilder


def two_layers() -> bytes:
    """int8 layers of 3 and 2 outputs; the first one's output 1 has no weights, and a bias of 6."""
    b = TfliteBuilder()
    source = b.tensor("int8", (1, 2), scales=[1.0], zero_points=[0])
    middle = b.tensor("int8", (1, 3), scales=[1.0], zero_points=[-2])
    result = b.tensor("int8", (1, 2), scales=[1.0], zero_points=[0])
    first = b.tensor("int8", (3, 2), scales=[1.0], data=np.array([[1, 2], [0, 0], [3, 4]]))
    bias = b.tensor("int32", (3,), scales=[1.0], data=np.array([0, 6, 0]))
    second = b.tensor("int8", (2, 3), scales=[1.0], data=np.array([[1, 5, 0], [0, -7, 2]]))
    b.operator("FULLY_CONNECTED", [source, first, bias], [middle], FusedActivationFunction=0)
    b.operator("FULLY_CONNECTED", [middle, second], [result], FusedActivationFunction=0)
    b.inputs, b.outputs = [source], [result]
    return b.build()


def test_a_filter_without_weights_is_known_and_absorbed() -> None:
    graph = read_model(two_layers())
    known = known_channels(graph)
    middle = known[graph.operators[0].outputs[0]]
    assert middle.known.tolist() == [False, True, False]
    assert middle.values[1] == 6 - 2
    op = Operands(graph, graph.operators[1])
    assert kind_of(op) == "layer"
    layer = layer_of(op, middle)
    assert layer.absorbs.tolist() == [False, True, False]
    assert layer.bias.tolist() == [5 * 6, -7 * 6]  # its value less the zero point
