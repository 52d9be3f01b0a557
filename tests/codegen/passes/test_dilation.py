"""Dilated convolutions as converters write them; tests/engine/pass_models compares the outputs."""

from __future__ import annotations

import pytest

from harness.codegen import read_model
from harness.codegen.options import ConvOptions
from harness.codegen.passes.dilation import join_dilated
from harness.codegen.passes.unused import without_unused
from tests.engine.op_models import op_model
from tests.engine.tflite_builder import TfliteBuilder


def chain(*, crops: int = 1, blocks: int = 2, stride: int = 1) -> bytes:
    b = TfliteBuilder()
    start = b.tensor("float32", (1, 5, 1, 1))
    block = b.tensor("int32", (1,), data=[2])
    dealt = b.tensor("float32", (2, 5, 1, 1))
    b.operator("SPACE_TO_BATCH_ND", [start, block, b.tensor("int32", (1, 2), data=[[2, 3]])],
               [dealt])  # fmt: skip
    kernel = b.tensor("float32", (1, 3, 1, 1), data=[[[[1]], [[2]], [[3]]]])
    conv = b.tensor("float32", (2, 3, 1, 1))
    options = {"StrideH": stride, "StrideW": 1, "DilationHFactor": 1, "DilationWFactor": 1}
    b.operator("CONV_2D", [dealt, kernel], [conv], Padding=1, **options)
    end = b.tensor("float32", (1, 5, 1, 1))
    out_block = b.tensor("int32", (1,), data=[blocks])
    edges = b.tensor("int32", (1, 2), data=[[0, crops]])
    b.operator("BATCH_TO_SPACE_ND", [conv, out_block, edges], [end])
    b.inputs, b.outputs = [start], [end]
    return b.build()


@pytest.mark.parametrize("seed", range(8))
def test_the_chain_becomes_one_dilated_convolution(seed: int) -> None:
    graph = join_dilated(read_model(op_model("DILATED", "int8", seed)))
    kinds = [operator.kind for operator in graph.operators]
    assert not {"SPACE_TO_BATCH_ND", "BATCH_TO_SPACE_ND"} & set(kinds)
    (options,) = (o.options for o in graph.operators if isinstance(o.options, ConvOptions))
    assert options.dilation_w > 1


def test_blocks_that_differ_and_strides_stay() -> None:
    for data in (chain(blocks=3), chain(stride=2)):
        graph = read_model(data)
        assert join_dilated(graph) is graph


def test_operators_that_nothing_reads_are_dropped() -> None:
    b = TfliteBuilder()
    start, end, unread = (b.tensor("float32", (1, 4)) for _ in range(3))
    b.operator("TANH", [start], [end])
    b.operator("LOGISTIC", [end], [unread])
    b.inputs, b.outputs = [start], [end]
    graph = without_unused(read_model(b.build()))
    assert [operator.kind for operator in graph.operators] == ["TANH"]


def test_operators_with_a_state_stay() -> None:
    graph = read_model(op_model("SVDF", "float32", 1))
    assert without_unused(graph).operators == graph.operators
