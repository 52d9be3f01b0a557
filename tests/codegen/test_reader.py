from __future__ import annotations

import contextlib
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
import tflite
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.codegen import compile_model, read_model
from harness.codegen.options import ConvOptions, PoolOptions
from harness.errors import ModelError
from tests.engine.tflite_builder import TfliteBuilder

DATA = Path(__file__).resolve().parents[1] / "data"
SMALL = (DATA / "dscnn_int8.tflite").read_bytes()
RESIDUAL = (DATA / "resnet_int8.tflite").read_bytes()


def test_digits_read_as_they_were_built() -> None:
    graph = read_model((DATA / "digits_int8.tflite").read_bytes())
    assert [op.kind for op in graph.operators] == [
        "CONV_2D",
        "MAX_POOL_2D",
        "RESHAPE",
        "FULLY_CONNECTED",
        "FULLY_CONNECTED",
        "SOFTMAX",
    ]
    conv = graph.operators[0]
    assert conv.options == ConvOptions(activation="RELU")
    pool = graph.operators[1].options
    assert isinstance(pool, PoolOptions)
    assert (pool.filter_h, pool.filter_w, pool.stride_h, pool.stride_w) == (2, 2, 2, 2)
    source = graph.tensors[graph.inputs[0]]
    assert (source.dtype, source.shape, source.data) == ("int8", (1, 8, 8, 1), None)
    assert source.quantisation is not None
    assert source.quantisation.scales == (float(np.float32(1 / 255)),)
    assert source.quantisation.zero_points == (-128,)
    weights = graph.tensors[conv.inputs[1]]
    assert weights.data is not None
    assert (weights.shape, weights.data.dtype.name, weights.bytes) == ((8, 3, 3, 1), "int8", 72)
    assert weights.quantisation is not None
    assert (len(weights.quantisation.scales), weights.quantisation.axis) == (8, 0)
    assert int(np.abs(weights.data).max()) == 127


def test_per_tensor_dense_has_one_scale() -> None:
    graph = read_model((DATA / "digits_int8_pertensor.tflite").read_bytes())
    dense = graph.tensors[graph.operators[3].inputs[1]].quantisation
    assert dense is not None
    assert len(dense.scales) == 1


def test_dilation_and_stride_are_read() -> None:
    options = [op.options for op in read_model(RESIDUAL).operators]
    dilated = [o for o in options if isinstance(o, ConvOptions) and o.dilation != (1, 1)]
    assert [(o.dilation, o.stride_h, o.padding) for o in dilated] == [((2, 2), 1, "SAME")]


@pytest.mark.parametrize(
    "data",
    [b"", b"TFL3", b"\0\0\0\0TFL3", b"not a model at all, but text\n" * 20, bytes(1000)],
)
def test_other_files_are_refused(data: bytes) -> None:
    with pytest.raises(ModelError):
        read_model(data)


def test_text_file_is_named_as_such() -> None:
    with pytest.raises(ModelError, match="not a TFLite file"):
        read_model(b"import tensorflow as tf\n")


@pytest.mark.parametrize("data", [SMALL, RESIDUAL], ids=["dscnn", "resnet"])
def test_every_truncation_is_refused_or_harmless(data: bytes) -> None:
    refused = 0
    for size in range(0, len(data), 64):
        try:
            compile_model(data[:size], "cut")
        except ModelError:
            refused += 1
    assert refused == len(range(0, len(data), 64))


@settings(max_examples=400, deadline=None)
@given(
    data=st.sampled_from([SMALL, RESIDUAL]),
    flips=st.lists(
        st.tuples(st.floats(0, 1, exclude_max=True), st.integers(1, 255)), min_size=1, max_size=8
    ),
)
def test_flipped_bytes_give_a_model_or_a_model_error(
    data: bytes, flips: list[tuple[float, int]]
) -> None:
    damaged = bytearray(data)
    for place, mask in flips:
        damaged[int(place * len(damaged))] ^= mask
    _survives(bytes(damaged))


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_wrong_words_give_a_model_or_a_model_error(draw: st.DataObject) -> None:
    # 32-bit words where flatbuffers keep offsets, lengths and indexes
    damaged = bytearray(SMALL)
    words = st.one_of(
        st.sampled_from([0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF]), st.integers(0, 99999)
    )
    for _ in range(draw.draw(st.integers(1, 3))):
        place = 4 * draw.draw(st.integers(0, len(SMALL) // 4 - 1))
        damaged[place : place + 4] = draw.draw(words).to_bytes(4, "little")
    _survives(bytes(damaged))


@settings(max_examples=300, deadline=None)
@given(tail=st.binary(max_size=200))
def test_arbitrary_bytes_behind_the_identifier_are_survived(tail: bytes) -> None:
    _survives(b"\x10\0\0\0TFL3" + tail)


def _survives(data: bytes) -> None:
    """Compile; a ModelError is the only accepted error."""
    with contextlib.suppress(ModelError):
        compile_model(data, "damaged")


def test_huge_shapes_take_no_memory() -> None:
    b = TfliteBuilder()
    source = b.tensor("float32", (1, 30000, 30000, 30000))
    result = b.tensor("float32", (1, 30000, 30000, 30000))
    b.operator("SOFTMAX", [source], [result])
    b.inputs, b.outputs = [source], [result]
    tracemalloc.start()
    with pytest.raises(ModelError, match="too large"):
        read_model(b.build())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1_000_000


def _softmax(**changes: object) -> TfliteBuilder:
    b = TfliteBuilder()
    b.inputs, b.outputs = [b.tensor("float32", (1, 4))], [b.tensor("float32", (1, 4))]
    b.operator("SOFTMAX", b.inputs, b.outputs, Beta=1.0)
    for name, value in changes.items():
        setattr(b, name, value)
    return b


def test_a_minimal_model_reads() -> None:
    assert read_model(_softmax().build()).activations() == (0, 1)


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"inputs": [7]}, "tensor 7 of 2"),
        ({"inputs": [-1]}, "tensor -1 of 2"),
        ({"inputs": []}, "before it is computed"),
        ({"outputs": [9]}, "tensor 9 of 2"),
        ({"inputs": [0, 1]}, "has a value"),
    ],
)
def test_contradictions_between_indexes_are_refused(changes: dict[str, object], text: str) -> None:
    with pytest.raises(ModelError, match=text):
        read_model(_softmax(**changes).build())


def test_constants_must_fill_their_shape() -> None:
    b = _softmax()
    b.tensor("float32", (3, 3), data=np.zeros(8))
    with pytest.raises(ModelError, match=r"32 bytes of data for float32 of shape \(3, 3\)"):
        read_model(b.build())


@pytest.mark.parametrize("shape", [(0,), (1, -4)])
def test_empty_and_negative_shapes_are_refused(shape: tuple[int, ...]) -> None:
    b = _softmax()
    b.tensor("float32", shape)
    with pytest.raises(ModelError, match="not usable"):
        read_model(b.build())


@pytest.mark.parametrize("kind", ["ADD", "MAXIMUM", "MINIMUM", "MUL", "SUB"])
@pytest.mark.parametrize("deprecated", [True, False])
def test_an_operator_code_is_the_greater_of_its_two_fields(kind: str, deprecated: bool) -> None:
    builder = TfliteBuilder(deprecated_codes=deprecated)
    first, second, output = (builder.tensor("float32", (1, 4)) for _ in range(3))
    builder.inputs, builder.outputs = [first, second], [output]
    builder.operator(kind, [first, second], [output])
    assert [op.kind for op in read_model(builder.build()).operators] == [kind]


@pytest.mark.parametrize(
    ("number", "dtype"),
    [(17, "int4"), (19, "int2"), (20, "uint4"), (21, "float8_e4m3fn"), (22, "float8_e5m2")],
)
def test_types_of_the_current_schema_have_names(
    number: int, dtype: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    builder = TfliteBuilder()
    source, output = (builder.tensor("int8", (1, 4)) for _ in range(2))
    builder.inputs, builder.outputs = [source], [output]
    builder.operator("RELU", [source], [output])
    monkeypatch.setattr(tflite.Tensor, "Type", lambda _: number)
    assert {tensor.dtype for tensor in read_model(builder.build()).tensors} == {dtype}
