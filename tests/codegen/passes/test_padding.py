"""PAD folded into convolutions; tests/engine/pass_models compares the outputs."""

from __future__ import annotations

from typing import Any

import pytest

from harness.codegen import compile_model, read_model
from harness.codegen.options import ConvOptions
from harness.codegen.passes.padding import fold_padding
from tests.engine.tflite_builder import TfliteBuilder


def pad_model(
    *, margins: tuple[int, int] = (0, 1), value: int = 0, second: str = "", output: bool = False
) -> bytes:
    b = TfliteBuilder()
    q = {"scales": [0.1], "zero_points": [value]}
    low, high = margins
    side = 4 + low + high
    start, wide = b.tensor("int8", (1, 4, 4, 1), **q), b.tensor("int8", (1, side, side, 1), **q)
    rows = [[0, 0], [low, high], [low, high], [0, 0]]
    b.operator("PAD", [start, b.tensor("int32", (4, 2), data=rows)], [wide])
    kernel = b.tensor("int8", (2, 3, 3, 1), scales=[0.1], data=[[[[1]] * 3] * 3] * 2)
    out = (side - 3) // 2 + 1
    end = b.tensor("int8", (1, out, out, 2), scales=[0.5])
    options = {"StrideH": 2, "StrideW": 2, "DilationHFactor": 1, "DilationWFactor": 1}
    b.operator("CONV_2D", [wide, kernel], [end], Padding=1, **options)
    if second:
        b.operator(second, [wide], [b.tensor("int8", (1, side, side, 1), **q)])
    b.inputs, b.outputs = [start], [wide if output else end]
    return b.build()


@pytest.mark.parametrize("value", [0, -128])
def test_the_padded_image_is_never_stored(value: int) -> None:
    graph = fold_padding(read_model(pad_model(value=value)))
    (conv,) = graph.operators
    assert conv.inputs[0] == graph.inputs[0]
    assert isinstance(conv.options, ConvOptions)
    assert conv.options.margins == (0, 1, 0, 1)
    model = compile_model(pad_model(value=value), "m")
    assert [op.kind for op in model.ops] == ["CONV_2D"]
    assert len(compile_model(pad_model(value=value), "m", keep_all=True).ops) == 2


@pytest.mark.parametrize(
    "options",
    [{"margins": (3, 0)}, {"second": "TANH"}, {"output": True}],
    ids=["windows in the margin alone", "another reader", "an output of the model"],
)
def test_other_paddings_stay(options: dict[str, Any]) -> None:
    graph = fold_padding(read_model(pad_model(**options)))
    assert [operator.kind for operator in graph.operators][:2] == ["PAD", "CONV_2D"]
