from __future__ import annotations

import re
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.codegen import compile_model
from harness.errors import ModelError
from tests.engine.tflite_builder import TfliteBuilder

DATA = Path(__file__).resolve().parents[1] / "data"


def load(name: str) -> bytes:
    return (DATA / f"{name}.tflite").read_bytes()


def test_digits_are_described_in_full() -> None:
    model = compile_model(load("digits_int8"), "magnitude 80%-int8")
    assert model.name == "magnitude_80_int8"
    assert model.crc32 == zlib.crc32(load("digits_int8"))
    assert (model.input.dtype, model.input.shape, model.input.bytes) == ("int8", (1, 8, 8, 1), 64)
    assert model.input.scale == float(np.float32(1 / 255))
    assert model.input.zero_point == -128
    assert (model.output.dtype, model.output.shape, model.output.bytes) == ("int8", (1, 10), 10)
    assert (model.output.scale, model.output.zero_point) == (1 / 256, -128)
    assert [(op.kernel, op.macs) for op in model.ops] == [
        ("engine_conv_max_pool_s8", 2592),
        ("none", 0),
        ("none", 0),
        ("engine_fc_per_channel_s8", 7200),
        ("engine_fc_per_channel_s8", 1000),
        ("engine_softmax_s8", 0),
    ]
    assert model.ops[0].output_shape == (1, 6, 6, 8)
    assert "#ifndef MODEL_MAGNITUDE_80_INT8_H\n#define MODEL_MAGNITUDE_80_INT8_H" in model.header
    assert f"#define MODEL_MAGNITUDE_80_INT8_ARENA_BYTES {model.arena_bytes}u" in model.header
    assert "static void model_magnitude_80_int8_run(uint8_t *arena)" in model.header


def test_float_interface_has_no_quantisation() -> None:
    model = compile_model(load("digits_float32"), "f")
    assert (model.input.dtype, model.input.scale, model.input.zero_point) == ("float32", None, None)
    assert (model.input.bytes, model.output.bytes) == (256, 40)


def test_zeros_are_not_counted_as_multiplications() -> None:
    sparse = compile_model(load("digits_sparse_int8"), "s")
    macs = sum(op.macs for op in sparse.ops)
    nonzero = sum(op.nonzero_macs for op in sparse.ops)
    assert macs == 10_792
    assert 0.18 < nonzero / macs < 0.22


def test_const_bytes_is_what_the_header_defines() -> None:
    model = compile_model(load("digits_int8_pertensor"), "d")
    sizes = {"int8_t": 1, "int32_t": 4, "float": 4}
    arrays = re.findall(r"static const (\w+) \w+\[(\d+)\]", model.header)
    data = sum(sizes[kind] * int(count) for kind, count in arrays)
    structs = 40 + 2 * 20 + 6
    assert model.const_bytes == data + structs


def test_weights_are_aligned_and_printed_exactly() -> None:
    header = compile_model(load("digits_float32"), "d").header
    found = re.search(r"op0_weights\[72\] ENGINE_FLASH ENGINE_ALIGN\(16\) = \{([^}]*)\}", header)
    assert found is not None
    printed = np.array([float(v.rstrip("f")) for v in re.split(r",\s*", found[1].strip(" ,\n"))])
    assert printed.size == 72
    raw = printed.astype("<f4").tobytes()
    assert raw in load("digits_float32")


def test_all_unsupported_operators_are_named_at_once() -> None:
    b = TfliteBuilder()
    tensors = [b.tensor("float32", (1, 4)) for _ in range(4)]
    b.operator("ATAN2", tensors[:1], tensors[1:2])
    b.operator("SOFTMAX", tensors[1:2], tensors[2:3], Beta=1.0)
    b.operator("REAL", tensors[2:3], tensors[3:])
    b.inputs, b.outputs = tensors[:1], tensors[3:]
    with pytest.raises(ModelError) as caught:
        compile_model(b.build(), "strange")
    assert "op 0 ATAN2" in caught.value.what
    assert "op 2 REAL" in caught.value.what
    assert "SOFTMAX:" not in caught.value.what
    assert caught.value.where == "strange"
    assert "CONV_2D" in caught.value.hint


def test_operands_that_do_not_broadcast_are_refused_with_their_shapes() -> None:
    b = TfliteBuilder()
    source, total = b.tensor("float32", (1, 2, 2, 4)), b.tensor("float32", (1, 2, 2, 4))
    bias = b.tensor("float32", (3,), data=np.ones(3))
    b.operator("ADD", [source, bias], [total])
    b.inputs, b.outputs = [source], [total]
    with pytest.raises(ModelError, match=r"op 0 ADD: shapes \(1, 2, 2, 4\) and \(3,\)"):
        compile_model(b.build(), "m")


def test_a_concatenation_of_nothing_is_refused() -> None:
    b = TfliteBuilder()
    source, empty = b.tensor("float32", (1, 2)), b.tensor("float32", (1, 2))
    b.operator("CONCATENATION", [], [empty], Axis=1)
    b.inputs, b.outputs = [source], [empty]
    with pytest.raises(ModelError, match="op 0 CONCATENATION: input 0 is not an activation"):
        compile_model(b.build(), "m")


def test_a_concatenation_that_leaves_a_gap_is_refused() -> None:
    b = TfliteBuilder()
    source, joined = b.tensor("float32", (1, 2)), b.tensor("float32", (1, 5))
    b.operator("CONCATENATION", [source, source], [joined], Axis=1)
    b.inputs, b.outputs = [source], [joined]
    with pytest.raises(ModelError, match="CONCATENATION: pieces that do not fill the output"):
        compile_model(b.build(), "m")


@pytest.mark.parametrize("dtype", ["float32", "int8"])
@pytest.mark.parametrize("kind", ["SOFTMAX", "MAX_POOL_2D"])
def test_tensors_without_dimensions_are_refused(kind: str, dtype: str) -> None:
    b = TfliteBuilder()
    q = {"scales": [1 / 256], "zero_points": [-128]} if dtype == "int8" else {}
    tensors = [b.tensor(dtype, (1, 1), **q), *(b.tensor(dtype, (), **q) for _ in range(2))]
    b.operator("RESHAPE", tensors[:1], tensors[1:2])
    b.operator(kind, tensors[1:2], tensors[2:])
    b.inputs, b.outputs = tensors[:1], tensors[2:]
    with pytest.raises(ModelError, match=f"op 1 {kind}: .* without"):
        compile_model(b.build(), "m")


def test_margins_of_another_rank_are_refused() -> None:
    b = TfliteBuilder()
    source, padded = b.tensor("float32", (1, 2)), b.tensor("float32", (1, 3))
    margins = b.tensor("int32", (3,), data=np.array([0, 0, 1]))
    b.operator("PAD", [source, margins], [padded])
    b.inputs, b.outputs = [source], [padded]
    with pytest.raises(ModelError, match="op 0 PAD: margins of another rank"):
        compile_model(b.build(), "m")


def test_a_mean_with_more_outputs_than_inputs_is_refused() -> None:
    b = TfliteBuilder()
    q = {"scales": [0.1], "zero_points": [0]}
    source, mean = b.tensor("int8", (1, 2), **q), b.tensor("int8", (1, 4), **q)
    b.operator("MEAN", [source, b.tensor("int32", (1,), data=np.array([1]))], [mean])
    b.inputs, b.outputs = [source], [mean]
    with pytest.raises(ModelError, match="op 0 MEAN: a mean of 0 elements"):
        compile_model(b.build(), "m")


def test_an_interface_has_every_tensor_and_its_place() -> None:
    b = TfliteBuilder()
    one, two, total = (b.tensor("float32", (1, 4)) for _ in range(3))
    b.operator("ADD", [one, two], [total])
    b.inputs, b.outputs = [one, two], [total, one]
    model = compile_model(b.build(), "m")
    assert [(x.name, x.bytes) for x in model.inputs] == [("t0", 16), ("t1", 16)]
    assert (model.inputs.bytes, model.outputs.bytes, model.single) == (32, 32, False)
    first, second = model.inputs
    total_, same = model.outputs
    assert first.offset == same.offset
    assert len({first.offset, second.offset, total_.offset}) > 1
    assert "#define MODEL_M_INPUT_BYTES 32u" in model.header
    assert f"#define MODEL_M_INPUT_1_OFFSET {second.offset}u" in model.header
    assert f"#define MODEL_M_OUTPUT_1_OFFSET {first.offset}u" in model.header


@pytest.mark.parametrize(
    ("shape", "q", "reason"),
    [
        ((1,) * 7, {}, "7 dimensions, up to 6 are taken"),
        ((1, 2), {"scales": [0.1, 0.2], "axis": 1}, "2 scales instead of one"),
    ],
)
def test_an_interface_out_of_range_is_refused(shape: Any, q: Any, reason: str) -> None:
    b = TfliteBuilder()
    source, result = b.tensor("int8", shape, **q), b.tensor("int8", (1, 2), scales=[0.1])
    b.operator("RESHAPE", [source], [result])
    b.inputs, b.outputs = [source], [result]
    with pytest.raises(ModelError, match=f"tensor 0 .t0. as input or output: {reason}"):
        compile_model(b.build(), "m")


@pytest.mark.parametrize(
    ("bias", "text"),
    [((1 << 31) - 1, "32 bits"), (-(1 << 31) + 10, "32 bits")],
)
def test_accumulators_that_could_overflow_are_refused(bias: int, text: str) -> None:
    b = TfliteBuilder()
    source = b.tensor("int8", (1, 4), scales=[0.1])
    weights = b.tensor("int8", (1, 4), scales=[0.1], data=np.full((1, 4), 127))
    biases = b.tensor("int32", (1,), data=np.array([bias]))
    result = b.tensor("int8", (1, 1), scales=[1.0])
    b.operator("FULLY_CONNECTED", [source, weights, biases], [result])
    b.inputs, b.outputs = [source], [result]
    with pytest.raises(ModelError, match=text):
        compile_model(b.build(), "m")


def test_wrong_output_shape_is_refused() -> None:
    b = TfliteBuilder()
    source, result = b.tensor("float32", (1, 5, 5, 1)), b.tensor("float32", (1, 4, 4, 2))
    weights = b.tensor("float32", (2, 3, 3, 1), data=np.ones((2, 3, 3, 1)))
    b.operator("CONV_2D", [source, weights], [result], Padding=1, StrideH=1, StrideW=1)
    b.inputs, b.outputs = [source], [result]
    with pytest.raises(ModelError, match=r"where \(1, 3, 3, 2\) follows"):
        compile_model(b.build(), "m")


def test_equal_constants_are_stored_once() -> None:
    b = TfliteBuilder()
    tensors = [b.tensor("float32", (1, 4)) for _ in range(3)]
    for place in (0, 1):
        kernel = b.tensor("float32", (4, 4), data=np.arange(16).reshape(4, 4))
        b.operator("FULLY_CONNECTED", [tensors[place], kernel], [tensors[place + 1]])
    b.inputs, b.outputs = tensors[:1], tensors[2:]
    model = compile_model(b.build(), "m")
    assert "#define model_m_op1_weights model_m_op0_weights" in model.header
    # weights and biases of 0 once, two parameter structs
    params = [call.params.sizeof() for call in model.calls if call.params]
    assert model.const_bytes == 4 * (16 + 4) + sum(params)
