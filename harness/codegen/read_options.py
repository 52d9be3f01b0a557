"""Reader of operator attributes in a `.tflite` file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import tflite

from harness.codegen.options import (
    AddOptions,
    BlockOptions,
    CallOnceOptions,
    Conv3dOptions,
    ConvOptions,
    CumsumOptions,
    FullyConnectedOptions,
    FusedOptions,
    GatherOptions,
    GeluOptions,
    LeakyReluOptions,
    LstmOptions,
    MatmulOptions,
    MirrorPadOptions,
    Options,
    PieceOptions,
    PoolOptions,
    ReduceOptions,
    ResizeOptions,
    SoftmaxOptions,
    SqueezeOptions,
    StridedSliceOptions,
    SvdfOptions,
    VariableOptions,
    WindowOptions,
)
from harness.errors import ModelError


def enum_names(enum: type, *, lower: bool = False) -> dict[int, str]:
    """Return the names of a flatbuffer enumeration by value."""
    pairs = ((name, value) for name, value in vars(enum).items() if isinstance(value, int))
    return {value: name.lower() if lower else name for name, value in pairs}


_TABLES = enum_names(tflite.BuiltinOptions)
_PADDINGS = enum_names(tflite.Padding)
_ACTIVATIONS = enum_names(tflite.ActivationFunctionType)


def indexes(vector: Any) -> tuple[int, ...]:
    """Return a flatbuffer int vector; an absent one reads as the integer 0."""
    return () if isinstance(vector, int) else tuple(int(v) for v in vector)


def _text(value: bytes | None) -> str:
    return (value or b"").decode()


def _padding(value: int) -> str:
    return _PADDINGS.get(value, f"padding {value}")


def _activation(value: int) -> str:
    return _ACTIVATIONS.get(value, f"activation {value}")


# field of the class -> (accessor of the flatbuffer table, conversion)
_Accessors = Mapping[str, tuple[str, Callable[[Any], Any]]]
_FUSED: _Accessors = {"activation": ("FusedActivationFunction", _activation)}
_WINDOW: _Accessors = {
    **_FUSED,
    "padding": ("Padding", _padding),
    "stride_h": ("StrideH", int),
    "stride_w": ("StrideW", int),
}
_CONV: _Accessors = {
    **_WINDOW,
    "dilation_h": ("DilationHFactor", int),
    "dilation_w": ("DilationWFactor", int),
}
_POOL: _Accessors = {
    **_WINDOW,
    "filter_h": ("FilterHeight", int),
    "filter_w": ("FilterWidth", int),
}
_CORNERS: _Accessors = {
    "align_corners": ("AlignCorners", bool),
    "half_pixel_centers": ("HalfPixelCenters", bool),
}
_LSTM: _Accessors = {
    **_FUSED,
    "cell_clip": ("CellClip", float),
    "proj_clip": ("ProjClip", float),
}
_AXIS: _Accessors = {"axis": ("Axis", int)}
_REDUCE: _Accessors = {"keep_dims": ("KeepDims", bool)}


@dataclass(frozen=True)
class _Reader:
    """Attributes of one kind: their class, their table in the file, and the fields to read.

    Files may leave out tables without fields to read, and `optional` ones.
    """

    options: type[Options] = Options
    table: str = ""  # "" where the schema has none for this kind
    accessors: _Accessors = field(default_factory=dict)
    optional: bool = False  # a file may leave the table out; so it may where nothing is read


# Kinds whose tables, named after them, have no fields to read.
_WITHOUT_FIELDS = """
ABS ARG_MAX ARG_MIN ASSIGN_VARIABLE BROADCAST_TO CAST COS DENSIFY DEQUANTIZE EQUAL EXP
EXPAND_DIMS FILL FLOOR_DIV FLOOR_MOD GATHER_ND GREATER GREATER_EQUAL HARD_SWISH LESS LESS_EQUAL
LOGICAL_AND LOGICAL_NOT LOGICAL_OR LOG_SOFTMAX NEG NOT_EQUAL PAD POW QUANTIZE RANGE RANK
READ_VARIABLE RESHAPE REVERSE_V2 SELECT SELECT_V2 SHAPE SIGN SLICE SQUARE SQUARED_DIFFERENCE
TILE TRANSPOSE ZEROS_LIKE
"""
_READERS: Mapping[str, _Reader] = {
    **{
        kind: _Reader(table=f"{kind.title().replace('_', '')}Options")
        for kind in _WITHOUT_FIELDS.split()
    },
    "CONV_3D": _Reader(
        Conv3dOptions,
        "Conv3DOptions",
        {**_CONV, "stride_d": ("StrideD", int), "dilation_d": ("DilationDFactor", int)},
    ),
    "CONV_2D": _Reader(ConvOptions, "Conv2DOptions", _CONV),
    "DEPTHWISE_CONV_2D": _Reader(ConvOptions, "DepthwiseConv2DOptions", _CONV),
    "AVERAGE_POOL_2D": _Reader(PoolOptions, "Pool2DOptions", _POOL),
    "MAX_POOL_2D": _Reader(PoolOptions, "Pool2DOptions", _POOL),
    "FULLY_CONNECTED": _Reader(
        FullyConnectedOptions,
        "FullyConnectedOptions",
        {
            **_FUSED,
            "keep_num_dims": ("KeepNumDims", bool),
            "shuffled_weights": ("WeightsFormat", bool),
            "asymmetric": ("AsymmetricQuantizeInputs", bool),
        },
    ),
    "RESIZE_BILINEAR": _Reader(ResizeOptions, "ResizeBilinearOptions", _CORNERS),
    "RESIZE_NEAREST_NEIGHBOR": _Reader(ResizeOptions, "ResizeNearestNeighborOptions", _CORNERS),
    "TRANSPOSE_CONV": _Reader(WindowOptions, "TransposeConvOptions", _WINDOW),
    "SVDF": _Reader(SvdfOptions, "SVDFOptions", {**_FUSED, "rank": ("Rank", int)}),
    "LSTM": _Reader(LstmOptions, "LSTMOptions", {**_LSTM, "basic": ("KernelType", bool)}),
    "UNIDIRECTIONAL_SEQUENCE_LSTM": _Reader(
        LstmOptions,
        "UnidirectionalSequenceLSTMOptions",
        {
            **_LSTM,
            "time_major": ("TimeMajor", bool),
            "diagonal": ("DiagonalRecurrentTensors", bool),
        },
    ),
    "L2_NORMALIZATION": _Reader(FusedOptions, "L2NormOptions", _FUSED),
    "SOFTMAX": _Reader(SoftmaxOptions, "SoftmaxOptions", {"beta": ("Beta", float)}),
    "ADD": _Reader(
        AddOptions, "AddOptions", {**_FUSED, "pot_scale": ("PotScaleInt16", bool)}, optional=True
    ),
    "SUB": _Reader(FusedOptions, "SubOptions", _FUSED, optional=True),
    "MUL": _Reader(FusedOptions, "MulOptions", _FUSED, optional=True),
    "MAXIMUM": _Reader(FusedOptions, "MaximumMinimumOptions"),
    "MINIMUM": _Reader(FusedOptions, "MaximumMinimumOptions"),
    "LEAKY_RELU": _Reader(LeakyReluOptions, "LeakyReluOptions", {"alpha": ("Alpha", float)}),
    "CONCATENATION": _Reader(PieceOptions, "ConcatenationOptions", {**_FUSED, **_AXIS}),
    "PACK": _Reader(PieceOptions, "PackOptions", _AXIS),
    "UNPACK": _Reader(PieceOptions, "UnpackOptions", _AXIS),
    "SPLIT": _Reader(PieceOptions, "SplitOptions"),
    "SPLIT_V": _Reader(PieceOptions, "SplitVOptions"),
    "STRIDED_SLICE": _Reader(
        StridedSliceOptions,
        "StridedSliceOptions",
        {
            "begin_mask": ("BeginMask", int),
            "end_mask": ("EndMask", int),
            "ellipsis_mask": ("EllipsisMask", int),
            "new_axis_mask": ("NewAxisMask", int),
            "shrink_axis_mask": ("ShrinkAxisMask", int),
        },
    ),
    **dict.fromkeys(
        ("MEAN", "SUM", "REDUCE_MAX", "REDUCE_MIN", "REDUCE_PROD", "REDUCE_ALL", "REDUCE_ANY"),
        _Reader(ReduceOptions, "ReducerOptions", _REDUCE, optional=True),
    ),
    "SQUEEZE": _Reader(
        SqueezeOptions, "SqueezeOptions", {"axes": ("SqueezeDimsAsNumpy", indexes)}, optional=True
    ),
    "GATHER": _Reader(
        GatherOptions, "GatherOptions", {**_AXIS, "batch_dims": ("BatchDims", int)}, optional=True
    ),
    "GELU": _Reader(
        GeluOptions, "GeluOptions", {"approximate": ("Approximate", bool)}, optional=True
    ),
    **dict.fromkeys(
        ("CEIL", "ELU", "FLOOR", "LOG", "RELU_0_TO_1", "ROUND", "RSQRT", "SIN", "SQRT"), _Reader()
    ),
    "DEPTH_TO_SPACE": _Reader(BlockOptions, "DepthToSpaceOptions", {"block": ("BlockSize", int)}),
    "SPACE_TO_DEPTH": _Reader(BlockOptions, "SpaceToDepthOptions", {"block": ("BlockSize", int)}),
    "MIRROR_PAD": _Reader(
        MirrorPadOptions, "MirrorPadOptions", {"symmetric": ("Mode", bool)}, optional=True
    ),
    "EMBEDDING_LOOKUP": _Reader(),
    "CUMSUM": _Reader(
        CumsumOptions,
        "CumsumOptions",
        {"exclusive": ("Exclusive", bool), "reverse": ("Reverse", bool)},
        optional=True,
    ),
    "BATCH_MATMUL": _Reader(
        MatmulOptions,
        "BatchMatMulOptions",
        {"adjoint_first": ("AdjX", bool), "adjoint_second": ("AdjY", bool)},
        optional=True,
    ),
    "DIV": _Reader(FusedOptions, "DivOptions", _FUSED, optional=True),
    "PRELU": _Reader(),
    "BATCH_TO_SPACE_ND": _Reader(table="BatchToSpaceNDOptions"),
    "BROADCAST_ARGS": _Reader(),
    "SPACE_TO_BATCH_ND": _Reader(table="SpaceToBatchNDOptions"),
    "LOGISTIC": _Reader(),
    "PADV2": _Reader(table="PadV2Options"),
    "RELU": _Reader(),
    "RELU6": _Reader(),
    "RELU_N1_TO_1": _Reader(),
    "CALL_ONCE": _Reader(
        CallOnceOptions, "CallOnceOptions", {"subgraph": ("InitSubgraphIndex", int)}
    ),
    "VAR_HANDLE": _Reader(
        VariableOptions,
        "VarHandleOptions",
        {"container": ("Container", _text), "name": ("SharedName", _text)},
    ),
    "TANH": _Reader(),
}
_HINT = "is the file complete, and was it written by the TFLite converter?"


def read_options(kind: str, found: int, table: Any, where: str) -> Options:
    """Return the options of an operator of that kind; `Options()` for kinds without a kernel.

    `found` and `table` are type and content of the file's union of options. Raises ModelError
    where the table is missing, or belongs to another kind: then operator code and options
    contradict each other.
    """
    reader = _READERS.get(kind)
    if reader is None:
        return Options()
    name = _TABLES.get(found, f"options of type {found}")
    if name not in ("NONE", reader.table):
        raise ModelError(
            f"has {name}; {f'its own are {reader.table}' if reader.table else 'it has none'}",
            where=where,
            hint="operator code and options contradict each other: " + _HINT,
        )
    if table is None or name == "NONE":
        if reader.accessors and not reader.optional:
            raise ModelError(f"lacks its {reader.table}", where=where, hint=_HINT)
        return reader.options()
    source: Any = getattr(tflite, reader.table)()
    source.Init(table.Bytes, table.Pos)
    values = {
        name: convert(getattr(source, accessor)())
        for name, (accessor, convert) in reader.accessors.items()
    }
    return reader.options(**values)
