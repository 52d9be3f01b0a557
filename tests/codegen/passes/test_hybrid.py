from __future__ import annotations

import numpy as np
import pytest

from harness.codegen import compile_model, read_model
from harness.codegen.options import ConvOptions, QuantizeRowsOptions
from harness.codegen.passes.hybrid import split_hybrid
from harness.errors import ModelError
from tests.engine.tflite_builder import TfliteBuilder


def _conv(*, scales: list[float], dilation: int = 1, size: int = 4) -> bytes:
    b = TfliteBuilder()
    q = {"scales": scales, "axis": 0}
    weights = b.tensor("int8", (2, 1, 1, 3), data=np.ones((2, 1, 1, 3)), **q)
    bias = b.tensor("float32", (2,), data=np.zeros(2))
    source = b.tensor("float32", (1, size, size, 3))
    result = b.tensor("float32", (1, size, size, 2))
    options = {"StrideH": 1, "StrideW": 1, "DilationHFactor": dilation, "DilationWFactor": dilation}
    b.operator("CONV_2D", [source, weights, bias], [result], Padding=1, **options)
    b.inputs, b.outputs = [source], [result]
    return b.build()


def test_the_input_is_quantised_by_an_operator_of_its_own() -> None:
    graph = split_hybrid(read_model(_conv(scales=[0.1])))
    quantise, conv = graph.operators
    assert (quantise.kind, conv.kind) == ("QUANTIZE_ROWS", "CONV_2D")
    assert quantise.outputs == conv.inputs[:1]
    assert graph.tensors[conv.inputs[0]].shape == (1, 4 * 4 * 3 + 8)
    assert graph.tensors[conv.inputs[3]].shape == (1, 4, 4, 3)
    assert quantise.options == QuantizeRowsOptions(asymmetric=False)
    assert isinstance(conv.options, ConvOptions)


def test_scales_of_channels_make_it_asymmetric() -> None:
    graph = split_hybrid(read_model(_conv(scales=[0.1, 0.2])))
    assert graph.operators[0].options == QuantizeRowsOptions(asymmetric=True)


def test_quantised_rows_lie_over_the_floats_they_are_made_from() -> None:
    # 48 floats in, 56 bytes of row in the same place, then 32 floats in what the row leaves free
    model = compile_model(_conv(scales=[0.1]), "m")
    assert model.arena_bytes == 192
    quantise, conv = model.calls
    assert model.tensor_offsets[quantise.output] == model.tensor_offsets[quantise.inputs[0]] == 0
    assert model.tensor_offsets[conv.output] == 56


def test_layers_of_a_hybrid_model_are_those_of_the_file() -> None:
    model = compile_model(_conv(scales=[0.1]), "m")
    header, stages = model.layered()
    assert [(stage.op.kind, stage.call, stage.bytes) for stage in stages] == [("CONV_2D", 1, 128)]
    assert "model_m_run1(" in header
    assert "model_m_run0(" not in header


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (_conv(scales=[0.1], dilation=2), "dilation with dynamic range"),
        (_conv(scales=[0.1, 0.1]), "equal scales for all channels"),
        (_conv(scales=[]), "int8 weights without scales"),
        (_conv(scales=[-0.1]), "a scale that is not positive"),
    ],
)
def test_what_tensorflow_lite_gets_wrong_is_refused(data: bytes, text: str) -> None:
    with pytest.raises(ModelError, match=text):
        compile_model(data, "m")


def test_rows_of_another_length_are_refused() -> None:
    b = TfliteBuilder()
    source, result = b.tensor("float32", (1, 7)), b.tensor("float32", (1, 2))
    weights = b.tensor("int8", (2, 4), scales=[0.1], data=np.ones((2, 4)))
    b.operator("FULLY_CONNECTED", [source, weights], [result])
    b.inputs, b.outputs = [source], [result]
    with pytest.raises(ModelError, match="int8 weights with float32 inputs"):
        compile_model(b.build(), "m")
