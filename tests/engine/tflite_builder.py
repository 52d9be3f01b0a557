"""Writes small `.tflite` files without TensorFlow: tensors, operators, subgraphs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import flatbuffers
import numpy as np
import tflite

from tests.engine.operator_versions import options_and_version

_DTYPES = {
    "int4": tflite.TensorType.INT4,
    "int8": tflite.TensorType.INT8,
    "uint8": tflite.TensorType.UINT8,
    "bool": tflite.TensorType.BOOL,
    "int16": tflite.TensorType.INT16,
    "int32": tflite.TensorType.INT32,
    "int64": tflite.TensorType.INT64,
    "float16": tflite.TensorType.FLOAT16,
    "float32": tflite.TensorType.FLOAT32,
    "resource": tflite.TensorType.RESOURCE,
}


@dataclass(frozen=True)
class Sparsity:
    """Sparse storage: a level is a dense one's size, or a sparse one's segments and indexes."""

    order: tuple[int, ...]
    blocked: tuple[int, ...]
    levels: tuple[int | tuple[Sequence[int], Sequence[int]], ...]


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
    sparsity: Sparsity | None


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
    written once. An operator of kind "CUSTOM name" has that name. `called` are further subgraphs,
    numbered from 1.
    """

    inputs: list[int] = field(default_factory=list)
    outputs: list[int] = field(default_factory=list)
    tensors: list[_Tensor] = field(default_factory=list)
    operators: list[_Operator] = field(default_factory=list)
    deprecated_codes: bool = True
    share_buffers: bool = False
    signatures: Sequence[str] = ()
    called: list[TfliteBuilder] = field(default_factory=list)

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
        sparsity: Sparsity | None = None,
    ) -> int:
        """Add a tensor and return its index; one with data is a constant.

        With `open_shape` the first dimension is open; with `sparsity` only `data` are stored.
        """
        raw = b"" if data is None else _bytes(dtype, data)
        points = tuple(zero_points) or (0,) * len(scales)
        name = f"t{len(self.tensors)}"
        self.tensors.append(
            _Tensor(
                name,
                dtype,
                tuple(shape),
                tuple(scales),
                points,
                axis,
                raw,
                variable,
                open_shape,
                sparsity,
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
        graphs = [self, *self.called]
        kinds = list(dict.fromkeys(op.kind for graph in graphs for op in graph.operators))
        contents = [b""]
        buffers_of = [[self._place(contents, t.data) for t in graph.tensors] for graph in graphs]
        buffers = [_buffer(b, data) for data in contents]
        subgraphs = [
            graph._subgraph(b, kinds, places)
            for graph, places in zip(graphs, buffers_of, strict=True)
        ]
        codes = [_code(b, kind, deprecated=self.deprecated_codes) for kind in kinds]
        signatures = [
            _table(b, "SignatureDef", SignatureKey=key)
            for key in [b.CreateString(name) for name in self.signatures]
        ]
        model = _table(
            b,
            "Model",
            Version=3,
            SignatureDefs=_offsets(b, signatures),
            OperatorCodes=_offsets(b, codes),
            Subgraphs=_offsets(b, subgraphs),
            Buffers=_offsets(b, buffers),
        )
        b.Finish(model, file_identifier=b"TFL3")
        return bytes(b.Output())

    def _place(self, contents: list[bytes], data: bytes) -> int:
        """The number of the buffer with these bytes; 0 without any."""
        if not data:
            return 0
        if not (self.share_buffers and data in contents):
            contents.append(data)
        return contents.index(data) if self.share_buffers else len(contents) - 1

    def _subgraph(self, b: Any, kinds: list[str], buffers: list[int]) -> int:
        tensors = [_tensor(b, t, i) for t, i in zip(self.tensors, buffers, strict=True)]
        operators = [_operator(b, op, kinds.index(op.kind)) for op in self.operators]
        return _table(
            b,
            "SubGraph",
            Tensors=_offsets(b, tensors),
            Inputs=_numbers(b, self.inputs, np.int32),
            Outputs=_numbers(b, self.outputs, np.int32),
            Operators=_offsets(b, operators),
        )


def _bytes(dtype: str, data: Any) -> bytes:
    """The bytes of a buffer; two int4 make one."""
    if dtype != "int4":
        return np.ascontiguousarray(data, dtype=dtype).tobytes()
    values = np.asarray(data).reshape(-1) & 15
    values = np.append(values, 0) if values.size % 2 else values
    return (values[0::2] | values[1::2] << 4).astype(np.uint8).tobytes()


def _sparsity(b: Any, sparsity: Sparsity) -> int:
    dims = []
    for level in sparsity.levels:
        if isinstance(level, int):
            dims.append(_table(b, "DimensionMetadata", Format=0, DenseSize=level))
            continue
        segments, found = (
            _table(b, "Int32Vector", Values=_numbers(b, values, np.int32)) for values in level
        )
        kinds = {"ArraySegmentsType": 1, "ArrayIndicesType": 1}
        lists = {"ArraySegments": segments, "ArrayIndices": found}
        dims.append(_table(b, "DimensionMetadata", Format=1, **kinds, **lists))
    order, blocked = (
        _numbers(b, values, np.int32) for values in (sparsity.order, sparsity.blocked)
    )
    metadata = _offsets(b, dims)
    return _table(
        b, "SparsityParameters", TraversalOrder=order, BlockMap=blocked, DimMetadata=metadata
    )


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
    if tensor.sparsity is not None:
        values["Sparsity"] = _sparsity(b, tensor.sparsity)
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
        options = {key: _option(b, value) for key, value in op.options.items()}
        values["BuiltinOptions"] = _table(b, op.table, **options)
    return _table(b, "Operator", **values)


def _option(b: Any, value: Any) -> Any:
    if isinstance(value, str):
        return b.CreateString(value)
    return _numbers(b, value, np.int32) if isinstance(value, list) else value


def _code(b: Any, kind: str, *, deprecated: bool) -> int:
    kind, _, custom = kind.partition(" ")
    number = getattr(tflite.BuiltinOperator, kind)
    named = {"CustomCode": b.CreateString(custom)} if custom else {}
    return _table(
        b,
        "OperatorCode",
        DeprecatedBuiltinCode=min(number, 127) if deprecated else 0,
        BuiltinCode=number,
        Version=options_and_version(kind)[1],
        **named,
    )


def _offsets(b: Any, offsets: Sequence[int]) -> int:
    b.StartVector(4, len(offsets), 4)
    for offset in reversed(offsets):
        b.PrependUOffsetTRelative(offset)
    return int(b.EndVector())


def _numbers(b: Any, values: Sequence[float], dtype: Any) -> int:
    return int(b.CreateNumpyVector(np.array(values, dtype=dtype)))
