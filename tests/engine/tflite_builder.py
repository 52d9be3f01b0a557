"""Writes small `.tflite` files without TensorFlow: tensors, operators, one subgraph."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import flatbuffers
import numpy as np
import tflite

_DTYPES = {
    "int8": tflite.TensorType.INT8,
    "int16": tflite.TensorType.INT16,
    "int32": tflite.TensorType.INT32,
    "int64": tflite.TensorType.INT64,
    "float16": tflite.TensorType.FLOAT16,
    "float32": tflite.TensorType.FLOAT32,
}

# kind -> (table of its options, version of the operator in int8), unless they are the usual ones
_OPERATORS: dict[str, tuple[str | None, int]] = {
    "CONV_2D": ("Conv2DOptions", 3),
    "DEPTHWISE_CONV_2D": ("DepthwiseConv2DOptions", 3),
    "FULLY_CONNECTED": ("FullyConnectedOptions", 4),
    "MAX_POOL_2D": ("Pool2DOptions", 2),
    "AVERAGE_POOL_2D": ("Pool2DOptions", 2),
    "SOFTMAX": ("SoftmaxOptions", 2),
    "ADD": ("AddOptions", 2),
    "QUANTIZE": ("QuantizeOptions", 2),
    "DEQUANTIZE": ("DequantizeOptions", 2),
    "LOGISTIC": (None, 2),
    "TANH": (None, 2),
    "LEAKY_RELU": ("LeakyReluOptions", 2),
    "RELU": (None, 2),
    "RELU6": (None, 2),
    "SUB": ("SubOptions", 2),
    "MUL": ("MulOptions", 2),
    "MAXIMUM": ("MaximumMinimumOptions", 2),
    "MINIMUM": ("MaximumMinimumOptions", 2),
    "TRANSPOSE": ("TransposeOptions", 2),
    "CONCATENATION": ("ConcatenationOptions", 2),
    "PACK": ("PackOptions", 2),
    "UNPACK": ("UnpackOptions", 2),
    "SPLIT": ("SplitOptions", 2),
    "SPLIT_V": ("SplitVOptions", 2),
    "STRIDED_SLICE": ("StridedSliceOptions", 2),
    "SLICE": ("SliceOptions", 2),
    "PAD": ("PadOptions", 2),
    "PADV2": ("PadV2Options", 2),
    "MEAN": ("ReducerOptions", 2),
    "SUM": ("ReducerOptions", 2),
    "REDUCE_MAX": ("ReducerOptions", 2),
    "RESIZE_NEAREST_NEIGHBOR": ("ResizeNearestNeighborOptions", 3),
    "RESIZE_BILINEAR": ("ResizeBilinearOptions", 3),
    "TRANSPOSE_CONV": ("TransposeConvOptions", 3),
    "REVERSE_V2": ("ReverseV2Options", 3),
    "REDUCE_MIN": ("ReducerOptions", 2),
    "L2_NORMALIZATION": ("L2NormOptions", 2),
    "SVDF": ("SVDFOptions", 3),
    "LSTM": ("LSTMOptions", 4),
    "UNIDIRECTIONAL_SEQUENCE_LSTM": ("UnidirectionalSequenceLSTMOptions", 3),
}


@dataclass(frozen=True)
class _Tensor:
    name: str
    dtype: str
    shape: tuple[int, ...]
    scales: tuple[float, ...]
    zero_points: tuple[int, ...]
    axis: int
    data: bytes
    variable: bool
    open_shape: bool


@dataclass(frozen=True)
class _Operator:
    kind: str
    table: str | None
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    options: Mapping[str, Any]
    intermediates: tuple[int, ...]


@dataclass
class TfliteBuilder:
    """Collects a graph; `build` writes it. Options are named as in the schema's accessors.

    With `deprecated_codes` false the field `deprecated_builtin_code` is left at its default 0, as
    ai-edge-quantizer leaves it for operators that it adds. With `share_buffers` equal constants are
    written once.
    """

    inputs: list[int] = field(default_factory=list)
    outputs: list[int] = field(default_factory=list)
    tensors: list[_Tensor] = field(default_factory=list)
    operators: list[_Operator] = field(default_factory=list)
    deprecated_codes: bool = True
    share_buffers: bool = False

    def tensor(
        self,
        dtype: str,
        shape: Sequence[int],
        *,
        scales: Sequence[float] = (),
        zero_points: Sequence[int] = (),
        axis: int = 0,
        data: Any = None,
        variable: bool = False,
        open_shape: bool = False,
    ) -> int:
        """Add a tensor and return its index; one with data is a constant.

        With `open_shape` the first dimension is open.
        """
        raw = b"" if data is None else np.ascontiguousarray(data, dtype=dtype).tobytes()
        points = tuple(zero_points) or (0,) * len(scales)
        name = f"t{len(self.tensors)}"
        self.tensors.append(
            _Tensor(
                name, dtype, tuple(shape), tuple(scales), points, axis, raw, variable, open_shape
            )
        )
        return len(self.tensors) - 1

    def operator(
        self,
        kind: str,
        inputs: Sequence[int],
        outputs: Sequence[int],
        *,
        intermediates: Sequence[int] = (),
        **options: Any,
    ) -> None:
        table = options_and_version(kind)[0]
        found = _Operator(kind, table, tuple(inputs), tuple(outputs), options, tuple(intermediates))
        self.operators.append(found)

    def build(self) -> bytes:
        b = flatbuffers.Builder(1024)
        kinds = list(dict.fromkeys(op.kind for op in self.operators))
        contents, buffer_of = [b""], []
        for t in self.tensors:
            if t.data and not (self.share_buffers and t.data in contents):
                contents.append(t.data)
            shared = contents.index(t.data) if self.share_buffers else len(contents) - 1
            buffer_of.append(shared if t.data else 0)
        buffers = [_buffer(b, data) for data in contents]
        tensors = [_tensor(b, t, i) for t, i in zip(self.tensors, buffer_of, strict=True)]
        operators = [_operator(b, op, kinds.index(op.kind)) for op in self.operators]
        subgraph = _table(
            b,
            "SubGraph",
            Tensors=_offsets(b, tensors),
            Inputs=_numbers(b, self.inputs, np.int32),
            Outputs=_numbers(b, self.outputs, np.int32),
            Operators=_offsets(b, operators),
        )
        codes = [_code(b, kind, deprecated=self.deprecated_codes) for kind in kinds]
        model = _table(
            b,
            "Model",
            Version=3,
            OperatorCodes=_offsets(b, codes),
            Subgraphs=_offsets(b, [subgraph]),
            Buffers=_offsets(b, buffers),
        )
        b.Finish(model, file_identifier=b"TFL3")
        return bytes(b.Output())


def _table(b: Any, name: str, **values: Any) -> int:
    """Write a table through the schema's generated functions <name>Start/Add.../End."""
    getattr(tflite, f"{name}Start")(b)
    for key, value in values.items():
        add: Callable[[Any, Any], None] = getattr(tflite, f"{name}Add{key}")
        add(b, value)
    return int(getattr(tflite, f"{name}End")(b))


def _buffer(b: Any, data: bytes) -> int:
    if not data:
        return _table(b, "Buffer")
    b.StartVector(1, len(data), 16)
    b.head -= len(data)
    b.Bytes[b.head : b.head + len(data)] = data
    return _table(b, "Buffer", Data=b.EndVector())


def _tensor(b: Any, tensor: _Tensor, buffer: int) -> int:
    name = b.CreateString(tensor.name)
    shape = _numbers(b, tensor.shape, np.int32)
    values = {"Shape": shape, "Type": _DTYPES[tensor.dtype], "Buffer": buffer, "Name": name}
    if tensor.variable:
        values["IsVariable"] = True
    if tensor.open_shape:
        values["ShapeSignature"] = _numbers(b, (-1, *tensor.shape[1:]), np.int32)
    if tensor.scales:
        values["Quantization"] = _quantisation(b, tensor)
    return _table(b, "Tensor", **values)


def _quantisation(b: Any, tensor: _Tensor) -> int:
    scale = _numbers(b, tensor.scales, np.float32)
    zero = _numbers(b, tensor.zero_points, np.int64)
    return _table(
        b, "QuantizationParameters", Scale=scale, ZeroPoint=zero, QuantizedDimension=tensor.axis
    )


def _operator(b: Any, op: _Operator, code: int) -> int:
    inputs = _numbers(b, op.inputs, np.int32)
    outputs = _numbers(b, op.outputs, np.int32)
    values = {"OpcodeIndex": code, "Inputs": inputs, "Outputs": outputs}
    if op.intermediates:
        values["Intermediates"] = _numbers(b, op.intermediates, np.int32)
    if op.table is not None:
        values["BuiltinOptionsType"] = getattr(tflite.BuiltinOptions, op.table)
        options = {
            key: _numbers(b, value, np.int32) if isinstance(value, list) else value
            for key, value in op.options.items()
        }
        values["BuiltinOptions"] = _table(b, op.table, **options)
    return _table(b, "Operator", **values)


def _code(b: Any, kind: str, *, deprecated: bool) -> int:
    number = getattr(tflite.BuiltinOperator, kind)
    return _table(
        b,
        "OperatorCode",
        DeprecatedBuiltinCode=min(number, 127) if deprecated else 0,
        BuiltinCode=number,
        Version=options_and_version(kind)[1],
    )


def options_and_version(kind: str) -> tuple[str | None, int]:
    """By _OPERATORS; for other kinds the table that is named like them, if any, and version 1."""
    plain = f"{kind.replace('_', '')}options".lower()
    named = (name for name in vars(tflite.BuiltinOptions) if name.lower() == plain)
    return _OPERATORS.get(kind) or (next(named, None), 1)


def _offsets(b: Any, offsets: Sequence[int]) -> int:
    b.StartVector(4, len(offsets), 4)
    for offset in reversed(offsets):
        b.PrependUOffsetTRelative(offset)
    return int(b.EndVector())


def _numbers(b: Any, values: Sequence[float], dtype: Any) -> int:
    return int(b.CreateNumpyVector(np.array(values, dtype=dtype)))
