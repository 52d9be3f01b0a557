"""Options have the class of the operator's kind."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from harness.codegen.graph import Graph
from harness.codegen.lower.table import public_operators
from harness.codegen.operands import Operands
from harness.codegen.options import (
    AddOptions,
    ConvOptions,
    FullyConnectedOptions,
    FusedOptions,
    Options,
    PieceOptions,
    PoolOptions,
    SoftmaxOptions,
    StridedSliceOptions,
)
from harness.codegen.read_options import read_options
from harness.codegen.reader import read_model
from harness.errors import ModelError
from tests.engine.tflite_builder import TfliteBuilder, options_and_version


def read(kind: str, **options: Any) -> Graph:
    b = TfliteBuilder()
    b.inputs, b.outputs = [b.tensor("float32", (1, 4))], [b.tensor("float32", (1, 4))]
    b.operator(kind, b.inputs, b.outputs, **options)
    return read_model(b.build())


@pytest.mark.parametrize(
    ("kind", "given", "expected"),
    [
        ("SOFTMAX", {"Beta": 0.5}, SoftmaxOptions(beta=0.5)),
        (
            "ADD",
            {"FusedActivationFunction": 3, "PotScaleInt16": False},
            AddOptions(activation="RELU6", pot_scale=False),
        ),
        ("SUB", {"FusedActivationFunction": 1}, FusedOptions(activation="RELU")),
        ("PACK", {"Axis": -1}, PieceOptions(axis=-1)),
        ("STRIDED_SLICE", {"BeginMask": 5}, StridedSliceOptions(begin_mask=5)),
        (
            "CONV_2D",
            {"Padding": 1, "StrideH": 2, "StrideW": 3, "DilationHFactor": 4, "DilationWFactor": 1},
            ConvOptions(padding="VALID", stride_h=2, stride_w=3, dilation_h=4, dilation_w=1),
        ),
        (
            "MAX_POOL_2D",
            {"Padding": 0, "StrideH": 1, "StrideW": 1, "FilterHeight": 2, "FilterWidth": 3},
            PoolOptions(padding="SAME", filter_h=2, filter_w=3),
        ),
        (
            "FULLY_CONNECTED",
            {"KeepNumDims": True, "FusedActivationFunction": 0},
            FullyConnectedOptions(keep_num_dims=True),
        ),
        ("RESHAPE", {}, Options()),
    ],
)
def test_each_kind_has_its_class(kind: str, given: dict[str, Any], expected: Options) -> None:
    options = read(kind, **given).operators[0].options
    assert options == expected
    assert type(options) is type(expected)


def test_sums_without_options_have_the_defaults() -> None:
    assert read_options("ADD", 0, None, "op 3 (ADD)") == AddOptions()
    assert read_options("MAXIMUM", 0, None, "op 3 (MAXIMUM)") == FusedOptions()


def test_a_missing_table_is_named() -> None:
    with pytest.raises(ModelError, match=r"op 3.*lacks its Conv2DOptions"):
        read_options("CONV_2D", 0, None, "op 3 (CONV_2D)")


PLAIN = sorted(
    record.kind
    for record in public_operators()
    if record.kind not in ("READ_VARIABLE", "ASSIGN_VARIABLE")  # see test_resources.py
)


@pytest.mark.parametrize("kind", PLAIN)
def test_no_operator_is_read_with_the_options_of_another(kind: str) -> None:
    """A kind with its own options table, then with another's."""
    b = TfliteBuilder()
    b.inputs, b.outputs = [b.tensor("float32", (1, 4))], [b.tensor("float32", (1, 4))]
    b.operator(kind, b.inputs, b.outputs)
    assert read_model(b.build()).operators[0].kind == kind
    own = options_and_version(kind)[0]
    other = "MulOptions" if own != "MulOptions" else "AddOptions"
    b.operators[0] = replace(b.operators[0], table=other)
    with pytest.raises(ModelError, match=rf"op 0 \({kind}\): has {other}") as caught:
        read_model(b.build())
    assert (f"its own are {own}" if own else "it has none") in str(caught.value)
    b.operators[0] = replace(b.operators[0], kind="ATAN2")  # which the engine lacks
    assert read_model(b.build()).operators[0].options == Options()


def test_options_of_an_unknown_type_are_named_by_their_number() -> None:
    with pytest.raises(ModelError, match=r"has options of type 250; its own are MaximumMinimum"):
        read_options("MAXIMUM", 250, None, "op 3 (MAXIMUM)")


def test_options_of_another_class_are_a_mistake_of_the_program() -> None:
    graph = read("SOFTMAX", Beta=1.0)
    op = Operands(graph, graph.operators[0])
    assert op.options(SoftmaxOptions).beta == 1.0
    with pytest.raises(TypeError, match="SOFTMAX has SoftmaxOptions"):
        op.options(ConvOptions)
