"""Tables of options and versions of operators, as the converter writes them in int8."""

from __future__ import annotations

import tflite

# kind -> (table of its options, version of the operator in int8), unless they are the usual ones
_OPERATORS: dict[str, tuple[str | None, int]] = {
    "BROADCAST_TO": ("BroadcastToOptions", 2),
    **dict.fromkeys(("REDUCE_PROD", "REDUCE_ALL", "REDUCE_ANY"), ("ReducerOptions", 1)),
    "LOG_SOFTMAX": ("LogSoftmaxOptions", 2),
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


def options_and_version(kind: str) -> tuple[str | None, int]:
    """By _OPERATORS; for other kinds the table that is named like them, if any, and version 1."""
    plain = f"{kind.replace('_', '')}options".lower()
    named = (name for name in vars(tflite.BuiltinOptions) if name.lower() == plain)
    return _OPERATORS.get(kind) or (next(named, None), 1)
