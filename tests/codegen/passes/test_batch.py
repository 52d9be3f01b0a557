"""Batches of images; tests/engine/pass_models compares the outputs."""

from __future__ import annotations

from harness.codegen import compile_model, read_model
from harness.codegen.options import PieceOptions
from harness.codegen.passes.batch import one_by_one
from tests.engine.tflite_builder import TfliteBuilder

POOL = {"FilterHeight": 2, "FilterWidth": 2, "StrideH": 2, "StrideW": 2, "Padding": 1}


def pooled(batch: int) -> bytes:
    b = TfliteBuilder()
    start = b.tensor("float32", (batch, 4, 4, 3))
    end = b.tensor("float32", (batch, 2, 2, 3))
    b.operator("MAX_POOL_2D", [start], [end], **POOL)
    b.inputs, b.outputs = [start], [end]
    return b.build()


def test_each_image_is_copied_out_computed_and_put_in_its_place() -> None:
    graph = one_by_one(read_model(pooled(3)))
    kinds = [operator.kind for operator in graph.operators]
    assert kinds == ["SPLIT", "MAX_POOL_2D", "CONCATENATION"] * 3
    places = [o.options for o in graph.operators if isinstance(o.options, PieceOptions)]
    assert [(place.axis, place.begin) for place in places] == [
        (0, number) for number in (0, 0, 1, 1, 2, 2)
    ]
    pools = [o for o in graph.operators if o.kind == "MAX_POOL_2D"]
    assert {graph.tensors[pool.inputs[0]].shape for pool in pools} == {(1, 4, 4, 3)}
    assert {graph.tensors[pool.outputs[0]].shape for pool in pools} == {(1, 2, 2, 3)}


def test_a_single_image_is_left_as_it_is() -> None:
    graph = read_model(pooled(1))
    assert one_by_one(graph).operators == graph.operators


def test_a_sample_is_the_whole_batch() -> None:
    model = compile_model(pooled(3), "m")
    assert (model.input.sample_shape, model.output.sample_shape) == ((3, 4, 4, 3), (3, 2, 2, 3))
    one = compile_model(pooled(1), "m")
    assert (one.input.sample_shape, one.output.sample_shape) == ((4, 4, 3), (2, 2, 3))
