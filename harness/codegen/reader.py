"""Reader of `.tflite` flatbuffers: returns a `Graph` and checks what later steps rely on.

Format:
https://github.com/tensorflow/tensorflow/blob/master/tensorflow/compiler/mlir/lite/schema/schema.fbs
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from math import prod
from typing import Any

import flatbuffers
import numpy as np
import tflite

from harness.codegen.file_form import check_form
from harness.codegen.graph import ITEM_BYTES, Array, Graph, Operator, Quantisation, Tensor
from harness.codegen.read_options import enum_names, indexes, read_options
from harness.codegen.resources import called_once, with_states
from harness.codegen.stored_forms import densified, unpacked_int4
from harness.errors import DamagedModel, ModelError

_HINT = "is the file complete, and was it written by the TFLite converter?"
_MAX_TENSOR_BYTES = 1 << 30
_MAX_RANK = 8

# Exceptions of flatbuffers' Python accessors on bytes that are not a valid table.
_BROKEN = (
    AttributeError,
    IndexError,
    KeyError,
    MemoryError,
    OverflowError,
    TypeError,
    UnicodeDecodeError,
    ValueError,
    struct.error,
)


_KINDS = enum_names(tflite.BuiltinOperator) | {209: "STABLEHLO_CASE"}
# The `tflite` package ends at bfloat16; messages name the later types, too.
_DTYPES = enum_names(tflite.TensorType, lower=True) | {
    19: "int2",
    20: "uint4",
    21: "float8_e4m3fn",
    22: "float8_e5m2",
}


_BLOCKWISE = 2  # QuantizationDetails.BlockwiseQuantization, which the package lacks, too


def read_model(data: bytes) -> Graph:
    """Parse a TFLite file.

    Raises DamagedModel where the bytes are not a complete TFLite file, or where indexes, shapes or
    buffers contradict each other; ModelError where the file is for an accelerator, has control
    flow or variables without a known first value. Operators without a kernel are read, too;
    `compile_model` refuses them by name. Resource variables become states.
    """
    if len(data) < 8 or not tflite.Model.ModelBufferHasIdentifier(data, 0):
        raise DamagedModel("not a TFLite file (no TFL3 identifier)", hint=_HINT)
    try:
        return _Reader(data).graph()
    except _BROKEN as error:
        raise DamagedModel("the TFLite file is truncated or damaged", hint=_HINT) from error


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._size = len(data)
        self._model: Any = tflite.Model.GetRootAs(data, 0)
        self._problems: list[str] = []
        # tensors that share a buffer share its array: see weights.py
        self._constants: dict[tuple[int, str, tuple[int, ...]], Array] = {}

    def graph(self) -> Graph:
        if self._model.SubgraphsLength() == 0:
            raise DamagedModel("the file has no subgraph", hint=_HINT)
        main = self._subgraph(0)
        return with_states(main, {i: self._subgraph(i) for i in called_once(main)})

    def _subgraph(self, index: int) -> Graph:
        if not 0 <= index < self._count(self._model.SubgraphsLength()):
            raise DamagedModel(f"calls subgraph {index}, which does not exist", hint=_HINT)
        source = self._model.Subgraphs(index)
        count = self._count(source.OperatorsLength())
        check_form(self._model, [self._kind(source.Operators(i), i) for i in range(count)])
        tensors = tuple(
            self._tensor(source.Tensors(i), i) for i in range(self._count(source.TensorsLength()))
        )
        operators = tuple(
            self._operator(source.Operators(i), i)
            for i in range(self._count(source.OperatorsLength()))
        )
        graph = Graph(
            tensors=tensors,
            operators=operators,
            inputs=indexes(source.InputsAsNumpy()),
            outputs=indexes(source.OutputsAsNumpy()),
            problems=tuple(self._problems),
        )
        _check_edges(graph)
        return graph

    def _count(self, length: int) -> int:
        """Return a vector's length. Raises ModelError where the file is too short for it."""
        if length > self._size // 4:
            raise DamagedModel(f"a vector of {length} elements does not fit the file", hint=_HINT)
        return length

    def _tensor(self, source: Any, index: int) -> Tensor:
        name = (source.Name() or b"").decode()
        where = f"tensor {index} ({name[:80]})"
        dtype = _DTYPES.get(source.Type(), f"type {source.Type()}")
        shape = indexes(source.ShapeAsNumpy())
        item = ITEM_BYTES.get(dtype, 8)
        # intermediate tensors are never stored and may have no elements: see _check_shapes
        if len(shape) > _MAX_RANK or any(not 0 <= d <= 1 << 30 for d in shape):
            raise ModelError(f"shape {shape[: _MAX_RANK + 1]} is not usable", where=where)
        if prod(shape) * item > _MAX_TENSOR_BYTES:
            raise ModelError(f"shape {shape} is too large", where=where)
        data = self._constant(source.Buffer(), dtype, shape, source.Sparsity(), where)
        return Tensor(
            index=index,
            name=name,
            dtype="int8" if dtype == "int4" and data is not None else dtype,
            shape=shape,
            quantisation=self._quantisation(source.Quantization(), where),
            data=data,
            variable=bool(source.IsVariable()) and data is None,
            open=-1 in indexes(source.ShapeSignatureAsNumpy()),
        )

    def _quantisation(self, source: Any, where: str) -> Quantisation | None:
        if source is not None and source.DetailsType() == _BLOCKWISE:
            self._problems.append(
                f"{where}: blockwise quantisation, a scale for each block of a row"
            )
            return None
        if source is None or source.ScaleLength() == 0:
            return None
        count = self._count(source.ScaleLength())
        if source.ZeroPointLength() not in (0, count):
            raise DamagedModel("has scales and zero points of different number", where=where)
        points = source.ZeroPointAsNumpy() if source.ZeroPointLength() else [0] * count
        return Quantisation(
            scales=tuple(float(s) for s in source.ScaleAsNumpy()),
            zero_points=tuple(int(z) for z in points),
            axis=source.QuantizedDimension(),
        )

    def _constant(
        self, buffer: int, dtype: str, shape: tuple[int, ...], sparsity: Any, where: str
    ) -> Array | None:
        if not 0 <= buffer < self._count(self._model.BuffersLength()):
            raise DamagedModel(f"refers to buffer {buffer}, which does not exist", where=where)
        source = self._model.Buffers(buffer)
        if source.Offset() > 1 or source.Size() > 1:
            raise ModelError("keeps its data outside the flatbuffer", where=where)
        if source.DataLength() == 0:
            return None
        key = (buffer, dtype, shape)
        if key not in self._constants:
            self._constants[key] = _array(source.DataAsNumpy(), dtype, shape, sparsity, where)
        return self._constants[key]

    def _kind(self, source: Any, index: int) -> str:
        """Return the operator's name in the schema; CUSTOM with its own name."""
        if not 0 <= source.OpcodeIndex() < self._count(self._model.OperatorCodesLength()):
            raise DamagedModel("names an operator code that does not exist", where=f"op {index}")
        code = self._model.OperatorCodes(source.OpcodeIndex())
        builtin = max(code.DeprecatedBuiltinCode(), _builtin_code(code))
        kind = _KINDS.get(builtin, f"operator {builtin}")
        if kind == "CUSTOM":
            kind = f"CUSTOM {(code.CustomCode() or b'').decode()}"
        return kind

    def _operator(self, source: Any, index: int) -> Operator:
        kind = self._kind(source, index)
        return Operator(
            index=index,
            kind=kind,
            inputs=indexes(source.InputsAsNumpy()),
            outputs=indexes(source.OutputsAsNumpy()),
            options=read_options(
                kind, source.BuiltinOptionsType(), source.BuiltinOptions(), f"op {index} ({kind})"
            ),
            intermediates=indexes(source.IntermediatesAsNumpy()),
        )


def _array(raw: Array, dtype: str, shape: tuple[int, ...], sparsity: Any, where: str) -> Array:
    """Return a buffer as an array of that shape, int4 as int8; bytes for types NumPy lacks."""
    if dtype == "int4" and sparsity is None:
        return unpacked_int4(raw, prod(shape), where).reshape(shape)
    if dtype not in ITEM_BYTES:
        return raw
    wanted = np.dtype(dtype).newbyteorder("<")
    if sparsity is not None and raw.size % wanted.itemsize == 0:
        return densified(sparsity, np.frombuffer(raw.tobytes(), dtype=wanted), shape, where)
    if raw.size != prod(shape) * ITEM_BYTES[dtype]:
        raise DamagedModel(
            f"has {raw.size} bytes of data for {dtype} of shape {shape}", where=where
        )
    return np.frombuffer(raw.tobytes(), dtype=wanted).reshape(shape)


def _builtin_code(code: Any) -> int:
    """Return the raw field `builtin_code` of an OperatorCode.

    `OperatorCode.BuiltinCode()` of the `tflite` package (2.18) returns the deprecated field for
    codes below 127. Some writers, such as ai-edge-quantizer, fill only `builtin_code`. LiteRT
    and TFLM take the maximum of both fields.
    """
    offset = code._tab.Offset(10)  # vtable entry of the table's fourth field
    return (
        int(code._tab.Get(flatbuffers.number_types.Int32Flags, offset + code._tab.Pos))
        if offset
        else 0
    )


def _check_edges(graph: Graph) -> None:
    """Check that tensor indexes exist and that every input has a value when it is read."""
    constants = {t.index for t in graph.tensors if t.data is not None or t.variable}
    _check_exist(graph, (*graph.inputs, *graph.outputs), "the model's interface")
    if not constants.isdisjoint(graph.inputs):
        raise DamagedModel("an input of the model is a constant or a state", hint=_HINT)
    known = set(graph.inputs)
    for operator in graph.operators:
        where = f"op {operator.index} ({operator.kind})"
        inputs = [tensor for tensor in operator.inputs if tensor != -1]
        _check_exist(graph, (*inputs, *operator.outputs), where)
        _check_exist(graph, operator.intermediates, where)
        if not known.union(constants).issuperset(inputs):
            raise DamagedModel("reads a tensor before it is computed", where=where, hint=_HINT)
        if not known.union(constants).isdisjoint(operator.outputs):
            raise DamagedModel("writes a tensor that has a value", where=where, hint=_HINT)
        known.update(operator.outputs)
    _check_shapes(graph)
    if not known.issuperset(graph.outputs):
        raise DamagedModel("an output of the model is never computed", hint=_HINT)


def _check_exist(graph: Graph, tensors: Sequence[int], where: str) -> None:
    missing = [tensor for tensor in tensors if not 0 <= tensor < len(graph.tensors)]
    if missing:
        raise DamagedModel(f"names tensor {missing[0]} of {len(graph.tensors)}", where=where)


def _check_shapes(graph: Graph) -> None:
    """Check that tensors have elements, except unread results and tensors that are never stored."""
    used = {i for operator in graph.operators for i in operator.inputs}.union(graph.outputs)
    made = {i for operator in graph.operators for i in (*operator.outputs, *operator.intermediates)}
    named = made - used
    for tensor in graph.tensors:
        if 0 in tensor.shape and tensor.index not in named:
            where = f"tensor {tensor.index} ({tensor.name[:80]})"
            raise ModelError(f"shape {tensor.shape} is not usable", where=where)
